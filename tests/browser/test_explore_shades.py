"""Entries of a stepper shaded as an image: each by its size and sign, on and off, in the link, legible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from labcode import explore
from labcode.lab5.picture import KERNELS, PICTURE
from tests.browser.explorers import grid, opened
from tests.browser.session import VIEWS, Visitor

KERNEL = KERNELS["itself minus its neighbours"]
SHADES = """(table) => [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td:not(.corner)")].map(
    (cell) => parseFloat(cell.style.getPropertyValue("--shade")) * (cell.classList.contains("negative") ? -1 : 1)))"""
COLOURS = """(table) => new Set([...table.querySelectorAll("td:not(.corner)")].map(
    (cell) => getComputedStyle(cell).backgroundColor)).size"""


def shades(page: Page, name: str) -> np.ndarray:
    return np.array(grid(page, name).evaluate(SHADES))


def test_an_entry_is_shaded_by_its_size_beside_the_largest(reader: Visitor, tmp_path: Path) -> None:
    x, w = torch.tensor(PICTURE, dtype=torch.float64), torch.tensor(KERNEL, dtype=torch.float64)
    y = torch.nn.functional.conv2d(x[None, None], w[None, None])[0, 0]
    with opened(reader, tmp_path, explore.convolution(PICTURE, KERNEL, shades=True)) as visit:
        for name, values in (("x", x), ("w", w), ("y", y)):
            expected = 45 * values / values.abs().max()
            np.testing.assert_allclose(shades(visit.page, name), expected.numpy(), atol=0.051)
            assert grid(visit.page, name).evaluate(COLOURS) == len(set(values.ravel().tolist()) - {0.0}) + 1


def test_shades_follow_a_changed_number_and_go_when_they_are_not_wanted(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, explore.convolution([[1, -2], [0, 4]], [[1]])) as visit:
        page = visit.page
        tick = page.get_by_label("shade the entries")
        expect(tick).not_to_be_checked()
        assert grid(page, "y").evaluate(COLOURS) == 2  # paper, and the entry of the step
        tick.check()
        np.testing.assert_allclose(shades(page, "y"), [[11.3, -22.5], [0, 45]], atol=0.051)
        grid(page, "w").locator("tbody td:not(.corner)").dblclick()
        page.keyboard.type("-3")
        page.keyboard.press("Enter")
        np.testing.assert_allclose(shades(page, "y"), [[-11.3, 22.5], [0, -45]], atol=0.051)
        page.wait_for_function("location.hash.includes('shades')")
        tick.uncheck()
        assert grid(page, "y").evaluate(COLOURS) == 2
        page.wait_for_function("!location.hash.includes('shades')")


@pytest.mark.parametrize("view", VIEWS)
def test_shaded_entries_can_be_read(view: str, reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, explore.convolution(PICTURE, KERNEL, shades=True), view=view) as visit:
        visit.page.locator(".explorer").wait_for()
        assert Axe().run(visit.page).response["violations"] == []


def test_on_paper_an_image_stands_in_for_its_many_steps(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, explore.convolution(PICTURE, KERNEL, shades=True)) as visit:
        visit.page.emulate_media(media="print")
        expect(visit.page.locator(".lab-figure svg")).to_be_visible()
        expect(visit.page.locator("table:visible")).to_have_count(0)
