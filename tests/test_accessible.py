"""The check of text alternatives, on pieces of HTML."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))
from accessible import says_nothing, unnamed_pictures

NAMED = [
    '<img src="a.png" alt="A kernel slides over an image">',
    '<img src="a.png" aria-hidden="true">',
    '<svg aria-hidden="true"><path/></svg>',
    '<svg role="img" aria-label="A graph"><path/></svg>',
    '<svg role="img"><title>A graph</title><desc>x to f</desc><svg><path/></svg></svg>',
]
UNNAMED = [
    '<img src="a.png">',
    '<img src="a.png" alt>',
    '<img src="a.png" alt="a.png">',
    '<img src="a.png" alt="../_images/0123456789abcdef0123456789abcdef.png">',
    "<svg><title>Never read: not an image</title></svg>",
    '<svg aria-label="Never read: not an image"><path/></svg>',
    '<svg role="img"><path/></svg>',
    '<svg role="img"><title> </title></svg>',
    '<svg role="img"><path/></svg><svg role="img"><title>A graph</title></svg>',
]


@pytest.mark.parametrize("html", NAMED)
def test_a_picture_with_words_passes(html: str) -> None:
    assert unnamed_pictures(html) == []


@pytest.mark.parametrize("html", UNNAMED)
def test_a_picture_without_words_is_named(html: str) -> None:
    assert len(unnamed_pictures(html)) == 1


def test_a_word_is_no_file_name() -> None:
    assert says_nothing("0123456789abcdef0123456789abcdef.png")
    assert not says_nothing("Loss")
