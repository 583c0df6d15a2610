//! Options within their ranges, and beside those that they belong to.

use shallow_export::Dtype;

use crate::{
    error::FittingError,
    plan::Source,
    request::{
        AutoName, Hidden, LossName, MethodName, ModelName, Norm, OptimizerName, Request, Side,
    },
};

/// Larger counts would fill any machine's memory.
const MOST: usize = 1_000_000_000;

/// Higher powers of x than this are 0 or 1 to all digits, nearly everywhere.
const HIGHEST: usize = 1000;

/// Levenberg-Marquardt's matrix of wider networks takes gigabytes.
const WIDEST_OF_LM: usize = 4096;

/// The least largest error of more units takes minutes.
const WIDEST_OF_MAX: usize = 10_000;

/// Counts within their ranges.
pub(crate) fn check_counts(request: &Request) -> Result<(), FittingError> {
    let hidden = match request.hidden {
        Some(Hidden::Units(hidden)) => Some(hidden),
        _ => None,
    };
    if hidden == Some(0) {
        return Err(FittingError::Options(
            "hidden must be at least 1, got 0".into(),
        ));
    }
    if let Some(degree) = request.degree.filter(|degree| *degree > HIGHEST) {
        return Err(FittingError::Options(format!(
            "degree must be at most {HIGHEST}, got {degree}"
        )));
    }
    let is_lm = request.optimizer == Some(OptimizerName::Lm);
    if let Some(hidden) = hidden.filter(|hidden| is_lm && *hidden > WIDEST_OF_LM) {
        return Err(FittingError::Options(format!(
            "the optimizer lm takes at most {WIDEST_OF_LM} hidden units, got {hidden}"
        )));
    }
    let is_max = request.norm == Some(Norm::Max);
    if let Some(hidden) = hidden.filter(|hidden| is_max && *hidden > WIDEST_OF_MAX) {
        return Err(FittingError::Options(format!(
            "the least largest error is sought for at most {WIDEST_OF_MAX} hidden units, got {hidden}"
        )));
    }
    for (name, count) in [
        ("samples", request.samples),
        ("test samples", request.test_samples),
        ("hidden", hidden),
        ("epochs", request.epochs),
    ] {
        if let Some(count) = count.filter(|count| *count > MOST) {
            return Err(FittingError::Options(format!(
                "{name} must be at most {MOST}, got {count}"
            )));
        }
    }
    Ok(())
}

/// Checks every option's company.
pub(crate) fn check_company(
    request: &Request,
    source: &Source,
    is_descent: bool,
) -> Result<(), FittingError> {
    let of_source = of_source(request, source, is_descent);
    let of_model = of_model(request);
    let of_best = of_best(request, is_descent);
    let of_descent = of_descent(request, is_descent);
    let all = [&of_source[..], &of_model, &of_best, &of_descent].concat();
    if let Some(rule) = all.into_iter().find(|rule| rule.is_there && !rule.applies) {
        let (option, with) = (rule.option, rule.with);
        return Err(FittingError::GoesWith { option, with });
    }
    let is_split = request.samples.is_some() || request.test_samples.is_some_and(|n| n > 0);
    if request.by.is_some() && is_split {
        return Err(FittingError::Options(
            "all rows of a group are fitted; leave samples and test samples out".into(),
        ));
    }
    if request.hidden.is_some() && request.tolerance.is_some() {
        return Err(FittingError::Options(
            "choose one of hidden and tolerance, not both".into(),
        ));
    }
    Ok(())
}

/// An option, whether it was given, whether it has a meaning here, and with what it would have one.
#[derive(Clone, Copy)]
struct Rule {
    option: &'static str,
    is_there: bool,
    applies: bool,
    with: &'static str,
}

fn rule(option: &'static str, is_there: bool, applies: bool, with: &'static str) -> Rule {
    Rule {
        option,
        is_there,
        applies,
        with,
    }
}

fn of_source(request: &Request, source: &Source, is_descent: bool) -> [Rule; 12] {
    let is_file = !matches!(source, Source::Function(_) | Source::Moments(_));
    let is_function = matches!(source, Source::Function(_));
    let is_max = request.norm == Some(Norm::Max);
    let weight = request.weight.is_some();
    let by = request.by.is_some();
    [
        rule(
            "x",
            request.x.is_some(),
            !is_function,
            "csv FILE or moments FILE",
        ),
        rule(
            "y",
            request.y.is_some(),
            !is_function,
            "csv FILE or moments FILE",
        ),
        rule("weight", weight, is_file, "csv FILE"),
        rule("weight", weight, !is_descent, "method best or smooth"),
        rule("weight", weight, !is_max, "norm rms"),
        rule("by", by, !is_function, "csv FILE or moments FILE"),
        rule("by", by, !is_descent, "method best or smooth"),
        rule("by", by, !is_max, "norm rms"),
        rule("by", by, request.tolerance.is_none(), "hidden H or auto"),
        rule("missing", request.missing.is_some(), is_file, "csv FILE"),
        rule(
            "domain",
            request.domain.is_some(),
            is_function,
            "function EXPR",
        ),
        rule(
            "noise",
            request.noise.is_some(),
            is_function,
            "function EXPR",
        ),
    ]
}

fn of_model(request: &Request) -> [Rule; 4] {
    let is_relu = request.model != Some(ModelName::Perceptron);
    let activation = request.activation.is_some();
    [
        rule("hidden", request.hidden.is_some(), is_relu, "model relu"),
        rule("start", request.start.is_some(), is_relu, "model relu"),
        rule(
            "degree",
            request.degree.is_some(),
            !is_relu,
            "model perceptron",
        ),
        rule("activation", activation, !is_relu, "model perceptron"),
    ]
}

fn of_best(request: &Request, is_descent: bool) -> [Rule; 21] {
    let is_auto = request.hidden == Some(Hidden::Named(AutoName::Auto));
    let is_max = request.norm == Some(Norm::Max);
    let tolerance = request.tolerance.is_some();
    let bands = request.bands.is_some();
    let loss = request.loss.is_some_and(|loss| loss != LossName::Squared);
    let is_smooth = request.method == Some(MethodName::Smooth);
    let is_best = !is_descent && !is_smooth;
    let shape = shape(request);
    let has_shape = shape.is_some();
    let shape = shape.unwrap_or_default();
    let counts = match request.dtype {
        Some(Dtype::Q31) => "dtype q31",
        _ => "dtype q15",
    };
    let is_fixed = request.dtype.is_some_and(Dtype::is_fixed);
    // The type of a table that is to be within the error.
    let of_table = is_max && request.dtype.is_some_and(|dtype| dtype != Dtype::F64);
    let (penalty, criterion) = (request.penalty.is_some(), request.criterion.is_some());
    [
        rule("hidden auto", is_auto, !is_descent, "method best or smooth"),
        rule("penalty", penalty, is_smooth, "method smooth"),
        rule("criterion", criterion, is_smooth, "method smooth"),
        rule("bands", bands, !is_descent, "method best or smooth"),
        rule("bands", bands, !is_max, "norm rms"),
        rule("loss", loss, !is_descent, "method best or smooth"),
        rule("loss", loss, !is_max, "norm rms"),
        rule("bands", bands, !loss, "loss squared"),
        rule(shape, has_shape, !is_descent, "method best or smooth"),
        rule(shape, has_shape, !is_max, "norm rms"),
        rule(shape, has_shape, !tolerance, "hidden H or auto"),
        rule("tolerance", tolerance, is_best, "method best"),
        rule("norm", request.norm.is_some(), is_best, "method best"),
        rule("hidden auto", is_auto, !is_max, "norm rms"),
        rule(
            "relative",
            request.relative == Some(true),
            is_max,
            "norm max",
        ),
        rule("side", request.side.is_some(), is_max, "norm max"),
        rule(
            counts,
            is_fixed,
            is_max && tolerance,
            "norm max and a tolerance",
        ),
        rule(
            "side",
            of_table && request.side.is_some_and(|side| side != Side::Both),
            false,
            "dtype f64",
        ),
        rule(
            "relative",
            of_table && request.relative == Some(true),
            false,
            "dtype f64",
        ),
        rule(
            "x-scale",
            request.x_scale.is_some(),
            is_fixed,
            "dtype q15 or q31",
        ),
        rule(
            "y-scale",
            request.y_scale.is_some(),
            is_fixed,
            "dtype q15 or q31",
        ),
    ]
}

/// The first option of a shape that is there.
fn shape(request: &Request) -> Option<&'static str> {
    let options = [
        ("monotone", request.monotone.is_some()),
        ("convex", request.convex == Some(true)),
        ("concave", request.concave == Some(true)),
        ("through", request.through.is_some()),
        ("max-slope", request.max_slope.is_some()),
    ];
    let there = options.into_iter().find(|(_, is_there)| *is_there);
    there.map(|(option, _)| option)
}

fn of_descent(request: &Request, is_descent: bool) -> [Rule; 12] {
    let is_perceptron = request.model == Some(ModelName::Perceptron);
    let has_rate = request.optimizer != Some(OptimizerName::Lm);
    let lr = request.lr.is_some();
    let of_descent = |option, is_there| rule(option, is_there, is_descent, "method descent");
    [
        rule("lr", lr, has_rate, "optimizer gd, momentum or adam"),
        of_descent("model perceptron", is_perceptron),
        of_descent("engine", request.engine.is_some()),
        of_descent("optimizer", request.optimizer.is_some()),
        of_descent("start", request.start.is_some()),
        of_descent("lr", lr),
        of_descent("patience", request.patience.is_some()),
        of_descent("epochs", request.epochs.is_some()),
        of_descent("reduction", request.reduction.is_some()),
        of_descent("weight-decay", request.weight_decay.is_some()),
        of_descent("log-every", request.log_every.is_some()),
        of_descent("device", request.needs_device()),
    ]
}
