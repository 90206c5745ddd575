"""`python -m labcode.verify book/_build/html`: is every number of the built book what the code gives now?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from labcode.errors import ArgumentError
from labcode.verify.report import PROCESSES, notes, table, verify


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and what is wrong; 0 if nothing is, else 1."""
    parser = ArgumentParser("python -m labcode.verify", description="Evaluate all numbers of a built book again.")
    parser.add_argument("html", type=Path, nargs="?", default=Path("book/_build/html"), help="the built book")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="pages evaluated at the same time")
    given = parser.parse_args(arguments)
    try:
        verdicts = verify(given.html, given.processes)
    except ArgumentError as error:
        print(error, file=sys.stderr)
        return 1
    print(table(verdicts), *notes(verdicts), sep="\n")
    return int(any(verdict.disagreements for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
