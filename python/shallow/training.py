"""Gradient descent, as the documents do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from . import _shallow
from ._columns import Array, column, title
from ._options import choice, real, shown, to_json, whole
from .net import Net


class Run(NamedTuple):
    """A descent that has ended."""

    #: The loss of every epoch, before its update, `[epochs]`.
    losses: Array
    #: The network after the last update.
    net: Net
    #: The parameters as they were trained: `w1, b1, w2, b2`, or a perceptron's weights of `x^D, ..., x, 1`.
    parameters: list[Array]
    #: How gradients were computed: `exact` or `backprop`.
    engine: str

    def __repr__(self) -> str:
        return f"<shallow.Run {len(self.losses)} epochs; {self.engine}; loss {self.losses[0]:.4g} to {self.losses[-1]:.4g}>"


def train(
    x: Any,
    y: Any,
    *,
    hidden: int = 64,
    epochs: int | None = None,
    lr: float | None = None,
    optimizer: Literal["gd", "momentum", "adam", "lm"] = "gd",
    engine: Literal["auto", "exact", "backprop"] = "auto",
    reduction: Literal["mean", "sum"] | None = None,
    weight_decay: float | None = None,
    model: Literal["relu", "perceptron"] = "relu",
    degree: int = 2,
    activation: Literal["sigmoid", "tanh", "identity"] = "sigmoid",
    start: Literal["random", "best"] | Sequence[Any] = "random",
    rng: Literal["numpy", "rand"] | Any = "numpy",
    seed: int = 42,
    log_every: int = 10,
    callback: Callable[[int, float, Net], object] | None = None,
) -> Run:
    """Full-batch gradient descent from random weights, with the documents' numbers where nothing is said.

    Parameters
    ----------
    x, y : columns of `n` numbers
        Where x reaches beyond [-4, 4] and no weights are given, both are scaled onto [-1, 1] for training.
    hidden, model, degree, activation
        `relu` is a network 1 -> hidden -> 1, `perceptron` one neuron on `x^degree, ..., x, 1`.
    epochs, lr, optimizer, reduction, weight_decay
        Steps, and how each follows from the gradient; 500 of 0.01 along the mean's, of a perceptron 5,000 along half the sum's.
    engine : "auto", "exact" or "backprop"
        `backprop` is the documents' own classes; `exact` gives the same from sums over sorted samples, thousands of times faster.
    start : "random", "best" or arrays
        Where to begin: `w1, b1, w2, b2`, or a perceptron's weights, go on from there, on samples as they are.
    rng : "numpy", "rand", or a generator of NumPy's
        Whose numbers are drawn: `numpy` are those of `np.random.seed(seed)`. A `np.random.RandomState`, or `np.random` itself, is
        drawn from where it is, as the documents do after their samples.
    callback : callable, optional
        Called as `callback(epoch, loss, net)` every `log_every` epochs; `False` ends the descent.

    Raises
    ------
    ValueError
        One sentence on what is wrong, or on a learning rate that diverged and one that works.

    Examples
    --------
    >>> import numpy as np, shallow
    >>> x = np.linspace(-1, 1, 1000)
    >>> run = shallow.train(x, np.sin(np.pi * x) + x**2 / 2, hidden=64, epochs=500, lr=0.01)
    >>> len(run.losses), run.engine, bool(run.losses[-1] < 0.1 * run.losses[0])
    (500, 'exact', True)
    """
    xs, ys = column(x, "x"), column(y, "y")
    is_relu = choice("model", model, ("relu", "perceptron")) == "relu"
    units = whole("hidden", hidden)
    blocks: list[Array] | None = None
    if isinstance(start, str):
        choice("start", start, ("random", "best"))
    else:
        blocks = _blocks("start", start)
        start = "random"
    if not isinstance(rng, str):
        blocks = blocks or _drawn(rng, is_relu, units or 64, degree)
        rng = "numpy"
    options = to_json(
        method="descent",
        hidden=units if is_relu else None,
        epochs=whole("epochs", epochs),
        lr=real("lr", lr),
        optimizer=choice("optimizer", optimizer, ("gd", "momentum", "adam", "lm")),
        engine=choice("engine", engine, ("auto", "exact", "backprop")),
        reduction=choice("reduction", reduction, ("mean", "sum")),
        weight_decay=real("weight_decay", weight_decay),
        model=None if is_relu else model,
        degree=None if is_relu else whole("degree", degree, 0),
        activation=None if is_relu else choice("activation", activation, ("sigmoid", "tanh", "identity")),
        start=start if is_relu else None,
        rng=choice("rng", rng, ("numpy", "rand")),
        seed=whole("seed", seed, 0),
        log_every=whole("log_every", log_every),
    )

    if callback is not None and not callable(callback):
        raise ValueError(f"callback must be a function of epoch, loss and net, got {shown(callback)}")

    def look(epoch: int, loss: float, net: _shallow.Net) -> bool:
        answer = None if callback is None else callback(epoch, loss, Net(net, (xs, ys)))
        return not (isinstance(answer, (bool, np.bool_)) and not answer)

    names = title(x, "x"), title(y, "y")
    run = _shallow.descend(xs, ys, options, blocks, names, None if callback is None else look)
    return Run(run.losses, Net(run.net(), (xs, ys)), run.parameters(), run.engine)


def _blocks(name: str, given: Any) -> list[Array]:
    try:
        return [np.ascontiguousarray(np.asarray(block, dtype=np.float64).ravel()) for block in given]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be arrays of numbers, got {shown(given)}") from None


def _drawn(rng: Any, is_relu: bool, hidden: int, degree: int) -> list[Array]:
    """Weights as the documents draw them, from a generator that may have been drawn from."""
    if not hasattr(rng, "normal") or isinstance(rng, type):
        raise ValueError(f"rng must be numpy, rand, or a generator with a method normal, got {shown(rng)}")
    if not is_relu:
        return _blocks("what rng draws", [rng.normal(0, 0.1, degree + 1)])
    w1, w2 = _blocks("what rng draws", [rng.normal(size=hidden), rng.normal(size=hidden)])
    return [w1, np.zeros(hidden), w2, np.zeros(1)]
