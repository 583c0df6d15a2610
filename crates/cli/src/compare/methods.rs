//! The methods: each fits the samples by itself, from the same start.

use std::{ops::ControlFlow, time::Instant};

use anyhow::Result;
use serde::Serialize;
use shallow::{
    Chebyshev, Engine, Error, FitConfig, FitError, FloatDType, HostModel, Moments, Optimizer,
    PiecewiseLinear, Regressor, ReluWeights, Spline, TwoLayerReluNet, linspace,
};

use super::{Comparison, pwlf};
use crate::{fitted::Function, report::largest, start};

/// The epochs of the long runs.
pub(super) const MILLION: usize = 1_000_000;
const ADAMS: usize = 20_000;
const SECOND_ORDER: usize = 500;

pub(super) const BEST_NET: &str = "best net";

/// One method's fit.
pub(super) struct Method {
    pub(super) row: Row,
    /// Errors at the test samples.
    pub(super) errors: Vec<f64>,
    /// Its name in the picture, where it is drawn.
    pub(super) drawn: Option<&'static str>,
    pub(super) predict: Box<dyn Fn(f64) -> f64>,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) method: String,
    pub(super) parameters: usize,
    /// On the training samples.
    pub(super) train_rms: f64,
    /// On the test samples; of a file, of the rows held out.
    pub(super) rms: f64,
    pub(super) max_error: f64,
    /// With all preparation.
    pub(super) seconds: f64,
}

impl Comparison {
    /// Every method's fit, and what is to be said of those left out. Progress goes to stderr.
    pub(super) fn methods(&self, is_shown: bool) -> Result<(Vec<Method>, Vec<String>)> {
        let h = self.weights.n_hidden();
        let n_weights = self.weights.blocks().concat().len();
        let (mut methods, mut notes) = (Vec::new(), Vec::new());
        let say = |what: &str| {
            if is_shown {
                eprintln!("{what} ...");
            }
        };
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
            (BEST_NET, Optimizer::Best, 1, Some(BEST_NET)),
        ];
        for (name, optimizer, epochs, drawn) in descents {
            let method = match optimizer {
                Optimizer::Best => name.to_string(),
                _ => format!("{name}, {} epochs", grouped(epochs)),
            };
            say(&method);
            match self.descent(optimizer, epochs)? {
                Ok((weights, seconds)) => {
                    let weights = self.in_units(weights);
                    let centre = f64::midpoint(self.problem.domain.0, self.problem.domain.1);
                    let pieces = PiecewiseLinear::new(&weights, centre);
                    methods.push(self.method(method, n_weights, seconds, drawn, move |x| {
                        pieces.predict(x)
                    }));
                }
                Err(diverged) => notes.push(format!("{method} is left out: {diverged}")),
            }
        }
        say("uniform knots");
        let clock = Instant::now();
        let (low, high) = self.problem.domain;
        let (even, _) = Spline::with_knots(
            &Moments::new(&self.problem.x, &self.problem.y),
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
        let polynomial = Chebyshev::least_squares(&self.problem.x, &self.problem.y, n_weights);
        let (seconds, n) = (clock.elapsed().as_secs_f64(), polynomial.coefficients.len());
        let name = "polynomial of least squares";
        methods.push(
            self.method(name.into(), n, seconds, Some("polynomial"), move |x| {
                polynomial.predict(x)
            }),
        );
        if let Some(truth) = &self.problem.truth {
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
        match pwlf::fit(&self.problem.x, &self.problem.y, h) {
            Ok((spline, seconds)) => {
                let n = spline.knots.len() + spline.values.len() - 2;
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
    ) -> Result<Result<(ReluWeights, f64), FitError>> {
        let device = start::cpu()?;
        let net = TwoLayerReluNet::from_weights(&self.weights, &device, FloatDType::F64)
            .map_err(Error::from)?;
        let config = FitConfig {
            engine: Engine::Exact,
            optimizer,
            epochs,
            log_every: epochs,
            ..Default::default()
        };
        let clock = Instant::now();
        let fit = shallow::fit(net, &self.train, &config, |_| ControlFlow::Continue(()));
        let seconds = clock.elapsed().as_secs_f64();
        match fit {
            Ok(fit) => match fit.model.to_host() {
                HostModel::Relu(weights) => Ok(Ok((weights, seconds))),
                HostModel::Perceptron(_) => unreachable!("a ReLU network was fitted"),
            },
            Err(error @ FitError::Diverged { .. }) => Ok(Err(error)),
            Err(error) => Err(Error::from(error).into()),
        }
    }

    /// The network that takes and gives the user's units.
    fn in_units(&self, weights: ReluWeights) -> ReluWeights {
        let (x, y) = (self.problem.x_scaling, self.problem.y_scaling);
        match Function::new(HostModel::Relu(weights), x, y) {
            Function::Relu(weights) => weights,
            Function::Perceptron { .. } => unreachable!("a ReLU network stays one"),
        }
    }

    fn method(
        &self,
        method: String,
        parameters: usize,
        seconds: f64,
        drawn: Option<&'static str>,
        predict: impl Fn(f64) -> f64 + 'static,
    ) -> Method {
        let problem = &self.problem;
        let errors = |x: &[f64], y: &[f64]| -> Vec<f64> {
            x.iter().zip(y).map(|(x, y)| predict(*x) - y).collect()
        };
        let rms = |errors: &[f64]| {
            (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt()
        };
        let on_test = errors(&problem.test_x, &problem.test_y);
        Method {
            row: Row {
                method,
                parameters,
                train_rms: rms(&errors(&problem.x, &problem.y)),
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

/// With commas between thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [500, 20_000, 1_000_000].map(grouped),
            ["500", "20,000", "1,000,000"]
        );
    }
}
