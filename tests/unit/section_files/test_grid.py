"""Squares of a grid in which something was counted, near each other or far apart, against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from backend.errors import TooLarge
from backend.section_files.grid import MAPPED, Grid, extent


@pytest.mark.parametrize("far", [1, 1_000_000])
@pytest.mark.parametrize("width", [1, 7])
def test_squares_are_those_of_numpy(far: int, width: int) -> None:
    random = np.random.default_rng(4)
    x, y = random.integers(-40, 40, (2, 500)) * far
    bounds = extent([(x[:200], y[:200]), (x[200:], y[200:])])
    assert bounds == (x.min(), y.min(), x.max(), y.max())
    grid = Grid(bounds, width)
    for here in (slice(0, 300), slice(300, 500), slice(0, 0)):
        grid.add(x[here], y[here])
    corners, which = np.unique(np.column_stack([x, y]) // width * width, axis=0, return_inverse=True)
    np.testing.assert_array_equal(grid.positions(), corners)
    np.testing.assert_array_equal(grid.places(x, y), which.ravel())
    assert len(grid) == len(corners)


@pytest.mark.parametrize("far", [1, MAPPED])
def test_too_many_squares_ask_for_a_wider_bin(far: int) -> None:
    x = np.arange(5) * far
    for most, over in ((5, False), (4, True)):
        grid = Grid(extent([(x, x)]), 1, most)
        grid.add(x, x)
        assert grid.over() == over
    with pytest.raises(TooLarge, match=r"chip\.gem has more than 4 spots with a bin of 1"):
        grid.check("chip.gem")
