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
    w1: np.ndarray
    w2: np.ndarray
    learning_rate: float


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def run(start):
    samples, hidden, check, seconds = (float(a) for a in sys.argv[1:5])
    dtype = np.dtype(sys.argv[5])
    samples, hidden, check = int(samples), int(hidden), int(check)
    before = resident()
    np.random.seed(42)
    x = np.random.uniform(-1, 1, samples).reshape(-1, 1)
    y = np.sin(np.pi * x) + x**2 / 2
    w1 = np.random.normal(size=[1, hidden])
    w2 = np.random.normal(size=[hidden, 1])
    arrays = [a.astype(dtype) for a in (x, y, w1, w2)]
    del x, y, w1, w2
    job = Job(*arrays, learning_rate=0.01 * min(1.0, 64 / hidden))

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
