"""The two teaching documents in NumPy, beside this package."""

from __future__ import annotations

import time
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .training import train

_Array = NDArray[np.float64]


class _LinearLayer:
    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        self.W = np.random.normal(size=[n_inputs, n_outputs])
        self.b = np.zeros([1, n_outputs])

    def forward(self, x: _Array) -> _Array:
        self.x = x
        y: _Array = np.matmul(x, self.W) + self.b
        return y

    def backward(self, grad: _Array) -> _Array:
        grad_x: _Array = np.matmul(grad, self.W.T)
        self.grad_W = np.matmul(self.x.T, grad)
        self.grad_b = np.sum(grad, axis=0, keepdims=True)
        return grad_x


class _TwoLayerReluNet:
    def __init__(self, hidden: int) -> None:
        self.l1 = _LinearLayer(1, hidden)
        self.l2 = _LinearLayer(hidden, 1)

    def step(self, x: _Array, y: _Array, lr: float) -> float:
        h1 = self.l1.forward(x)
        h2 = self.l2.forward(np.where(h1 > 0, h1, 0))
        grad = self.l2.backward(2 * (h2 - y) / len(y))
        self.l1.backward(np.where(h1 > 0, grad, 0))
        for layer in (self.l1, self.l2):
            layer.W -= lr * layer.grad_W
            layer.b -= lr * layer.grad_b
        return float(np.mean((h2 - y) ** 2))

    def parameters(self) -> _Array:
        blocks = (self.l1.W, self.l1.b, self.l2.W, self.l2.b)
        return np.concatenate([block.ravel() for block in blocks])


class ParityRow(NamedTuple):
    """A number by NumPy and by this package, and their difference as a share of the larger size."""

    document: str
    engine: str
    what: str
    numpy: float
    shallow: float
    difference: float


class Parity:
    """The documents' numbers by NumPy, and by this package's engines."""

    def __init__(self, rows: list[ParityRow], seconds: dict[str, float]) -> None:
        #: One for each number.
        self.rows = rows
        #: How long each took.
        self.seconds = seconds

    @property
    def largest_difference(self) -> float:
        """The largest difference of all rows."""
        return max(row.difference for row in self.rows)

    def __repr__(self) -> str:
        head = f"{'document':11} {'engine':9} {'what':26} {'NumPy':>24} {'shallow':>24} {'difference':>10}"
        lines = [
            f"{row.document:11} {row.engine:9} {row.what:26} {row.numpy!r:>24} {row.shallow!r:>24} {row.difference:10.1e}"
            for row in self.rows
        ]
        seconds = ", ".join(f"{name} {value:.3g}" for name, value in self.seconds.items())
        return "\n".join([head, *lines, f"seconds: {seconds}"])


def numpy_parity(*, samples: int = 1000, hidden: int = 64, epochs: int = 500, seed: int = 42) -> Parity:
    """Runs both documents' own code in NumPy and the same by this package's engines, from the same random numbers, and sets the
    losses and the parameters side by side. NumPy's global generator is left as it was.

    >>> import shallow
    >>> shallow.numpy_parity(samples=200, hidden=16, epochs=50).largest_difference < 1e-9
    True
    """
    state = np.random.get_state()
    try:
        relu, relu_seconds = _relu(samples, hidden, epochs, seed)
        neuron, neuron_seconds = _perceptron(samples, 10 * epochs, seed)
    finally:
        np.random.set_state(state)
    return Parity(relu + neuron, relu_seconds | neuron_seconds)


def _relu(samples: int, hidden: int, epochs: int, seed: int) -> tuple[list[ParityRow], dict[str, float]]:
    np.random.seed(seed)
    x = np.random.uniform(-1, 1, samples)
    drawn = np.random.get_state()
    y = np.sin(np.pi * x) + x**2 / 2
    clock = time.perf_counter()
    net = _TwoLayerReluNet(hidden)
    losses = [net.step(x.reshape(-1, 1), y.reshape(-1, 1), 0.01) for _ in range(epochs)]
    seconds = {"NumPy, relu": time.perf_counter() - clock}
    rows = []
    engines: tuple[Literal["backprop", "exact"], ...] = ("backprop", "exact")
    for engine in engines:
        np.random.set_state(drawn)
        clock = time.perf_counter()
        run = train(x, y, hidden=hidden, epochs=epochs, lr=0.01, engine=engine, rng=np.random)
        seconds[f"{engine}, relu"] = time.perf_counter() - clock
        for epoch in (0, epochs - 1):
            rows.append(_row("relu", engine, f"loss of epoch {epoch}", losses[epoch], run.losses[epoch]))
        ours = np.concatenate(run.parameters)
        rows.append(_worst("relu", engine, net.parameters(), ours))
    return rows, seconds


def _perceptron(samples: int, epochs: int, seed: int) -> tuple[list[ParityRow], dict[str, float]]:
    np.random.seed(seed)
    x = np.random.uniform(0, np.pi / 4, samples)
    drawn = np.random.get_state()
    w = np.random.normal(0, 0.1, (3, 1))
    features = np.stack([x**2, x, np.ones_like(x)], axis=1)
    y = 1 / (1 + np.exp(-np.cos(x)))
    clock = time.perf_counter()
    losses = []
    for _ in range(epochs):
        p = 1 / (1 + np.exp(-(features @ w)))
        error = y.reshape(-1, 1) - p
        w += 0.01 * (features.T @ (error * (p * (1 - p))))
        losses.append(0.5 * float(np.sum(error**2)))
    seconds = {"NumPy, perceptron": time.perf_counter() - clock}
    np.random.set_state(drawn)
    clock = time.perf_counter()
    run = train(x, y, model="perceptron", epochs=epochs, lr=0.01, reduction="sum", rng=np.random)
    seconds["shallow, perceptron"] = time.perf_counter() - clock
    rows = [_row("perceptron", run.engine, f"loss of epoch {epoch}", losses[epoch], run.losses[epoch]) for epoch in (0, epochs - 1)]
    rows.append(_worst("perceptron", run.engine, w.ravel(), run.parameters[0]))
    return rows, seconds


def _row(document: str, engine: str, what: str, numpy: float, ours: float) -> ParityRow:
    numpy, ours = float(numpy), float(ours)
    size = max(abs(numpy), abs(ours)) or 1.0
    return ParityRow(document, engine, what, numpy, ours, abs(numpy - ours) / size)


def _worst(document: str, engine: str, numpy: _Array, ours: _Array) -> ParityRow:
    """The parameter that differs most, as a share of the largest."""
    at = int(np.argmax(np.abs(numpy - ours)))
    row = _row(document, engine, f"parameter {at}, the farthest", numpy[at], ours[at])
    return row._replace(difference=float(np.abs(numpy - ours).max() / np.abs(numpy).max()))
