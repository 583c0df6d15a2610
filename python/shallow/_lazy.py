"""Samples that are read as they are needed, reduced to moments batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import _shallow
from ._columns import Array, column
from ._tables import numbered


def is_lazy(data: Any) -> bool:
    """Whether data are read as they are needed: a lazy frame of polars, a data set of pyarrow."""
    package = type(data).__module__.split(".")[0]
    is_frame = package == "polars" and type(data).__name__ == "LazyFrame"
    return is_frame or (package == "pyarrow" and hasattr(data, "to_batches") and hasattr(data, "scanner"))


def reduced(data: Any, x: str, y: str, weights: str | None, by: str | None, missing: str) -> _shallow.Moments:
    """The moments of some columns, all else is not read."""
    wanted = list(dict.fromkeys(name for name in (x, y, weights, by) if name is not None))
    moments = _shallow.Moments(None, by is not None)
    for batch in _batches(data, wanted):
        names: list[str] = []
        group = None
        if by is not None:
            names, group = _groups(batch(by), by)
        weight = None if weights is None else column(batch(weights), weights)
        moments.add_samples(names, group, column(batch(x), x), column(batch(y), y), weight)
    check_left_out(moments, missing)
    return moments


def check_left_out(moments: _shallow.Moments, missing: str) -> None:
    """That no row lacks a number, where that is an error."""
    left_out = moments.left_out()
    if left_out and missing == "error":
        raise ValueError(f"{left_out} rows lack a number; missing='skip' leaves such rows out")


def _batches(data: Any, names: list[str]) -> Iterator[Callable[[str], Any]]:
    """Some columns, batch by batch; the engine reads no others."""
    known = data.collect_schema().names() if hasattr(data, "collect_schema") else data.schema.names
    for name in names:
        if name not in known:
            raise ValueError(f"the data have no column {name!r}; they have {', '.join(known[:20])}")
    if hasattr(data, "scanner"):
        for batch in data.to_batches(columns=names):
            yield batch.column
        return
    if not hasattr(data, "collect_batches"):
        raise ValueError("this version of polars gives no batches; use 1.34 or later, or collect the frame")
    for frame in data.select(names).collect_batches():
        yield frame.get_column


def _groups(values: Any, name: str) -> tuple[list[str], Array]:
    """The names of groups, and for each row the number of its own; beyond all names where it has none."""
    names, group = numbered(values, name)
    listed = values.to_pylist() if hasattr(values, "to_pylist") else values.to_list()
    return names, np.where([value is None for value in listed], float(len(names)), group)
