"""The picture of the README: the graph of its session, with values and gradients, drawn by labcode.

`python -m tests.readme_picture` writes it; a test asks whether it is still what labcode draws.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from labcode.lab5 import task2
from labcode.render import svg

PICTURE = Path(__file__).parents[1] / ".github" / "graph.svg"


def drawing() -> str:
    """The SVG element alone, on white paper of its own."""
    graph = task2.graph()
    values = graph.evaluate()
    grads = graph.backward(values, {len(values) - 1: np.ones_like(values[-1])})
    text = svg.draw_graph(graph, values, grads, ["∂z/∂x", "∂z/∂w", "∂f/∂z"], title="A convolution, then max pooling")
    element = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    return element.replace('style="', 'style="background:#ffffff;', 1) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
