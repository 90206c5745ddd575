# Two commands do all the set-up: `make book` and `make test`. The plain commands behind them stand in README.md.
PYTHON ?= python3
BIN    := .venv/bin
SITE   := book/_build/html/index.html

.PHONY: help book book-sphinx pdf live test check browser verify links nightly screenshots mutants record bench clean

help:  ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

book: .venv/book.done  ## Set up and build the book; prints where it is
	$(BIN)/jupyter-book build book/ -W -n --keep-going
	@echo "The book: $(SITE)"

book-sphinx: .venv-sphinx/done  ## The same book by the newest Sphinx alone, without Jupyter Book, its numbers verified
	.venv-sphinx/bin/sphinx-build -q -n -W --keep-going -c tools/sphinx book book/_build/sphinx
	.venv-sphinx/bin/python -m labcode.verify book/_build/sphinx

pdf: book .venv/test.done browser  ## The lab sheet and the whole book as PDF; prints where they are
	$(BIN)/python -m tools.pdf

live: book .venv/live.done  ## The book with a Jupyter server beside it: its cells can be changed and run; Ctrl-C stops both
	$(BIN)/python -m tools.live

test: .venv/test.done check browser  ## Set up and run every check and test, the browser's too
	$(BIN)/python -m pytest

check: .venv/test.done  ## Formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

browser: .venv/test.done  ## Find a Chromium, or install one
	$(BIN)/python -m tests.browser.chromium

verify: book .venv/test.done  ## Evaluate every number of the built book again, in fresh processes, and ask oracles
	$(BIN)/python -m labcode.verify

links: book  ## Ask every address outside the book whether it is still there; needs the internet
	$(BIN)/jupyter-book build book/ --builder linkcheck

nightly: .venv/test.done  ## The long property tests
	$(BIN)/python -m pytest --hypothesis-profile=nightly

screenshots: book .venv/test.done browser  ## Every page in light, dark and on a phone, to look at
	$(BIN)/python -m tests.browser.screenshots

mutants: .venv/test.done  ## Break the code in every place it can be broken, and see which faults no test notices
	$(BIN)/python -m pip install -q -r tests/requirements-mutants.txt
	$(BIN)/mutmut run
	$(BIN)/mutmut results

record: .venv/test.done  ## Note anew which tests cover which function, for the boxes beside the numbers
	$(BIN)/python -m tests.coverage_contexts

bench: .venv/test.done  ## Compare speed with torch and NumPy peers in one run
	$(BIN)/python -m pip install -q -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

clean:  ## Remove what was built (not the environment)
	rm -rf book/_build

.venv/book.done: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -r requirements.txt
	touch $@

.venv-sphinx/done: requirements-sphinx.txt pyproject.toml
	$(PYTHON) -m venv .venv-sphinx
	.venv-sphinx/bin/python -m pip install -q -r requirements-sphinx.txt
	touch $@

.venv/live.done: requirements-live.txt .venv/book.done
	$(BIN)/python -m pip install -q -r requirements-live.txt
	touch $@

.venv/test.done: requirements-test.txt requirements-live.txt .venv/book.done
	$(BIN)/python -m pip install -q -r requirements-test.txt
	touch $@
