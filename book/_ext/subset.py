"""A font cut down to the characters in use."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path


def subset(font: Path, characters: Iterable[int], folder: Path) -> bytes:
    """The font with these code points alone, as WOFF2; made once and kept in `folder`."""
    wanted = sorted(set(characters))
    kept = folder / f"{font.stem}-{sha256(repr(wanted).encode() + font.read_bytes()).hexdigest()[:16]}.woff2"
    if not kept.exists():
        from fontTools.subset import Options, Subsetter  # heavy, and needed only when the characters have changed
        from fontTools.ttLib import TTFont

        whole = TTFont(font)
        subsetter = Subsetter(Options(hinting=False, layout_features=[]))
        subsetter.populate(unicodes=wanted)
        subsetter.subset(whole)
        whole.flavor = "woff2"
        whole.save(kept)
    return kept.read_bytes()
