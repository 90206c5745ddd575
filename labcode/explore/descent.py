"""Gradient descent, watched: the loss, what is learnt, and its gradient, step after step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.explore.explorer import numbers
from labcode.explore.graph import OfGraph, chosen, flat, read
from labcode.graph import Variable
from labcode.op import Array
from labcode.render import html, svg

MOST = 200  # steps
FAR = 1e9  # a loss that has grown so far is not followed any further


@dataclass(frozen=True)
class Descent(OfGraph):
    """A loss that is made smaller; made by `descent`."""

    steps: Any = 20

    loop: ClassVar[bool] = True
    kind: ClassVar[str] = "descent"
    title: ClassVar[str] = "Learning by gradient descent"

    def __post_init__(self) -> None:
        super().__post_init__()
        last = len(self.values) - 1
        grads = self.graph.backward(self.values, {last: np.ones_like(self.values[last])})
        for i in self.params:
            name = f"∂{self.graph.nodes[last].name}/∂{self.graph.nodes[i].name}"
            numbers(name, self._gradient(grads[i], self.values[i]))
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or not 1 <= self.steps <= MOST:
            raise ArgumentError("steps", repr(self.steps), f"an integer from 1 to {MOST}")

    def config(self) -> dict[str, Any]:
        """Also how many steps are taken."""
        return {**super().config(), "steps": self.steps}

    def data(self) -> dict[str, Any]:
        """Also how many steps there can be."""
        data = super().data()
        return {**data, "graph": {**data["graph"], "most": MOST}}

    def trace(self) -> dict[str, Any]:
        """For each step the loss, the parameters, their gradients, and what enters the loss."""
        found: list[dict[str, Any]] = []
        values, last = self.values, len(self.values) - 1
        for _ in range(self.steps + 1):
            grads = self.graph.backward(values, {last: np.ones_like(values[last])})
            loss = values[last].item()
            arrays = [self._gradient(grads[i], values[i]) for i in self.params]
            made = [flat(values[i]) for i in self.graph.nodes[last].inputs]
            if not all(np.isfinite(a).all() for a in (*values, *arrays)):
                break
            record = {"loss": loss, "params": [flat(values[i]) for i in self.params]}
            found.append({**record, "gradients": [*map(flat, arrays)], "made": made})
            if abs(loss) > FAR * max(1, abs(found[0]["loss"])):
                break
            moved = {i: values[i] - self.alpha * g for i, g in zip(self.params, arrays, strict=True)}
            given = {self.graph.nodes[i].name: moved.get(i, values[i]) for i in self.places}
            values = self.graph.evaluate(given)
        return {"steps": found}

    def _gradient(self, gradient: Array | None, value: Array) -> Array:
        return np.zeros_like(value) if gradient is None else gradient

    def fallback(self) -> str:
        """All steps."""
        names = [self.graph.nodes[i].name for i in self.params]
        shapes = [self.values[i].shape for i in self.params]
        out = self.graph.nodes[-1].name
        rows = [
            [
                k,
                step["loss"],
                *(
                    svg.short(np.reshape(a, s))
                    for key in ("params", "gradients")
                    for a, s in zip(step[key], shapes, strict=True)
                ),
            ]
            for k, step in enumerate(self.trace()["steps"])
        ]
        header = ["after step", out, *names, *(f"∂{out}/∂{name}" for name in names)]
        return html.table(rows, header, f"Gradient descent with α = {html.number(self.alpha)}")


def descent(
    f: Variable, alpha: float = 0.1, params: Iterable[Variable] | None = None, steps: int = 20, name: str = ""
) -> Descent:
    """Explore gradient descent on f: step after step w ← w − α ∂f/∂w.

    Shows itself in a notebook and on a page of the book: the curve of the loss, and for each step what is
    learnt, its gradient, and what enters the loss. It ends early where the loss has grown a
    thousand million times, or past all numbers.

    Parameters
    ----------
    f : Variable
        A loss, a single number, computed from Variables with values.
    alpha : float
        The learning rate.
    params : iterable of Variable, optional
        What is learnt; all inputs that ask for a gradient, if not given.
    steps : int
        How many steps are taken, at most 200.
    name : str
        Key of its state in a link; needed where a page has two.

    Returns
    -------
    Descent

    Raises
    ------
    ArgumentError
        As for `graph`; or if there are no steps, or more than 200.

    Examples
    --------
    >>> from labcode import Variable
    >>> w = Variable(4.0, name="w")
    >>> [step["loss"] for step in descent(w * w, alpha=0.25, steps=2).trace()["steps"]]
    [16.0, 4.0, 1.0]
    """
    whole, leaves = read(f)
    return Descent(whole, leaves, chosen(whole, params), alpha, name, steps)
