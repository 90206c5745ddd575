"""Speed compared in one run: labcode, PyTorch, and the ways a reader would try in NumPy.

``python -m benchmarks`` measures everything on one thread and writes results.json, results.md and
results.svg into results/; the book's performance page reads results.json.
"""
