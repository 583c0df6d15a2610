"""Fits of samples: numbers, kinds of columns, options, errors."""

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import shallow
from conftest import Samples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


def test_a_fit_is_what_numpy_computes_of_it(noisy: Samples) -> None:
    x, y = noisy
    net = shallow.fit(x, y)
    assert net.method == "best" and net.hidden == 2 and net.n == 300
    residuals = net(x) - y
    assert np.isclose(net.rms, np.sqrt(np.mean(residuals**2)), rtol=1e-12)
    assert np.isclose(net.r2, 1 - np.mean(residuals**2) / np.var(y), rtol=1e-12)
    assert np.isclose(net.max_error, np.abs(residuals).max(), rtol=1e-12)
    assert np.allclose(net(net.knots), net.values, atol=1e-12)
    assert np.allclose(np.diff(net.values) / np.diff(net.knots), net.slopes, atol=1e-9)
    w = net.weights
    by_hand = np.maximum(np.outer(x - w.shift, w.w1) + w.b1, 0) @ w.w2 + w.b2
    assert np.allclose(by_hand, net(x), atol=1e-12)


def test_standard_errors_are_those_of_two_lines(noisy: Samples) -> None:
    x, y = noisy
    net = shallow.fit(x, y)
    errors = net.standard_errors
    assert errors is not None and net.noise is not None
    noise = np.sqrt(np.sum((net(x) - y) ** 2) / (len(x) - 4))
    assert np.isclose(net.noise, noise, rtol=1e-9)
    for piece, inside in enumerate([x < net.knots[1], x >= net.knots[1]]):
        spread = np.sum((x[inside] - x[inside].mean()) ** 2)
        assert np.isclose(errors.slopes[piece], noise / np.sqrt(spread), rtol=1e-9)
    assert abs(net.knots[1] - 4) < 3 * errors.knots[1]


def test_intervals_hold_what_they_say() -> None:
    rng = np.random.default_rng(3)
    held = []
    for _ in range(40):
        x = rng.uniform(0, 1, 120)
        net = shallow.fit(x, np.sin(5 * x) + rng.normal(0, 0.2, 120), method="smooth")
        new = rng.uniform(0.05, 0.95, 50)
        found = net.predict(new, interval=0.9)
        outcome = np.sin(5 * new) + rng.normal(0, 0.2, 50)
        held.append(np.mean((found.new_low <= outcome) & (outcome <= found.new_high)))
        assert np.all(found.low <= found.y) and np.all(found.new_low <= found.low)
    assert abs(np.mean(held) - 0.9) < 0.03  # 2,000 outcomes


def test_kinds_of_columns_give_the_same_bits() -> None:
    x = np.arange(60, dtype=np.int64)
    y = (x * 7 % 11).astype(np.int64)
    wanted = shallow.fit(x.astype(float), y.astype(float), method="smooth")
    wide = np.zeros((60, 3))
    wide[:, 1] = y
    backwards = x[::-1].astype(float)[::-1]
    kinds: list[tuple[Any, Any]] = [
        (x, y),
        (x.astype(np.float32), y.astype(np.int8)),
        (x.astype(">f8"), y.astype(np.float16)),
        (x.tolist(), tuple(y.tolist())),
        (range(60), wide[:, 1]),
        (backwards, y.reshape(-1, 1)),
        (pd.Series(x), pd.Series(y, dtype="Int32")),
        (pd.Series(x, dtype="float64[pyarrow]"), pd.Series(y).astype(object)),
        (pl.Series(x), pl.Series(y)),
        (pa.array(x), pa.chunked_array([y[:20], y[20:]])),
        (np.ma.masked_array(x), y),
    ]
    for kind_x, kind_y in kinds:
        assert shallow.fit(kind_x, kind_y, method="smooth")(x).tolist() == wanted(x).tolist()
        assert np.ravel(wanted(kind_x)).tolist() == wanted(x).tolist()


class OnlyArrow:
    """A column that has the Arrow C interface and nothing else."""

    def __init__(self, values: Any) -> None:
        self.values = pa.chunked_array([values])

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.values.__arrow_c_stream__(requested_schema)


def test_arrow_alone_will_do() -> None:
    net = shallow.fit(OnlyArrow([0.0, 1.0, 2.0]), OnlyArrow([0.0, 2.0, 4.0]), hidden=1)
    assert net(1.5) == pytest.approx(3.0)


def test_times_are_seconds() -> None:
    days = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    y = np.arange(len(days)) * 2.0
    for times in (days, pd.Series(days), pd.Series(days).dt.tz_localize("UTC"), pl.Series(days), days.astype(object)):
        net = shallow.fit(times, y, hidden=1)
        assert net.domain[0] == 1704067200.0
        assert net(np.datetime64("2024-01-11")) == pytest.approx(20.0, abs=1e-6)


def test_missing_values_are_an_error_or_left_out() -> None:
    y = [0.0, 1.0, np.nan, 3.0, 4.0]
    gaps: list[Any] = [
        y,
        pd.Series(y, dtype="Float64"),
        pl.Series([0.0, 1.0, None, 3.0, 4.0]),
        pa.array([0.0, 1.0, None, 3.0, 4.0]),
    ]
    gaps += [np.ma.masked_array([0.0, 1, 9, 3, 4], mask=[0, 0, 1, 0, 0]), [0.0, 1.0, None, 3.0, 4.0]]
    for column in gaps:
        with pytest.raises(ValueError, match=r"y\[2\] is nan: it must be a finite number"):
            shallow.fit(range(5), column)
        assert shallow.fit(range(5), column, hidden=1, missing="skip").n == 4


def test_values_keep_the_shape_and_the_container() -> None:
    net = shallow.fit([0, 1, 2], [0, 2, 4], hidden=1)
    assert isinstance(net(1), float)
    assert net(np.ones((2, 3))).shape == (2, 3)
    assert net([]).shape == (0,)
    series = net(pd.Series([0.5, 1.5], index=["a", "b"]))
    assert isinstance(series, pd.Series) and series["b"] == pytest.approx(3.0)
    assert np.isnan(net(np.nan))
    assert np.sin(net(np.array([0.5]))) == pytest.approx(np.sin(1.0))


@settings(max_examples=200, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.int32, np.uint8, np.bool_]),
        st.integers(0, 40),
    ),
    st.integers(1, 3),
    st.sampled_from(["auto", "best", "smooth"]),
    st.data(),
)
def test_any_array_is_fitted_or_refused_in_a_sentence(x: Any, stride: int, method: Any, data: st.DataObject) -> None:
    y = data.draw(hnp.arrays(np.float64, len(x)))
    options: dict[str, Any] = {} if method == "auto" else {"hidden": 3}
    try:
        net = shallow.fit(x[::stride], y[::stride], method=method, **options)
    except ValueError as error:
        assert "\n" not in str(error) and len(str(error)) < 300
        return
    values = net(x[::stride])
    assert np.isfinite(values).all()
    assert np.array_equal(values, net(np.ascontiguousarray(x[::stride], dtype=np.float64)))


def test_shapes_hold() -> None:
    rng = np.random.default_rng(5)
    x = np.sort(rng.uniform(0, 3, 100))
    y = np.sqrt(x) + rng.normal(0, 0.1, 100)
    grid = np.linspace(x[0], x[-1], 500)
    rising = shallow.fit(x, y, monotone="increasing", concave=True)(grid)
    assert np.all(np.diff(rising) >= -1e-12) and np.all(np.diff(rising, 2) <= 1e-12)
    assert shallow.fit(x, y, through=[(1, 1)])(1.0) == pytest.approx(1.0, abs=1e-12)
    assert np.abs(np.diff(shallow.fit(x, y, max_slope=0.5)(grid)) / np.diff(grid)).max() < 0.5 + 1e-9


def test_weights_are_repetitions() -> None:
    x = np.arange(12.0)
    y = np.sin(x)
    times = np.array([1, 2, 3] * 4)
    weighted = shallow.fit(x, y, hidden=3, weights=times)
    repeated = shallow.fit(np.repeat(x, times), np.repeat(y, times), hidden=3)
    assert np.allclose(weighted(x), repeated(x), atol=1e-9)
    assert weighted.rms == pytest.approx(repeated.rms)


def test_outliers_and_tolerances() -> None:
    x = np.linspace(0, 1, 50)
    y = 2 * x + np.random.default_rng(0).normal(0, 0.01, 50)
    y[10] = 30
    assert shallow.fit(x, y, hidden=1, loss="tukey")(0.5) == pytest.approx(1.0, abs=0.01)
    net = shallow.fit(x, np.sin(6 * x), tolerance=0.05, norm="max")
    assert net.max_error is not None and net.max_error <= 0.05 * (1 + 1e-12)
    assert net.units_needed is not None and net.units_needed <= net.hidden


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: shallow.fit([], []), "there are no samples; a fit needs at least 2"),
        (lambda: shallow.fit([1], [1]), "there is 1 sample; a fit needs at least 2"),
        (lambda: shallow.fit([1, 2], [1]), "x has 2 values and y has 1; they must be as many"),
        (lambda: shallow.fit([1, 1], [1, 2]), "all 2 values of x are 1; nothing can be a function of that"),
        (lambda: shallow.fit([1, np.inf], [1, 2]), "x[1] is inf: it must be a finite number"),
        (lambda: shallow.fit([1, 2], [1, 1e200]), "y[1] is 1e200: its square overflows; use other units"),
        (lambda: shallow.fit(["a", "b"], [1, 2]), "x must be numbers, got text"),
        (lambda: shallow.fit([1j, 2], [1, 2]), "x must be numbers, got complex numbers"),
        (lambda: shallow.fit(np.ones((3, 2)), [1, 2, 3]), "x must be one column of numbers, got an array of shape (3, 2)"),
        (lambda: shallow.fit([[1], [2, 3]], [1, 2]), "x must be numbers: "),
        (lambda: shallow.fit(object(), [1, 2]), "x must be"),
        (lambda: shallow.fit([1, 2], [1, 2], weights=[1, -1]), "weights[1] is -1: it must be 0 or more"),
        (lambda: shallow.fit([1, 2], [1, 2], weights=[0, 0]), "all weights in the samples are 0"),
        (lambda: shallow.fit([1, 2], [1, 2], hidden=0), "hidden must be a whole number from 1 on, got 0"),
        (lambda: shallow.fit([1, 2], [1, 2], hidden=2.5), "hidden must be a whole number from 1 on, got 2.5"),  # type: ignore[arg-type]
        (lambda: shallow.fit([1, 2], [1, 2], hidden=True), "hidden must be a whole number from 1 on, got True"),
        (lambda: shallow.fit([1, 2], [1, 2], hidden=10**30), "hidden must be"),
        (lambda: shallow.fit([1, 2], [1, 2], hidden=2 * 10**9), "hidden must be at most 1000000000, got 2000000000"),
        (lambda: shallow.fit([1, 2], [1, 2], method="bst"), "method must be auto, best or smooth, got 'bst'"),  # type: ignore[arg-type]
        (lambda: shallow.fit([1, 2], [1, 2], bands=95), "the level of bands must be between 0 and 1, as 0.95 is, got 95"),
        (lambda: shallow.fit([1, 2], [1, 2], tolerance=float("nan")), "tolerance must be a finite number, got nan"),
        (lambda: shallow.fit([1, 2], [1, 2], tolerance=-1), "tolerance must be a number above 0, got -1"),
        (lambda: shallow.fit([1, 2], [1, 2], hidden=3, tolerance=0.1), "choose one of hidden and tolerance, not both"),
        (lambda: shallow.fit([1, 2], [1, 2], penalty=1.0), "penalty goes with method smooth alone"),
        (lambda: shallow.fit([1, 2], [1, 2], through=[1, 2]), "through must be pairs of numbers"),  # type: ignore[list-item]
        (lambda: shallow.fit([1, 2], [1, 2], convex=True, concave=True), "choose one of convex and concave, not both"),
        (lambda: shallow.fit([1, 2], [1, 2], seed=-1), "seed must be a whole number from 0 on, got -1"),
        (lambda: shallow.fit([1, 2], [1, 2], n_threads=0), "n_threads must be a whole number from 1 on, got 0"),
        (lambda: shallow.approximate("x", (0, 1)).predict(1, interval=0.9), "the noise of this network is not known"),
        (lambda: shallow.fit(range(9), range(9)).predict(1, interval=2), "the level of bands must be between 0 and 1"),
        (lambda: shallow.fit([1, 2], [1, 2])("a"), "x must be numbers, got text"),
    ],
)
def test_what_cannot_be_is_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        call()
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_copies_are_the_same_network(noisy: Samples) -> None:
    net = shallow.fit(*noisy, bands=0.9)
    for other in (pickle.loads(pickle.dumps(net)), copy.copy(net), copy.deepcopy(net)):
        assert other == net and hash(other) == hash(net)
        assert other.candidates == net.candidates and other.level == 0.9
        assert np.array_equal(other.predict(1.0, interval=True), net.predict(1.0, interval=True))
    assert net != shallow.fit(*noisy, hidden=5)
    assert net != 3


def test_a_notebook_shows_the_picture(noisy: Samples) -> None:
    net = shallow.fit(*noisy, bands=0.95)
    picture = net._repr_html_()
    assert picture.startswith("<svg") and "Residuals" in picture and "95 %" in picture
    assert repr(net).startswith("<shallow.Net relu, 1 -> 2 -> 1; best; rms 0.09")
    again = shallow.approximate("sin(x)", (0, 3), hidden=4)
    assert again._repr_html_().startswith("<svg") and "proven" in repr(again)


def test_plot_draws_samples_curve_kinks_and_bands(noisy: Samples) -> None:
    import matplotlib

    matplotlib.use("Agg")
    ax = shallow.fit(*noisy, bands=0.95).plot()
    legend = ax.get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["samples", "new samples", "curve", "network", "kinks"]
