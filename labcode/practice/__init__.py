"""Practice that tells what went wrong: problems whose answers *and slips* are computed.

Writing a problem
-----------------
1. **The work**: a frozen dataclass with the data that the learner sees, and, as further fields, the choices
   of the right method (``conv=conv1d``, ``rate=lambda alpha: alpha``). Its methods call labcode.
2. **Parts** (`Part`): what is asked, the kind of the answer, and ``solve(work, *earlier)``. A part that builds on
   earlier ones names them in ``uses`` and takes their answers, so that a learner's own can take their place;
   ``follow`` says how it depends on them (affine, the largest of affine ones, a choice by the largest).
3. **Slips** (`Slip`): a change of the work, as ``sets(stride=1)`` or ``sets(w=lambda d: d.w.T)``. The same code
   then runs: a slip is never a stored number, and two slips are one change after the other. The words help
   and hold no number of the variant. Slips of one ``group`` exclude each other; ``often`` ones are also looked
   for in pairs; an ``accepted`` one is another convention, credited with a note.
4. **Space** (``draw``): small numbers from `Dice`, so that a seed gives the same variant everywhere; ``fits``
   refuses what is dull or ambiguous. `variants` refuses the rest: a part without an answer, a slip that gives
   the right answer, two slips that give the same one.
5. **Texts**: ``{name}`` stands for data that ``shown`` names; `solution.steps` writes a trace so.
6. The lab's own data may be the ``original``, variant 0. It is not gated; its ``holes`` are declared, and a
   `Separating` question tells apart the slips in one.

Put it into a tuple ``PROBLEMS`` of which the lab makes its `Collection`, and name its oracle in
``tests/practice_oracles.py``; the tests find it from there. A new lab: ``python -m labcode.new_lab NAME``.

Modules, each using only those before it: words (what is said) → answers (reading, exactly) → chance (dice) →
solution (texts with places) → problem → follow (dependence as data) → variants (working out, gates) →
marking → exercise (questions of a lab as a reader meets them) → data (JSON for the page, told there field by field).
"""

from labcode.practice.answers import read
from labcode.practice.chance import Dice
from labcode.practice.exercise import Collection, Exercise
from labcode.practice.marking import Verdict, mark
from labcode.practice.problem import Part, Problem, Separating, Slip, array, sets
from labcode.practice.solution import Solution
from labcode.practice.variants import Variant, distinct, variant

__all__ = [
    "Collection",
    "Dice",
    "Exercise",
    "Part",
    "Problem",
    "Separating",
    "Slip",
    "Solution",
    "Variant",
    "Verdict",
    "array",
    "distinct",
    "mark",
    "read",
    "sets",
    "variant",
]
