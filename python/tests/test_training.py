"""Descents: the documents' numbers, callbacks, starts, errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shallow
from shallow.net import Net

GOLDEN = Path(__file__).parents[2] / "assets" / "golden"


@pytest.mark.parametrize("engine", ["exact", "backprop"])
def test_the_relu_document_to_the_last_digits(engine: Any) -> None:
    state = np.random.RandomState(42)
    x = state.uniform(-1, 1, 1000)
    run = shallow.train(x, np.sin(np.pi * x) + x**2 / 2, hidden=256, epochs=500, lr=0.01, rng=state, engine=engine)
    losses = np.loadtxt(GOLDEN / "relu_1000_256_losses.txt")
    parameters = np.loadtxt(GOLDEN / "relu_1000_256_parameters.txt")
    assert np.allclose(run.losses, losses, rtol=1e-9)  # rounding, over 500 steps
    assert np.allclose(np.concatenate(run.parameters), parameters, rtol=1e-9, atol=1e-11)
    assert run.engine == engine


def test_parity_leaves_numpys_generator_alone() -> None:
    np.random.seed(5)
    wanted = np.random.RandomState(5).normal()
    parity = shallow.numpy_parity(samples=300, hidden=16, epochs=100)
    assert np.random.normal() == wanted
    assert parity.largest_difference < 1e-9
    assert {row.engine for row in parity.rows} >= {"backprop", "exact"}
    assert "difference" in repr(parity)


def test_seeds_are_numpys() -> None:
    x = np.linspace(-1, 1, 50)
    drawn = shallow.train(x, x**2, hidden=8, epochs=1, lr=1e-12, seed=3)
    w1 = np.random.RandomState(3).normal(size=16)
    assert np.allclose(drawn.parameters[0], w1[:8], atol=1e-9) and np.allclose(drawn.parameters[2], w1[8:], atol=1e-9)


def test_a_callback_sees_epochs_and_can_end_it() -> None:
    x = np.linspace(-1, 1, 200)
    seen: list[tuple[int, float]] = []

    def look(epoch: int, loss: float, net: Net) -> object:
        seen.append((epoch, loss))
        assert np.isfinite(net(0.5))
        return epoch < 50

    run = shallow.train(x, x**2, epochs=500, log_every=25, callback=look)
    assert [epoch for epoch, _ in seen] == [0, 25, 50] and len(run.losses) == 51
    assert [loss for _, loss in seen] == [run.losses[0], run.losses[25], run.losses[50]]

    def fail(epoch: int, loss: float, net: Net) -> object:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        shallow.train(x, x**2, callback=fail)


def test_training_goes_on_from_its_parameters() -> None:
    x = np.linspace(-1, 1, 100)
    y = np.abs(x)
    whole = shallow.train(x, y, hidden=8, epochs=100, engine="backprop")
    half = shallow.train(x, y, hidden=8, epochs=50, engine="backprop")
    rest = shallow.train(x, y, hidden=8, epochs=50, engine="backprop", start=half.parameters)
    assert np.array_equal(np.concatenate([half.losses, rest.losses]), whole.losses)
    best = shallow.train(x, y, hidden=8, epochs=5, start="best")
    assert best.losses[0] < 1e-20


def test_far_columns_are_scaled() -> None:
    x = np.linspace(1e6, 1e6 + 50, 200)
    run = shallow.train(x, 1e3 * np.sin(x / 10), epochs=2000, optimizer="adam", hidden=32)
    assert run.losses[-1] < 0.05 * np.var(1e3 * np.sin(x / 10))
    assert run.net.rms == pytest.approx(np.sqrt(np.mean((run.net(x) - 1e3 * np.sin(x / 10)) ** 2)), rel=1e-9)


def test_a_perceptron_learns_its_document() -> None:
    state = np.random.RandomState(42)
    x = state.uniform(0, np.pi / 4, 1000)
    y = 1 / (1 + np.exp(-np.cos(x)))
    run = shallow.train(x, y, model="perceptron", rng=state)
    assert np.allclose(run.parameters[0], np.loadtxt(GOLDEN / "perceptron_weights.txt"), rtol=1e-9)
    assert run.net.hidden == 1 and len(run.losses) == 5000


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lr": 50.0}, "diverged"),
        ({"lr": -1.0}, "learning rate must be a positive number, got -1"),
        ({"epochs": 0}, "epochs must be a whole number from 1 on, got 0"),
        ({"optimizer": "sgd"}, "optimizer must be gd, momentum, adam or lm, got 'sgd'"),
        ({"start": "worst"}, "start must be random or best, got 'worst'"),
        ({"start": [[1.0]]}, "start must be w1 [64], b1 [64], w2 [64] and b2 [1], got lengths [1]"),
        ({"start": [[np.nan] * 64, [0.0] * 64, [0.0] * 64, [0.0]]}, "start must be finite numbers"),
        ({"rng": 7}, "rng must be numpy, rand, or a generator with a method normal, got 7"),
        ({"engine": "autodiff"}, "engine must be auto, exact or backprop, got 'autodiff'"),
        ({"model": "perceptron", "engine": "exact"}, "exact"),
        ({"seed": 2**32}, "a seed of numpy's must be below 2^32, got 4294967296"),
        ({"optimizer": "lm", "lr": 0.1}, "lr goes with optimizer gd, momentum or adam alone"),
    ],
)
def test_what_cannot_be_is_one_sentence(options: Any, sentence: str) -> None:
    x = np.linspace(-1, 1, 100)
    with pytest.raises(ValueError) as raised:
        shallow.train(x, x**2, **options)
    assert sentence in str(raised.value) and "\n" not in str(raised.value)
