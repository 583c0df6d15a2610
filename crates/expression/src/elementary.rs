//! Elementary functions of intervals, rounded outward.
//!
//! The functions of floats are those of the crate `pxfm` 0.1.30. Its documentation states, for `f64`:
//!
//! | function | claim |
//! |---|---|
//! | `sin`, `cos`, `tan`, `atan` | ULP 0.5 |
//! | `sinh`, `cosh`, `tanh`, `asinh`, `acosh`, `atanh` | max ULP 0.5 |
//! | `exp`, `ln`, `log2`, `log10`, `asin`, `acos`, `cbrt`, `pow` | max found ULP 0.5 |
//!
//! A result with half a unit in the last place is the nearest float, so that one float on either side would do. As the last row was
//! found and not proven, each result is widened by two floats on either side. Square roots are IEEE 754's.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::interval::Interval;

/// Floats by which a result is widened on either side.
const FLOATS: usize = 2;

/// From here on, the place in a period is not looked for.
const FAR: f64 = 1e15;

/// A function that does not fall, with values in `range`.
fn rising(x: Interval, f: fn(f64) -> f64, range: Interval) -> Interval {
    let (low, high) = (around(x.low, f(x.low)), around(x.high, f(x.high)));
    Interval::outer(low.low.max(range.low), high.high.min(range.high))
}

/// What a function's value can be whose rounded value at `x` is this. At 0, a value of 0 is exact.
fn around(x: f64, value: f64) -> Interval {
    if x == 0.0 && value == 0.0 {
        return Interval::point(0.0);
    }
    Interval::outer(value, value).widened(FLOATS)
}

fn from(low: f64) -> Interval {
    Interval::outer(low, f64::INFINITY)
}

pub(crate) fn exp(x: Interval) -> Interval {
    rising(x, pxfm::f_exp, from(0.0))
}

/// Of the part above 0.
pub(crate) fn ln(x: Interval) -> Interval {
    logarithm(x, pxfm::f_log)
}

pub(crate) fn log2(x: Interval) -> Interval {
    logarithm(x, pxfm::f_log2)
}

pub(crate) fn log10(x: Interval) -> Interval {
    logarithm(x, pxfm::f_log10)
}

fn logarithm(x: Interval, f: fn(f64) -> f64) -> Interval {
    match x.low > 0.0 {
        true => rising(x, f, Interval::ENTIRE),
        false if x.high > 0.0 => Interval::outer(f64::NEG_INFINITY, around(x.high, f(x.high)).high),
        false => Interval::ENTIRE,
    }
}

/// Of the part that is not below 0.
pub(crate) fn sqrt(x: Interval) -> Interval {
    let root = |x: f64| {
        let root = x.max(0.0).sqrt();
        let is_exact = root == 0.0 || (x > 1e-290 && root.mul_add(root, -x) == 0.0);
        Interval::point(root).widened(usize::from(!is_exact))
    };
    Interval::outer(root(x.low).low.max(0.0), root(x.high).high)
}

pub(crate) fn cbrt(x: Interval) -> Interval {
    rising(x, pxfm::f_cbrt, Interval::ENTIRE)
}

/// The multiples of pi/2 that may be in an interval, as whole numbers: all above the first and not above the second.
fn quarters(x: Interval) -> Option<(f64, f64)> {
    if x.magnitude() > FAR || x.high - x.low > 7.0 {
        return None;
    }
    let [low, high] = [x.low / FRAC_PI_2, x.high / FRAC_PI_2];
    let doubt = 1e-15 * (1.0 + low.abs().max(high.abs()));
    Some(((low - doubt).floor(), (high + doubt).floor()))
}

/// Whether a whole number that leaves `rest` when divided by 4 may be among the multiples.
fn may_hold((low, high): (f64, f64), rest: f64) -> bool {
    let ahead = rest - low - 1.0;
    let next = low + 1.0 + (ahead - 4.0 * (0.25 * ahead).floor());
    next <= high
}

fn wave(x: Interval, f: fn(f64) -> f64, top: f64, bottom: f64) -> Interval {
    let all = Interval::new(-1.0, 1.0);
    let Some(quarters) = quarters(x) else {
        return all;
    };
    let ends = around(x.low, f(x.low)).hull(around(x.high, f(x.high)));
    let low = if may_hold(quarters, bottom) {
        -1.0
    } else {
        ends.low.max(-1.0)
    };
    let high = if may_hold(quarters, top) {
        1.0
    } else {
        ends.high.min(1.0)
    };
    Interval::outer(low, high)
}

pub(crate) fn sin(x: Interval) -> Interval {
    wave(x, pxfm::f_sin, 1.0, 3.0)
}

pub(crate) fn cos(x: Interval) -> Interval {
    wave(x, pxfm::f_cos, 0.0, 2.0)
}

/// None where there may be a pole.
pub(crate) fn tan(x: Interval) -> Option<Interval> {
    let quarters = quarters(x)?;
    let may_be_pole = may_hold(quarters, 1.0) || may_hold(quarters, 3.0);
    (!may_be_pole).then(|| rising(x, pxfm::f_tan, Interval::ENTIRE))
}

/// Of the part in [-1, 1].
pub(crate) fn asin(x: Interval) -> Interval {
    let half = FRAC_PI_2.next_up();
    rising(within_one(x), pxfm::f_asin, Interval::new(-half, half))
}

/// Of the part in [-1, 1].
pub(crate) fn acos(x: Interval) -> Interval {
    let x = within_one(x);
    let [low, high] = [x.high, x.low].map(|x| around(1.0, pxfm::f_acos(x)));
    Interval::outer(low.low.max(0.0), high.high.min(PI.next_up()))
}

fn within_one(x: Interval) -> Interval {
    let clamp = |x: f64| x.clamp(-1.0, 1.0);
    Interval::outer(clamp(x.low), clamp(x.high))
}

pub(crate) fn atan(x: Interval) -> Interval {
    let half = FRAC_PI_2.next_up();
    rising(x, pxfm::f_atan, Interval::new(-half, half))
}

pub(crate) fn sinh(x: Interval) -> Interval {
    rising(x, pxfm::f_sinh, Interval::ENTIRE)
}

pub(crate) fn cosh(x: Interval) -> Interval {
    let least = if x.contains(0.0) {
        0.0
    } else {
        x.low.abs().min(x.high.abs())
    };
    rising(
        Interval::outer(least, x.magnitude()),
        pxfm::f_cosh,
        from(1.0),
    )
}

pub(crate) fn tanh(x: Interval) -> Interval {
    rising(x, pxfm::f_tanh, Interval::new(-1.0, 1.0))
}

pub(crate) fn asinh(x: Interval) -> Interval {
    rising(x, pxfm::f_asinh, Interval::ENTIRE)
}

/// Of the part from 1 on.
pub(crate) fn acosh(x: Interval) -> Interval {
    let x = Interval::outer(x.low.max(1.0), x.high.max(1.0));
    rising(
        x,
        |x| if x == 1.0 { 0.0 } else { pxfm::f_acosh(x) },
        from(0.0),
    )
}

/// Of the part in [-1, 1].
pub(crate) fn atanh(x: Interval) -> Interval {
    let of = |x: f64| match x.abs() < 1.0 {
        true => pxfm::f_atanh(x),
        false => x * f64::INFINITY,
    };
    rising(within_one(x), of, Interval::ENTIRE)
}

/// Powers that products give faster.
const WHOLE: [f64; 7] = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

fn product(x: Interval, n: u32) -> Interval {
    match n {
        1 => x,
        n if n % 2 == 0 => product(x.square(), n / 2),
        n => x * product(x.square(), n / 2),
    }
}

/// `x^n` for `x >= 0`; `x^0` is 1.
pub(crate) fn power(x: Interval, n: f64) -> Interval {
    let of = |x: f64| match (x, n) {
        (_, 0.0) => Interval::point(1.0),
        (x, 1.0) => Interval::point(x),
        (1.0, _) => Interval::point(1.0),
        (0.0, n) if n > 0.0 => Interval::point(0.0),
        (0.0, _) => Interval::point(f64::INFINITY),
        (f64::INFINITY, n) if n > 0.0 => Interval::point(f64::INFINITY),
        (f64::INFINITY, _) => Interval::point(0.0),
        (x, n) if WHOLE.contains(&n) => product(Interval::point(x), n as u32),
        _ => {
            let value = pxfm::f_pow(x, n);
            Interval::outer(value, value).widened(FLOATS)
        }
    };
    let (low, high) = if n >= 0.0 {
        (of(x.low), of(x.high))
    } else {
        (of(x.high), of(x.low))
    };
    Interval::outer(low.low.max(0.0), high.high)
}
