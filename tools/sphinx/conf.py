"""The book for Sphinx alone, without the Jupyter Book command: `make book-sphinx`.

Everything is read from the book's own _config.yml and _toc.yml; here stands only what Jupyter Book adds to them. Sphinx
needs no version: the newest of it, of MyST-NB and of the theme are what this is for.
"""

import sys
from pathlib import Path

import yaml

BOOK = Path(__file__).parents[2] / "book"
CONFIG = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))
SPHINX = CONFIG["sphinx"]
PATHS = ("html_static_path", "templates_path")  # relative to the book; Sphinx would take them from this folder

sys.path.insert(0, str(BOOK / "_ext"))

project = html_title = CONFIG["title"]
author = CONFIG["author"]
copyright = CONFIG["copyright"]
extensions = [
    "myst_nb",
    "sphinx_external_toc",
    "sphinx_togglebutton",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "sphinx_book_theme",
    *SPHINX["extra_extensions"],
    *SPHINX["local_extensions"],
]
exclude_patterns = ["_build"]
external_toc_path = str(BOOK / "_toc.yml")
external_toc_exclude_missing = True  # only_build_toc_files
html_theme = "sphinx_book_theme"
html_favicon = str(BOOK / CONFIG["html"]["favicon"])
html_sourcelink_suffix = ""
nb_execution_mode = CONFIG["execute"]["execute_notebooks"]
nb_execution_allow_errors = CONFIG["execute"]["allow_errors"]
nb_execution_timeout = CONFIG["execute"]["timeout"]
nb_output_stderr = CONFIG["execute"]["stderr_output"]
numfig = True
bibtex_bibfiles = [str(BOOK / file) for file in CONFIG["bibtex_bibfiles"]]
myst_enable_extensions = CONFIG["parse"]["myst_enable_extensions"]
myst_url_schemes = CONFIG["parse"]["myst_url_schemes"]

globals().update(SPHINX["config"])
globals().update({name: [str(BOOK / folder) for folder in SPHINX["config"][name]] for name in PATHS})
html_theme_options = {**html_theme_options, "home_page_in_toc": CONFIG["html"]["home_page_in_navbar"]}  # noqa: F821 - of the line above
