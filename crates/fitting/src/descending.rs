//! A descent in memory that is gone on with in stretches, each with its own learning rate.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use shallow_analytic::{
    Parameters,
    descent::{Checkpoint, Course, Fit, FitConfig},
};
use shallow_data::Dataset;
use shallow_export::{Fitted, Function};
use shallow_splines::BestNets;

use crate::{
    error::FittingError,
    methods::{
        descent::{WORTH_A_LIMIT, check_converged, descend},
        observer::Report,
    },
    place::Place,
    plan::{DescentPlan, Method, Plan},
    progress::Progress,
    samples::{Samples, some_of},
    start::{at_start, draw},
    yardstick::Yardstick,
};

/// A descent whose samples are drawn and whose weights are at their start, or where the last stretch left them.
pub struct Descending {
    /// Its steps, its learning rate and how often it is looked at: what the next stretch goes by.
    pub config: FitConfig,
    pub(crate) samples: Samples,
    pub(crate) data: Dataset,
    pub(crate) start: Parameters,
    place: Place,
    checkpoint: Option<Checkpoint>,
    inputs: Vec<f64>,
}

/// What is looked at of an epoch.
pub struct Step<'a> {
    /// The steps that were taken, this one among them.
    pub epochs: usize,
    /// The loss before the update, in the user's units.
    pub loss: f64,
    report: &'a Report<'a>,
    of: &'a Descending,
}

impl Step<'_> {
    /// The parameters after the update, as they are trained.
    pub fn parameters(&self) -> Parameters {
        (self.report.model)()
    }

    /// The learning rate beyond which some parameters are not stable.
    pub fn stability_limit(&self, parameters: &Parameters) -> Option<f64> {
        self.of.stability_limit(parameters)
    }

    /// The network after the update, in the user's units.
    pub fn fitted(&self) -> Fitted {
        self.of.fitted(self.parameters())
    }
}

impl Descending {
    /// Draws or reads the samples of a planned descent, and draws its weights, as [`run`](crate::run) does.
    ///
    /// # Errors
    ///
    /// As [`run`](crate::run).
    ///
    /// # Panics
    ///
    /// With a plan of another method.
    pub fn new(plan: &Plan, progress: &mut dyn Progress) -> Result<Self, FittingError> {
        let descent = planned(plan);
        let (samples, drawn) = draw(plan)?;
        let drawn = drawn.expect("a descent has weights");
        Self::of(
            descent,
            samples,
            |data, weights| at_start(descent, drawn, data, weights),
            progress,
        )
    }

    pub(crate) fn of(
        descent: &DescentPlan,
        samples: Samples,
        start: impl FnOnce(&Dataset, Option<&[f64]>) -> Parameters,
        progress: &mut dyn Progress,
    ) -> Result<Self, FittingError> {
        let data = samples.dataset(&descent.model)?;
        let start = start(&data, samples.weights());
        let place = Place::choose(descent, &start, progress)?.of(&samples)?;
        Ok(Self {
            config: FitConfig {
                engine: place.engine,
                ..descent.config.clone()
            },
            inputs: some_of(&samples.x),
            samples,
            data,
            start,
            place,
            checkpoint: None,
        })
    }

    /// Takes steps up to the number of [`config`](Self::config), or until a look or `stop` ends them.
    ///
    /// # Errors
    ///
    /// A loss that is no finite number, a device that fails, and what the configuration has wrong with it.
    pub fn go_on(
        &mut self,
        stop: &AtomicBool,
        look: &mut dyn FnMut(&Step) -> ControlFlow<()>,
    ) -> Result<Fit<Parameters>, FittingError> {
        let from = self.checkpoint.take();
        let this = &*self;
        let scale = this.scale();
        let course = Course {
            from: from.as_ref(),
            stop,
            config: &this.config,
        };
        let fit = descend(
            &this.place,
            &this.start,
            &this.data,
            this.samples.weights(),
            &course,
            &mut |report| {
                let loss = report.losses.last().copied().unwrap_or(f64::NAN);
                look(&Step {
                    epochs: report.epoch + 1,
                    loss: scale * loss,
                    report,
                    of: this,
                })
            },
        )?;
        self.checkpoint = Some(fit.checkpoint.clone());
        Ok(fit)
    }

    /// What the best continuous function of straight pieces that was found leaves of the samples as their mean squared error, of as many
    /// pieces as the network can have: how many, and that error.
    pub fn best_pieces(&self) -> (usize, f64) {
        let n_pieces = Yardstick::pieces_of(&self.start);
        let moments = self.samples.moments(
            &self.samples.x_scaling.apply(&self.samples.x),
            &self.samples.y,
        );
        (n_pieces, BestNets::new(&moments).bound(n_pieces))
    }

    /// Puts the weights back to their start.
    pub fn restart(&mut self) {
        self.checkpoint = None;
    }

    /// What a loss of the training's scale is times, to be in the user's units.
    pub(crate) fn scale(&self) -> f64 {
        self.samples.y_scaling.scale.powi(2)
    }

    /// An error, where the last step left the loss far above the first's.
    ///
    /// # Errors
    ///
    /// That it diverged.
    pub fn check(&self, fit: &Fit<Parameters>) -> Result<(), FittingError> {
        check_converged(&self.start, fit, &self.config, &self.data, self.scale())
    }

    /// The learning rate beyond which gradient descent is not stable around some parameters; none where it would take long to tell.
    pub fn stability_limit(&self, parameters: &Parameters) -> Option<f64> {
        let work = self
            .data
            .n_samples()
            .saturating_mul(parameters.n_parameters());
        let (x, y) = (self.data.x(), self.data.y());
        let limit = || parameters.stability_limit(x, y, self.config.reduction);
        (work <= WORTH_A_LIMIT)
            .then(limit)
            .filter(|limit| limit.is_finite())
    }

    /// Parameters of this training as a network in the user's units.
    pub fn fitted(&self, parameters: Parameters) -> Fitted {
        Fitted {
            function: Function::new(parameters, self.samples.x_scaling, self.samples.y_scaling),
            domain: self.samples.domain,
            inputs: self.inputs.clone(),
            names: self.samples.names.clone(),
            variance: None,
            max_error: None,
        }
    }

    /// The parameters before the first step, as they are trained.
    pub fn start(&self) -> &Parameters {
        &self.start
    }

    /// The samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The samples as a network sees them.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// The device, or `cpu` for the engines on the host.
    pub fn device(&self) -> &str {
        &self.place.description
    }
}

/// The descent of a plan.
pub(crate) fn planned(plan: &Plan) -> &DescentPlan {
    match &plan.method {
        Method::Descent(descent) => descent,
        _ => panic!("another method takes no steps"),
    }
}
