"""The Python package beside pwlf, scipy, scikit-learn and NumPy: python benchmarks/python.py

Needs `pip install '.[sklearn]' pwlf scipy`. Each contender's calls alternate with this package's, so that a busy machine slows
both.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pwlf
import shallow
from scipy.interpolate import UnivariateSpline, make_smoothing_spline
from shallow.pwlf import PiecewiseLinFit
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

# The catalogue of crates/data, with its domains.
CATALOGUE: dict[str, tuple[Callable[[np.ndarray], np.ndarray], tuple[float, float]]] = {
    "smooth": (lambda x: np.sin(np.pi * x) + x**2 / 2, (-1, 1)),
    "abs": (np.abs, (-1, 1)),
    "step": (lambda x: np.where(x < 0, 0.0, 1.0), (-1, 1)),
    "tanh": (lambda x: np.tanh(20 * x), (-1, 1)),
    "cusp": (lambda x: np.cbrt(x**2), (-1, 1)),
    "ripple": (lambda x: np.sin(8 * np.pi * x), (-1, 1)),
    "runge": (lambda x: 1 / (1 + 25 * x**2), (-1, 1)),
    "cosine": (np.cos, (0, np.pi / 4)),
    "squashed": (lambda x: 1 / (1 + np.exp(-np.cos(x))), (0, np.pi / 4)),
    "exp": (lambda x: np.exp(3 * x), (-1, 1)),
}


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    clock = time.perf_counter()
    result = work()
    return time.perf_counter() - clock, result


def eight_pieces(n: int = 10_000) -> None:
    """Eight pieces of samples without noise: seconds, and what is left."""
    print(f"eight pieces of {n} samples    pwlf, fitfast      this package, fitfast         ratio   sum of squares: pwlf, this")
    ratios = []
    for name, (f, domain) in CATALOGUE.items():
        x = np.random.default_rng(1).uniform(*domain, n)
        y = f(x)
        ours = []
        theirs, model = seconds(lambda: fitted(pwlf.PiecewiseLinFit(x, y, seed=1)))
        for _ in range(9):
            took, mine = seconds(lambda: fitted(PiecewiseLinFit(x, y)))
            ours.append(took)
        ratios.append(theirs / np.median(ours))
        print(f"{name:28} {theirs:12.3f} s {1e3 * np.median(ours):18.3f} ms {ratios[-1]:18.0f} {model.ssr:14.4g} {mine.ssr:.4g}")
    print(f"median {np.median(ratios):.0f}, least {min(ratios):.0f}\n")


def fitted(model: PiecewiseLinFit) -> PiecewiseLinFit:
    model.fitfast(8)
    return model


def noisy_curves(n: int = 2000, draws: int = 5) -> None:
    """Curves through noisy samples: the distance from the truth, and the time."""
    contenders: dict[str, Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
        "shallow.fit": shallow.fit,
        "shallow.fit, smooth": lambda x, y: shallow.fit(x, y, method="smooth"),
        "scipy make_smoothing_spline": make_smoothing_spline,
        "scipy UnivariateSpline, noise known": lambda x, y: UnivariateSpline(x, y, w=np.full(len(x), 1 / NOISE)),
        "scikit-learn splines, RidgeCV": lambda x, y: predictor(
            make_pipeline(SplineTransformer(30), RidgeCV(np.logspace(-6, 2, 20))).fit(x.reshape(-1, 1), y)
        ),
        "scikit-learn HistGradientBoosting": lambda x, y: predictor(HistGradientBoostingRegressor().fit(x.reshape(-1, 1), y)),
        "numpy.polyfit, degree 12": lambda x, y: np.poly1d(np.polyfit(x, y, 12)),
    }
    print(f"{n} samples, noise {NOISE}, {draws} draws: RMS distance from the truth, by that of the best; ms")
    errors: dict[str, list[float]] = {name: [] for name in contenders}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for f, domain in CATALOGUE.values():
        grid = np.linspace(*domain, 2001)
        for seed in range(draws):
            rng = np.random.default_rng(seed)
            x = np.sort(rng.uniform(*domain, n))
            y = f(x) + rng.normal(0, NOISE, n)
            for name, fit in contenders.items():
                try:
                    took, found = seconds(lambda fit=fit: fit(x, y))
                    errors[name].append(float(np.sqrt(np.mean((found(grid) - f(grid)) ** 2))))
                    times[name].append(took)
                except ValueError:  # "ill-posed"
                    errors[name].append(np.inf)
    table = np.array(list(errors.values()))
    shares = table / table.min(axis=0)
    for name, share in zip(contenders, shares, strict=True):
        print(
            f"{name:38} median {np.median(share):6.2f}, best in {np.mean(share == 1):4.0%}, worst {share.max():6.1f}; "
            f"{1e3 * np.median(times[name]):8.2f} ms"
        )
    print()


NOISE = 0.1


def predictor(model: object) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: model.predict(x.reshape(-1, 1))


def overhead() -> None:
    """What a call costs beside its work, at 50 samples."""
    x = np.random.default_rng(0).uniform(0, 10, 50)
    y = np.sin(x)
    options = ('{"method": "smooth", "hidden": 8}', ("x", "y"), True, None)
    from shallow import _shallow

    whole, compiled = [], []
    for _ in range(2000):
        whole.append(seconds(lambda: shallow.fit(x, y, method="smooth", hidden=8))[0])
        compiled.append(seconds(lambda: _shallow.fit(x, y, None, *options))[0])
    net = shallow.fit(x, y, hidden=8)
    call = [seconds(lambda: net(x))[0] for _ in range(2000)]
    whole_us, compiled_us = 1e6 * np.median(whole), 1e6 * np.median(compiled)
    print(
        f"50 samples: fit, smooth, 8 units {whole_us:.1f} us, of which {whole_us - compiled_us:.1f} in Python; "
        f"net(x) {1e6 * np.median(call):.1f} us"
    )


if __name__ == "__main__":
    eight_pieces()
    noisy_curves()
    overhead()
