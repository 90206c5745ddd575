"""The pooling stepper: its JavaScript against labcode, and in a reader's hands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import labcode as lc
from labcode import explore
from labcode.errors import ArgumentError
from labcode.render.html import number
from tests.browser.explorers import answers, as_called, expected, grid, opened, phone, shown, texts
from tests.browser.session import Visitor

CONFIGURATIONS = 600


def random_state(rng: np.random.Generator) -> dict[str, Any]:
    """A layer of any kind, many with ties; one in a few is refused."""
    rank = int(rng.integers(1, 4))
    axes = 1 if rank == 1 else 2
    shape = [int(n) for n in rng.integers(1, 9, rank)]
    entries = rng.integers(-4, 5, shape)

    def setting(least: int, most: int) -> Any:
        value = [int(v) for v in rng.integers(least, most, axes)]
        if rng.random() < 0.04:
            return rng.choice([-1, 0]).item()
        return value if rng.random() < 0.5 else value[0]

    return {
        "x": (entries / 4 if rng.random() < 0.3 else entries).tolist(),
        "kernel_size": setting(1, 4),
        "stride": None if rng.random() < 0.4 else setting(1, 4),
        "padding": setting(0, 2),
        "dilation": setting(1, 3) if rng.random() < 0.3 else 1,
        "ceil_mode": bool(rng.random() < 0.4),
        "count_include_pad": bool(rng.random() < 0.6),
        "kind": str(rng.choice(["max", "mean"])),
    }


def test_it_computes_what_labcode_computes(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    states = [random_state(rng) for _ in range(CONFIGURATIONS)]
    theirs = [expected(lambda s=s: explore.pooling(**as_called(s)).trace()) for s in states]
    with opened(reader, tmp_path, explore.pooling([2, 1, 3], 2)) as visit:
        ours = answers(visit, "pool.js", "pool", [[s] for s in states])
        steps = answers(visit, "pool.js", "steps", [[s] for s in states])
    accepted = 0
    for state, mine, found, right in zip(states, ours, steps, theirs, strict=True):
        if "error" in right:
            assert mine == right, state
            continue
        accepted += 1
        assert shown({**mine["answer"], "steps": found["answer"]}) == shown(right["answer"]), state
    assert CONFIGURATIONS / 2 < accepted < CONFIGURATIONS - 50


X = [[1, 3, 3, 5], [3, 2, -1, 5], [0, 0, 2, 1]]


@pytest.fixture
def page(reader: Visitor, tmp_path: Path) -> Iterator[Page]:
    with opened(reader, tmp_path, explore.pooling(X, 2)) as visit:
        yield visit.page


def test_ties_go_to_the_first_and_so_does_the_gradient(page: Page) -> None:
    expect(page.locator(".sum b").last).to_have_text("3")
    expect(page.locator(".sum p")).to_have_text(
        "2 entries tie, and the first of them wins. The whole gradient goes to x[0, 1], none to the others."
    )
    expect(grid(page, "x").locator("td.now")).to_have_attribute("data-column", "1")
    x = lc.Variable(X)
    lc.max_pool2d(x, 2).sum().backward()
    assert texts(grid(page, "gradient of x")) == [[number(v) for v in row] for row in x.grad]


def test_the_stride_is_the_window_until_another_is_given(page: Page) -> None:
    stride, window = page.get_by_label("stride"), page.get_by_label("kernel_size")
    expect(stride).to_have_value("")
    for kernel, step in (("1, 3", ""), ("1, 3", "1"), ("2", "")):
        for field, text in ((window, kernel), (stride, step)):
            field.fill(text)
            field.press("Enter")
        size = tuple(map(int, kernel.split(", ")))
        y = lc.max_pool2d(X, size if len(size) > 1 else size[0], int(step) if step else None)
        assert texts(grid(page, "y")) == [[number(v) for v in row] for row in y]


def test_the_mean_shares_its_gradient_and_says_what_padding_gets(page: Page) -> None:
    page.get_by_role("combobox").select_option("mean")
    page.get_by_label("padding", exact=True).fill("1")
    page.get_by_label("padding", exact=True).press("Enter")
    expect(page.locator(".sum")).to_have_text(
        "y[0, 0] = (0 + 0 + 0 + 1) / 4 = 0.25Its gradient is shared: each entry gets 1/4 of it; "
        "the shares of padding are lost."
    )
    assert texts(grid(page, "y")) == [[number(v) for v in row] for row in lc.avg_pool2d(np.array(X, float), 2, None, 1)]
    page.get_by_label("count_include_pad").uncheck()
    right = lc.avg_pool2d(np.array(X, float), 2, None, 1, count_include_pad=False)
    assert texts(grid(page, "y")) == [[number(v) for v in row] for row in right]


def test_padding_never_wins_a_maximum(page: Page) -> None:
    page.get_by_label("padding", exact=True).fill("1")
    page.get_by_label("padding", exact=True).press("Enter")
    expect(page.locator(".sum")).to_contain_text("max(−∞, −∞, −∞, 1) = 1")


def test_a_mean_has_no_dilation(page: Page) -> None:
    page.get_by_label("dilation").fill("2")
    page.get_by_label("dilation").press("Enter")
    page.get_by_role("combobox").select_option("mean")
    with pytest.raises(ArgumentError) as refused:
        explore.pooling(X, 2, dilation=(2, 2), kind="mean")
    expect(page.get_by_role("alert")).to_have_text(str(refused.value))
    page.get_by_label("dilation").fill("1")
    page.get_by_label("dilation").press("Enter")
    expect(page.locator(".error")).to_have_text("")
    expect(page.locator(".sum")).to_contain_text("= 2.25")


def test_a_phone_taps(reader: Visitor, page: Page) -> None:
    with phone(reader, page) as touched:
        last = grid(touched, "y").locator("td:not(.corner)").last
        last.tap()
        expect(touched.locator(".sum b").first).to_have_text("y[0, 1]")
        touched.get_by_label("previous step").tap()
        expect(touched.locator(".sum b").first).to_have_text("y[0, 0]")
        first = grid(touched, "x").locator("td:not(.corner)").first
        first.tap()
        first.tap()
        touched.keyboard.type("9")
        touched.keyboard.press("Enter")
        assert texts(grid(touched, "y"))[0][0] == number(9)
