"""Threads, forks, Ctrl-C, memory: what a long-lived interpreter meets."""

import gc
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shallow
from conftest import Samples


def test_eight_threads_give_the_same_bits(noisy: Samples) -> None:
    wanted = [shallow.fit(*noisy).to_bytes(), shallow.fit(*noisy, method="smooth").to_bytes()]

    def work(at: int) -> bytes:
        return shallow.fit(*noisy, method=("auto", "smooth")[at % 2], n_threads=1 + at % 3).to_bytes()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(32))) == wanted * 16


def test_other_threads_go_on_while_it_fits() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, 20_000)
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    shallow.fit(x, np.sin(9 * x))
    seconds = time.perf_counter() - start
    done.set()
    thread.join()
    assert ticks > 50 * seconds  # of up to 1,000 a second


LONG = """
import numpy as np, shallow, sys, time
x = np.random.default_rng(0).uniform(-1, 1, 300_000)
shallow.fit(x[:1000], x[:1000], hidden=1)
print("ready", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
    start = time.process_time()
    time.sleep(1)
    print("busy", time.process_time() - start, flush=True)
    print(shallow.fit([0, 1, 2], [0, 1, 2], hidden=1)(0.5), flush=True)
"""


@pytest.mark.parametrize(
    "call",
    [
        "[shallow.fit(x, np.sin(200 * x)) for _ in range(100)]",
        "[shallow.fit(x, np.sin(200 * x), hidden=500) for _ in range(1000)]",
        "shallow.train(x, x**2, engine='backprop', epochs=10**6)",
        "shallow.train(x, x**2, epochs=10**8, log_every=10, callback=lambda *_: None)",
        "[shallow.approximate('sin(1/(0.01+x^2))', (-1, 1), tolerance=1e-6) for _ in range(100)]",
        "[shallow.fit_groups(dict(x=x, y=np.sin(9 * x), g=np.arange(len(x)) % 30000), 'x', 'y', 'g', method='auto')]",
    ],
)
def test_ctrl_c_is_answered_at_once_and_ends_the_work(call: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", LONG.format(call=call)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(1.0)
    start = time.perf_counter()
    os.kill(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    # 0.06 s on a machine of its own; here others may be at work.
    assert time.perf_counter() - start < 2.0
    busy = float(process.stdout.readline().split()[1])
    assert busy < 0.5, f"{busy} s of work in the second after it"
    assert process.stdout.readline() == "0.5\n"
    assert process.wait(timeout=20) == 0


def in_child(seed: int) -> bytes:
    x = np.random.default_rng(seed).uniform(-1, 1, 20_000)
    net = shallow.fit(x, np.sin(3 * x), hidden=12)
    return net(np.linspace(-1, 1, 50_000)).tobytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_children_fit_too() -> None:
    wanted = [in_child(seed) for seed in range(4)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(in_child, range(4)).get(timeout=60) == wanted


def test_memory_does_not_grow() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, 50)
    y = np.sin(3 * x)

    def fits(n: int) -> None:
        for _ in range(n):
            net = shallow.fit(x, y, method="smooth")
            net(x), net.knots, net.standard_errors, repr(net)

    fits(1000)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fits(10_000)
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident
    assert traced < 100_000, f"{traced} bytes of Python's"
    assert grown < 20_000, f"{grown} KiB resident"


def test_too_much_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="hidden"):
        shallow.fit([0, 1, 2], [0, 1, 2], hidden=10**9)
    with pytest.raises(ValueError, match="memory|at most"):
        shallow.train([0, 1, 2], [0, 1, 2], hidden=10**9)
