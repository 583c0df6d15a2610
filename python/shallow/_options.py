"""Options by name, checked, as the compiled half reads them."""

from __future__ import annotations

import json
import math
import operator
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any


def to_json(**options: Any) -> str:
    """The options that are given, as a JSON object."""
    given = {name.replace("_", "-"): value for name, value in options.items() if value is not None and value is not False}
    return json.dumps(given) if given else "{}"


def shown(value: object) -> str:
    """A value in a sentence: on one line, and not too long."""
    try:
        text = repr(value) if isinstance(value, (str, float, bool)) else reprlib.repr(value)
    except Exception:
        text = f"an object of {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= 100 else f"{text[:100]}..."


def flag(name: str, value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool) or type(value).__name__ == "bool_" or type(value).__name__ == "bool":
        return bool(value)
    raise ValueError(f"{name} must be True or False, got {shown(value)}")


def counts(name: str, value: Any) -> str | None:
    """What one count stands for, or that and what count 0 stands for."""
    if value is None:
        return None
    pair = value if isinstance(value, (tuple, list)) else (value, 0)
    if len(pair) != 2:
        raise ValueError(f"{name} must be a number or two, got {shown(value)}")
    scale, offset = (real(name, number) or 0.0 for number in pair)
    return f"{scale!r}:{offset!r}"


def choice(name: str, value: Any, names: Sequence[str]) -> Any:
    """One of some names."""
    if value is None or (isinstance(value, str) and value in names):
        return value
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    raise ValueError(f"{name} must be {listed}, got {shown(value)}")


def whole(name: str, value: Any, least: int = 1) -> int | None:
    """A whole number."""
    if value is None:
        return None
    try:
        number = operator.index(value)
    except Exception:  # objects have errors of their own
        number = least - 1
    if isinstance(value, bool) or number < least or number >= 2**63:
        raise ValueError(f"{name} must be a whole number from {least} on, got {shown(value)}")
    return number


def real(name: str, value: Any) -> float | None:
    """A finite number."""
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)
    except Exception:  # objects have errors of their own
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {shown(value)}")
    return number


def of_table(dtype: Any, x_scale: Any, y_scale: Any) -> dict[str, Any]:
    """The numbers of a table, where they are not the network's own."""
    given = choice("dtype", dtype, ("f64", "f32", "q15", "q31"))
    return {
        "dtype": None if given == "f64" else given,
        "x_scale": counts("x_scale", x_scale),
        "y_scale": counts("y_scale", y_scale),
    }


def of_curve(
    *,
    hidden: Any,
    method: Any,
    loss: Any,
    bands: Any,
    monotone: Any,
    convex: Any,
    concave: Any,
    through: Any,
    max_slope: Any,
    seed: Any,
    **others: Any,
) -> str:
    """The options of a curve through samples, checked, and others that are checked already."""
    return to_json(
        hidden=hidden_units(hidden),
        method=choice("method", method, ("auto", "best", "smooth")),
        loss=choice("loss", loss, ("squared", "huber", "absolute", "tukey")),
        bands=real("bands", bands),
        monotone=choice("monotone", monotone, ("increasing", "decreasing")),
        convex=flag("convex", convex),
        concave=flag("concave", concave),
        through=points(through),
        max_slope=real("max_slope", max_slope),
        seed=whole("seed", seed, 0),
        **others,
    )


def hidden_units(value: Any) -> int | str | None:
    """A number of hidden units, or `auto`."""
    return "auto" if isinstance(value, str) and value == "auto" else whole("hidden", value)


def points(value: Iterable[tuple[Any, Any]] | None) -> str | None:
    """Points as the compiled half reads them: `x:y,x:y`."""
    if value is None:
        return None
    try:
        pairs = [tuple(pair) for pair in value]
    except TypeError:
        pairs = [()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"through must be pairs of numbers, as [(0, 0), (1, 2)], got {shown(value)}")
    return ",".join(f"{real('through', x)!r}:{real('through', y)!r}" for x, y in pairs)


def interval(name: str, value: Any) -> str:
    """Two numbers in order, as the compiled half reads them: `low:high`."""
    try:
        low, high = value
    except Exception:  # no two of them
        raise ValueError(f"{name} must be two numbers, as (-1, 1), got {shown(value)}") from None
    return f"{real(name, low)!r}:{real(name, high)!r}"
