"""Measure on one thread, and write the results."""

import os
import shutil

for pool in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):  # read when the libraries are loaded
    os.environ[f"{pool}_NUM_THREADS"] = "1"

from benchmarks import build, explore, page, report, run  # noqa: E402 - only now may NumPy be loaded

if __name__ == "__main__":
    report.write(run.everything())
    build.write(build.everything())
    explore.write(explore.everything())
    if shutil.which("npm"):  # Lighthouse comes with it
        page.write(page.everything())
