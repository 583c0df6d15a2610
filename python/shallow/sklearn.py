"""Estimators for scikit-learn: `pip install shallow[sklearn]`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from . import _shallow
from ._columns import Array, finite
from ._options import whole
from .fitting import fit
from .net import Net

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError:
    raise ImportError("shallow.sklearn needs scikit-learn 1.6 or later: pip install shallow[sklearn]") from None

# Up to so many rows, whole weights are rows that are there as often.
_MOST_REPEATED = 1_000_000

# Of several features, each curve is fitted again until no value moves by more than this share of y's spread.
_ROUNDS = 100
_CLOSE = 1e-4

_Curve = Callable[[Array], Array]


class _Additive(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A curve of each feature; their sum is the prediction."""

    _curves: list[_Curve | None]
    _constant: float

    def _curve(self, x: Array, y: Array, weight: Array | None, is_alone: bool) -> _Curve:
        raise NotImplementedError

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> None:
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        y = finite(np.asarray(y, dtype=np.float64), "y")
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
            if not len(y):
                raise ValueError("all sample weights are 0; a fit needs rows that count")
            if np.all(weight == np.floor(weight)) and weight.sum() <= _MOST_REPEATED:
                times = weight.astype(np.int64)
                X, y, weight = np.repeat(X, times, axis=0), np.repeat(y, times), None
        order = np.lexsort((y, *X.T))  # so that the order of rows changes nothing, to the last bit
        X, y, weight = X[order], y[order], None if weight is None else weight[order]
        columns = [finite(np.ascontiguousarray(column), "X") for column in X.T]
        moving = [at for at, column in enumerate(columns) if column.min() < column.max()]
        self._curves = [None] * len(columns)
        self._constant = 0.0 if moving else float(np.average(y, weights=weight))
        parts = np.zeros((len(columns), len(y)))
        close = _CLOSE * (float(np.std(y)) or 1.0)
        for _ in range(_ROUNDS):
            before = total = parts.sum(axis=0)
            for at in moving:
                others = total - parts[at]
                curve = self._curve(columns[at], y - others, weight, len(moving) == 1)
                self._curves[at], parts[at] = curve, curve(columns[at])
                total = others + parts[at]
            if len(moving) < 2 or np.abs(total - before).max() <= close:
                return
        warnings.warn(
            f"after {_ROUNDS} rounds the curves of the features still move; features that say nearly the same make them slow",
            ConvergenceWarning,
            stacklevel=3,
        )

    def predict(self, X: Any) -> Array:
        """The values at `X [n, d]`, `[n]`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        y = np.full(len(X), self._constant)
        for at, curve in enumerate(self._curves):
            if curve is not None:
                y += curve(np.ascontiguousarray(X[:, at]))
        return y


class ShallowRegressor(_Additive):
    """The network that predicts best on samples left out.

    Of several features, the prediction is the sum of one network for each: an additive model, fitted by backfitting. What
    features do only together, it does not see.

    Parameters
    ----------
    hidden : int, "auto", optional
        The number of hidden units. Where samples have noise, the closest network of a width may follow single samples; `"auto"`
        is the best network of as many as predict best, and `None` chooses among smooth ones, too.
    method : "auto", "best" or "smooth"
        As of `shallow.fit`. Of several features, `auto` without `hidden` is `smooth`: to choose for each feature in each round
        takes long.
    loss, monotone, convex, concave, max_slope
        As of `shallow.fit`; of several features, each curve has the shape.
    through : pairs of numbers, optional
        As of `shallow.fit`; of one feature alone.
    random_state : int or RandomState, optional
        Draws the samples that are left out.

    Attributes
    ----------
    net_ : shallow.Net
        Of one feature: the network, with knots, slopes, intervals and exports.
    nets_ : list of shallow.Net or None
        The network of each feature; none of one that is constant.

    Notes
    -----
    Weights that are all whole numbers count a row as often; others count by their share.

    Examples
    --------
    >>> import numpy as np
    >>> from shallow.sklearn import ShallowRegressor
    >>> X = np.linspace(0, 1, 100).reshape(-1, 1)
    >>> bool(ShallowRegressor().fit(X, np.sin(6 * X.ravel())).score(X, np.sin(6 * X.ravel())) > 0.999)
    True
    """

    nets_: list[Net | None]

    def __init__(
        self,
        hidden: int | Literal["auto"] | None = None,
        *,
        method: Literal["auto", "best", "smooth"] = "auto",
        loss: Literal["squared", "huber", "absolute", "tukey"] = "squared",
        monotone: Literal["increasing", "decreasing"] | None = None,
        convex: bool = False,
        concave: bool = False,
        through: Iterable[tuple[float, float]] | None = None,
        max_slope: float | None = None,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.method = method
        self.loss = loss
        self.monotone = monotone
        self.convex = convex
        self.concave = concave
        self.through = through
        self.max_slope = max_slope
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ShallowRegressor:
        """Fits the samples `X [n, d]`, `y [n]`."""
        self._seed = _seed(self.random_state)
        self._fit(X, y, sample_weight)
        self.nets_ = [curve if isinstance(curve, Net) else None for curve in self._curves]
        return self

    @property
    def net_(self) -> Net:
        """The network of the one feature."""
        if len(self.nets_) != 1 or self.nets_[0] is None:
            raise AttributeError("net_ is of one feature that is not constant; of several, see nets_")
        return self.nets_[0]

    def _curve(self, x: Array, y: Array, weight: Array | None, is_alone: bool) -> _Curve:
        if self.through is not None and not is_alone:
            raise ValueError("through goes with one feature alone; of several, no curve has values of its own")
        is_open = self.hidden is None and self.method == "auto"
        return fit(
            x,
            y,
            hidden=self.hidden,
            method="smooth" if is_open and not is_alone else self.method,
            weights=weight,
            loss=self.loss,
            monotone=self.monotone,
            convex=self.convex,
            concave=self.concave,
            through=self.through,
            max_slope=self.max_slope,
            seed=self._seed,
        )


class _Spline:
    """Straight pieces between knots."""

    def __init__(self, knots: Array, values: Array) -> None:
        self.knots, self.values = knots, values
        self.slopes: Array = np.diff(values) / np.diff(knots)

    def __call__(self, x: Array) -> Array:
        piece = np.searchsorted(self.knots[1:-1], x, side="right")
        values: Array = self.values[piece] + self.slopes[piece] * (x - self.knots[piece])
        return values


class PiecewiseLinearRegressor(_Additive):
    """The best continuous function of `n_segments` straight pieces that is found: least squares with free breakpoints.

    Of several features, the prediction is the sum of one such function for each, fitted by backfitting.

    Parameters
    ----------
    n_segments : int
        Straight pieces of each feature's curve.

    Attributes
    ----------
    breakpoints_, values_, slopes_ : lists of arrays `[m + 1]`, `[m + 1]` and `[m]`
        For each feature where its pieces end, the ends of the samples among them, the values there and the slopes between. Of
        several features, values are up to a constant. Empty of a feature that is constant.

    Examples
    --------
    >>> import numpy as np
    >>> from shallow.sklearn import PiecewiseLinearRegressor
    >>> x = np.linspace(0, 10, 101)
    >>> found = PiecewiseLinearRegressor(n_segments=2).fit(x.reshape(-1, 1), np.abs(x - 3))
    >>> found.breakpoints_[0].round(6).tolist(), found.slopes_[0].round(6).tolist()
    ([0.0, 3.0, 10.0], [-1.0, 1.0])
    """

    breakpoints_: list[Array]
    values_: list[Array]
    slopes_: list[Array]

    def __init__(self, n_segments: int = 3) -> None:
        self.n_segments = n_segments

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> PiecewiseLinearRegressor:
        """Fits the samples `X [n, d]`, `y [n]`."""
        whole("n_segments", self.n_segments)
        self._fit(X, y, sample_weight)
        none = np.empty(0)
        splines = [curve if isinstance(curve, _Spline) else None for curve in self._curves]
        self.breakpoints_ = [none if of is None else of.knots for of in splines]
        self.values_ = [none if of is None else of.values for of in splines]
        self.slopes_ = [none if of is None else of.slopes for of in splines]
        return self

    def _curve(self, x: Array, y: Array, weight: Array | None, is_alone: bool) -> _Curve:
        knots, values, _ = _shallow.best_pieces(x, y, weight, self.n_segments, not is_alone)
        return _Spline(knots, values)


def _seed(random_state: Any) -> int:
    if random_state is None:
        return 42
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    return whole("random_state", random_state, 0) or 0
