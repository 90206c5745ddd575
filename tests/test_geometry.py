"""A window against the list of its places, written out position by position."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import assume, given
from hypothesis import strategies as st

from labcode import reference
from labcode.errors import ArgumentError
from labcode.geometry import Window, per_axis, same_padding
from tests.profiles import times

small = st.integers(0, 4)
windows = st.builds(
    Window,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 5),
    padding=st.tuples(small, small),
    dilation=st.integers(1, 4),
    ceil_mode=st.booleans(),
).filter(lambda w: not w.ceil_mode or w.padding[1] < w.extent)  # as pools pad: at most half the window
sizes = st.integers(1, 12)


def places(w: Window, size: int) -> list[list[int]]:
    """The positions under the taps, for each place: by walking along the axis."""
    starts = reference.starts(size, w.kernel, w.stride, w.padding, w.dilation, w.ceil_mode)
    return [[start + tap * w.dilation for tap in range(w.kernel)] for start in starts]


@times(25)
@given(windows, sizes)
def test_the_places_are_those_of_a_walk_along_the_axis(w: Window, size: int) -> None:
    expected = places(w, size)
    if not expected:
        with pytest.raises(ArgumentError, match="kernel"):
            w.output_size(size)
        return
    assert w.output_size(size) == len(expected)
    assert [[w.tap(place, tap) for tap in range(w.kernel)] for place in range(len(expected))] == expected
    assert [w.start(place) for place in range(len(expected))] == [taps[0] for taps in expected]
    assert w.extent == expected[0][-1] - expected[0][0] + 1


@times(25)
@given(windows, sizes)
def test_taps_and_uses_are_counted_as_they_are_found(w: Window, size: int) -> None:
    expected = places(w, size)
    assume(expected)
    inside = [[0 <= at < size for at in taps] for taps in expected]
    assert w.taps_inside(size) == tuple(map(sum, inside))
    read = [at for taps in expected for at in taps]
    assert w.uses(size) == tuple(read.count(at) for at in range(size))
    for tap in range(w.kernel):
        assert list(w.places_of_tap(size, tap)) == [p for p, at in enumerate(inside) if at[tap]]


@times(25)
@given(windows, sizes)
def test_what_the_floor_cuts_off_lies_behind_the_last_tap(w: Window, size: int) -> None:
    expected = places(w, size)
    assume(expected)
    end = size + w.padding[1]
    assert w.cut_off(size) == len([at for at in range(-w.padding[0], end) if at > expected[-1][-1]])


@times(25)
@given(windows, sizes, st.integers(0, 4))
def test_the_transposed_size_is_a_size_with_that_many_places(w: Window, count: int, more: int) -> None:
    assume(more < w.stride)
    w = Window(w.kernel, w.stride, w.padding, w.dilation)
    size = w.transposed_size(count, more)
    assume(size >= 1)
    assert w.output_size(size) == count


@times(25)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.integers(1, 6), st.integers(0, 3))
def test_the_transposed_size_is_that_of_torch(k: int, s: int, d: int, p: int, size: int, more: int) -> None:
    assume(more < max(s, d))
    expected = Window(k, s, (p, p), d).transposed_size(size, more)
    assume(expected >= 1)
    y = F.conv_transpose1d(torch.zeros(1, 1, size), torch.zeros(1, 1, k), None, s, p, more, dilation=d)
    assert y.shape[-1] == expected


@times(25)
@given(windows, sizes)
def test_a_symmetric_window_has_as_many_places_as_in_torch(w: Window, size: int) -> None:
    half = min(w.padding[0], w.kernel // 2)
    w = Window(w.kernel, w.stride, (half, half), w.dilation, w.ceil_mode)
    assume(places(w, size))
    y = F.max_pool1d(torch.zeros(1, 1, size), w.kernel, w.stride, half, w.dilation, w.ceil_mode)
    assert y.shape[-1] == w.output_size(size)


@times(25)
@given(st.integers(1, 9), st.integers(1, 5), sizes)
def test_same_padding_keeps_the_size_and_puts_the_odd_one_behind(kernel: int, dilation: int, size: int) -> None:
    before, after = same_padding(kernel, dilation)
    assert Window(kernel, 1, (before, after), dilation).output_size(size) == size
    assert after - before in (0, 1)


@times(25)
@given(st.integers(-2, 3), st.integers(1, 3), st.integers(-2, 2))
def test_an_integer_goes_for_all_axes_and_a_list_for_each(value: int, axes: int, least: int) -> None:
    for given_value, expected in [(value, (value,) * axes), ([value], (value,) * axes), ((value,) * axes,) * 2]:
        if value >= least:
            assert per_axis("stride", given_value, axes, least) == expected
        else:
            with pytest.raises(ArgumentError, match=f"stride = .*integer >= {least}"):
                per_axis("stride", given_value, axes, least)


@pytest.mark.parametrize("value", [(1, 2, 3), (), "12", 1.0, (1, 2.0), None, True, (1, True), [[1], [2]]])
def test_nothing_else_is_taken_for_a_setting(value: Any) -> None:
    with pytest.raises(ArgumentError, match="stride"):
        per_axis("stride", value, 2)


@pytest.mark.parametrize(
    "settings",
    [{"kernel": 0}, {"kernel": 2, "stride": 0}, {"kernel": 2, "dilation": 0}, {"kernel": 2, "padding": (0, -1)}],
)
def test_a_window_refuses_what_slides_nowhere(settings: dict[str, Any]) -> None:
    name = list(settings)[-1]
    message = rf"^{name} = {re.escape(str(settings[name]))}: expected (an )?integers? >= [01]; rule: output"
    with pytest.raises(ArgumentError, match=message):
        Window(**settings)


def test_an_empty_axis_is_refused_by_its_name() -> None:
    with pytest.raises(ArgumentError, match=r"^height size = 0: expected at least 1 position"):
        Window(1).output_size(0, "height")


@pytest.mark.parametrize(
    ("settings", "size", "message"),
    [
        ((3, 1, (0, 0), 2), 4, "spans 2*(3 - 1) + 1 = 5 positions and the padded input has 0 + 4 + 0 = 4"),
        ((7, 1, (1, 2)), 3, "spans 1*(7 - 1) + 1 = 7 positions and the padded input has 1 + 3 + 2 = 6"),
    ],
)
def test_a_window_that_does_not_fit_shows_both_lengths(settings: tuple[Any, ...], size: int, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        Window(*settings).output_size(size)
    assert message in str(caught.value)
    assert caught.value.value == settings[0]


def test_messages_say_how_many_integers_there_may_be() -> None:
    with pytest.raises(ArgumentError, match=r"^stride = 0: expected an integer >= 1; rule"):
        per_axis("stride", 0, 1, 1)
    with pytest.raises(ArgumentError, match=r"^stride = 0: expected an integer >= 1, or 2 of them \(one for each"):
        per_axis("stride", 0, 2, 1)
