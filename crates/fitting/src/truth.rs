//! A function to fit: typed, or of the catalogue.

use shallow_data::{TARGETS, Target};
use shallow_expression::Expression;
use shallow_splines::Curvature;

use crate::error::FittingError;

/// So many places are looked at for poles, and for the error over a domain.
pub(crate) const GRID: usize = 10_001;

/// A function to fit.
pub struct Truth {
    expression: Expression,
    /// Where it is one of the catalogue.
    target: Option<&'static Target>,
}

impl Truth {
    /// Reads a function of one variable, or a name of the catalogue.
    ///
    /// # Errors
    ///
    /// [`FittingError::Expression`].
    pub fn parse(text: &str) -> Result<Self, FittingError> {
        if let Ok(target) = Target::named(text) {
            return Ok(Self {
                expression: Expression::parse_one_variable(target.expression)?,
                target: Some(target),
            });
        }
        let names = TARGETS.map(|target| target.name);
        Ok(Self {
            expression: Expression::parse_beside(text, &names)?,
            target: None,
        })
    }

    /// Its formula.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// Its value.
    pub fn at(&self, x: f64) -> f64 {
        match self.target {
            None => self.expression.at(x),
            Some(target) => (target.f)(x),
        }
    }

    /// Its values, `[n]` to `[n]`.
    pub fn values(&self, x: &[f64]) -> Vec<f64> {
        match self.target {
            None => self.expression.values(x),
            Some(target) => x.iter().map(|x| (target.f)(*x)).collect(),
        }
    }

    /// Its curvature on an interval: the expression's second derivative, and second differences where that is not known.
    pub fn curvature(&self, (low, high): (f64, f64)) -> Curvature {
        let differences =
            |x: f64| shallow_splines::second_difference(|x| self.at(x), x, (low, high));
        // A derivative does not see kinks and jumps; differences do.
        let known = |x| self.known_second_derivative(x);
        Curvature::new(|x| known(x).unwrap_or_else(|| differences(x)), low, high)
    }

    /// The root mean square error of a fit to it, over a whole domain.
    pub(crate) fn rms(&self, domain: (f64, f64), predict: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
        let x = everywhere(domain);
        let pairs = predict(&x).into_iter().zip(self.values(&x));
        let squares: f64 = pairs.map(|(a, b)| (a - b).powi(2)).sum();
        (squares / x.len() as f64).sqrt()
    }

    /// Whether it has neither kinks nor jumps, as far as its formula shows.
    pub fn is_smooth(&self) -> bool {
        self.target.is_none() && self.expression.is_smooth()
    }

    /// Its second derivative, where a formula shows it.
    pub fn known_second_derivative(&self, x: f64) -> Option<f64> {
        let x = self.is_smooth().then_some(x)?;
        self.expression.second_derivative(x)
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        match self.target {
            None => self.expression.text(),
            Some(target) => target.formula,
        }
    }

    /// What its variable is called.
    pub fn variable(&self) -> &str {
        self.expression.variable().unwrap_or("x")
    }
}

/// Places all over a domain, one in each of equal cells, at which no wave looks like a slower one.
pub(crate) fn everywhere((low, high): (f64, f64)) -> Vec<f64> {
    // The fractional parts of the multiples of an irrational number.
    let share = |cell: usize| ((cell + 1) as f64 * 0.754_877_666_246_692_7).fract();
    let place = |cell| low + (high - low) * ((cell as f64 + share(cell)) / GRID as f64);
    let mut places: Vec<f64> = (0..GRID).map(place).collect();
    places.dedup(); // of a domain of a few floats
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4e-15: a few roundings, which a steep function enlarges.
    #[test]
    fn the_catalogue_is_what_its_expressions_say() {
        for target in TARGETS {
            let truth = Truth::parse(target.name).unwrap();
            for x in everywhere(target.domain)
                .into_iter()
                .chain([0.0, 1.0, -1.0])
            {
                let (value, typed) = (truth.at(x), truth.expression().at(x));
                assert!(
                    (value - typed).abs() <= 4e-15 * (1.0 + value.abs()),
                    "{} at {x}",
                    target.name
                );
            }
        }
    }
}
