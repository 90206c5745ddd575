"""Let Python look for garbage less often while the book is built: a quarter of a short build went into looking.

A build makes millions of small objects that live until its end. The default looks through the young ones after
every 700; memory, a few hundred MB, is what a build has plenty of.
"""

from __future__ import annotations

import gc

from sphinx.application import Sphinx

THRESHOLDS = (100_000, 50, 100)


def setup(app: Sphinx) -> dict[str, bool]:
    """As soon as extensions are loaded, and for this process alone."""
    gc.set_threshold(*THRESHOLDS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
