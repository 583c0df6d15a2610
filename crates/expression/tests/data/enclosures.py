"""Values and derivatives of random functions to at least 50 digits, which enclosures have to hold.

Run with mpmath: python3 enclosures.py SEED COUNT > enclosures.txt. A line is a function, a place, the value, and its first and second
derivative, each of them as the float below and the float above it, all in hexadecimal; `?` where it is not known.
"""

import math
import random
import sys

import mpmath
from mpmath import mp, mpf

mp.dps = 90

UNARY = {
    "abs": abs,
    "sqrt": mpmath.sqrt,
    "cbrt": lambda u: mpmath.sign(u) * mpmath.cbrt(abs(u)),
    "exp": mpmath.exp,
    "ln": mpmath.log,
    "log2": lambda u: mpmath.log(u) / mpmath.log(2),
    "log10": lambda u: mpmath.log(u) / mpmath.log(10),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "sign": mpmath.sign,
}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "min": min,
    "max": max,
    "atan2": mpmath.atan2,
}
CONSTANTS = ["2", "3", "0.5", "0.1", "7", "10", "1e-3", "100", "1.5", "2.25"]
POWERS = ["2", "3", "4", "-1", "-2", "0.5", "1.5", "2.5", "-0.5", "7"]


def tree(rng, depth, may_be_constant=False):
    """A text, and the function of mpf numbers that it is. Constants stand beside variables: what they are alone is rounded."""
    if may_be_constant and rng.random() < 0.3:
        text = rng.choice(CONSTANTS)
        value = mpf(float(text))
        return text, lambda x: value
    if depth == 0 or rng.random() < 0.1:
        return "x", lambda x: x
    kind = rng.random()
    if kind < 0.5:
        name = rng.choice(list(UNARY))
        text, inner = tree(rng, depth - 1)
        return f"{name}({text})", lambda x, f=UNARY[name]: real(f(inner(x)))
    if kind < 0.62:
        text, inner = tree(rng, depth - 1)
        power = rng.choice(POWERS)
        exponent = mpf(float(power))
        exponent = int(exponent) if exponent == int(exponent) else exponent
        return f"({text})^({power})", lambda x: real(inner(x) ** exponent)
    is_left = rng.random() < 0.5
    left, a = tree(rng, depth - 1, not is_left)
    right, b = tree(rng, depth - 1, is_left)
    if kind < 0.66:
        return f"({left})^({right})", lambda x: real(positive(a(x)) ** b(x))
    name = rng.choice(list(BINARY))
    text = f"{name}({left}, {right})" if name.isalnum() else f"(({left}) {name} ({right}))"
    return text, lambda x, f=BINARY[name]: real(f(a(x), b(x)))


def positive(u):
    if u <= 0:
        raise ValueError
    return u


def real(value):
    if isinstance(value, mpmath.mpc):
        if value.imag != 0:
            raise ValueError
        value = value.real
    if not mpmath.isfinite(value):
        raise ValueError
    return value


def around(value):
    """The floats beside a number, in hexadecimal."""
    near = float(value)
    if near in (float("inf"), float("-inf")):
        raise ValueError
    below = near if mpf(near) <= value else next_float(near, -1)
    above = near if mpf(near) >= value else next_float(near, 1)
    return f"{below.hex()} {above.hex()}"


def next_float(x, direction):
    return math.nextafter(x, direction * math.inf)


def derivative(f, x, order):
    """By differences at two distances, which have to agree and to have enough digits left."""
    scale = max(abs(x), mpf(1) / 1000)
    found = []
    for h in (scale * mpf(10) ** -14, scale * mpf(10) ** -15):
        if order == 1:
            found.append((real(f(x + h)) - real(f(x - h))) / (2 * h))
        else:
            found.append((real(f(x + h)) - 2 * real(f(x)) + real(f(x - h))) / h**2)
    a, b = found
    # The error of the first is a hundred times that of the second.
    error = abs(a - b)
    lost = abs(real(f(x))) + 1 > mpf(10) ** 60 * abs(b) * (scale * mpf(10) ** -15) ** order
    if error > abs(b) * mpf(10) ** -18 or lost:
        raise ValueError
    return b


def main():
    rng = random.Random(int(sys.argv[1]))
    count = int(sys.argv[2])
    while count:
        text, f = tree(rng, rng.randint(1, 4))
        if "x" not in text.replace("exp", "").replace("max", ""):
            continue
        size = rng.choice([1e-3, 1.0, 1.0, 10.0, 100.0])
        x = rng.uniform(-size, size)
        fields = []
        try:
            value = real(f(mpf(x)))
            fields.append(around(value))
        except (ValueError, ZeroDivisionError, TypeError, OverflowError):
            continue
        for order in (1, 2):
            try:
                fields.append(around(derivative(f, mpf(x), order)))
            except (ValueError, ZeroDivisionError, TypeError, OverflowError):
                fields.append("?")
        print(text.replace(" ", ""), x.hex(), *fields)
        count -= 1


main()
