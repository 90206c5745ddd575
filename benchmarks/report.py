"""Results as JSON, as a Markdown table, and as one plot."""

from __future__ import annotations

import json
from html import escape
from math import exp, log, log10
from pathlib import Path
from statistics import fmean
from typing import Any

RESULTS = Path(__file__).parent / "results"


def write(results: dict[str, Any]) -> None:
    """Write results.json, results.md and results.svg into the folder of results."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    summary = "\n".join(f"- {line}" for line in summaries(results))
    (RESULTS / "results.md").write_text(f"{where(results)}\n\n{summary}\n\n{table(results)}\n", encoding="utf-8")
    (RESULTS / "results.svg").write_text(plot(results), encoding="utf-8")


def load() -> dict[str, Any]:
    """The results of the last run."""
    return json.loads((RESULTS / "results.json").read_text(encoding="utf-8"))


def ratio(row: dict[str, Any], name: str = "labcode") -> float:
    """Time of a contender as a multiple of torch's."""
    return row["seconds"][name] / row["seconds"]["torch"]


def geometric_mean(results: dict[str, Any], kinds: tuple[str, ...], dtype: str) -> float:
    """Of labcode's ratios to torch over the dense layers, as many kinds of work together."""
    rows = [r for r in results["rows"] if r["kind"] in kinds and r["dtype"] == dtype and r["dense"]]
    return exp(fmean(log(ratio(r)) for r in rows))


def summaries(results: dict[str, Any]) -> list[str]:
    """The few numbers to remember."""
    gradients = ("input gradient", "kernel gradient")
    lines = []
    for dtype in ("float64", "float32"):
        forward, backward = geometric_mean(results, ("forward",), dtype), geometric_mean(results, gradients, dtype)
        lines.append(
            f"{dtype}, dense layers, time/torch (geometric mean): forward {forward:.2f}, gradients {backward:.2f}"
        )
    for row in results["rows"]:
        if row["kind"] == "chain":
            own = row["seconds"]["labcode"] - row["seconds"]["NumPy's operations"]
            lines.append(f"graph, {row['case']}: {own * 1e6:.2f} µs a node beyond NumPy's own operations")
    whole = results["whole_layer_jacobian"]
    lines.append(
        f"sparse Jacobian of a whole layer, {whole['rows']:,} × {whole['columns']:,} with {whole['nonzeros']:,} "
        f"entries: {whole['seconds'] * 1e3:.0f} ms, {whole['bytes'] / 1e6:.0f} MB, and "
        f"{whole['extra_bytes'] / 1e6:.0f} MB on the way (dense: {whole['dense_bytes'] / 1e9:.0f} GB)"
    )
    extra = results["import_seconds"]["labcode"] - results["import_seconds"]["numpy"]
    lines.append(f"import labcode: {extra * 1e3:.0f} ms beyond NumPy's own")
    return lines


def where(results: dict[str, Any]) -> str:
    """The machine, the versions, the day, in one sentence."""
    m = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in m["versions"].items())
    return (
        f"Measured on {m['date']}: {m['processor']}, {m['threads']} thread of {m['cores']} cores, "
        f"{m['system']}, Python {m['python']}, {versions}."
    )


def number(value: float, digits: int) -> str:
    """So many significant digits, or all before the point."""
    return f"{value:,.0f}" if value >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def table(results: dict[str, Any], kinds: tuple[str, ...] = ()) -> str:
    """A Markdown table: time of labcode, and every contender as a multiple of torch's time."""
    rows = [r for r in results["rows"] if not kinds or r["kind"] in kinds]
    names = [n for n in dict.fromkeys(n for r in rows for n in r["seconds"]) if n != "torch"]
    head = ["case", "dtype", "torch, µs", *(f"{n} / torch" for n in names)]
    lines = [head, ["---", "---", *["--:"] * (len(names) + 1)]]
    several = len({r["kind"] for r in rows}) > 1
    lines = [["work", *head], ["---", *lines[1]]] if several else lines
    for r in rows:
        ratios = [number(ratio(r, n), 3) if n in r["seconds"] else "" for n in names]
        work = [r["kind"]] if several else []
        lines.append([*work, r["case"], r["dtype"], number(r["seconds"]["torch"] * 1e6, 4), *ratios])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def memory_table(results: dict[str, Any], dtype: str = "float64") -> str:
    """A Markdown table: what a call held beyond its result, in KiB."""
    rows = [r for r in results["rows"] if r["memory"] and r["dtype"] == dtype]
    lines = [["work", "case", "labcode, KiB", "index arrays, KiB"], ["---", "---", "--:", "--:"]]
    for r in rows:
        held = [f"{r['memory'][n] / 1024:,.0f}" if n in r["memory"] else "" for n in ("labcode", "index arrays")]
        lines.append([r["kind"], r["case"], *held])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plot(results: dict[str, Any], kind: str = "forward", dtype: str = "float64") -> str:
    """A dot for each contender on each layer, on a logarithmic axis of time as a multiple of torch's."""
    rows = [r for r in results["rows"] if r["kind"] == kind and r["dtype"] == dtype]
    names = [n for n in dict.fromkeys(n for r in rows for n in r["seconds"]) if n != "torch"]
    most = max(ratio(r, n) for r in rows for n in names if n in r["seconds"])
    least = min(ratio(r, n) for r in rows for n in names if n in r["seconds"])
    low, high = int(log10(least)) - 1, int(log10(most)) + 1
    left, width, step, top = 170, 520, 34, 46

    def x(value: float) -> float:
        return left + width * (log10(value) - low) / (high - low)

    height = top + step * len(rows) + 30
    title = f"Convolution, {kind}, {dtype}: time as a multiple of PyTorch's"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 30} {height}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="currentColor"><title>{escape(title)}</title>'
    ]
    for power in range(low, high + 1):
        place, strong = x(10.0**power), 1 if power == 0 else 0.25
        parts.append(f'<path d="M{place:.1f} {top - 8}V{height - 26}" stroke="currentColor" opacity="{strong}"/>')
        parts.append(f'<text x="{place:.1f}" y="{height - 8}" text-anchor="middle">{10.0**power:g}×</text>')
    for i, row in enumerate(rows):
        y = top + step * i + step / 2
        parts.append(f'<text x="{left - 12}" y="{y + 4:.1f}" text-anchor="end">{escape(row["case"])}</text>')
        for j, name in enumerate(names):
            if name in row["seconds"]:
                label = f"{name}: {ratio(row, name):.2f}×"
                parts.append(_mark(j, x(ratio(row, name)), y, label))
    for j, name in enumerate(names):
        parts.append(
            _mark(j, left + j * 110, 18, name) + f'<text x="{left + j * 110 + 12}" y="22">{escape(name)}</text>'
        )
    return "".join(parts) + "</svg>\n"


MARKS = ("M-6-6h12v12h-12z", "M0-7 7 6H-7z", "M-6-6 6 6M-6 6 6-6", "M0-7 7 0 0 7-7 0z", "M-7 0H7M0-7V7")


def _mark(which: int, x: float, y: float, label: str) -> str:
    """Shapes, not colours, tell the contenders apart; the first is filled."""
    fill = "currentColor" if which == 0 else "none"
    style = f'fill="{fill}" stroke="currentColor" stroke-width="1.6"'
    return (
        f'<path transform="translate({x:.1f} {y:.1f})" d="{MARKS[which]}" {style}><title>{escape(label)}</title></path>'
    )
