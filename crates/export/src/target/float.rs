//! A table in f64 or f32: `y = value + slope (x - knot)`, each operation rounded once, or the last two together.

use super::{
    bounds::{TableBounds, empty_domain},
    lines::{Lines, ROUNDING},
    lookup::FloatCells,
};
use crate::{
    error::ExportError,
    options::{Direction, Dtype},
};

/// Rows `[m]`, in numbers that the type holds.
#[derive(Debug, Clone)]
pub(crate) struct FloatTable {
    dtype: Dtype,
    /// Where each row begins; the first at the low end of the domain.
    pub(crate) knots: Vec<f64>,
    /// The values there.
    pub(crate) values: Vec<f64>,
    pub(crate) slopes: Vec<f64>,
    /// The largest number of the type in the domain.
    pub(crate) high: f64,
    pub(crate) bounds: TableBounds,
    pub(crate) direction: Option<Direction>,
}

/// Arithmetic of a type on numbers that it holds.
impl Dtype {
    /// Half the distance from 1 to the next number.
    pub(crate) fn rounding(self) -> f64 {
        match self {
            Self::F32 => 0.5 * f64::from(f32::EPSILON),
            _ => ROUNDING,
        }
    }

    pub(crate) fn round(self, value: f64) -> f64 {
        match self {
            Self::F32 => f64::from(value as f32),
            _ => value,
        }
    }

    fn next_down(self, value: f64) -> f64 {
        match self {
            Self::F32 => f64::from((value as f32).next_down()),
            _ => value.next_down(),
        }
    }

    /// The least number that is not below a value.
    fn ceil(self, value: f64) -> f64 {
        match self {
            Self::F32 if f64::from(value as f32) < value => f64::from((value as f32).next_up()),
            Self::F32 => f64::from(value as f32),
            _ => value,
        }
    }

    /// The largest number that is not above a value.
    fn floor(self, value: f64) -> f64 {
        -self.ceil(-value)
    }

    /// `value + slope (x - knot)`, with a rounding for each operation, and with one for the last two.
    pub(super) fn line(self, knot: f64, value: f64, slope: f64, x: f64) -> [f64; 2] {
        match self {
            Self::F32 => {
                let [knot, value, slope, x] = [knot, value, slope, x].map(|number| number as f32);
                let apart = value + slope * (x - knot);
                [apart, slope.mul_add(x - knot, value)].map(f64::from)
            }
            _ => [value + slope * (x - knot), slope.mul_add(x - knot, value)],
        }
    }
}

impl FloatTable {
    pub(super) fn new(
        lines: &Lines,
        dtype: Dtype,
        direction: Option<Direction>,
    ) -> Result<Self, ExportError> {
        let (low, high) = lines.domain;
        let (low, high) = (dtype.ceil(low), dtype.floor(high));
        if low >= high || !low.is_finite() || !high.is_finite() {
            let remedy = match dtype {
                Dtype::F32 => "use f64",
                _ => "fit it again",
            };
            return Err(empty_domain(lines.domain, dtype, remedy));
        }
        let mut table = Self {
            dtype,
            knots: Vec::new(),
            values: Vec::new(),
            slopes: Vec::new(),
            high,
            bounds: TableBounds {
                from_network: 0.0,
                slope: lines.steepest(),
                of_x: 0.0,
            },
            direction,
        };
        let mut of_row = Vec::new();
        for line in 0..lines.len() {
            let knot = dtype.ceil(lines.from[line]).max(low);
            // Of lines that begin between the same two numbers, the last is left.
            if table.knots.last() == Some(&knot) {
                table.knots.pop();
                table.values.pop();
                table.slopes.pop();
                of_row.pop();
            }
            if knot > high {
                break;
            }
            table.knots.push(knot);
            table.values.push(dtype.round(lines.on(line, knot)));
            table.slopes.push(dtype.round(lines.slope(line)));
            of_row.push(line);
        }
        let numbers = table.values.iter().chain(&table.slopes);
        if let Some(number) = numbers.clone().find(|number| !number.is_finite()) {
            return Err(ExportError::Options(format!(
                "a value or a slope of the network is {number} in {}: use f64",
                dtype.name()
            )));
        }
        if let Some(way) = direction {
            table.go_one_way(way);
        }
        table.bounds = table.bounds(lines, &of_row);
        Ok(table)
    }

    /// The last number of the type that a row is for.
    fn end(&self, row: usize) -> f64 {
        match self.knots.get(row + 1) {
            Some(next) => self.dtype.next_down(*next),
            None => self.high,
        }
    }

    /// Makes slopes a few roundings flatter where the end of a row would pass the beginning of the next. Between, rounded sums and
    /// products of growing numbers grow.
    fn go_one_way(&mut self, way: Direction) {
        let sign = way.sign();
        for row in 0..self.knots.len() {
            if row > 0 && sign * self.values[row] < sign * self.values[row - 1] {
                self.values[row] = self.values[row - 1];
            }
        }
        for row in 0..self.knots.len() {
            let (knot, value, end) = (self.knots[row], self.values[row], self.end(row));
            let next = self.values.get(row + 1).copied();
            let passes = |slope: f64| {
                let at_end = self.dtype.line(knot, value, slope, end);
                next.is_some_and(|next| at_end.iter().any(|y| sign * y > sign * next))
            };
            let mut slope = (sign * self.slopes[row]).max(0.0);
            if passes(sign * slope) {
                let (mut flat, mut steep) = (0.0, slope);
                loop {
                    let middle = self.dtype.round(f64::midpoint(flat, steep));
                    if middle <= flat || middle >= steep {
                        break;
                    }
                    if passes(sign * middle) {
                        steep = middle;
                    } else {
                        flat = middle;
                    }
                }
                slope = flat;
            }
            self.slopes[row] = sign * slope;
        }
    }

    fn bounds(&self, lines: &Lines, of_row: &[usize]) -> TableBounds {
        let u = self.dtype.rounding();
        let least = match self.dtype {
            Dtype::F32 => f64::from(f32::MIN_POSITIVE),
            _ => f64::MIN_POSITIVE,
        };
        let mut most: f64 = 0.0;
        for (row, line) in of_row.iter().enumerate() {
            let (knot, value, slope, end) = (
                self.knots[row],
                self.values[row],
                self.slopes[row],
                self.end(row),
            );
            let rise = slope * (end - knot);
            // The table's line less the network's, which is a line, too.
            let at_knot = (value - lines.on(*line, knot)).abs();
            let at_end = (value + rise - lines.on(*line, end)).abs();
            // x - knot is exact where the two are within a factor of two (Sterbenz), or the knot is 0.
            let is_exact = knot == 0.0
                || (knot > 0.0 && end <= 2.0 * knot)
                || (knot < 0.0 && end <= 0.5 * knot);
            let roundings = if is_exact { 1.0 } else { 2.0 };
            let largest = value.abs().max((value + rise).abs());
            let arithmetic = (1.0 + 4.0 * u) * u * (roundings * rise.abs() + largest) + 4.0 * least;
            most = most.max(at_knot.max(at_end) + arithmetic);
        }
        let ulp_of_x = 2.0 * u * lines.domain.0.abs().max(lines.domain.1.abs());
        TableBounds {
            from_network: most + lines.slack(),
            slope: lines.steepest(),
            of_x: match self.dtype {
                Dtype::F32 => 0.5 * ulp_of_x * lines.steepest(),
                _ => 0.0,
            },
        }
    }

    fn row(&self, x: f64) -> usize {
        self.knots.partition_point(|knot| *knot <= x).max(1) - 1
    }

    /// The sizes of what is added up for a value, together.
    pub(crate) fn size(&self, x: f64) -> f64 {
        let row = self.row(x);
        self.values[row].abs() + (self.slopes[row] * (x - self.knots[row])).abs()
    }

    /// The value, each operation rounded; beyond the domain the rows at its ends go on.
    pub(crate) fn at(&self, x: f64) -> f64 {
        let row = self.row(x);
        self.dtype
            .line(self.knots[row], self.values[row], self.slopes[row], x)[0]
    }

    /// Equal cells, by which a row is found in constant time.
    pub(crate) fn cells(&self) -> FloatCells {
        FloatCells::new(&self.knots, self.high, self.dtype.rounding())
    }
}
