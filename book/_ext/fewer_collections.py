"""Let Python not look for garbage while the book is built: a quarter of a short build went into looking.

A build makes millions of small objects that live until its end, and has memory enough for the rest.
"""

from __future__ import annotations

import gc

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """As soon as extensions are loaded, and for this process alone."""
    gc.disable()
    return {"parallel_read_safe": True, "parallel_write_safe": True}
