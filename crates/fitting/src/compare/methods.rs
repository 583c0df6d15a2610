//! The methods: each fits the samples by itself, from the same start.

use std::{
    ops::ControlFlow,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use shallow_analytic::{
    Chebyshev, Moments, Parameters, PiecewiseLinear, ReluWeights,
    descent::{Engine, FitConfig, FitError, Optimizer, fit},
};
use shallow_data::{Dataset, largest, linspace};
use shallow_export::Function;
use shallow_splines::{BestNets, Spline};

use super::{
    pwlf,
    row::{ADAMS, BEST_NET, CHOSEN, MILLION, Row, SECOND_ORDER, grouped},
};
use crate::{
    choice::{Among, choose},
    progress::Progress,
    samples::Samples,
};

/// How long pwlf may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The descents: what they are called, how and how long they descend, and their names in the picture.
pub(super) const DESCENTS: [(&str, Optimizer, usize, Option<&str>); 4] = [
    (
        "gradient descent",
        Optimizer::GradientDescent,
        500,
        Some("the document's run"),
    ),
    (
        "gradient descent",
        Optimizer::GradientDescent,
        MILLION,
        Some("a million epochs"),
    ),
    ("Adam", Optimizer::ADAM, ADAMS, None),
    (
        "Levenberg-Marquardt",
        Optimizer::LevenbergMarquardt,
        SECOND_ORDER,
        None,
    ),
];

/// The samples, and the weights from which the descents start.
pub(super) struct Contest<'a> {
    pub(super) samples: &'a Samples,
    /// The training samples as a network sees them.
    pub(super) data: &'a Dataset,
    /// The documents' first weights.
    pub(super) weights: &'a ReluWeights,
    /// Whether the samples carry noise.
    pub(super) is_noisy: bool,
    /// The seed of the folds.
    pub(super) seed: u64,
}

/// One method's fit.
pub(super) struct Method {
    pub(super) row: Row,
    /// Errors at the test samples.
    pub(super) errors: Vec<f64>,
    /// Its name in the picture, where it is drawn.
    pub(super) drawn: Option<&'static str>,
    pub(super) predict: Box<dyn Fn(f64) -> f64>,
}

impl Contest<'_> {
    /// Every method's fit, and a note on those left out.
    pub(super) fn methods(
        &self,
        progress: &mut dyn Progress,
    ) -> Result<(Vec<Method>, Vec<String>), FitError> {
        let (mut methods, mut notes) = (Vec::new(), Vec::new());
        for (name, optimizer, epochs, drawn) in DESCENTS {
            let method = format!("{name}, {} epochs", grouped(epochs));
            progress.note(&format!("{method} ..."));
            match self.descent(optimizer, epochs)? {
                Ok((weights, seconds)) => {
                    methods.push(self.network(method, weights, seconds, drawn));
                }
                Err(diverged) => notes.push(format!("{method} is left out: {diverged}")),
            }
        }
        progress.note("best networks ...");
        methods.extend(self.is_noisy.then(|| self.chosen()));
        methods.extend([self.best(), self.uniform()]);
        progress.note("polynomials ...");
        let (method, note) = self.least_squares();
        methods.push(method);
        notes.extend(note);
        match self.interpolated() {
            Some(Ok(method)) => methods.push(method),
            Some(Err(note)) => notes.push(note),
            None => {}
        }
        progress.note("pwlf ...");
        match self.pwlf() {
            Ok(method) => methods.push(method),
            Err(why) => notes.push(format!("pwlf is left out: {why}")),
        }
        Ok((methods, notes))
    }

    fn best(&self) -> Method {
        let clock = Instant::now();
        let h = self.weights.n_hidden();
        let moments = Moments::new(self.data.x(), self.data.y());
        let best = BestNets::new(&moments).of(h).weights;
        let seconds = clock.elapsed().as_secs_f64();
        self.network(BEST_NET.into(), best, seconds, Some(BEST_NET))
    }

    fn chosen(&self) -> Method {
        let clock = Instant::now();
        let choice = choose(self.data.x(), self.data.y(), None, Among::All, self.seed);
        let seconds = clock.elapsed().as_secs_f64();
        self.network(CHOSEN.into(), choice.weights, seconds, Some(CHOSEN))
    }

    fn uniform(&self) -> Method {
        let clock = Instant::now();
        let (low, high) = self.samples.domain;
        let knots = linspace(low, high, self.weights.n_hidden() + 1);
        let moments = Moments::new(&self.samples.x, &self.samples.y);
        let (even, _) = Spline::with_knots(&moments, &knots);
        let seconds = clock.elapsed().as_secs_f64();
        let name = "uniform knots, the best values";
        self.method(name.into(), self.n_weights(), seconds, None, move |x| {
            even.predict(x)
        })
    }

    /// With as many coefficients as a network has weights, or as the samples support: more would swing between them.
    fn least_squares(&self) -> (Method, Option<String>) {
        let clock = Instant::now();
        let samples = self.samples;
        let supported = (2.0 * (samples.x.len() as f64).sqrt()) as usize;
        let n_wanted = self.n_weights();
        let polynomial = Chebyshev::least_squares(&samples.x, &samples.y, n_wanted.min(supported));
        let (seconds, n) = (clock.elapsed().as_secs_f64(), polynomial.coefficients.len());
        let (name, drawn) = ("polynomial of least squares", Some("polynomial"));
        let note = (n < n_wanted).then(|| {
            format!(
                "the {name} has {n} coefficients, not {n_wanted}, as more would swing between {} samples",
                samples.x.len()
            )
        });
        let method = self.method(name.into(), n, seconds, drawn, move |x| {
            polynomial.predict(x)
        });
        (method, note)
    }

    /// Of a function; or why there is none.
    fn interpolated(&self) -> Option<Result<Method, String>> {
        let truth = self.samples.truth.as_ref()?;
        let name = "polynomial through Chebyshev's points";
        if self.is_noisy {
            return Some(Err(format!(
                "the {name} is left out: it would pass through the function, not through noisy samples"
            )));
        }
        let clock = Instant::now();
        let (low, high) = self.samples.domain;
        let n = self.n_weights();
        let polynomial = Chebyshev::interpolate(|x| truth.at(x), low, high, n);
        let seconds = clock.elapsed().as_secs_f64();
        if polynomial.coefficients.iter().all(|c| c.is_finite()) {
            return Some(Ok(self.method(name.into(), n, seconds, None, move |x| {
                polynomial.predict(x)
            })));
        }
        Some(Err(format!(
            "the {name} is left out: the function is not finite there"
        )))
    }

    fn pwlf(&self) -> Result<Method, String> {
        let h = self.weights.n_hidden();
        let (x, y) = (&self.samples.x, &self.samples.y);
        let fit = pwlf::fit("python3", x, y, h, PATIENCE)?;
        let n = fit.spline.knots.len() + fit.spline.values.len() - 2;
        let name = format!("pwlf fitfast, {h} segments");
        let seconds = fit.prepare + fit.seconds;
        Ok(self.method(name, n, seconds, None, move |x| fit.spline.predict(x)))
    }

    fn n_weights(&self) -> usize {
        self.weights.blocks().concat().len()
    }

    /// The weights after a descent from the documents' start, and the seconds it took; or why it diverged.
    fn descent(
        &self,
        optimizer: Optimizer,
        epochs: usize,
    ) -> Result<Result<(ReluWeights, f64), FitError>, FitError> {
        let config = FitConfig {
            engine: Engine::Exact,
            optimizer,
            epochs,
            log_every: epochs,
            ..Default::default()
        };
        let clock = Instant::now();
        let start = Parameters::Relu(self.weights.clone());
        let never = AtomicBool::new(false);
        let fit = fit(&start, self.data, &config, None, &never, |_| {
            ControlFlow::Continue(())
        });
        let seconds = clock.elapsed().as_secs_f64();
        match fit {
            Ok(fit) => match fit.model {
                Parameters::Relu(weights) => Ok(Ok((weights, seconds))),
                Parameters::Perceptron(_) => unreachable!("a ReLU network was fitted"),
            },
            Err(error @ FitError::Diverged { .. }) => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// A network that was trained on scaled samples.
    fn network(
        &self,
        method: String,
        weights: ReluWeights,
        seconds: f64,
        drawn: Option<&'static str>,
    ) -> Method {
        let (x, y) = (self.samples.x_scaling, self.samples.y_scaling);
        let n_weights = weights.blocks().concat().len();
        let Function::Relu { weights, x_shift } = Function::new(Parameters::Relu(weights), x, y)
        else {
            unreachable!("a ReLU network stays one");
        };
        let pieces = PiecewiseLinear::new(&weights);
        self.method(method, n_weights, seconds, drawn, move |x| {
            pieces.predict(x - x_shift)
        })
    }

    fn method(
        &self,
        method: String,
        parameters: usize,
        seconds: f64,
        drawn: Option<&'static str>,
        predict: impl Fn(f64) -> f64 + 'static,
    ) -> Method {
        let samples = self.samples;
        let errors = |x: &[f64], y: &[f64]| -> Vec<f64> {
            x.iter().zip(y).map(|(x, y)| predict(*x) - y).collect()
        };
        let on_test = errors(&samples.test_x, &samples.test_y);
        Method {
            row: Row {
                method,
                parameters,
                train_rms: rms(&errors(&samples.x, &samples.y)),
                rms: rms(&on_test),
                max_error: largest(&on_test),
                seconds,
            },
            errors: on_test,
            drawn,
            predict: Box::new(predict),
        }
    }
}

/// The root mean square.
pub(super) fn rms(errors: &[f64]) -> f64 {
    (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt()
}
