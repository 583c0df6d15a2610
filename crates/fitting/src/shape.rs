//! The shape that a fit must have: what is asked for, checked, and as a network sees it.

use shallow_data::{Scaling, seconds, short};
use shallow_export::Direction;
use shallow_expression::Expression;
use shallow_splines::Shape;

use crate::{error::FittingError, request::Request};

/// The shape that a fit must have between the least and the largest x, in the user's units.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShapePlan {
    /// Whether it rises or falls.
    pub monotone: Option<Direction>,
    /// Whether no slope is below the one before it.
    pub is_convex: bool,
    /// Whether no slope is above the one before it.
    pub is_concave: bool,
    /// Points that it passes through, by ascending x.
    pub through: Vec<(f64, f64)>,
    /// The largest size of a slope.
    pub max_slope: Option<f64>,
}

impl ShapePlan {
    /// What a request asks for.
    ///
    /// # Errors
    ///
    /// [`FittingError::Options`] for what no curve can be.
    pub(crate) fn new(request: &Request) -> Result<Self, FittingError> {
        let shape = Self {
            monotone: request.monotone,
            is_convex: request.convex == Some(true),
            is_concave: request.concave == Some(true),
            through: points(request.through.as_deref().unwrap_or_default())?,
            max_slope: request.max_slope,
        };
        if let Some(steepest) = shape.max_slope
            && !(steepest >= 0.0 && steepest.is_finite())
        {
            return Err(FittingError::Options(format!(
                "the largest slope must be 0 or more, got {steepest}"
            )));
        }
        if shape.is_convex && shape.is_concave {
            return Err(FittingError::Options(
                "choose one of convex and concave, not both".into(),
            ));
        }
        match shape
            .scaled(Scaling::IDENTITY, Scaling::IDENTITY)
            .contradiction()
        {
            None => Ok(shape),
            Some(points) => {
                let points: Vec<String> = points.iter().map(point).collect();
                Err(FittingError::Options(format!(
                    "no {} passes through {}; leave one of these out",
                    shape.describe(),
                    points.join(" and ")
                )))
            }
        }
    }

    /// Whether any shape will do.
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }

    /// The ways that it goes and bends.
    fn ways(&self) -> Vec<String> {
        let direction = self.monotone.map(Direction::name);
        let ways = [
            direction,
            self.is_convex.then_some("convex"),
            self.is_concave.then_some("concave"),
        ];
        ways.into_iter().flatten().map(String::from).collect()
    }

    fn steepest(&self) -> Option<String> {
        let steepest = self.max_slope?;
        Some(format!("slopes of at most {}", short(steepest)))
    }

    /// For a person, as `increasing convex curve with slopes of at most 2`.
    fn describe(&self) -> String {
        let mut words = self.ways();
        words.push("curve".into());
        words.extend(self.steepest().map(|slopes| format!("with {slopes}")));
        words.join(" ")
    }

    /// For a person, as `increasing, through 0:0`.
    pub fn summary(&self) -> String {
        let mut words = self.ways();
        let through: Vec<String> = self.through.iter().map(point).collect();
        words.extend((!through.is_empty()).then(|| format!("through {}", through.join(" and "))));
        words.extend(self.steepest());
        words.join(", ")
    }

    /// The points as they are typed.
    pub(crate) fn points(&self) -> Option<String> {
        let points: Vec<String> = self
            .through
            .iter()
            .map(|(x, y)| format!("{x:?}:{y:?}"))
            .collect();
        (!points.is_empty()).then(|| points.join(","))
    }

    /// As a network of samples between two inputs sees it; none where any shape will do.
    ///
    /// # Errors
    ///
    /// [`FittingError::Options`] where a point is too far away from them, or two are too near to each other.
    pub(crate) fn for_network(
        &self,
        (low, high): (f64, f64),
        x: Scaling,
        y: Scaling,
    ) -> Result<Option<Shape>, FittingError> {
        let room = FAR * (high - low);
        let is_far = |(x, _): &&(f64, f64)| *x < low - room || *x > high + room;
        if let Some(far) = self.through.iter().find(is_far) {
            return Err(FittingError::Options(format!(
                "the point {} lies more than {FAR:e} times the samples' width away from them; leave it out",
                point(far)
            )));
        }
        let near = NEAR * (high - low);
        let mut pairs = self.through.windows(2);
        if let Some(two) = pairs.find(|two| two[1].0 - two[0].0 < near) {
            return Err(FittingError::Options(format!(
                "the points {} and {} are nearer to each other than {NEAR:e} times the samples' width; leave one out",
                point(&two[0]),
                point(&two[1])
            )));
        }
        Ok((!self.is_free()).then(|| self.scaled(x, y)))
    }

    fn scaled(&self, x: Scaling, y: Scaling) -> Shape {
        let (mut low, mut high) = Shape::default().slopes;
        match self.monotone {
            Some(Direction::Increasing) => low = 0.0,
            Some(Direction::Decreasing) => high = 0.0,
            None => {}
        }
        if let Some(steepest) = self.max_slope {
            let steepest = steepest * x.scale / y.scale;
            (low, high) = (low.max(-steepest), high.min(steepest));
        }
        let scaled = |(of_x, of_y): &(f64, f64)| (x.apply(&[*of_x])[0], y.apply(&[*of_y])[0]);
        Shape {
            slopes: (low, high),
            is_convex: self.is_convex,
            is_concave: self.is_concave,
            through: self.through.iter().map(scaled).collect(),
        }
    }
}

fn point((x, y): &(f64, f64)) -> String {
    format!("{}:{}", short(*x), short(*y))
}

/// Points as `X:Y,X:Y`, where X may be a date.
fn points(text: &str) -> Result<Vec<(f64, f64)>, FittingError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let bad = |what: String| FittingError::Options(format!("through `{text}`: {what}"));
    let number = |text: &str| {
        let value = seconds(text).map_or_else(|| Expression::number(text), Ok);
        value.map_err(|error| bad(error.to_string()))
    };
    let point = |text: &str| {
        let Some((x, y)) = text.rsplit_once(':') else {
            return Err(bad(
                "a point is two numbers with a colon between, such as 0:1".into(),
            ));
        };
        Ok((number(x)?, number(y)?))
    };
    let mut points = text.split(',').map(point).collect::<Result<Vec<_>, _>>()?;
    if points.len() > MOST_POINTS {
        return Err(bad(format!(
            "there may be at most {MOST_POINTS} points, got {}",
            points.len()
        )));
    }
    let largest = |(x, y): &&(f64, f64)| !(x.abs() < FARTHEST && y.abs() < FARTHEST);
    if let Some((x, y)) = points.iter().find(largest) {
        return Err(bad(format!(
            "{x:?}:{y:?} reaches beyond {FARTHEST:e}; use other units"
        )));
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.dedup();
    match points.windows(2).find(|two| two[0].0 == two[1].0) {
        None => Ok(points),
        Some(two) => Err(bad(format!("x = {} has two values", short(two[0].0)))),
    }
}

/// Points farther away, in widths of the samples, would leave these no digits.
const FAR: f64 = 1e4;

/// Points nearer to each other, in widths of the samples, differ in few digits.
const NEAR: f64 = 1e-6;

/// More points than these are samples.
const MOST_POINTS: usize = 100;

/// Squares of larger numbers overflow.
const FARTHEST: f64 = 1e140;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_numbers_expressions_and_dates() {
        let found = points("pi:-1,0:2,1970-01-02T00:00:3").unwrap();
        assert_eq!(
            found,
            [(0.0, 2.0), (std::f64::consts::PI, -1.0), (86_400.0, 3.0)]
        );
        for (bad, why) in [
            ("1", "colon"),
            ("1:x", "must be a number"),
            ("1:2,1:3", "two values"),
            ("1e200:1", "beyond"),
        ] {
            let error = points(bad).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn what_no_curve_can_be_is_said() {
        let of = |through: &str| Request {
            through: Some(through.into()),
            ..Default::default()
        };
        let rising = Request {
            monotone: Some(Direction::Increasing),
            ..of("0:1,1:0")
        };
        let error = ShapePlan::new(&rising).unwrap_err().to_string();
        assert_eq!(
            error,
            "no increasing curve passes through 0:1 and 1:0; leave one of these out"
        );
        let bent = Request {
            convex: Some(true),
            ..of("0:0,1:1,2:1.5")
        };
        let error = ShapePlan::new(&bent).unwrap_err().to_string();
        assert!(error.starts_with("no convex curve passes through 0:0 and 1:1 and 2:1.5"));
        let steep = Request {
            max_slope: Some(0.5),
            ..of("0:0,1:1")
        };
        let error = ShapePlan::new(&steep).unwrap_err().to_string();
        assert!(
            error.starts_with("no curve with slopes of at most 0.5 passes"),
            "{error}"
        );
        assert!(ShapePlan::new(&of("0:0,1:1,2:0")).is_ok());
    }
}
