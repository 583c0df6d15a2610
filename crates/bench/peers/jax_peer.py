"""JAX: value_and_grad, compiled with jit, all steps in one scan."""

import functools
import sys

import jax

jax.config.update("jax_enable_x64", sys.argv[7] == "float64")

import jax.numpy as jnp
from job import run


def start(job):
    x, y = jnp.asarray(job.x), jnp.asarray(job.y)
    h = job.w1.shape[1]
    state = [jnp.asarray(job.w1), jnp.zeros(h, x.dtype), jnp.asarray(job.w2), jnp.zeros(1, x.dtype)]

    def loss_of(p):
        return jnp.mean((jax.nn.relu(x @ p[0] + p[1]) @ p[2] + p[3] - y) ** 2)

    def step(p, _):
        loss, grad = jax.value_and_grad(loss_of)(p)
        return [p - job.learning_rate * g for p, g in zip(p, grad)], loss

    @functools.partial(jax.jit, static_argnums=1)
    def scan(p, n):
        return jax.lax.scan(step, p, None, length=n)

    def steps(n):
        nonlocal state
        state, losses = scan(state, n)
        return float(losses[-1])

    return steps


run(start)
