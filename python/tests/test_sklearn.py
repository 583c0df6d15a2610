"""The estimators, by scikit-learn's own checks and in its tools."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shallow
from conftest import Samples
from shallow.sklearn import PiecewiseLinearRegressor, ShallowRegressor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks


@parametrize_with_checks([ShallowRegressor(), PiecewiseLinearRegressor()])
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_one_feature_is_the_fit(noisy: Samples) -> None:
    x, y = noisy
    found = ShallowRegressor().fit(x.reshape(-1, 1), y)
    order = np.argsort(x)
    assert found.net_ == shallow.fit(x[np.lexsort((y, x))], y[np.lexsort((y, x))])
    assert np.array_equal(found.predict(x[order].reshape(-1, 1)), found.net_(x[order]))


def test_several_features_add_up() -> None:
    rng = np.random.default_rng(4)
    X = rng.uniform(-1, 1, (400, 3))
    y = np.sin(3 * X[:, 0]) + np.abs(X[:, 1]) + rng.normal(0, 0.05, 400)
    for estimator in (ShallowRegressor(), PiecewiseLinearRegressor(6)):
        found = clone(estimator).fit(X[:300], y[:300])
        assert found.score(X[300:], y[300:]) > 0.98
    assert len(ShallowRegressor().fit(X, y).nets_) == 3
    with pytest.raises(AttributeError, match="nets_"):
        ShallowRegressor().fit(X, y).net_  # noqa: B018


def test_pipelines_searches_and_frames(noisy: Samples) -> None:
    x, y = noisy
    X = pd.DataFrame({"t": x})
    pipeline = make_pipeline(StandardScaler().set_output(transform="pandas"), PiecewiseLinearRegressor())
    search = GridSearchCV(pipeline, {"piecewiselinearregressor__n_segments": [1, 2, 3]}, cv=5).fit(X, y)
    assert search.best_params_["piecewiselinearregressor__n_segments"] == 2
    assert search.best_estimator_[-1].feature_names_in_.tolist() == ["t"]
    assert cross_val_score(ShallowRegressor(method="smooth"), X, y, cv=5).mean() > 0.95


def test_outliers_and_features_that_say_the_same() -> None:
    rng = np.random.default_rng(3)
    X = rng.uniform(-2, 2, (400, 2))
    truth = np.sin(2 * X[:, 0]) + np.abs(X[:, 1])
    y = truth + rng.normal(0, 0.1, 400)
    y[rng.random(400) < 0.2] += 30
    assert abs(np.mean(ShallowRegressor(loss="tukey").fit(X, y).predict(X) - truth)) < 0.05
    alike = rng.normal(size=(300, 2)) @ np.array([[1, 0.95], [0, 0.3122]])
    y = 3 * alike[:, 0] - 3 * alike[:, 1] + 1
    found = PiecewiseLinearRegressor(1).fit(alike, y)
    assert found.slopes_[0][0] == pytest.approx(3, abs=0.05)
    with pytest.raises(ValueError, match="through goes with one feature alone"):
        ShallowRegressor(through=[(0, 0)]).fit(alike, y)


def test_weights_count(noisy: Samples) -> None:
    x, y = noisy
    bad = y.copy()
    bad[:100] += 50
    weight = np.ones(len(x))
    weight[:100] = 0
    for estimator in (ShallowRegressor(), PiecewiseLinearRegressor(2)):
        found = estimator.fit(x.reshape(-1, 1), bad, sample_weight=weight)
        assert found.score(x.reshape(-1, 1), y) > 0.98
        found = estimator.fit(x.reshape(-1, 1), bad, sample_weight=weight + 1e-6)
        assert found.score(x.reshape(-1, 1), y) > 0.98
