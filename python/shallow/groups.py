"""A network for each group of rows of a table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from . import _shallow
from ._columns import Array, column, without_missing
from ._lazy import is_lazy, reduced
from ._options import choice, of_curve, shown, whole
from ._tables import label, numbered, taken
from .net import Net, write


class GroupRow(NamedTuple):
    """A group: its samples, hidden units, root mean square error, R squared, what is to know of it and, of moments, how far the
    mean squared error of its rows may be from `rms` squared."""

    group: str
    n: int
    hidden: int | None
    rms: float | None
    r2: float | None
    note: str | None
    mse_bound: float | None = None


class Groups(Mapping[str, Net]):
    """Networks by the name of their group. Names are text, in the order in which the groups begin; the keys 7, 7.0 and "7" are one.

    >>> import shallow
    >>> table = {"t": [0, 1, 2, 0, 1, 2], "v": [0, 1, 2, 5, 4, 3], "sensor": ["a", "a", "a", "b", "b", "b"]}
    >>> groups = shallow.fit_groups(table, x="t", y="v", by="sensor", hidden=1)
    >>> sorted(groups), round(groups["b"](1.5), 6)
    (['a', 'b'], 3.5)
    """

    __slots__ = ("_groups",)

    def __init__(self, groups: _shallow.Groups) -> None:
        self._groups = groups

    def __getitem__(self, group: Any) -> Net:
        return Net(self._groups.net(label(group)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups.names)

    def __len__(self) -> int:
        return len(self._groups.names)

    @property
    def columns(self) -> tuple[str, str, str]:
        """What x, y and the groups are called."""
        return (*self._groups.axes, self._groups.column)

    @property
    def rows(self) -> list[GroupRow]:
        """A row for each group, with a note for those that have no network; none where it was read from a file."""
        return [GroupRow(*row) for row in self._groups.table()]

    def predict(self, table: Any) -> Array:
        """Predictions for the rows of a table with the columns of x and of the groups, `[n]`; NaN where a group has no network.

        >>> import shallow
        >>> table = {"t": [0, 1, 0, 1], "v": [0, 1, 5, 4], "k": [1, 1, 2, 2]}
        >>> shallow.fit_groups(table, x="t", y="v", by="k").predict({"t": [0.5, 0.5, 0.5], "k": [1, 2, 3]}).round(9).tolist()
        [0.5, 4.5, nan]
        """
        x, _, by = self.columns
        names, group = numbered(taken(table, by), by)
        xs = column(taken(table, x), x)
        if len(xs) != len(group):
            raise ValueError(f"{x} has {len(xs)} values and {by} has {len(group)}; they must be as many")
        return self._groups.predict(names, group, xs)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes all networks to one safetensors file, which `shallow.load` reads."""
        write(path, self._groups.to_bytes())

    def __repr__(self) -> str:
        x, y, by = self.columns
        return f"<shallow.Groups {len(self)} networks of {y} from {x}, by {by}>"

    def __eq__(self, other: object) -> bool:
        """Whether both have the same networks, to the last bit."""
        return isinstance(other, Groups) and self._groups.to_bytes() == other._groups.to_bytes()

    def __hash__(self) -> int:
        return hash(self._groups.to_bytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_bytes, (self._groups.to_bytes(), self._groups.table())


def _from_bytes(content: bytes, rows: Any = ()) -> Groups:
    return Groups(_shallow.Groups.from_bytes(content, list(rows)))


def fit_groups(
    table: Any,
    x: str,
    y: str,
    by: str,
    *,
    weights: str | None = None,
    hidden: int | Literal["auto"] | None = None,
    method: Literal["auto", "best", "smooth"] | None = None,
    loss: Literal["squared", "huber", "absolute", "tukey"] = "squared",
    bands: float | None = None,
    monotone: Literal["increasing", "decreasing"] | None = None,
    convex: bool = False,
    concave: bool = False,
    through: Any = None,
    max_slope: float | None = None,
    missing: Literal["error", "skip"] = "error",
    seed: int = 42,
    n_threads: int | None = None,
) -> Groups:
    """A network for each group of rows of a table: pandas', polars', pyarrow's, or a dictionary of columns.

    `x`, `y`, `by` and `weights` are the names of columns. Each group has a smooth network of 32 hidden units, if nothing says
    otherwise; the other options are those of `fit`; a choice for each group, `method="auto"`, takes about a tenth of a second for
    each. A group that cannot be fitted has no network, and a note in `rows`. A lazy frame of polars and a data set of pyarrow are
    read once, batch by batch, reduced to moments of at most 100 cells of x for each group.

    >>> import shallow
    >>> table = {"t": [0, 1, 2, 0], "v": [0, 1, 2, 5], "sensor": ["a", "a", "a", "b"]}
    >>> [(row.group, row.hidden, row.note) for row in shallow.fit_groups(table, x="t", y="v", by="sensor").rows]
    [('a', 32, None), ('b', 1, 'one t: the mean')]
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
    )
    for name, value in (("x", x), ("y", y), ("by", by)):
        if not isinstance(value, str):
            raise ValueError(f"{name} must be the name of one column, got {shown(value)}")
    if is_lazy(table):
        moments = reduced(table, x, y, weights, by, missing)
        return Groups(_shallow.fit_moments_groups(moments, options, (x, y, by), whole("n_threads", n_threads)))
    names, group = numbered(taken(table, by), by)
    columns = [group, column(taken(table, x), x), column(taken(table, y), y)]
    if weights is not None:
        columns.append(column(taken(table, weights), weights))
    lengths = {len(values) for values in columns}
    if len(lengths) > 1:
        raise ValueError(f"the columns of the table have different lengths: {sorted(lengths)}")
    if missing == "skip":
        columns = without_missing(columns)
    group, xs, ys, *rest = columns
    weight = rest[0] if rest else None
    return Groups(_shallow.fit_groups(names, group, xs, ys, weight, options, (x, y, by), whole("n_threads", n_threads)))


def load(path: str | os.PathLike[str]) -> Net | Groups:
    """What `save` wrote, or the model in a run's folder of the program `shallow`.

    >>> import shallow, tempfile, pathlib
    >>> net = shallow.fit([0, 1, 2], [0, 1, 4], hidden=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net.save(pathlib.Path(folder) / "net.safetensors")
    ...     shallow.load(pathlib.Path(folder) / "net.safetensors") == net
    True
    """
    file = Path(path)
    if file.is_dir():
        file = file / "model.safetensors"
    content = file.read_bytes()
    try:
        return Net(_shallow.Net.from_bytes(content))
    except ValueError as error:
        try:
            return _from_bytes(content)
        except ValueError:
            raise ValueError(f"{file}: {error}") from None
