"""Fits of samples, of formulas and of Python functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from . import _shallow
from ._columns import Array, column, numbers, title, without_missing
from ._lazy import is_lazy, reduced
from ._options import choice, flag, interval, of_curve, of_table, real, shown, to_json, whole
from ._tables import taken
from .net import Counts, Net

# Where a Python function is looked at, evenly.
_PLACES = 32_769


def fit(
    x: Any,
    y: Any,
    *,
    data: Any = None,
    hidden: int | Literal["auto"] | None = None,
    method: Literal["auto", "best", "smooth"] = "auto",
    weights: Any = None,
    tolerance: float | None = None,
    norm: Literal["rms", "max"] | None = None,
    dtype: Literal["f64", "f32", "q15", "q31"] = "f64",
    x_scale: Counts | None = None,
    y_scale: Counts | None = None,
    loss: Literal["squared", "huber", "absolute", "tukey"] = "squared",
    bands: float | None = None,
    monotone: Literal["increasing", "decreasing"] | None = None,
    convex: bool = False,
    concave: bool = False,
    through: Iterable[tuple[float, float]] | None = None,
    max_slope: float | None = None,
    penalty: float | None = None,
    criterion: Literal["gcv", "reml"] | None = None,
    missing: Literal["error", "skip"] = "error",
    seed: int = 42,
    n_threads: int | None = None,
) -> Net:
    """The network of some samples: what predicts best on samples left out, if nothing says otherwise.

    Parameters
    ----------
    x, y : columns of `n` numbers
        NumPy, pandas, polars or pyarrow, or lists. Dates are seconds since 1970 in UTC. With `data`, the names of columns.
    data : optional
        The table in which x, y and the weights are columns. A lazy frame of polars and a data set of pyarrow are read once, batch
        by batch, reduced to moments of at most 10,000 cells of x: they may be larger than memory. Then `auto` is a smooth
        network, and `mse_bound` says what the cells may have changed.
    hidden : int, "auto", optional
        The number of hidden units: the network of that width that is closest to the samples. Where these have noise, its narrow
        pieces may follow single samples, far from the rest; `method="smooth"` of the same width does not. `"auto"`: as many as
        predict best.
    method : "auto", "best" or "smooth"
        `auto` chooses by cross-validation among a constant, a line, best networks and smooth ones. `best` is the best network of
        a width that is found, `smooth` one whose bends are penalised.
    weights : column of `n` numbers, optional
        What each sample counts, 0 or more: 1 / variance of its noise.
    tolerance, norm
        The fewest units within an error, in the root mean square (`rms`) or in the largest one (`max`).
    dtype, x_scale, y_scale
        With `norm="max"` and a tolerance: the numbers of the table, see `Net.to_c`, that is to be within the error, rounding and
        all.
    loss : "squared", "huber", "absolute" or "tukey"
        The last three are for samples with outliers.
    bands : float, optional
        The level of the intervals in pictures and of `predict(x, interval=True)`.
    monotone, convex, concave, through, max_slope
        The shape that the fit must have between the least and the largest x.
    penalty, criterion
        Of `smooth`: how much bends are penalised, or by what that is chosen.
    missing : "error" or "skip"
        What becomes of rows with NaN, as for want of a measurement.
    seed : int
        Draws the samples that are left out.
    n_threads : int, optional
        All cores, if not given; at most 256.

    Raises
    ------
    ValueError
        One sentence on what is wrong with the samples or the options.

    Examples
    --------
    >>> import numpy as np, shallow
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(0, 10, 500)
    >>> y = np.maximum(x - 4, 0) + rng.normal(0, 0.1, 500)
    >>> net = shallow.fit(x, y)
    >>> bool(abs(net(8.0) - 4) < 0.1), bool(net.r2 > 0.99)
    (True, True)
    """
    choice("missing", missing, ("error", "skip"))
    options = of_curve(
        hidden=hidden,
        method=method,
        loss=loss,
        bands=bands,
        monotone=monotone,
        convex=convex,
        concave=concave,
        through=through,
        max_slope=max_slope,
        seed=seed,
        tolerance=real("tolerance", tolerance),
        norm=choice("norm", norm, ("rms", "max")),
        **of_table(dtype, x_scale, y_scale),
        penalty=real("penalty", penalty),
        criterion=choice("criterion", criterion, ("gcv", "reml")),
    )
    names = title(x, "x"), title(y, "y")
    if data is not None:
        for name, value in (("x", x), ("y", y), ("weights", weights or "")):
            if not isinstance(value, str):
                raise ValueError(f"{name} must be the name of a column of data, got {shown(value)}")
        if is_lazy(data):
            moments = reduced(data, x, y, weights, None, missing)
            return Net(_shallow.fit_moments(moments, options, (x, y), whole("n_threads", n_threads)), None, bands)
        names = x, y
        x, y, weights = taken(data, x), taken(data, y), None if weights is None else taken(data, weights)
    columns = [column(x, "x"), column(y, "y")]
    if weights is not None:
        columns.append(column(weights, "weights"))
    if missing == "skip":
        columns = without_missing(columns)
    xs, ys, *rest = columns
    try:
        net = _shallow.fit(xs, ys, rest[0] if rest else None, options, names, True, whole("n_threads", n_threads))
    except ValueError as error:
        if " is nan: " in str(error):
            raise ValueError(f"{error}; missing='skip' leaves such rows out") from None
        raise
    return Net(net, (xs, ys), bands)


def approximate(
    f: str | Callable[[Array], Any],
    domain: tuple[float, float],
    *,
    hidden: int | None = None,
    tolerance: float | None = None,
    norm: Literal["rms", "max"] = "max",
    dtype: Literal["f64", "f32", "q15", "q31"] = "f64",
    x_scale: Counts | None = None,
    y_scale: Counts | None = None,
    relative: bool = False,
    side: Literal["both", "above", "below"] = "both",
    n_threads: int | None = None,
) -> Net:
    """The network of a function on a domain: with the least error of some units, or the fewest units within a tolerance.

    A formula such as `"sin(3*x)"` is known everywhere: `bound` is proven, and so is `units_needed`. A Python function, which
    takes an array of inputs and returns one of outputs, is only known where it was called: `max_error` is the largest error that
    was measured there, at 32,769 even places, which are also those where the tolerance and the side hold, and there is no bound.

    Parameters
    ----------
    f : str or callable `[n] -> [n]`
        The function.
    domain : (float, float)
        The interval of x.
    hidden, tolerance
        One of the two: the number of hidden units, 64 if neither is given, or the error to be within.
    norm : "max" or "rms"
        The largest error, or the root mean square.
    dtype, x_scale, y_scale
        With a tolerance: the numbers of the table, see `Net.to_c`, that is to be within the error, rounding and all; without them
        the error is that of the network in float64.
    relative : bool
        Whether the tolerance is a share of the value, as 0.01.
    side : "both", "above" or "below"
        Where the network may be.
    n_threads : int, optional
        All cores, if not given; at most 256.

    Examples
    --------
    >>> import shallow
    >>> net = shallow.approximate("sin(3*x)", (-2, 2), tolerance=0.01)
    >>> net.hidden, net.is_optimal, net.bound <= 0.01
    (22, True, True)
    """
    if hidden is None and tolerance is None:
        hidden = 64
    settings = {
        "hidden": whole("hidden", hidden),
        "tolerance": real("tolerance", tolerance),
        "norm": choice("norm", norm, ("rms", "max")),
        **of_table(dtype, x_scale, y_scale),
        "relative": flag("relative", relative),
        "side": None if choice("side", side, ("both", "above", "below")) == "both" else side,
        "method": "best",
    }
    where = interval("domain", domain)
    threads = whole("n_threads", n_threads)
    if isinstance(f, str):
        return Net(_shallow.fit_function(to_json(function=f, domain=where, **settings), threads))
    if not callable(f):
        raise ValueError(f"f must be a formula or a function of an array, got {shown(f)}")
    low, high = (float(end) for end in where.split(":"))
    if not low < high:
        raise ValueError(f"domain must go from a smaller to a larger number, got {shown(domain)}")
    return _measured(f, (low, high), to_json(**settings), threads)


def _measured(f: Callable[[Array], Any], domain: tuple[float, float], options: str, n_threads: int | None) -> Net:
    """Fits a function where it was called."""
    x = np.linspace(*domain, _PLACES)
    y = _called(f, x)
    net = _shallow.fit(x, y, None, options, ("x", "y"), False, n_threads)
    return Net(net.measured(x, y), (x, y))


def _called(f: Callable[[Array], Any], x: Array) -> Array:
    values = numbers(f(x.copy()), "f(x)")  # it may write to its argument
    if values.ndim == 0:
        values = np.full(len(x), values)
    if values.shape != x.shape:
        raise ValueError(f"f must return as many numbers as it is given: of {len(x)} came an array of shape {values.shape}")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(f"f({float(x[bad[0]])!r}) is {values[bad[0]]}; a function must be finite on its domain")
    return np.ascontiguousarray(values)
