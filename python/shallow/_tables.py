"""Columns of tables by name, and the groups in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._columns import Array
from ._options import shown


def taken(table: Any, name: str) -> Any:
    """A column of a table."""
    try:
        return table[name]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        known = getattr(table, "columns", None) if not isinstance(table, Mapping) else list(table)
        listed = "" if known is None else f"; it has {', '.join(str(one) for one in list(known)[:20])}"
        if isinstance(error, TypeError) and known is None:
            raise ValueError(f"the table must have columns by name, as a DataFrame has, got {type(table).__name__}") from None
        raise ValueError(f"the table has no column {name!r}{listed}") from None
    except Exception as error:  # polars raises an error of its own
        raise ValueError(f"the table has no column {name!r}: {error}") from None


def numbered(values: Any, name: str) -> tuple[list[str], Array]:
    """The distinct values as text, in the order in which they begin, and for each row the number of its own."""
    if hasattr(values, "to_pylist"):
        values = values.to_pylist()
    elif hasattr(values, "to_list"):
        values = values.to_list()
    places: dict[Any, int] = {}
    try:
        group = np.array([places.setdefault(value, len(places)) for value in values], dtype=np.float64)
    except TypeError:
        raise ValueError(f"{name} must be a column of names, text or numbers, got {shown(values)}") from None
    labels: dict[str, int] = {}
    of = np.array([labels.setdefault(label(value), len(labels)) for value in places], dtype=np.float64)
    return list(labels), of[group.astype(np.int64)] if len(group) else group


def label(value: Any) -> str:
    """A group's name as text."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a column of whole numbers in which one is missing
    return str(value).encode("utf-8", "replace").decode()
