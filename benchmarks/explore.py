"""What a step of an explorer costs in the browser, beside the same picture drawn anew.

Both in one page, one after the other, style and layout included; medians. A frame of a screen with 60 a second lasts
16.7 ms: a step that takes less is seen at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.build import RESULTS
from labcode import explore
from labcode.explore.convolution import Convolution

SIZES = (8, 16, 32)
CHANNELS = (3, 4)  # of the image, of the output
KERNEL = (3, 3)
STEPS, DRAWINGS = 60, 9
TIMES = """async ([steps, drawings]) => {
    const host = document.querySelector("[data-explorer]");
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
    const measured = async (repeats, act) => {
        const times = [];
        for (let i = 0; i < repeats; i++) {
            await frame();
            const before = performance.now();
            act();
            times.push(performance.now() - before);
        }
        return median(times);
    };
    const next = host.shadowRoot.querySelector("[aria-label='next step']");
    const sum = host.shadowRoot.querySelector(".sum");
    const step = await measured(steps, () => { next.click(); sum.offsetHeight; });
    const anew = await measured(drawings, () => {
        const fresh = host.cloneNode(true);  // without the picture, which is not the page's
        document.querySelector("[data-explorer]").replaceWith(fresh);
        labcode["base.js"].mount(fresh);
        fresh.offsetHeight;
    });
    return { step, anew };
}"""


def everything() -> list[dict[str, float]]:
    """A row for each size of the image."""
    from tests.browser.explorers import opened  # not for those who only show the results
    from tests.browser.session import visitor

    with visitor() as reader, TemporaryDirectory() as folder:
        rows = []
        for size in SIZES:
            with opened(reader, Path(folder), stepper(size)) as visit:
                visit.page.locator(".explorer").wait_for()
                rows.append({"size": size, **visit.page.evaluate(TIMES, [STEPS, DRAWINGS])})
        return rows


def stepper(size: int) -> Convolution:
    """A layer on a square image, its outputs as large."""
    rng = np.random.default_rng(0)
    image, outputs = CHANNELS
    x, w = rng.integers(-9, 9, (image, size, size)), rng.integers(-9, 9, (outputs, image, *KERNEL))
    return explore.convolution(x, w, padding=1)


def table(results: list[dict[str, float]]) -> str:
    """A Markdown table."""
    lines = [["image", "a step, ms", "drawn anew, ms", "a step / drawn anew"], [":--", "--:", "--:", "--:"]]
    for row in results:
        step, anew = row["step"], row["anew"]
        sides = "×".join(f"{int(n)}" for n in (CHANNELS[0], row["size"], row["size"]))
        lines.append([sides, f"{step:.1f}", f"{anew:.1f}", f"{step / anew:.2f}"])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def load() -> list[dict[str, float]]:
    """The results of the last run."""
    found: list[dict[str, float]] = json.loads((RESULTS / "explore.json").read_text(encoding="utf-8"))
    return found


def write(results: list[dict[str, float]]) -> None:
    """Write explore.json and explore.md into the folder of results."""
    (RESULTS / "explore.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "explore.md").write_text(table(results) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(everything())
    print(table(load()))
