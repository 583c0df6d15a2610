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
use shallow_splines::Spline;

use super::{
    pwlf,
    row::{BEST_NET, MILLION, Row, grouped},
};
use crate::{progress::Progress, samples::Samples};

/// The epochs of Adam, and of Levenberg-Marquardt.
const ADAMS: usize = 20_000;
const SECOND_ORDER: usize = 500;

/// How long pwlf may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The samples, and the weights from which the descents start.
pub(super) struct Contest<'a> {
    pub(super) samples: &'a Samples,
    /// The training samples as a network sees them.
    pub(super) data: &'a Dataset,
    /// The documents' first weights.
    pub(super) weights: &'a ReluWeights,
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
        let h = self.weights.n_hidden();
        let n_weights = self.weights.blocks().concat().len();
        let (mut methods, mut notes) = (Vec::new(), Vec::new());
        let mut say = |what: &str| progress.note(&format!("{what} ..."));
        let descents = [
            (
                "gradient descent",
                Optimizer::GradientDescent,
                FitConfig::default().epochs,
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
        for (name, optimizer, epochs, drawn) in descents {
            let method = format!("{name}, {} epochs", grouped(epochs));
            say(&method);
            match self.descent(optimizer, epochs)? {
                Ok((weights, seconds)) => {
                    methods.push(self.network(method, weights, seconds, drawn));
                }
                Err(diverged) => notes.push(format!("{method} is left out: {diverged}")),
            }
        }
        say(BEST_NET);
        let clock = Instant::now();
        let moments = Moments::new(self.data.x(), self.data.y());
        let best = Spline::best(&moments, h, &[]).0.to_weights(h);
        let seconds = clock.elapsed().as_secs_f64();
        methods.push(self.network(BEST_NET.into(), best, seconds, Some(BEST_NET)));
        say("uniform knots");
        let clock = Instant::now();
        let (low, high) = self.samples.domain;
        let (even, _) = Spline::with_knots(
            &Moments::new(&self.samples.x, &self.samples.y),
            &linspace(low, high, h + 1),
        );
        let seconds = clock.elapsed().as_secs_f64();
        methods.push(self.method(
            "uniform knots, the best values".into(),
            n_weights,
            seconds,
            None,
            move |x| even.predict(x),
        ));

        say("polynomials");
        let clock = Instant::now();
        let polynomial = Chebyshev::least_squares(&self.samples.x, &self.samples.y, n_weights);
        let (seconds, n) = (clock.elapsed().as_secs_f64(), polynomial.coefficients.len());
        let name = "polynomial of least squares";
        methods.push(
            self.method(name.into(), n, seconds, Some("polynomial"), move |x| {
                polynomial.predict(x)
            }),
        );
        if let Some(truth) = &self.samples.truth {
            let clock = Instant::now();
            let polynomial = Chebyshev::interpolate(|x| truth.at(x), low, high, n_weights);
            let seconds = clock.elapsed().as_secs_f64();
            let is_finite = polynomial.coefficients.iter().all(|c| c.is_finite());
            match is_finite {
                true => methods.push(self.method("polynomial through Chebyshev's points".into(), n_weights, seconds, None, move |x| {
                    polynomial.predict(x)
                })),
                false => notes.push("the polynomial through Chebyshev's points is left out: the function is not finite there".into()),
            }
        }
        say("pwlf");
        match pwlf::fit("python3", &self.samples.x, &self.samples.y, h, PATIENCE) {
            Ok(pwlf::PwlfFit {
                spline,
                prepare,
                seconds,
            }) => {
                let n = spline.knots.len() + spline.values.len() - 2;
                let seconds = prepare + seconds;
                methods.push(self.method(
                    format!("pwlf fitfast, {h} segments"),
                    n,
                    seconds,
                    None,
                    move |x| spline.predict(x),
                ));
            }
            Err(why) => notes.push(format!("pwlf is left out: {why}")),
        }
        Ok((methods, notes))
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
        let Function::Relu(weights) = Function::new(Parameters::Relu(weights), x, y) else {
            unreachable!("a ReLU network stays one");
        };
        let centre = f64::midpoint(self.samples.domain.0, self.samples.domain.1);
        let pieces = PiecewiseLinear::new(&weights, centre);
        self.method(method, n_weights, seconds, drawn, move |x| {
            pieces.predict(x)
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
        let rms = |errors: &[f64]| {
            (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt()
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
