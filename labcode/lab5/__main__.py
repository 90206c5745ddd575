"""`python -m labcode.lab5`: sheets, items and exports of the lab."""

import sys

from labcode.lab5.problems import LAB
from labcode.sheets.command import main

if __name__ == "__main__":
    sys.exit(main(LAB, "labcode.lab5"))
