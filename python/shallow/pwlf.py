"""The names of the package pwlf, for straight pieces: `from shallow import pwlf` and the rest of a program stays as it is.

What differs: the breakpoints are found without random numbers, mostly better and in a fraction of the time, so that settings of
optimizers (`pop`, `seed`, keywords of scipy's) are accepted and change nothing; only degree 1 is there; pieces through points are
sought with the least sum of squares, no two breaks nearer to each other than a thousandth of the width; and with weights, all
statistics are those of weighted least squares.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _shallow
from ._columns import Array, column, finite, numbers
from ._options import shown

# Up to so many samples, `fitfast` searches as `fit` does.
_FEW = 2000

# Of so few samples, two breaks between two of them are moved to where they leave the least, too.
_VERY_FEW = 200

# Starts of a search within bounds or through points, and its steps from each.
_STARTS = 24
_STEPS = 60

# Through points, breaks are no nearer to each other than this share of the width.
_NEAREST = 1e-3


class _Solved(NamedTuple):
    beta: Array
    ssr: float
    zeta: Array | None


class PiecewiseLinFit:
    """A continuous function of straight pieces, fitted by least squares.

    Parameters
    ----------
    x, y : columns of `n` numbers
        The samples, in any order.
    disp_res : bool
        Whether `fit` and `fitfast` print what they found.
    lapack_driver, seed
        Accepted; nothing depends on them.
    degree : int
        1.
    weights : column of `n` numbers, optional
        What each residual is multiplied with: 1 / standard deviation.

    Examples
    --------
    >>> import numpy as np
    >>> from shallow import pwlf
    >>> x = np.linspace(0, 10, 101)
    >>> model = pwlf.PiecewiseLinFit(x, np.abs(x - 4))
    >>> model.fit(2).round(6).tolist(), model.slopes.round(6).tolist()
    ([0.0, 4.0, 10.0], [-1.0, 1.0])
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        disp_res: bool = False,
        lapack_driver: str = "gelsd",
        degree: int = 1,
        weights: Any = None,
        seed: int | None = None,
    ) -> None:
        if isinstance(degree, (list, tuple)) or degree != 1:
            raise ValueError(f"degree must be 1, straight pieces, got {shown(degree)}; other degrees are pwlf's own")
        self.print = disp_res
        self.lapack_driver = lapack_driver
        self.degree = 1
        self.mixed_degree = False
        self.seed = seed
        self.x_data = finite(x, "x")
        self.y_data = finite(y, "y")
        self.n_data = len(self.x_data)
        if self.n_data == 0:
            raise ValueError("there are no samples to fit")
        if len(self.y_data) != self.n_data:
            raise ValueError(f"x has {self.n_data} values and y has {len(self.y_data)}; they must be as many")
        self.break_0 = float(self.x_data.min())
        self.break_n = float(self.x_data.max())
        if self.break_0 == self.break_n:
            raise ValueError(f"all values of x are {self.break_0:g}; nothing can be a function of that")
        self.weights: Array | None = None
        self.y_w: Array | None = None
        if weights is not None:
            given = finite(np.atleast_1d(weights), "weights")
            if len(given) not in (1, self.n_data):
                raise ValueError(f"x has {self.n_data} values and weights has {len(given)}; they must be as many")
            if np.abs(given).max() > 1e70:
                raise ValueError(f"weights reach to {np.abs(given).max():g}, whose square is too large; use smaller ones")
            self.weights = np.ascontiguousarray(np.broadcast_to(given, self.n_data))
            self.y_w = self.weights * self.y_data
        self.fit_breaks: Array = np.empty(0)
        self.n_segments = 0
        self.n_parameters = 0
        self.nVar: int | None = None
        self.beta: Array = np.empty(0)
        self.ssr = np.nan
        self.slopes: Array = np.empty(0)
        self.intercepts: Array = np.empty(0)
        self.se: Array | None = None
        self.x_c: Array | None = None
        self.y_c: Array | None = None
        self.c_n: int | None = None
        self.zeta: Array | None = None

    # ---- least squares with given breaks -------------------------------------------------------------------------

    def assemble_regression_matrix(self, breaks: Any, x: Any) -> Array:
        """The matrix `A [n, K + 1]` with `A @ beta` the values at x: 1, the distance from the first break, and how far x is
        beyond each inner one. Sets `fit_breaks`, `n_segments` and `n_parameters`."""
        self._set_breaks(_breaks(breaks))
        return _matrix(self.fit_breaks, column(np.atleast_1d(x), "x"))

    def lstsq(self, A: Array, calc_slopes: bool = True) -> float:
        """The best `beta` of a regression matrix, and its sum of squares."""
        solved = self._solved(A, None)
        self.beta = solved.beta
        if calc_slopes:
            self.calc_slopes()
        return solved.ssr

    def conlstsq(self, A: Array, calc_slopes: bool = True) -> float:
        """The best `beta` of a regression matrix that passes through the points `x_c`, `y_c`, and its sum of squares."""
        if self.x_c is None or self.y_c is None:
            raise AttributeError("there are no points to pass through; fit with x_c and y_c first")
        solved = self._solved(A, _matrix(self.fit_breaks, self.x_c))
        self.beta, self.zeta, self.ssr = solved.beta, solved.zeta, solved.ssr
        if calc_slopes:
            self.calc_slopes()
        return solved.ssr

    def fit_with_breaks(self, breaks: Any) -> float:
        """The best values for all `K + 1` breaks, the outer ones among them. Returns the sum of squares."""
        self._set_breaks(_breaks(breaks))
        self.ssr = self.lstsq(_matrix(self.fit_breaks, self.x_data))
        return self.ssr

    def fit_with_breaks_force_points(self, breaks: Any, x_c: Any, y_c: Any) -> float:
        """The same, through the points. Returns the sum of squares."""
        self._set_points(x_c, y_c)
        self._set_breaks(_breaks(breaks))
        return self.conlstsq(_matrix(self.fit_breaks, self.x_data))

    def fit_with_breaks_opt(self, var: Any) -> float:
        """The sum of squares of the best values for these inner breaks, for an optimizer of your own."""
        self._set_breaks(self._with_ends(var))
        return self.lstsq(_matrix(self.fit_breaks, self.x_data), calc_slopes=False)

    def fit_force_points_opt(self, var: Any) -> float:
        """The same, through the points that `use_custom_opt` was given."""
        self._set_breaks(self._with_ends(var))
        return self.conlstsq(_matrix(self.fit_breaks, self.x_data), calc_slopes=False)

    # ---- breaks that are found -----------------------------------------------------------------------------------

    def fit(self, n_segments: int, x_c: Any = None, y_c: Any = None, bounds: Any = None, **kwargs: Any) -> Array:
        """Searches for the breaks of `n_segments` pieces with the least sum of squares, through the points and with the inner
        breaks within `bounds [K - 1, 2]`, if some are given. Returns all breaks, `[K + 1]`. Keywords for an optimizer change
        nothing.

        >>> from shallow import pwlf
        >>> model = pwlf.PiecewiseLinFit([0, 1, 2, 3, 4], [0, 1, 2, 1, 0])
        >>> model.fit(2, x_c=[0], y_c=[0]).round(6).tolist(), bool(model.ssr < 1e-12)
        ([0.0, 2.0, 4.0], True)
        """
        if (x_c is None) != (y_c is None):
            raise ValueError("You must provide both x_c and y_c!")
        if x_c is not None:
            self._set_points(x_c, y_c)
        return self._fit(n_segments, x_c is not None, bounds, is_quick=False)

    def fitfast(self, n_segments: int, pop: int = 2, bounds: Any = None, **kwargs: Any) -> Array:
        """As `fit`, of many samples by the first steps of the search alone."""
        return self._fit(n_segments, False, bounds, is_quick=self.n_data > _FEW)

    def fit_guess(self, guess_breakpoints: Any, bounds: Any = None, **kwargs: Any) -> Array:
        """Finds the breaks from a guess of the inner ones, going downhill."""
        guess = np.sort(finite(np.atleast_1d(guess_breakpoints), "guess_breakpoints"))
        if not len(guess):
            raise ValueError("guess_breakpoints must have a break at least; for one piece, use fit(1)")
        limits = self._limits(bounds, len(guess))
        found, _ = self._downhill(np.clip(guess, limits[:, 0], limits[:, 1]), limits, False)
        return self._finish(found, False)

    def use_custom_opt(self, n_segments: int, x_c: Any = None, y_c: Any = None) -> None:
        """Makes ready for an optimizer of your own over `fit_with_breaks_opt`, or, with points, over `fit_force_points_opt`.
        `fit` mostly finds better breaks."""
        if (x_c is None) != (y_c is None):
            raise ValueError("You must provide both x_c and y_c!")
        self.n_segments = _segments(n_segments)
        self.n_parameters = self.n_segments + 1
        self.nVar = self.n_segments - 1
        if x_c is not None:
            self._set_points(x_c, y_c)

    # ---- what was fitted -----------------------------------------------------------------------------------------

    def predict(self, x: Any, beta: Any = None, breaks: Any = None) -> Array:
        """The values at x, `[n]`. With `beta` and `breaks` of an earlier fit, these are taken first."""
        if beta is not None and breaks is not None:
            self.beta = finite(beta, "beta")
            self._set_breaks(_breaks(breaks))
        self._check_fitted()
        values: Array = _matrix(self.fit_breaks, column(np.atleast_1d(x), "x")) @ self.beta
        return values

    def calc_slopes(self) -> Array:
        """The slopes of the pieces, `[K]`; sets `intercepts`, their values at 0, too."""
        self._check_fitted()
        values = _matrix(self.fit_breaks, self.fit_breaks) @ self.beta
        with np.errstate(divide="ignore", invalid="ignore"):
            self.slopes = np.diff(values) / np.diff(self.fit_breaks)
        self.intercepts = values[:-1] - self.slopes * self.fit_breaks[:-1]
        return self.slopes

    def standard_errors(self, method: str = "linear", step_size: float = 1e-4) -> Array:
        """The standard errors of `beta`, the breaks being known; with `non-linear`, of `beta` and the inner breaks to first order.

        >>> from shallow import pwlf
        >>> model = pwlf.PiecewiseLinFit([0, 1, 2, 3], [0, 1, 2, 4])
        >>> model.fit(1).tolist(), model.standard_errors().round(4).tolist()
        ([0.0, 3.0], [0.324, 0.1732])
        """
        self.se = np.sqrt(np.abs(np.diag(self._covariance(self._sensitivity(method)))))
        return self.se

    def p_values(self, method: str = "linear", step_size: float = 1e-4) -> Array:
        """How likely each parameter, in the order of `standard_errors`, would be as far from 0 by chance."""
        errors = self.standard_errors(method, step_size)
        inner = self.fit_breaks[1:-1] if method == "non-linear" else np.empty(0)
        parameters = np.concatenate([self.beta, inner])
        degrees = self.n_data - len(parameters)
        if degrees < 1:
            return np.full(len(parameters), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return _shallow.two_sided(np.abs(parameters / errors), float(degrees))

    def prediction_variance(self, x: Any) -> Array:
        """The variance of the values at x, `[n]`, the breaks being known."""
        covariance = self._covariance(self._sensitivity("linear"))
        rows = _matrix(self.fit_breaks, column(np.atleast_1d(x), "x"))
        variance: Array = np.einsum("ij,jk,ik->i", rows, covariance, rows)
        return variance

    def r_squared(self) -> float:
        """The share of the variance of y that is explained."""
        residuals = self._weighted(self._residuals())
        weight = None if self.weights is None else self.weights**2
        around = self._weighted(self.y_data - np.average(self.y_data, weights=weight))
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(1.0 - np.sum(residuals**2) / np.sum(around**2))

    def invert_pwlf(self, y_values: Any) -> Array:
        """For each value the least x between the first and the last break at which the fit has it."""
        self._check_fitted(ValueError)
        wanted = np.asarray(y_values, dtype=np.float64)
        if wanted.ndim != 1 or not np.isfinite(wanted).all():
            raise ValueError(f"y_values must be one column of finite numbers, got {shown(y_values)}")
        x = self.fit_breaks
        y = _matrix(x, x) @ self.beta
        room = 1e-12 * (np.abs(y).max() + np.abs(self.beta).max())
        outside = (wanted < y.min() - room) | (wanted > y.max() + room)
        if outside.any():
            raise ValueError(f"{wanted[outside][0]} is outside the fitted range, {y.min()} to {y.max()}")
        wanted = np.clip(wanted, y.min(), y.max())
        low, high = np.minimum(y[:-1], y[1:]), np.maximum(y[:-1], y[1:])
        is_in = (low <= wanted[:, None]) & (wanted[:, None] <= high)
        at = is_in.argmax(axis=1)
        rise = y[at + 1] - y[at]
        share = np.where(rise == 0, 0.0, (wanted - y[at]) / np.where(rise == 0, 1.0, rise))
        inverse: Array = x[at] + share * (x[at + 1] - x[at])
        return inverse

    # ---- inside --------------------------------------------------------------------------------------------------

    def _set_breaks(self, breaks: Array) -> None:
        self.fit_breaks = breaks
        self.n_segments = len(breaks) - 1
        self.n_parameters = self.n_segments + 1

    def _set_points(self, x_c: Any, y_c: Any) -> None:
        if self.weights is not None:
            raise ValueError("points to pass through do not go with weights; leave one of them out")
        x, y = finite(np.atleast_1d(x_c), "x_c"), finite(np.atleast_1d(y_c), "y_c")
        if not len(x):
            raise ValueError("x_c has no point to pass through; leave x_c and y_c out")
        if len(x) != len(y):
            raise ValueError(f"x_c has {len(x)} values and y_c has {len(y)}; they must be as many")
        order = np.argsort(x, kind="stable")
        self.x_c, self.y_c, self.c_n = x[order], y[order], len(x)

    def _with_ends(self, inner: Any) -> Array:
        inner = np.atleast_1d(numbers(inner, "breaks")).ravel()
        return np.sort(np.concatenate([[self.break_0], inner, [self.break_n]]))

    def _weighted(self, values: Array) -> Array:
        return values if self.weights is None else self.weights * values

    def _residuals(self) -> Array:
        self._check_fitted()
        return self.y_data - _matrix(self.fit_breaks, self.x_data) @ self.beta

    def _check_fitted(self, kind: type[Exception] = AttributeError) -> None:
        if not len(self.beta) or len(self.beta) != len(self.fit_breaks):
            raise kind("there is no fit yet; call fit, fitfast or fit_with_breaks first")

    def _solved(self, A: Array, C: Array | None) -> _Solved:
        """Least squares of a regression matrix; with rows of it at the points, through these."""
        A, y = self._weighted_rows(A), self._weighted(self.y_data)
        if C is None:
            beta: Array = np.linalg.lstsq(A, y, rcond=None)[0].astype(np.float64, copy=False)
            return _Solved(beta, float(np.sum((y - A @ beta) ** 2)), None)
        assert self.y_c is not None
        # What meets the conditions, and what leaves them met.
        left, sizes, right = np.linalg.svd(C)
        rank = int(np.sum(sizes > 1e-12 * max(sizes.max(), 1e-300)))
        meets = right[:rank].T @ ((left.T[:rank] @ self.y_c) / sizes[:rank])
        free = right[rank:].T
        if np.abs(C @ meets - self.y_c).max() > 1e-9 * (np.abs(self.y_c).max() + np.abs(self.y_data).max()):
            return _Solved(meets, np.inf, np.full(len(self.y_c), np.nan))
        beta = meets + free @ np.linalg.lstsq(A @ free, y - A @ meets, rcond=None)[0]
        gradient = 2 * A.T @ (y - A @ beta)
        zeta: Array = np.linalg.lstsq(C.T, gradient, rcond=None)[0].astype(np.float64, copy=False)
        is_met = np.abs(C @ beta - self.y_c).max() <= 1e-9 * (np.abs(self.y_c).max() + np.abs(self.y_data).max())
        return _Solved(beta, float(np.sum((y - A @ beta) ** 2)) if is_met else np.inf, zeta)

    def _fit(self, n_segments: int, is_through: bool, bounds: Any, is_quick: bool) -> Array:
        breaks = self._breaks_of(n_segments, is_through, bounds, is_quick)
        if self.print:
            print(f"{self.n_segments} pieces, sum of squares {self.ssr:.6g}, breaks {breaks}")
        return breaks

    def _breaks_of(self, n_segments: int, is_through: bool, bounds: Any, is_quick: bool) -> Array:
        n_segments = _segments(n_segments)
        if n_segments == 1:
            return self._finish(np.empty(0), is_through)
        if bounds is None and not is_through:
            found = self._found(n_segments, is_quick)
            return found if self.n_data > _VERY_FEW else self._polished(found)
        limits = self._limits(bounds, n_segments - 1)
        starts = [self._found(n_segments, is_quick=True)[1:-1]]
        if is_through:
            starts += self._through(n_segments)
        draw = np.random.default_rng(0)
        low, high = limits.T
        starts += [low + (high - low) * draw.random(n_segments - 1) for _ in range(_STARTS)]
        tried = [self._downhill(np.clip(np.sort(start), low, high), limits, is_through) for start in starts]
        best, _ = min(tried, key=lambda found: found[1])
        return self._finish(best, is_through)

    def _found(self, n_segments: int, is_quick: bool) -> Array:
        """The best breaks of the compiled search, and the fit that they make."""
        x, y, weight = self.x_data, self.y_data, None if self.weights is None else self.weights**2
        if weight is not None:
            x, y, weight = x[weight > 0], y[weight > 0], weight[weight > 0]
            if len(x) < 2 or x.min() == x.max():
                return self._finish(np.linspace(self.break_0, self.break_n, n_segments + 1)[1:-1], False)
        knots, values, ssr = _shallow.best_pieces(x, y, weight, n_segments, is_quick)
        while len(knots) <= n_segments:
            # As many pieces as samples support are fewer than were asked for: some are cut in two.
            at = int(np.argmax(np.diff(knots))) + 1
            knots = np.insert(knots, at, 0.5 * (knots[at - 1] + knots[at]))
            values = np.insert(values, at, 0.5 * (values[at - 1] + values[at]))
        slopes = np.diff(values) / np.diff(knots)
        first = values[0] + slopes[0] * (self.break_0 - knots[0])
        knots[0], knots[-1] = self.break_0, self.break_n
        self._set_breaks(knots)
        self.nVar = n_segments - 1
        self.beta = np.concatenate([[first, slopes[0]], np.diff(slopes)])
        self.ssr = ssr
        self.slopes = slopes
        self.intercepts = np.concatenate([[first], values[1:-1]]) - slopes * knots[:-1]
        return self.fit_breaks

    def _polished(self, found: Array) -> Array:
        before, inner = self.ssr, found[1:-1]
        moved, ssr = self._downhill(inner, self._limits(None, len(inner)), False, reach=1e-3)
        return self._finish(moved, False) if ssr < before * (1 - 1e-12) else found

    def _through(self, n_segments: int) -> list[Array]:
        """Inner breaks that the compiled search found for pieces through the points."""
        assert self.x_c is not None and self.y_c is not None
        if len(np.unique(self.x_c)) < len(self.x_c):
            return []
        points = list(zip(self.x_c.tolist(), self.y_c.tolist(), strict=True))
        try:
            knots, _, _ = _shallow.pieces_through(self.x_data, self.y_data, None, n_segments, points)
        except ValueError:
            return []
        inner = knots[(self.break_0 < knots) & (knots < self.break_n)]
        inner = np.resize(inner, n_segments - 1) if len(inner) else np.full(n_segments - 1, 0.5 * (self.break_0 + self.break_n))
        return [np.sort(inner)]

    def _limits(self, bounds: Any, n: int) -> Array:
        if bounds is None:
            return np.tile([self.break_0, self.break_n], (n, 1))
        limits = numbers(bounds, "bounds")
        if limits.shape != (n, 2):
            raise ValueError(f"bounds must be {n} pairs of numbers, one for each inner break, got shape {limits.shape}")
        if not np.all(limits[:, 0] <= limits[:, 1]):
            raise ValueError("each of the bounds must go from a smaller to a larger number")
        return np.clip(limits, self.break_0, self.break_n)

    def _downhill(self, inner: Array, limits: Array, is_through: bool, reach: float = 0.1) -> tuple[Array, float]:
        """Moves inner breaks within their limits by Gauss-Newton steps, and then one by one, as long as the sum of squares
        falls."""

        def solved(inner: Array) -> tuple[_Solved, Array, Array | None]:
            breaks = self._with_ends(inner)
            A = _matrix(breaks, self.x_data)
            C = _matrix(breaks, self.x_c) if is_through and self.x_c is not None else None
            found = self._solved(A, C)
            # Between two samples a steep piece would meet any point, and say nothing.
            if is_through and np.diff(breaks).min() < _NEAREST * width:
                found = found._replace(ssr=np.inf)
            return found, A, C

        width = self.break_n - self.break_0

        now, A, C = solved(inner)
        for _ in range(_STEPS):
            order = np.sort(inner)
            moves = _moves(now.beta, order, self.x_data)
            step = self._step(A, C, moves, order, now)
            size = 1.0
            while size > 1e-4:
                trial = np.clip(order + size * step, limits[:, 0], limits[:, 1])
                then, then_a, then_c = solved(trial)
                if then.ssr < now.ssr:
                    break
                size *= 0.4
            else:
                break
            is_little = now.ssr - then.ssr <= 1e-10 * now.ssr
            inner, now, A, C = trial, then, then_a, then_c
            if is_little:
                break
        reach *= width
        while reach > 1e-7 * width:
            is_better = False
            for at in range(len(inner)):
                for side in (-reach, reach):
                    trial = np.sort(inner).copy()
                    trial[at] = np.clip(trial[at] + side, *limits[at])
                    then, _, _ = solved(trial)
                    if then.ssr < now.ssr * (1 - 1e-12):
                        inner, now, is_better = trial, then, True
            if not is_better:
                reach *= 0.3
        return inner, now.ssr

    def _step(self, A: Array, C: Array | None, moves: Array, inner: Array, now: _Solved) -> Array:
        """The Gauss-Newton step of the breaks, in which the values follow."""
        n = len(inner)
        y = self._weighted(self.y_data)
        whole = self._weighted_rows(np.hstack([A, moves]))
        rest = y - whole[:, :-n] @ now.beta
        if C is None or self.x_c is None:
            return np.asarray(np.linalg.lstsq(whole, rest, rcond=1e-10)[0][-n:])
        rows = np.hstack([C, _moves(now.beta, inner, self.x_c)])
        _, sizes, right = np.linalg.svd(rows)
        free = right[int(np.sum(sizes > 1e-12 * sizes.max())) :].T
        return np.asarray((free @ np.linalg.lstsq(whole @ free, rest, rcond=1e-10)[0])[-n:])

    def _weighted_rows(self, rows: Array) -> Array:
        return rows if self.weights is None else rows * self.weights[:, None]

    def _finish(self, inner: Array, is_through: bool) -> Array:
        breaks = self._with_ends(inner)
        self.nVar = len(inner)
        if is_through:
            self.fit_with_breaks_force_points(breaks, self.x_c, self.y_c)
            if not np.isfinite(self.ssr):
                raise ValueError(f"no function of {len(inner) + 1} pieces was found that passes through the points")
        else:
            self.fit_with_breaks(breaks)
        return self.fit_breaks

    def _sensitivity(self, method: str) -> Array:
        """How the predictions move with each parameter, `[n, q]`."""
        self._check_fitted()
        if method not in ("linear", "non-linear"):
            raise ValueError(f"method must be linear or non-linear, got {shown(method)}")
        A = _matrix(self.fit_breaks, self.x_data)
        if method == "linear":
            return A
        return np.hstack([A, _moves(self.beta, self.fit_breaks[1:-1], self.x_data)])

    def _covariance(self, rows: Array) -> Array:
        residuals = self._weighted(self._residuals())
        rows = self._weighted_rows(rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.sum(residuals**2) / np.float64(max(self.n_data - rows.shape[1], 0))
        covariance: Array = variance * np.linalg.pinv(rows.T @ rows)
        return covariance


def _breaks(breaks: Any) -> Array:
    array = finite(np.atleast_1d(numbers(breaks, "breaks")), "breaks")
    if len(array) < 2:
        raise ValueError(f"breaks must be two numbers at least, got {shown(breaks)}")
    return np.sort(array)


def _segments(n_segments: Any) -> int:
    try:
        number = int(n_segments)
        is_whole = number == float(n_segments)
    except (TypeError, ValueError, OverflowError):
        number, is_whole = 0, False
    if number < 1 or not is_whole:
        raise ValueError(f"n_segments must be a whole number from 1 on, got {shown(n_segments)}")
    return number


def _matrix(breaks: Array, x: Array) -> NDArray[np.float64]:
    A = np.empty((len(x), len(breaks)))
    A[:, 0] = 1.0
    A[:, 1] = x - breaks[0]
    np.maximum(x[:, None] - breaks[1:-1], 0.0, out=A[:, 2:])
    return A


def _moves(beta: Array, inner: Array, x: Array) -> Array:
    """How the values at x move with each inner break, `[n, K - 1]`."""
    moves: Array = -beta[2:] * (x[:, None] > inner)
    return moves
