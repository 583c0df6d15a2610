//! A table in counts of 16 or 32 bits: `y = value + high(slope, (x - knot) << norm)`, where `high` is the upper half of a product.
//!
//! The shift makes the difference fill the half, whatever the length of the piece, so that a slope keeps its digits.

use shallow_data::short;

use super::{
    bounds::{TableBounds, empty_domain},
    lines::Lines,
    lookup::FixedCells,
};
use crate::{
    error::ExportError,
    options::{Counts, Direction, Dtype, SourceOptions},
};

/// Rows `[m]`, in counts.
#[derive(Debug, Clone)]
pub(crate) struct FixedTable {
    /// Of a count: 16 or 32.
    pub(crate) bits: u32,
    pub(crate) x: Counts,
    pub(crate) y: Counts,
    /// Where each row begins; the first at the low end of the domain.
    pub(crate) knots: Vec<i64>,
    /// The values there.
    pub(crate) values: Vec<i64>,
    /// In counts of y for `2^(bits - norm)` of x.
    pub(crate) slopes: Vec<i64>,
    pub(crate) norms: Norms,
    /// The last count in the domain.
    pub(crate) high: i64,
    pub(crate) bounds: TableBounds,
    /// The largest difference from the network at the inputs that were computed.
    pub(crate) measured: f64,
    /// So many were: of 16 bits, all.
    pub(crate) n_measured: usize,
    pub(crate) direction: Option<Direction>,
}

/// By how much differences are shifted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Norms {
    /// All alike.
    Common(u32),
    /// Each row's by its own.
    Each(Vec<u32>),
}

/// A row before it is rounded: for the counts from `from` to `to`, on a line of the network.
#[derive(Clone, Copy)]
struct Piece {
    from: i64,
    to: i64,
    line: usize,
}

/// A piece whose values have counts is halved into fewer parts than that.
const MOST_PARTS: usize = 32;

/// Counts of a 16-bit y that are left free at either end, for rounding.
const SPARE: f64 = 3.0;

/// Inputs of 32 bits that are computed, evenly spaced.
const MEASURED: i64 = 65_536;

impl FixedTable {
    pub(super) fn new(
        lines: &Lines,
        dtype: Dtype,
        options: &SourceOptions,
        direction: Option<Direction>,
    ) -> Result<Self, ExportError> {
        let bits = if dtype == Dtype::Q15 { 16 } else { 32 };
        let x = options
            .x_counts
            .unwrap_or_else(|| x_counts(bits, lines.domain));
        let y = options
            .y_counts
            .unwrap_or_else(|| y_counts(bits, lines.range()));
        let (low, high) = ends(dtype, x, lines.domain)?;
        fits_y(dtype, y, lines.range())?;
        let pieces = pieces(lines, x, (low, high));
        let of = Rounding { lines, bits, x, y };
        let (rows, norms) = of.divided(&pieces)?;
        let mut table = Self {
            bits,
            x,
            y,
            knots: rows.iter().map(|row| row.from).collect(),
            values: rows
                .iter()
                .map(|row| of.value(row.line, row.from).round() as i64)
                .collect(),
            slopes: Vec::new(),
            norms,
            high,
            bounds: TableBounds {
                from_network: 0.0,
                slope: lines.steepest(),
                of_x: 0.5 * x.scale * lines.steepest(),
            },
            measured: 0.0,
            n_measured: 0,
            direction,
        };
        if let Some(way) = direction {
            for row in 1..rows.len() {
                let before = table.values[row - 1];
                table.values[row] = way.later(before, table.values[row]);
            }
        }
        for row in 0..rows.len() {
            let slope = table.best_slope(row, &rows, &of, direction);
            table.slopes.push(slope);
        }
        table.prove(&rows, &of)?;
        Ok(table)
    }

    fn norm(&self, row: usize) -> u32 {
        match &self.norms {
            Norms::Common(norm) => *norm,
            Norms::Each(norms) => norms[row],
        }
    }

    /// What a row gives, with a slope: as the source computes it.
    fn on(&self, row: usize, slope: i64, x: i64) -> i64 {
        let difference = (x - self.knots[row]) << self.norm(row);
        let product = i128::from(slope) * i128::from(difference);
        let rise = match self.bits {
            // Rounded to the nearest.
            16 => ((product + 0x8000) >> 16) as i64,
            // Towards 0.
            _ => (product / (1_i128 << 32)) as i64,
        };
        self.values[row] + rise
    }

    /// The value of a count; beyond the domain, that of its end.
    pub(crate) fn at(&self, x: i64) -> i64 {
        let x = x.clamp(self.knots[0], self.high);
        let row = self.knots.partition_point(|knot| *knot <= x) - 1;
        self.on(row, self.slopes[row], x)
    }

    /// Equal cells, by which a row is found in constant time.
    pub(crate) fn cells(&self) -> FixedCells {
        let first = self.knots[0];
        let begins: Vec<u64> = self
            .knots
            .iter()
            .map(|knot| (knot - first) as u64)
            .collect();
        FixedCells::new(&begins, (self.high - first) as u64)
    }

    /// Of the few slopes next to the exact one, that of the least error; one way, one that does not pass the next row.
    fn best_slope(
        &self,
        row: usize,
        rows: &[Piece],
        of: &Rounding,
        direction: Option<Direction>,
    ) -> i64 {
        let Piece { from, to, line } = rows[row];
        if from == to {
            return 0;
        }
        let unit = 2_f64.powi(self.bits as i32 - self.norm(row) as i32);
        let exact = of.slope(line) * unit;
        let to_end = (of.value(line, to) - self.values[row] as f64) / (to - from) as f64 * unit;
        let largest = (1_i64 << (self.bits - 1)) - 1;
        let error = |slope: i64| match self.bits {
            16 => (from..=to)
                .map(|x| (self.on(row, slope, x) as f64 - of.value(line, x)).abs())
                .fold(0.0, f64::max),
            _ => (self.on(row, slope, to) as f64 - of.value(line, to)).abs(),
        };
        let candidates = [exact.round(), to_end.floor(), to_end.ceil()]
            .map(|slope| (slope as i64).clamp(-largest, largest));
        let Some(way) = direction else {
            let errors = candidates.map(|slope| (error(slope), slope));
            return errors
                .into_iter()
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .map_or(0, |best| best.1);
        };
        let next = self.values.get(row + 1).copied();
        let passes =
            |slope: i64| next.is_some_and(|next| way.later(next, self.on(row, slope, to)) != next);
        let sign = way.sign() as i64;
        let sizes = candidates.map(|slope| {
            let steepest = (sign * slope).max(0);
            // Between one that does not pass the next row and one that does.
            let (mut size, mut over) = match passes(sign * steepest) {
                true => (0, steepest),
                false => (steepest, steepest + 1),
            };
            while over - size > 1 {
                let middle = size.midpoint(over);
                if passes(sign * middle) {
                    over = middle;
                } else {
                    size = middle;
                }
            }
            (error(sign * size), sign * size)
        });
        sizes
            .into_iter()
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(0, |best| best.1)
    }

    /// The bound: of 16 bits by all inputs, of 32 by the ends of each row, between which the difference is a line and a rounding.
    fn prove(&mut self, rows: &[Piece], of: &Rounding) -> Result<(), ExportError> {
        let counts = [self.knots[0], self.high];
        let step = match self.bits {
            16 => 1,
            _ => ((counts[1] - counts[0]) / MEASURED).max(1),
        };
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        let mut before: Option<i64> = None;
        let mut inputs = (counts[0]..=counts[1]).step_by(step as usize);
        let mut row = 0;
        let mut goes = [true; 2];
        for x in inputs.by_ref() {
            while row + 1 < rows.len() && rows[row + 1].from <= x {
                row += 1;
            }
            let y = self.on(row, self.slopes[row], x);
            self.measured = self
                .measured
                .max((y as f64 - of.value(rows[row].line, x)).abs());
            self.n_measured += 1;
            (least, most) = (least.min(y), most.max(y));
            if let Some(before) = before {
                goes[0] &= y >= before;
                goes[1] &= y <= before;
            }
            before = Some(y);
        }
        let mut error = self.measured;
        if self.bits == 32 {
            error = 0.0;
            for (row, piece) in rows.iter().enumerate() {
                let rise = |x: i64| {
                    let difference = ((x - piece.from) << self.norm(row)) as f64;
                    self.slopes[row] as f64 * difference / 2_f64.powi(32)
                };
                for x in [piece.from, piece.to] {
                    let y = self.values[row] as f64 + rise(x);
                    error = error.max((y - of.value(piece.line, x)).abs() + 1.0);
                    let rounded = self.on(row, self.slopes[row], x);
                    (least, most) = (least.min(rounded), most.max(rounded));
                }
                let next = self.values.get(row + 1);
                let last = self.on(row, self.slopes[row], piece.to);
                goes[0] &= self.slopes[row] >= 0 && next.is_none_or(|next| last <= *next);
                goes[1] &= self.slopes[row] <= 0 && next.is_none_or(|next| last >= *next);
            }
        }
        let limit = 1_i64 << (self.bits - 1);
        if least < -limit || most >= limit {
            let count = if least < -limit { least } else { most };
            return Err(ExportError::Options(format!(
                "y goes to {}, which is count {count} at a scale of {}, and {} bits hold counts from {} to {}; use a larger scale",
                short(self.y.value(count)),
                short(self.y.scale),
                self.bits,
                -limit,
                limit - 1
            )));
        }
        let ways = [Direction::Increasing, Direction::Decreasing];
        let goes_so = |way: &Direction| goes[usize::from(*way == Direction::Decreasing)];
        self.direction = self
            .direction
            .filter(goes_so)
            .or_else(|| ways.into_iter().find(goes_so));
        let (low, high) = of.lines.domain;
        let place = low.abs().max(high.abs()) + self.x.offset.abs();
        let of_counts = 8.0 * f64::EPSILON * (self.y.offset.abs() + self.y.scale * limit as f64)
            + 2.0 * f64::EPSILON * place * of.lines.steepest();
        self.measured *= self.y.scale;
        self.bounds.from_network = error * self.y.scale + of_counts + of.lines.slack();
        Ok(())
    }
}

/// What rounds a network's lines to counts.
struct Rounding<'a> {
    lines: &'a Lines,
    bits: u32,
    x: Counts,
    y: Counts,
}

impl Rounding<'_> {
    /// A line's value at a count, in counts.
    fn value(&self, line: usize, x: i64) -> f64 {
        (self.lines.on(line, self.x.value(x)) - self.y.offset) / self.y.scale
    }

    /// A line's slope, in counts for a count.
    fn slope(&self, line: usize) -> f64 {
        self.lines.slope(line) * self.x.scale / self.y.scale
    }

    /// The bits by which the longest difference of a piece can be shifted.
    fn norm(&self, piece: &Piece) -> u32 {
        let length = (piece.to - piece.from) as u64;
        match length {
            0 => self.bits - 1,
            _ => length.leading_zeros() + self.bits - 64,
        }
    }

    /// Whether the slope of a piece has a place with such a shift.
    fn has_place(&self, piece: &Piece, norm: u32) -> bool {
        let largest = ((1_i64 << (self.bits - 1)) - 2) as f64;
        let slope = self.slope(piece.line) * 2_f64.powi(self.bits as i32 - norm as i32);
        piece.from == piece.to || slope.abs() < largest
    }

    /// The pieces, the steepest halved until their slopes have a place; with one shift for all where that is enough.
    fn divided(&self, pieces: &[Piece]) -> Result<(Vec<Piece>, Norms), ExportError> {
        let most = MOST_PARTS * pieces.len();
        let mut rows = Vec::new();
        let mut waiting: Vec<Piece> = pieces.iter().rev().copied().collect();
        while let Some(piece) = waiting.pop() {
            if self.has_place(&piece, self.norm(&piece)) {
                rows.push(piece);
                continue;
            }
            if rows.len() + waiting.len() >= most {
                return Err(ExportError::Options(format!(
                    "the network rises by {} counts of y for one of x, too steep for counts; use f64",
                    short(self.slope(piece.line))
                )));
            }
            let middle = piece.from + (piece.to - piece.from + 1) / 2;
            waiting.push(Piece {
                from: middle,
                ..piece
            });
            waiting.push(Piece {
                to: middle - 1,
                ..piece
            });
        }
        let norms: Vec<u32> = rows.iter().map(|row| self.norm(row)).collect();
        let common = norms.iter().copied().min().unwrap_or(0);
        let norms = match rows.iter().all(|row| self.has_place(row, common)) {
            true => Norms::Common(common),
            false => Norms::Each(norms),
        };
        Ok((rows, norms))
    }
}

/// The counts that each line of the network is for, where it is for some.
fn pieces(lines: &Lines, x: Counts, (low, high): (i64, i64)) -> Vec<Piece> {
    // The first count that is not before a place.
    let first_from = |place: f64| {
        let (mut before, mut from) = (low - 1, high + 1);
        while from - before > 1 {
            let middle = before.midpoint(from);
            if x.value(middle) < place {
                before = middle;
            } else {
                from = middle;
            }
        }
        from
    };
    let mut begins: Vec<i64> = lines.from.iter().map(|from| first_from(*from)).collect();
    begins[0] = low;
    let ends = begins.iter().skip(1).copied().chain([high + 1]);
    let pieces = begins.iter().zip(ends).enumerate();
    let pieces = pieces.map(|(line, (from, to))| Piece {
        from: *from,
        to: to - 1,
        line,
    });
    pieces.filter(|piece| piece.from <= piece.to).collect()
}

/// The ends of the domain in counts.
fn ends(dtype: Dtype, x: Counts, (low, high): (f64, f64)) -> Result<(i64, i64), ExportError> {
    let limit = 2_f64.powi(if dtype == Dtype::Q15 { 15 } else { 31 });
    let count = |value: f64| (value - x.offset) / x.scale;
    let near = 1e-6;
    let (first, last) = ((count(low) - near).ceil(), (count(high) + near).floor());
    // The last count may be one too many, as 1 is of Q15.
    let last = if last == limit { limit - 1.0 } else { last };
    if first < -limit || last >= limit {
        let (place, count) = if first < -limit {
            (low, first)
        } else {
            (high, last)
        };
        return Err(ExportError::Options(format!(
            "x goes to {}, which is count {count} at a scale of {}, and {} holds counts from {} to {}; use a larger scale, or an offset",
            short(place),
            short(x.scale),
            dtype.name(),
            -limit,
            limit - 1.0
        )));
    }
    if first >= last {
        return Err(empty_domain((low, high), dtype, "use a smaller scale of x"));
    }
    Ok((first as i64, last as i64))
}

/// Refuses a scale at which the values have no counts.
fn fits_y(dtype: Dtype, y: Counts, (least, most): (f64, f64)) -> Result<(), ExportError> {
    let limit = 2_f64.powi(if dtype == Dtype::Q15 { 15 } else { 31 });
    for value in [least, most] {
        let count = (value - y.offset) / y.scale;
        if !(count >= -limit && count < limit) {
            return Err(ExportError::Options(format!(
                "y goes to {}, which is count {count:.0} at a scale of {}, and {} holds counts from {} to {}; use a larger scale, or an offset",
                short(value),
                short(y.scale),
                dtype.name(),
                -limit,
                limit - 1.0
            )));
        }
    }
    Ok(())
}

/// Counts of x over all 16 bits, or over half of 32, so that differences have a place.
fn x_counts(bits: u32, (low, high): (f64, f64)) -> Counts {
    match bits {
        16 => {
            let scale = (high - low) / 65_535.0;
            let offset = low + 32_768.0 * scale;
            Counts { scale, offset }
        }
        _ => Counts {
            scale: (high - low) / 2_f64.powi(31),
            offset: f64::midpoint(low, high),
        },
    }
}

/// Counts of y over nearly all 16 bits, or over half of 32.
fn y_counts(bits: u32, (least, most): (f64, f64)) -> Counts {
    let offset = f64::midpoint(least, most);
    let n_counts = match bits {
        16 => 65_535.0 - 2.0 * SPARE,
        _ => 2_f64.powi(31),
    };
    let range = if most > least { most - least } else { 1.0 };
    Counts {
        scale: range / n_counts,
        offset,
    }
}
