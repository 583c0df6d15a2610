"""Formulas, whose errors are proven, and Python functions, whose errors are measured."""

from typing import Any

import numpy as np
import pytest
import shallow


def test_a_bound_holds_and_few_units_are_proven_to_be_needed() -> None:
    net = shallow.approximate("sin(3*x)", (-2, 2), tolerance=1e-2)
    x = np.linspace(-2, 2, 100_001)
    errors = np.abs(net(x) - np.sin(3 * x))
    assert net.bound is not None and errors.max() <= net.bound <= 1e-2
    assert net.is_optimal and net.units_needed == net.hidden
    assert net.n == 0 and net.r2 is None
    fewer = shallow.approximate("sin(3*x)", (-2, 2), hidden=net.hidden - 1)
    assert fewer.bound is not None and fewer.bound > 1e-2
    assert fewer.least_error is not None and 1e-2 < fewer.least_error <= fewer.bound and fewer.is_optimal


def test_root_mean_squares_and_sides() -> None:
    net = shallow.approximate("x^2", (0, 1), hidden=8, norm="rms")
    x = np.linspace(0, 1, 100_001)
    assert net.rms == pytest.approx(np.sqrt(np.mean((net(x) - x**2) ** 2)), rel=1e-3)
    above = shallow.approximate("exp(x)", (0, 1), tolerance=0.01, side="above", relative=True)
    share = above(x) / np.exp(x) - 1
    assert share.min() >= -1e-12 and share.max() <= 0.01 + 1e-12


def test_a_python_function_is_measured() -> None:
    net = shallow.approximate(np.cbrt, (-1, 1), tolerance=0.01)
    x = np.linspace(-1, 1, 1_000_001)
    assert net.bound is None and net.units_needed is not None and net.units_needed <= net.hidden
    assert net.max_error is not None and net.max_error <= 0.01 + 1e-12
    assert np.abs(net(x) - np.cbrt(x)).max() < 0.02  # between the places it is not known
    steep = shallow.approximate(lambda x: np.tanh(300 * (x - 0.1234)), (0, 1), tolerance=0.001)
    assert steep.max_error is not None and steep.max_error <= 0.001 + 1e-12
    above = shallow.approximate(np.cbrt, (-1, 1), hidden=6, side="above")
    places = np.linspace(-1, 1, 32_769)
    assert (above(places) - np.cbrt(places)).min() >= -1e-12
    assert shallow.approximate(lambda x: 3.0, (0, 1), hidden=1)(0.5) == pytest.approx(3.0)
    smooth = shallow.approximate(lambda x: np.sin(3 * x), (-2, 2), hidden=16, norm="rms")
    assert smooth.rms == pytest.approx(shallow.approximate("sin(3*x)", (-2, 2), hidden=16, norm="rms").rms, rel=0.02)


def no(x: Any) -> Any:
    raise ZeroDivisionError("mine")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: shallow.approximate("1/x", (-1, 1), hidden=4), "function `1/x` is"),
        (lambda: shallow.approximate("sinn(x", (-1, 1)), "sinn(x"),
        (lambda: shallow.approximate("x", (1, -1)), "must go from a smaller to a larger number"),
        (lambda: shallow.approximate("x", 3), "domain must be two numbers, as (-1, 1), got 3"),  # type: ignore[arg-type]
        (lambda: shallow.approximate("x", (0, float("inf"))), "domain must be a finite number, got inf"),
        (lambda: shallow.approximate(5, (0, 1)), "f must be a formula or a function of an array, got 5"),  # type: ignore[arg-type]
        (lambda: shallow.approximate(np.log, (0, 1), hidden=3), "f(0.0) is -inf; a function must be finite on its domain"),
        (lambda: shallow.approximate(lambda x: x[:5], (0, 1)), "f must return as many numbers as it is given"),
        (lambda: shallow.approximate(np.sin, (1, 0)), "domain must go from a smaller to a larger number"),
        (lambda: shallow.approximate("x", (0, 1), hidden=3, tolerance=0.1), "choose one of hidden and tolerance"),
        (lambda: shallow.approximate("x", (0, 1), norm="L2"), "norm must be rms or max, got 'L2'"),  # type: ignore[arg-type]
        (lambda: shallow.approximate("sin(x)", (0, 1), tolerance=1e-40), "1e-40"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_what_cannot_be_is_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        call()
    assert sentence in str(raised.value) and "\n" not in str(raised.value)


def test_errors_of_the_function_pass() -> None:
    with pytest.raises(ZeroDivisionError, match="mine"):
        shallow.approximate(no, (0, 1))


def test_tables_for_small_processors_are_within_their_errors() -> None:
    net = shallow.approximate("exp(x)", (0, 2), tolerance=0.01, dtype="q15")
    facts = net.table("q15")
    assert "every one was run" in facts
    total = float(facts.split("in all")[1].split("at most ")[1].split(" ")[0])
    assert net.bound < total <= 0.01
    source = net.to_c("power", dtype="q15", lookup="uniform", progmem=True)
    assert "int16_t power(int16_t x)" in source and "pgm_read_word" in source
    assert "fn power(x: i32) -> i32" in net.to_rust("power", dtype="q31", x_scale=1e-9, y_scale=(1e-8, 4))
    assert "float power(float x)" in net.to_c("power", dtype="f32", clamp=True, const=True, monotone="increasing")
    with pytest.raises(ValueError, match=r"the table is not decreasing: the network rises by .*"):
        net.to_c(dtype="q15", monotone="decreasing")
    with pytest.raises(ValueError, match=r"unknown name `f16`, expected one of `f32`, `f64`, `q15`, `q31`"):
        net.to_c(dtype="f16")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="x_scale must be a finite number, got 'one'"):
        net.to_c(dtype="q15", x_scale="one")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="16 bits cannot hold an error of 1e-5"):
        shallow.approximate("exp(x)", (0, 2), tolerance=1e-5, dtype="q15")
    x = np.arange(0, 4096, 64)
    y = np.sqrt(x)
    rows = shallow.fit(x, y, tolerance=0.2, norm="max", dtype="q15", x_scale=1, y_scale=0.01)
    assert "from every row whose x is such an input" in rows.table("q15", x_scale=1, y_scale=0.01)
