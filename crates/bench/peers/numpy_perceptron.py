"""NumPy: the perceptron document's code."""

import numpy as np
from job import run


def start(job):
    w = job.w.copy()

    def steps(n):
        nonlocal w
        for _ in range(n):
            p = 1 / (1 + np.exp(-(job.x @ w)))
            error = job.y - p
            w += job.learning_rate * (job.x.T @ (error * (p * (1 - p))))
            np.mean(np.abs(error))
        return float(np.sum(error**2) / 2)

    return steps


run(start)
