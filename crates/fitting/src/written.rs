//! A plan as the options that describe it in full: a run's `config.toml`.

use std::path::{Path, PathBuf};

use shallow_analytic::descent::Optimizer;

use crate::{
    choice::Among,
    plan::{
        CorridorPlan, DescentPlan, Goal, Method, Model, Penalty, Plan, SmoothPlan, Source, Width,
    },
    request::{
        AutoName, CriterionName, Hidden, LossName, MethodName, MissingName, ModelName, Norm,
        OptimizerName, Request,
    },
};

impl From<&Plan> for Request {
    fn from(plan: &Plan) -> Self {
        let request = Self {
            bands: plan.bands,
            monotone: plan.shape.monotone,
            convex: plan.shape.is_convex.then_some(true),
            concave: plan.shape.is_concave.then_some(true),
            through: plan.shape.points(),
            max_slope: plan.shape.max_slope,
            loss: (plan.loss != LossName::Squared).then_some(plan.loss),
            rng: Some(plan.rng),
            seed: Some(plan.seed),
            ..of_source(&plan.source)
        };
        match &plan.method {
            Method::Best(width) => with_width(request, *width),
            Method::Smooth(smooth) => with_smooth(request, smooth),
            Method::Chosen(Among::All) => Self {
                method: Some(MethodName::Auto),
                ..request
            },
            Method::Chosen(Among::Best) => Self {
                method: Some(MethodName::Best),
                hidden: Some(Hidden::Named(AutoName::Auto)),
                ..request
            },
            Method::Corridor(corridor) => with_corridor(request, corridor),
            Method::Descent(descent) => with_descent(request, descent),
        }
    }
}

fn of_source(source: &Source) -> Request {
    match source {
        Source::Function(function) => Request {
            function: Some(function.text.clone()),
            domain: Some(function.domain.clone()),
            samples: Some(function.n_samples),
            test_samples: Some(function.n_test),
            noise: Some(function.noise),
            ..Default::default()
        },
        Source::File(file) => Request {
            csv: Some(lasting(&file.path)),
            x: file.x.clone(),
            y: file.y.clone(),
            weight: file.weight.clone(),
            by: file.by.clone(),
            missing: file.skips_missing.then_some(MissingName::Skip),
            samples: file.n_samples,
            test_samples: file.n_test,
            ..Default::default()
        },
        Source::Moments(moments) => Request {
            x: Some(moments.names[0].clone()),
            y: Some(moments.names[1].clone()),
            by: moments.by.clone(),
            moments: moments.paths.iter().map(|path| lasting(path)).collect(),
            ..Default::default()
        },
        Source::Given { .. } => Request::default(),
    }
}

/// A path that holds in every folder.
fn lasting(path: &Path) -> PathBuf {
    match path.as_os_str() == "-" {
        true => path.into(),
        false => std::path::absolute(path).unwrap_or_else(|_| path.into()),
    }
}

fn with_width(request: Request, width: Width) -> Request {
    let (hidden, tolerance, norm) = match width {
        Width::Units(hidden) => (Some(Hidden::Units(hidden)), None, None),
        Width::Within(tolerance) => (None, Some(tolerance), Some(Norm::Rms)),
    };
    Request {
        method: Some(MethodName::Best),
        hidden,
        tolerance,
        norm,
        ..request
    }
}

fn with_smooth(request: Request, smooth: &SmoothPlan) -> Request {
    let (penalty, criterion) = match smooth.penalty {
        Penalty::Fixed(penalty) => (Some(penalty), None),
        Penalty::By(criterion) => (None, Some(CriterionName::of(criterion))),
    };
    Request {
        method: Some(MethodName::Smooth),
        hidden: Some(match smooth.hidden {
            Some(hidden) => Hidden::Units(hidden),
            None => Hidden::Named(AutoName::Auto),
        }),
        penalty,
        criterion,
        ..request
    }
}

fn with_corridor(request: Request, corridor: &CorridorPlan) -> Request {
    let (hidden, tolerance) = match corridor.goal {
        Goal::Units(hidden) => (Some(Hidden::Units(hidden)), None),
        Goal::Within(tolerance) => (None, Some(tolerance)),
    };
    Request {
        method: Some(MethodName::Best),
        norm: Some(Norm::Max),
        hidden,
        tolerance,
        relative: Some(corridor.is_relative),
        side: Some(corridor.side),
        dtype: corridor.target.map(|target| target.dtype),
        x_scale: corridor.target.and_then(|target| target.x_scale),
        y_scale: corridor.target.and_then(|target| target.y_scale),
        ..request
    }
}

fn with_descent(request: Request, descent: &DescentPlan) -> Request {
    let (config, optimizer) = (&descent.config, descent.config.optimizer);
    let request = Request {
        method: Some(MethodName::Descent),
        engine: Some(config.engine),
        optimizer: Some(optimizer.into()),
        lr: optimizer.is_first_order().then_some(config.learning_rate),
        patience: descent.patience,
        epochs: Some(config.epochs),
        reduction: Some(config.reduction),
        weight_decay: Some(config.weight_decay),
        log_every: Some(config.log_every),
        device: Some(descent.device.clone()),
        dtype: descent.dtype,
        ..request
    };
    match descent.model {
        Model::Relu { hidden } => Request {
            model: Some(ModelName::Relu),
            hidden: Some(Hidden::Units(hidden)),
            start: Some(descent.start),
            ..request
        },
        Model::Perceptron { degree, activation } => Request {
            model: Some(ModelName::Perceptron),
            degree: Some(degree),
            activation: Some(activation),
            ..request
        },
    }
}

impl From<OptimizerName> for Optimizer {
    fn from(name: OptimizerName) -> Self {
        match name {
            OptimizerName::Gd => Self::GradientDescent,
            OptimizerName::Momentum => Self::MOMENTUM,
            OptimizerName::Adam => Self::ADAM,
            OptimizerName::Lm => Self::LevenbergMarquardt,
        }
    }
}

impl From<Optimizer> for OptimizerName {
    fn from(optimizer: Optimizer) -> Self {
        match optimizer {
            Optimizer::GradientDescent => Self::Gd,
            Optimizer::Momentum { .. } => Self::Momentum,
            Optimizer::Adam { .. } => Self::Adam,
            Optimizer::LevenbergMarquardt => Self::Lm,
        }
    }
}
