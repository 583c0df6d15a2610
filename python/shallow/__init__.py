"""Fit functions and columns of numbers with small neural networks.

>>> import numpy as np, shallow
>>> x = np.linspace(-2, 2, 200)
>>> net = shallow.fit(x, np.abs(x), hidden=1)
>>> round(net(1.5), 6)
1.5

`fit` finds the network of some samples, `approximate` that of a formula or a Python function, with an error that is proven for the
formula. `train` is gradient descent as the textbooks do it. `fit_groups` fits each group of rows of a table. `fit_sql` fits
columns of a database where they are. The modules
`shallow.sklearn` and `shallow.pwlf` speak the names of those packages.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
    from .documents import Parity as Parity
    from .documents import numpy_parity as numpy_parity
    from .fitting import approximate as approximate
    from .fitting import fit as fit
    from .groups import Groups as Groups
    from .groups import fit_groups as fit_groups
    from .groups import load as load
    from .moments import fit_sql as fit_sql
    from .net import Net as Net
    from .training import Run as Run
    from .training import train as train

_PLACES = {
    "Groups": "groups",
    "Net": "net",
    "Parity": "documents",
    "Run": "training",
    "approximate": "fitting",
    "fit": "fitting",
    "fit_groups": "groups",
    "fit_sql": "moments",
    "load": "groups",
    "numpy_parity": "documents",
    "train": "training",
}

__all__ = list(_PLACES)


# What is not asked for is not imported: the program `shallow` starts without NumPy.
def __getattr__(name: str) -> object:
    if name == "__version__":
        return importlib.metadata.version("shallow")
    if name not in _PLACES:
        raise AttributeError(f"module 'shallow' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_PLACES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_PLACES))
