"""The job every peer does: the same data, weights and steps, timed and reported in the same way.

A peer's script calls `run(start)`. `start(job)` gets host arrays ready for stepping and returns a function that takes
`n` steps and returns the loss of the last one's forward pass, as a float; it must have waited for all of them.
"""

import json
import resource
import sys
import time
from dataclasses import dataclass

import numpy as np


@dataclass
class Job:
    x: np.ndarray
    y: np.ndarray
    learning_rate: float
    w1: np.ndarray = None
    w2: np.ndarray = None
    w: np.ndarray = None  # of the perceptron, which has no layers


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def run(start):
    model, (samples, inputs, hidden, check) = sys.argv[1], (int(a) for a in sys.argv[2:6])
    seconds, dtype = float(sys.argv[6]), np.dtype(sys.argv[7])
    before = resident()
    np.random.seed(42)
    if model == "perceptron":
        x = np.random.uniform(0, np.pi / 4, samples).reshape(-1, 1)
        y = 1 / (1 + np.exp(-np.cos(x)))
        w = np.random.normal(0, 0.1, size=[3, 1])
        job = Job(np.hstack([x**2, x, x**0]).astype(dtype), y.astype(dtype), 10 / samples, w=w.astype(dtype))
    else:
        x = np.random.uniform(-1, 1, samples * inputs).reshape(-1, inputs)
        y = np.sin(np.pi * x[:, :1]) + x[:, :1] ** 2 / 2
        w1 = np.random.normal(size=[inputs, hidden])
        w2 = np.random.normal(size=[hidden, 1])
        arrays = [a.astype(dtype) for a in (x, y, w1, w2)]
        del x, y, w1, w2
        job = Job(arrays[0], arrays[1], 0.01 * min(1.0, 64 / hidden) / inputs, arrays[2], arrays[3])

    clock = time.perf_counter()
    steps = start(job)
    steps(1)
    prepare = time.perf_counter() - clock
    clock = time.perf_counter()
    loss = steps(check - 1)
    batch = max(1, int(seconds / 5 / ((time.perf_counter() - clock) / (check - 1))))
    steps(batch)  # a compiler may compile anew for another number of steps
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        clock = time.perf_counter()
        steps(batch)
        times.append((time.perf_counter() - clock) / batch)
        if sum(times) * batch > 4 * seconds:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"prepare": prepare, "steps": times, "loss": loss, "memory": max(0, peak - before)}))
