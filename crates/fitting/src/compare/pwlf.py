"""pwlf's fitfast on samples from standard input, x then y as f64: seconds to prepare and to fit, and its knots."""

import json
import sys
import time

import numpy
import pwlf

samples = numpy.frombuffer(sys.stdin.buffer.read(), dtype=numpy.float64)
x, y = samples.reshape(2, -1)
began = time.perf_counter()
fit = pwlf.PiecewiseLinFit(x, y)
prepared = time.perf_counter()
numpy.random.seed(1)
knots = fit.fitfast(int(sys.argv[1]))
fitted = time.perf_counter()
found = {"knots": list(knots), "values": list(fit.predict(knots))}
print(json.dumps({"prepare": prepared - began, "seconds": fitted - prepared, **found}))
