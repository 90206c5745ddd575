"""A second opinion on the built book: `python -m labcode.verify book/_build/html`.

The pages are read as a reader has them. Every expression that a page says it shows is evaluated again in a fresh
process, and the numbers are compared with those in the HTML. While that runs, what labcode computes is computed a
second time by PyTorch, by plain loops or by counting (`labcode.verify.oracles`), and must agree.

`page` reads a page, `rerun` evaluates it again, `watch` sees the calls, `rests_on` tells which calls stand behind a
number, `report` puts it together.
"""
