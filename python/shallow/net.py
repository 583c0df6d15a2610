"""A fitted network."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np

from . import _shallow
from ._columns import Array, column, like, numbers
from ._options import counts, flag, real, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# So many samples are kept for pictures.
_DRAWN = 2000

_NONE = np.empty(0)

# What a count stands for; or that, and what count 0 stands for.
Counts: TypeAlias = "float | tuple[float, float]"


class Candidate(NamedTuple):
    """What was tried on samples left out."""

    name: str
    hidden: int
    rms: float
    standard_error: float
    is_chosen: bool


class StandardErrors(NamedTuple):
    """The standard errors of the knots' places and values and of the slopes; NaN where they are not known."""

    knots: Array
    values: Array
    slopes: Array


class Prediction(NamedTuple):
    """Predictions with the ends of two intervals: one for the curve, one for a new sample of weight 1."""

    y: Any
    low: Any
    high: Any
    new_low: Any
    new_high: Any


class Weights(NamedTuple):
    """`y = relu((x - shift) w1 + b1) w2 + b2`: `w1 [h]`, `b1 [h]`, `w2 [h]`, `b2 [1]`."""

    w1: Array
    b1: Array
    w2: Array
    b2: Array
    shift: float


class Net:
    """A network of one input, in the units of the samples that it was fitted to.

    >>> import shallow
    >>> net = shallow.fit([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 2, 1], hidden=2)
    >>> net([3.0, 4.0]).round(9).tolist()
    [3.0, 2.0]
    >>> net.knots.round(9).tolist(), net.slopes.round(9).tolist()
    ([0.0, 3.0, 5.0], [1.0, -1.0])
    """

    __slots__ = ("__weakref__", "_about", "_net", "_pieces", "_samples", "level")

    #: The level of `predict(x, interval=True)` and of the bands in pictures.
    level: float | None

    def __init__(self, net: _shallow.Net, samples: tuple[Array, Array] | None = None, level: float | None = None) -> None:
        self._net = net
        self._samples = (_NONE, _NONE) if samples is None else _some(samples)
        self.level = level
        self._about: dict[str, Any] | None = None
        self._pieces: tuple[Array, Array, Array] | None = None

    # ---- its values --------------------------------------------------------------------------------------------

    def __call__(self, x: Any) -> Any:
        """Its values at x: a number for a number, an array of the same shape for an array, a pandas Series for one.

        >>> import shallow
        >>> shallow.fit([0, 1, 2], [0, 2, 4], hidden=1)(0.5)
        1.0
        """
        if type(x) is np.ndarray and x.ndim == 1:
            return self._net.predict(column(x, "x"))
        values = numbers(x, "x")
        return like(x, self._net.predict(np.ascontiguousarray(values.ravel())))

    def predict(self, x: Any, interval: float | bool | None = None) -> Any:
        """Its values at x, as calling it gives; with `interval=0.95` a `Prediction` with the ends of intervals, each
        for itself. `True` is the level that the fit was given as `bands`, or 0.95. That the kind of network was chosen by the
        same samples is not in them, nor what a kink that is not quite known does to the values beside it.

        >>> import numpy as np, shallow
        >>> x = np.linspace(0, 1, 100); y = 2 * x + np.random.default_rng(1).normal(0, 0.1, 100)
        >>> found = shallow.fit(x, y).predict(0.5, interval=0.95)
        >>> bool(found.new_low < found.low < found.y < found.high < found.new_high)
        True
        """
        y = self(x)
        if interval is None or interval is False:
            return y
        level = (self.level or 0.95) if interval is True else cast(float, real("interval", interval))
        ends = self._net.bands(np.ascontiguousarray(numbers(x, "x").ravel()), level)
        if ends is None:
            raise ValueError(
                "the noise of this network is not known, so it has no intervals; fit it to more samples, by best or smooth"
            )
        return Prediction(y, *(like(x, end) for end in ends))

    # ---- what it is --------------------------------------------------------------------------------------------

    def _piecewise(self) -> tuple[Array, Array, Array]:
        if self._pieces is None:
            self._pieces = self._net.pieces()
        return self._pieces

    @property
    def knots(self) -> Array:
        """The ends of the domain and the kinks between them, ascending, `[m + 1]`."""
        return self._piecewise()[0]

    @property
    def values(self) -> Array:
        """The values at the knots, `[m + 1]`."""
        return self._piecewise()[1]

    @property
    def slopes(self) -> Array:
        """The slopes between the knots, `[m]`; none of a perceptron, which is curved."""
        return self._piecewise()[2]

    @property
    def kinks(self) -> Array:
        """The knots without the ends of the domain, `[m - 1]`."""
        return self.knots[1:-1]

    @property
    def domain(self) -> tuple[float, float]:
        """The inputs between which it was fitted."""
        return self._net.domain

    @property
    def names(self) -> tuple[str, str]:
        """What x and y are called."""
        x, y = self._net.names
        return x, y

    @property
    def weights(self) -> Weights:
        """The weights of a ReLU network."""
        weights = self._net.weights()
        if weights is None:
            raise AttributeError("a perceptron has no hidden units; its weights are in to_json()")
        blocks, shift = weights
        return Weights(*blocks, shift)

    @property
    def hidden(self) -> int:
        """The number of hidden units; 1 of a perceptron."""
        weights = self._net.weights()
        return 1 if weights is None else len(weights[0][1])

    # ---- how good it is ----------------------------------------------------------------------------------------

    def _of(self, name: str) -> Any:
        if self._about is None:
            self._about = cast("dict[str, Any]", json.loads(self._net.account()))
        return self._about[name]

    @property
    def method(self) -> str:
        """How it was found: `best`, `smooth`, `line`, `constant` or `descent`."""
        return cast(str, self._of("method"))

    @property
    def n(self) -> int:
        """The number of samples; 0 of a formula."""
        return cast(int, self._of("n"))

    @property
    def rms(self) -> float | None:
        """The root mean square error: on the samples by their weights, or over the domain of a formula; none of a network of
        groups that was read from a file."""
        return cast("float | None", self._of("rms"))

    @property
    def r2(self) -> float | None:
        """The share of y's variance that it explains; none where all y are alike, and of a formula."""
        return cast("float | None", self._of("r2"))

    @property
    def max_error(self) -> float | None:
        """The largest |error| that was seen: at the samples, or at a thousand places of a formula's domain. None of moments."""
        return cast("float | None", self._of("max_error"))

    @property
    def mse_bound(self) -> float | None:
        """Of a fit of moments: how far the mean squared error on the samples themselves may be from `rms` squared. 0 where all
        kinks lie between cells."""
        return cast("float | None", self._of("loss_bound"))

    @property
    def bound(self) -> float | None:
        """No |error| is larger, anywhere on the domain: proven by interval arithmetic. None where that is not known: only a
        formula can have a bound."""
        return cast("float | None", self._of("bound"))

    @property
    def is_optimal(self) -> bool:
        """Whether it is proven to be the best: that fewer hidden units cannot be within the tolerance that was given; or that no
        network of as many has a largest error that is smaller by more than a ten-thousandth. `False` is not known, or not so."""
        if self.least_error is not None:
            error = self.max_error if self.bound is None else self.bound
            return error is not None and error <= (1 + 1e-4) * self.least_error
        return self.units_needed is not None and self.hidden <= self.units_needed

    @property
    def units_needed(self) -> int | None:
        """Where a tolerance was given, the number of hidden units below which it cannot be met: proven, everywhere for a formula,
        and at the samples for these, or where a Python function was called."""
        return cast("int | None", self._of("units_needed"))

    @property
    def least_error(self) -> float | None:
        """Where a number of hidden units was given, the largest |error| below which none of as many can be: proven, as for
        `units_needed`."""
        return cast("float | None", self._of("least_error"))

    @property
    def candidates(self) -> list[Candidate]:
        """What was tried on samples left out, where these decided."""
        return [Candidate(*row) for row in self._of("candidates")]

    @property
    def noise(self) -> float | None:
        """The standard deviation of the noise in a sample of weight 1, where it is known."""
        return None if self._net.noise is None else self._net.noise[0]

    @property
    def standard_errors(self) -> StandardErrors | None:
        """The standard errors of knots, values and slopes; none where the noise is not known.

        Those of the knots' places and of the slopes are known of networks of few pieces alone.
        """
        variance = self._net.variance(self.knots)
        if variance is None:
            return None
        knots, slopes = np.full(len(self.knots), np.nan), np.full(len(self.slopes), np.nan)
        rows = self._of("pieces")
        if len(rows) == len(slopes):
            knots[:-1] = [np.nan if row[1] is None else row[1] for row in rows]
            slopes[:] = [row[3] for row in rows]
        return StandardErrors(knots, np.sqrt(variance), slopes)

    def summary(self) -> str:
        """What is known of it, for a report: how it was found, how good it is, and, if they are few, its straight pieces.

        >>> import shallow
        >>> print(shallow.approximate("exp(x)", (0, 1), hidden=2).summary())
        network       relu, 1 -> 2 -> 1, of y from x
        method        best
        rms           0.0165645
        error at most 0.024421
        piece         0 to 0.0476866: slope 0
        piece         0.0476866 to 0.579911: slope 1.38482
        piece         0.579911 to 1: slope 2.21954
        """
        x, y = self.names
        rows = [("network", f"{self._net.describe()}, of {y} from {x}")]
        if self.method:
            rows.append(("method", f"{self.method}, of {self.n} samples" if self.n else self.method))
        known = {"rms": self.rms, "R squared": self.r2, "noise": self.noise, "error at most": self.bound}
        rows += [(name, f"{0.0 if abs(value) < 1e-14 else value:.6g}") for name, value in known.items() if value is not None]
        if 0 < len(self.slopes) <= 20:
            errors = self.standard_errors
            for at, slope in enumerate(self.slopes):
                ends = [f"{knot:.6g}" for knot in self.knots[at : at + 2]]
                text = f"{ends[0]} to {ends[1]}: slope {slope:.6g}"
                if errors is not None and np.isfinite(errors.slopes[at]):
                    text += f" ± {errors.slopes[at]:.2g}"
                if errors is not None and at and np.isfinite(errors.knots[at]):
                    text += f", from {ends[0]} ± {errors.knots[at]:.2g}"
                rows.append(("piece", text))
        return "\n".join(f"{name:13} {text}" for name, text in rows)

    # ---- where it goes -----------------------------------------------------------------------------------------

    def to_c(
        self,
        name: str = "model",
        *,
        dtype: Literal["f64", "f32", "q15", "q31"] = "f64",
        form: Literal["net", "table"] | None = None,
        lookup: Literal["search", "uniform"] | None = None,
        clamp: bool = False,
        x_scale: Counts | None = None,
        y_scale: Counts | None = None,
        monotone: Literal["increasing", "decreasing"] | None = None,
        const: bool = False,
        progmem: bool = False,
    ) -> str:
        """C99 source of a function `double name(double x)`, with a program that checks it; compiled and run here first, where
        there is a C compiler.

        Parameters
        ----------
        dtype : "f64", "f32", "q15" or "q31"
            The numbers: floats, or counts of 16 or 32 bits, for processors without floats.
        form : "table" or "net"
            Its straight pieces (the default), or every unit.
        lookup : "search" or "uniform"
            How a piece is found: by binary search (the default), or in constant time by equal cells.
        clamp : bool
            Whether inputs beyond the domain have the value of its end; counts always do.
        x_scale, y_scale : float or (float, float)
            Of counts: what one stands for, and what count 0 stands for, 0 if not given. By default they are spread over the
            domain and the values.
        monotone : "increasing" or "decreasing"
            Refuse a table that does not go this way in its own arithmetic.
        const, progmem : bool
            Declare the function `__attribute__((const))`; keep tables in an AVR's flash.

        >>> import shallow
        >>> line = shallow.fit([0, 1], [0, 1], hidden=1)
        >>> "double line(double x)" in line.to_c("line"), "int16_t line(int16_t x)" in line.to_c("line", dtype="q15")
        (True, True)
        """
        return self._source("c", name, dtype, form, lookup, clamp, x_scale, y_scale, monotone, const=const, progmem=progmem)

    def to_rust(
        self,
        name: str = "model",
        *,
        dtype: Literal["f64", "f32", "q15", "q31"] = "f64",
        form: Literal["net", "table"] | None = None,
        lookup: Literal["search", "uniform"] | None = None,
        clamp: bool = False,
        x_scale: Counts | None = None,
        y_scale: Counts | None = None,
        monotone: Literal["increasing", "decreasing"] | None = None,
    ) -> str:
        """Rust source of a function, `no_std`, without dependencies; the options are those of `to_c`."""
        return self._source("rust", name, dtype, form, lookup, clamp, x_scale, y_scale, monotone)

    def to_json(self, *, form: Literal["net", "table"] | None = None) -> str:
        """Parameters and straight pieces as JSON."""
        return self._export(format="json", form=form)[0].decode()

    def to_onnx(self, path: str | os.PathLike[str] | None = None, *, dtype: Literal["f64", "f32"] = "f64") -> bytes:
        """The network as an ONNX model, float64 or with `dtype="f32"` float32; written to `path`, if one is given."""
        content = self._export(format="onnx", dtype=dtype)[0]
        if path is not None:
            write(path, content)
        return content

    def to_sql(self, dialect: str, column: str | None = None, *, form: Literal["net", "table"] | None = None) -> str:
        """An SQL expression of a column, for `duckdb`, `postgres`, `spark` or `sqlite`, so that an engine computes the network
        beside its rows. The column is called as x is, if not given.

        >>> import shallow
        >>> print(shallow.fit([0, 1], [0, 1], hidden=1).to_sql("duckdb", "t").splitlines()[0])
        -- y from x: relu, 1 -> 1 -> 1, trained on [0.0, 1.0]. An expression of duckdb, to stand after SELECT or WHERE.
        """
        return self._export(format="sql", form=form, dialect=dialect, column=column)[0].decode()

    def table(
        self,
        dtype: Literal["f64", "f32", "q15", "q31"] = "f64",
        *,
        lookup: Literal["search", "uniform"] | None = None,
        x_scale: Counts | None = None,
        y_scale: Counts | None = None,
    ) -> str:
        """What is known of its table in some numbers, line by line: its size, what counts stand for, proven bounds of its error.

        >>> import shallow
        >>> print(shallow.fit([0, 1], [0, 1], hidden=1).table("f32").splitlines()[0])
        table         1 row in f32, 12 bytes; 0 comparisons
        """
        source = {"lookup": lookup, "x_scale": counts("x_scale", x_scale), "y_scale": counts("y_scale", y_scale)}
        facts = self._export(format="c", dtype=dtype, form="table", source=source)[1]
        return "\n".join(f"{what:13} {fact}" for what, fact in facts)

    def _source(
        self,
        format: str,
        name: str,
        dtype: str,
        form: str | None,
        lookup: str | None,
        clamp: bool,
        x_scale: Counts | None,
        y_scale: Counts | None,
        monotone: str | None,
        **of_c: bool,
    ) -> str:
        source = {
            "lookup": lookup,
            "clamp": flag("clamp", clamp),
            "x_scale": counts("x_scale", x_scale),
            "y_scale": counts("y_scale", y_scale),
            "monotone": monotone,
            **{option: flag(option, value) for option, value in of_c.items()},
        }
        return self._export(format=format, name=name, dtype=dtype, form=form, source=source)[0].decode()

    def _export(
        self, *, name: str = "model", source: dict[str, Any] | None = None, **options: Any
    ) -> tuple[bytes, list[tuple[str, str]]]:
        asked = {"name": name, **options}
        for option, value in [*asked.items(), *(source or {}).items()]:
            if value is not None and not isinstance(value, (str, bool)):
                raise ValueError(f"{option} must be text, got {shown(value)}")
        return self._net.export(json.dumps({**asked, "source": source or {}}))

    def to_bytes(self) -> bytes:
        """The content of the file that `save` writes."""
        return self._net.to_bytes()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a safetensors file, which `shallow.load`, PyTorch and the program's `predict` read."""
        write(path, self.to_bytes())

    # ---- pictures ----------------------------------------------------------------------------------------------

    def plot(self, ax: Axes | None = None, *, interval: float | bool | None = None) -> Axes:
        """Draws samples, curve and kinks, and bands where a level is given, into matplotlib's axes, and returns these."""
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise ImportError("plot needs matplotlib: pip install shallow[plot]") from None
        if ax is None:
            ax = plt.subplots()[1]
        x, y = self._samples
        if len(x):
            ax.plot(x, y, ".", color="0.6", markersize=4, zorder=1, label="samples")
        grid = self._net.grid(1000)
        level = self.level if interval is None else interval
        if level:
            found = self.predict(grid, interval=level)
            ax.fill_between(grid, found.new_low, found.new_high, color="C0", alpha=0.1, linewidth=0, label="new samples")
            ax.fill_between(grid, found.low, found.high, color="C0", alpha=0.25, linewidth=0, label="curve")
        ax.plot(grid, self(grid), color="C0", zorder=2, label="network")
        if 0 < len(self.kinks) <= 100:
            ax.plot(self.kinks, self.values[1:-1], "o", color="C0", markersize=4, fillstyle="none", zorder=3, label="kinks")
        ax.set_xlabel(self.names[0])
        ax.set_ylabel(self.names[1])
        if len(x) or level:
            ax.legend()
        return ax

    def _repr_html_(self) -> str:
        return self._net.picture(*self._samples, self.level)

    def __repr__(self) -> str:
        parts = [self._net.describe(), self.method or "no account"]
        if self.method:
            parts.append(f"rms {self.rms or 0.0:.3g}")
        if self.r2 is not None:
            parts.append(f"r2 {self.r2:.4f}")
        if self.bound is not None:
            parts.append(f"|error| at most {self.bound:.3g}: proven")
        return f"<shallow.Net {'; '.join(parts)}>"

    # ---- copies ------------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        """Whether both are the same network with the same account, to the last bit."""
        return isinstance(other, Net) and self._net == other._net

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __copy__(self) -> Net:
        return self  # it does not change

    def __deepcopy__(self, memo: object) -> Net:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_bytes, (self.to_bytes(), self._samples, self.level)


def _from_bytes(content: bytes, samples: tuple[Array, Array], level: float | None) -> Net:
    return Net(_shallow.Net.from_bytes(content), samples, level)


def _some(samples: tuple[Array, Array]) -> tuple[Array, Array]:
    x, y = samples
    step = -(-len(x) // _DRAWN) or 1
    return x[::step].copy(), y[::step].copy()


def write(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a whole file or none."""
    target = Path(path)
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # A temporary file is for its owner alone; a new one is for whom the process says.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(part, 0o666 & ~mask)
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise
