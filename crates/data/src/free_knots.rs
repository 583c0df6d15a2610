//! Functions from the literature on splines with free knots, each hard in its own way.

use std::f64::consts::PI;

use crate::target::Target;

/// Targets beside [`TARGETS`](crate::TARGETS), all on [0, 1], for comparing methods that place knots.
pub const FREE_KNOT_TARGETS: [Target; 5] = [
    Target {
        name: "parabola",
        formula: "x (1 - x)",
        expression: "x*(1 - x)",
        domain: (0.0, 1.0),
        note: "nothing: even knots are the best",
        f: |x| x * (1.0 - x),
    },
    Target {
        name: "root",
        formula: "x^(2/3)",
        expression: "cbrt(x^2)",
        domain: (0.0, 1.0),
        note: "curvature without bound at one end",
        f: |x| (x * x).cbrt(),
    },
    Target {
        name: "front",
        formula: "tanh(100 (x - 1/4))",
        expression: "tanh(100*(x - 1/4))",
        domain: (0.0, 1.0),
        note: "all of it happens in a fiftieth of the domain",
        f: |x| (100.0 * (x - 0.25)).tanh(),
    },
    Target {
        name: "bell",
        formula: "exp(-500 (x - 3/4)^2)",
        expression: "exp(-500*(x - 3/4)^2)",
        domain: (0.0, 1.0),
        note: "flat but for one narrow bell",
        f: |x| (-500.0 * (x - 0.75).powi(2)).exp(),
    },
    Target {
        name: "packet",
        formula: "exp(-500 (x - 1/2)^2) sin(20 pi x)",
        expression: "exp(-500*(x - 1/2)^2)*sin(20*pi*x)",
        domain: (0.0, 1.0),
        note: "several waves under one narrow bell",
        f: |x| (-500.0 * (x - 0.5).powi(2)).exp() * (20.0 * PI * x).sin(),
    },
];
