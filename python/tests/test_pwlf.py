"""pwlf's names: its published examples, its statistics by hand, and what it does with bad input."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shallow import pwlf

PUBLISHED = json.loads((Path(__file__).parent / "pwlf_examples.json").read_text())


@pytest.mark.parametrize("example", PUBLISHED["examples"], ids=lambda example: example["name"])
def test_a_published_example_leaves_no_more_than_pwlf_does(example: Any) -> None:
    data = PUBLISHED["data"][example["data"]]
    model = pwlf.PiecewiseLinFit(data["x"], data["y"], weights=example.get("weights"))
    for call in example["calls"]:
        arguments = call["args"]
        getattr(model, call["method"])(**arguments)
        rounding = 1e-20 * (1 + np.sum(np.square(data["y"])))
        assert model.ssr <= call["ssr"] * (1 + 1e-9) + rounding
        if "n_segments" in arguments:
            assert model.n_segments == arguments["n_segments"] == len(model.slopes) == len(model.intercepts)
        residuals = (model.predict(data["x"]) - data["y"]) * np.asarray(example.get("weights", 1.0))
        assert np.isclose(model.ssr, np.sum(residuals**2), rtol=1e-6, atol=1e-9 * np.sum(np.square(data["y"])))
        for x, y in zip(arguments.get("x_c", []), arguments.get("y_c", []), strict=True):
            assert model.predict(x)[0] == pytest.approx(y, abs=1e-8)
        for (low, high), found in zip(arguments.get("bounds", []), model.fit_breaks[1:-1], strict=False):
            assert low - 1e-9 <= found <= high + 1e-9


def samples() -> Any:
    rng = np.random.default_rng(2)
    x = np.sort(rng.uniform(0, 10, 200))
    return x, np.where(x < 4, x, 8 - x) + rng.normal(0, 0.2, 200)


def test_statistics_are_those_of_least_squares() -> None:
    x, y = samples()
    model = pwlf.PiecewiseLinFit(x, y)
    model.fit(2)
    A = np.stack([np.ones_like(x), x - x[0], np.maximum(x - model.fit_breaks[1], 0)], axis=1)
    beta, squares, _, _ = np.linalg.lstsq(A, y, rcond=None)
    assert np.allclose(model.beta, beta, rtol=1e-6) and model.ssr == pytest.approx(squares[0])
    variance = squares[0] / (200 - 3)
    covariance = variance * np.linalg.inv(A.T @ A)
    assert np.allclose(model.standard_errors(), np.sqrt(np.diag(covariance)), rtol=1e-6)
    assert np.allclose(model.prediction_variance(x), np.sum(A @ covariance * A, axis=1), rtol=1e-6)
    assert model.r_squared() == pytest.approx(1 - squares[0] / np.sum((y - y.mean()) ** 2))
    errors = model.standard_errors(method="non-linear")
    assert len(errors) == 4 and 0.01 < errors[3] < 0.1
    assert np.all(model.p_values(method="non-linear")[1:] < 1e-10)
    # Student's distribution with 197 degrees of freedom: t = 1.972079 has 5 % on both sides.
    model.beta = 1.972079 * model.standard_errors()
    assert model.p_values()[0] < 1 and model.se is not None


def test_weights_are_those_of_weighted_least_squares() -> None:
    x, y = samples()
    w = np.linspace(0.5, 2, len(x))
    model = pwlf.PiecewiseLinFit(x, y, weights=w)
    model.fit(2)
    assert model.ssr == pytest.approx(np.sum((w * (model.predict(x) - y)) ** 2))
    A = model.assemble_regression_matrix(model.fit_breaks, x) * w[:, None]
    covariance = model.ssr / (200 - 3) * np.linalg.inv(A.T @ A)
    assert np.allclose(model.standard_errors(), np.sqrt(np.diag(covariance)), rtol=1e-6)
    # Scaling all weights changes no standard error.
    scaled = pwlf.PiecewiseLinFit(x, y, weights=10 * w)
    scaled.fit(2)
    assert np.allclose(scaled.standard_errors(), model.standard_errors(), rtol=1e-6)


def test_an_optimizer_of_ones_own() -> None:
    x, y = samples()
    model = pwlf.PiecewiseLinFit(x, y)
    model.use_custom_opt(2)
    tried = [(model.fit_with_breaks_opt([at]), at) for at in np.linspace(1, 9, 801)]
    best = min(tried)
    assert model.fit_with_breaks([x[0], best[1], x[-1]]) == pytest.approx(best[0])
    assert pwlf.PiecewiseLinFit(x, y).fit(2)[1] == pytest.approx(best[1], abs=0.02)
    model.use_custom_opt(2, [0.0], [0.0])
    assert model.fit_force_points_opt([4.0]) > best[0]
    assert model.predict(0.0)[0] == pytest.approx(0.0, abs=1e-9)


def test_inverses_copies_and_saved_parameters() -> None:
    x, y = samples()
    model = pwlf.PiecewiseLinFit(x, y)
    model.fit(2)
    inverse = model.invert_pwlf([0.5, 2.0])
    assert np.allclose(model.predict(inverse), [0.5, 2.0])
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(x), model.predict(x))
    other = pwlf.PiecewiseLinFit(x, y)
    assert np.array_equal(other.predict(x, beta=model.beta, breaks=model.fit_breaks), model.predict(x))


def test_repeated_and_few_samples() -> None:
    model = pwlf.PiecewiseLinFit([1, 1, 2, 2], [0, 1, 3, 4])
    assert model.fit(3).shape == (4,) and model.ssr == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda m: pwlf.PiecewiseLinFit([1], [1], degree=2), ValueError, "degree must be 1"),
        (lambda m: pwlf.PiecewiseLinFit([1, 2], [1]), ValueError, "x has 2 values and y has 1"),
        (lambda m: pwlf.PiecewiseLinFit([], []), ValueError, "there are no samples to fit"),
        (lambda m: pwlf.PiecewiseLinFit([1, np.nan], [1, 2]), ValueError, "x[1] is nan"),
        (lambda m: pwlf.PiecewiseLinFit([1, 1], [0, 1]), ValueError, "all values of x are 1; nothing can be a function of that"),
        (lambda m: pwlf.PiecewiseLinFit([0, 1], [1e308, 0]), ValueError, "y[0] is 1e+308: its square overflows"),
        (lambda m: pwlf.PiecewiseLinFit([0, 1], [1, 0], weights=[1e160]), ValueError, "its square overflows"),
        (lambda m: pwlf.PiecewiseLinFit([0, 1], [1, 0], weights=[1, 2, 3]), ValueError, "weights has 3"),
        (lambda m: m.fit_with_breaks([np.nan, 1]), ValueError, "breaks[0] is nan"),
        (lambda m: m.fit(2, x_c=[], y_c=[]), ValueError, "x_c has no point"),
        (lambda m: m.fit(2.9), ValueError, "n_segments must be a whole number"),
        (lambda m: m.fit(0), ValueError, "n_segments must be a whole number from 1 on, got 0"),
        (lambda m: m.fit(2, x_c=[0]), ValueError, "You must provide both x_c and y_c!"),
        (lambda m: m.fit(3, bounds=[(0, 1)]), ValueError, "bounds must be 2 pairs of numbers"),
        (lambda m: m.predict([1.0]), AttributeError, "there is no fit yet"),
        (lambda m: m.standard_errors(), AttributeError, "there is no fit yet"),
        (lambda m: m.fit_with_breaks([1.0]), ValueError, "breaks must be two numbers at least"),
    ],
)
def test_bad_input_is_one_sentence(call: Any, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind) as raised:
        call(pwlf.PiecewiseLinFit([0, 1, 2, 3], [0, 1, 0, 1]))
    assert sentence in str(raised.value)
