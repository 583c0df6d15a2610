"""Whatever holds numbers, as contiguous arrays of float64."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FLOAT64 = np.dtype(np.float64)


def column(values: Any, name: str) -> Array:
    """One column of numbers. A contiguous float64 array is returned as it is; all else is converted once.

    Dates and times become seconds since the beginning of 1970 in UTC; missing values become NaN.
    """
    if type(values) is np.ndarray and values.dtype == _FLOAT64 and values.ndim == 1 and values.flags.c_contiguous:
        return cast(Array, values)
    array = numbers(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} must be one column of numbers, got an array of shape {array.shape}")
    return np.ascontiguousarray(array)


def numbers(values: Any, name: str) -> Array:
    """Numbers of any shape, as float64."""
    array = _as_array(values, name)
    if array.dtype == _FLOAT64:
        return array
    kind = array.dtype.kind
    if kind in "biuf":
        return array.astype(np.float64)
    if kind in "mM":
        return np.where(np.isnat(array), np.nan, array.astype(f"{kind}8[us]").astype(np.float64) / 1e6)
    if kind == "O":
        try:
            return array.astype(np.float64)
        except Exception as error:  # objects have errors of their own
            return _objects(array, name, error)
    what = {"c": "complex numbers", "U": "text", "S": "text", "T": "text", "V": "records"}.get(kind, str(array.dtype))
    raise ValueError(f"{name} must be numbers, got {what}")


def _objects(array: NDArray[Any], name: str, error: Exception) -> Array:
    """Objects that NumPy does not take as numbers: dates, and what is missing."""
    try:
        return np.array([_number(value) for value in array.ravel()], dtype=np.float64).reshape(array.shape)
    except Exception:  # objects have errors of their own
        raise ValueError(f"{name} must be numbers: {' '.join(str(error).split())[:150]}") from None


def _number(value: Any) -> float:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return float("nan")
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc).timestamp()
    return float(value)


def _as_array(values: Any, name: str) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        gaps = np.ma.getmaskarray(values)
        return np.where(gaps, np.nan, numbers(np.where(gaps, np.zeros(1, values.dtype), values.data), name))
    if hasattr(values, "iloc") and hasattr(values, "to_numpy") and getattr(values, "ndim", 0) == 1:
        # pandas: types of its own may hold NA, which their __array__ does not take as a number.
        if getattr(values.dtype, "kind", "O") in "biufc" and not isinstance(values.dtype, np.dtype):
            return cast(NDArray[Any], values.to_numpy(dtype=np.float64, na_value=np.nan))
        if getattr(values.dtype, "tz", None) is not None:
            values = values.dt.tz_convert(None)
    has_array = hasattr(values, "__array__") or isinstance(values, (list, tuple, int, float, range))
    if not has_array and hasattr(values, "__arrow_c_stream__"):
        values = _pyarrow(name).chunked_array(values)
    elif not has_array and hasattr(values, "__arrow_c_array__"):
        values = _pyarrow(name).array(values)
    try:
        return np.asarray(values)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be numbers: {' '.join(str(error).split())[:150]}") from None


def _pyarrow(name: str) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise ValueError(f"{name} speaks Arrow alone; install pyarrow, or give a NumPy array") from None
    return pyarrow


# Squares of larger numbers overflow.
_LARGEST = 1e140


def finite(values: Any, name: str) -> Array:
    """One column of finite numbers that can be squared."""
    array = column(values, name)
    bad = np.flatnonzero(~(np.abs(array) <= _LARGEST))
    if len(bad):
        value = array[bad[0]]
        what = "its square overflows; use other units" if np.isfinite(value) else "it must be a finite number"
        raise ValueError(f"{name}[{bad[0]}] is {value}: {what}")
    return array


def title(values: Any, name: str) -> str:
    """What a column is called, if it says so itself, as pandas' and polars' do."""
    own = getattr(values, "name", None)
    return own if isinstance(own, str) and own else name


def without_missing(columns: list[Array]) -> list[Array]:
    """The rows in which no column is NaN."""
    kept = ~np.isnan(columns[0])
    for other in columns[1:]:
        kept &= ~np.isnan(other) if len(other) == len(kept) else True
    return columns if kept.all() else [column[kept] for column in columns]


def like(values: Any, result: Array) -> Any:
    """Values in the shape, and in the kind of container, that they were computed for."""
    shaped = result.reshape(np.shape(values))
    if shaped.ndim == 0:
        return float(shaped)
    if hasattr(values, "iloc") and hasattr(values, "index") and shaped.ndim == 1:
        return type(values)(shaped, index=values.index)
    return shaped
