"""`python -m labcode.new_lab NAME`: the first files of a lab, in this checkout."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from labcode.errors import ArgumentError
from labcode.new_lab import new_lab


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files and say which; 1 with a reason if that cannot be."""
    parser = ArgumentParser("python -m labcode.new_lab", description="Start a lab: data, page, problem, tests.")
    parser.add_argument("name", help="of its package, as lab6")
    parser.add_argument("--root", type=Path, default=Path(), help="a checkout of the book; without it, this folder")
    given = parser.parse_args(arguments)
    try:
        files = new_lab(given.name, given.root)
    except ArgumentError as error:
        print(error, file=sys.stderr)
        return 1
    print(*(path.relative_to(given.root) for path in files), sep="\n")
    print("\nNow `make book` shows the page, and `make test` tests it. Begin with the data, in task1.py.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
