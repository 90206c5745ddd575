"""The picture that goes with a link to the book: the lab's first convolution, drawn from its data."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from labcode.lab5 import task1

SIZE = (1200, 630)  # what the networks ask for
MARGIN, CELL, GAP = 80, 84, 70
BACKGROUND, INK, PALE, ACCENT = "#14181e", "#f3f4f5", "#48566b", "#459db9"


def draw_card(title: str) -> Image.Image:
    """Draw the card.

    Parameters
    ----------
    title : str
        The book's.

    Returns
    -------
    Image
        Of size `SIZE`.
    """
    image = Image.new("RGB", SIZE, BACKGROUND)
    draw = ImageDraw.Draw(image)
    _words(draw, title)
    first = task1.trace(task1.CONV)[0]
    window = {term.index for term in first.terms}
    left, middle = MARGIN, SIZE[1] - MARGIN - CELL * len(task1.X) // 2
    for matrix, lit, sign in ((task1.X, window, "*"), (task1.W, set(), "="), (task1.conv(), {first.index}, "")):
        rows, columns = matrix.shape
        _grid(draw, (left, middle - CELL * rows // 2), matrix.tolist(), lit)
        left += CELL * columns + GAP
        draw.text((left - GAP // 2, middle), sign, INK, ImageFont.load_default(56), anchor="mm")
    return image


def _words(draw: ImageDraw.ImageDraw, title: str) -> None:
    font = ImageFont.load_default(64)
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) > SIZE[0] - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    draw.multiline_text((MARGIN, MARGIN - 10), "\n".join(lines), INK, font, spacing=14)


def _grid(draw: ImageDraw.ImageDraw, at: tuple[int, int], rows: list[list[float]], lit: set[tuple[int, ...]]) -> None:
    """A matrix as cells; the lit ones are filled."""
    font = ImageFont.load_default(38)
    for i, row in enumerate(rows):
        for j, number in enumerate(row):
            x, y = at[0] + j * CELL, at[1] + i * CELL
            draw.rectangle((x, y, x + CELL, y + CELL), ACCENT if (i, j) in lit else None, PALE, 3)
            draw.text((x + CELL / 2, y + CELL / 2), f"{number:g}", INK, font, anchor="mm")
