"""Samples that many tests fit."""

import numpy as np
import pytest
from numpy.typing import NDArray

Samples = tuple[NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture
def noisy() -> Samples:
    """A rising line that bends at 4, with noise of 0.1."""
    rng = np.random.default_rng(7)
    x = rng.uniform(0, 10, 300)
    return x, np.maximum(x - 4, 0) + 0.5 * x + rng.normal(0, 0.1, 300)
