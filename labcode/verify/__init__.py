"""A second opinion on the built book: `python -m labcode.verify book/_build/html`.

The pages are read as a reader has them. Every expression that a page says it shows is evaluated again in a fresh
process, and the words and numbers that come out are compared with those in the HTML. While that runs, what labcode
computes is computed a second time by PyTorch, by plain loops or by counting (`oracles`), and must agree.

A number is *checked by an oracle* if an oracle has confirmed every call of labcode's that computes what it rests on.
It is *unchecked* if one of them was confirmed by nobody, or if there was none: data of a problem, or what another
package printed. What only passes numbers on (drawing, tables, the questions of the lab) is not asked about.

`page` reads a page, `rerun` evaluates it again, `watch` sees the calls, `rests_on` tells which of them stand behind a
number, `report` puts it together.
"""
