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

/// Rows `[m]`, in counts with a sign; where the caller's have none, half of their range is subtracted from them.
#[derive(Debug, Clone)]
pub(crate) struct FixedTable {
    /// Of a count: 16 or 32.
    pub(crate) bits: u32,
    /// What the caller's counts stand for.
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// Bits by which values and slopes are finer than the caller's counts of y.
    pub(crate) fraction: u32,
    /// Where each row begins; the first at the low end of the domain.
    pub(crate) knots: Vec<i64>,
    /// The values there, in fine counts.
    pub(crate) values: Vec<i64>,
    /// In fine counts of y for `2^(bits - norm)` of x.
    pub(crate) slopes: Vec<i64>,
    pub(crate) norms: Norms,
    /// The last count in the domain.
    pub(crate) high: i64,
    pub(crate) bounds: TableBounds,
    /// The largest difference from the network at the inputs that were computed.
    pub(crate) measured: f64,
    /// So many were.
    pub(crate) n_measured: usize,
    /// Whether that is all in the domain.
    pub(crate) is_of_all: bool,
    pub(crate) direction: Option<Direction>,
}

/// The counts of an axis, as the caller has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    /// What they stand for.
    pub(crate) counts: Counts,
    /// What is subtracted from them, so that half of them are below 0: 0 where they have a sign.
    pub(crate) bias: i64,
}

impl Axis {
    /// Counts with a sign where these hold the range, without where those do.
    fn new(bits: u32, counts: Counts, (first, last): (f64, f64)) -> Option<Self> {
        let limit = 2_f64.powi(bits as i32 - 1);
        let has_sign = first >= -limit && last < limit;
        let has_none = first >= 0.0 && last < 2.0 * limit;
        (has_sign || has_none).then_some(Self {
            counts,
            bias: if has_sign { 0 } else { limit as i64 },
        })
    }

    /// What counts with a sign stand for.
    fn inner(self) -> Counts {
        let Counts { scale, .. } = self.counts;
        Counts {
            scale,
            offset: self.counts.value(self.bias),
        }
    }

    /// Whether the caller's counts have a sign.
    pub(crate) fn has_sign(self) -> bool {
        self.bias == 0
    }
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

/// So many inputs are all computed; of more, some that are evenly spaced.
const MOST_COMPUTED: i64 = 1 << 20;
const COMPUTED: i64 = 65_536;

impl FixedTable {
    pub(super) fn new(
        lines: &Lines,
        dtype: Dtype,
        options: &SourceOptions,
        direction: Option<Direction>,
    ) -> Result<Self, ExportError> {
        let bits = if dtype == Dtype::Q15 { 16 } else { 32 };
        let counts = options
            .x_counts
            .unwrap_or_else(|| x_counts(bits, lines.domain));
        let (x, (low, high)) = of_x(dtype, counts, lines.domain)?;
        let counts = options
            .y_counts
            .unwrap_or_else(|| y_counts(bits, lines.range()));
        let y = of_y(dtype, counts, lines.range())?;
        let pieces = pieces(lines, x.inner(), (low, high));
        let with = |fraction: u32| {
            let Counts { scale, offset } = y.inner();
            let scale = scale / 2_f64.powi(fraction as i32);
            Rounding {
                lines,
                bits,
                x: x.inner(),
                fine: Counts { scale, offset },
            }
        };
        // As fine as may be without more rows, for steep slopes have no place.
        let n_rows = with(0).divided(&pieces)?.0.len();
        let finest = fraction(bits, y.inner(), lines.range());
        let is_free = |fraction: &u32| {
            let divided = with(*fraction).divided(&pieces);
            divided.is_ok_and(|(rows, _)| rows.len() == n_rows)
        };
        let fraction = (0..=finest).rev().find(is_free).unwrap_or(0);
        let of = with(fraction);
        let (rows, norms) = of.divided(&pieces)?;
        let mut table = Self {
            bits,
            x,
            y,
            fraction,
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
                of_x: lines.steepest() * farthest(x.inner(), lines.domain, (low, high)),
            },
            measured: 0.0,
            n_measured: 0,
            is_of_all: false,
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

    /// Bits of a sum below a fine count: of 16 bits, the lower half of the product is kept.
    fn below(&self) -> u32 {
        if self.bits == 16 { 16 } else { 0 }
    }

    /// What a row adds up to, with a slope: as the source computes it.
    fn sum(&self, row: usize, slope: i64, x: i64) -> i64 {
        let difference = (x - self.knots[row]) << self.norm(row);
        let product = i128::from(slope) * i128::from(difference);
        match self.bits {
            16 => (self.values[row] << 16) + product as i64,
            // The upper half, towards 0.
            _ => self.values[row] + (product / (1_i128 << 32)) as i64,
        }
    }

    /// A sum in the caller's counts, less their bias: to the nearest.
    fn rounded(&self, sum: i64) -> i64 {
        match self.below() + self.fraction {
            0 => sum,
            shift => (sum + (1 << (shift - 1))) >> shift,
        }
    }

    /// The value of a count, both with a sign; beyond the domain, that of its end.
    fn inner_at(&self, x: i64) -> i64 {
        let x = x.clamp(self.knots[0], self.high);
        let row = self.knots.partition_point(|knot| *knot <= x) - 1;
        self.rounded(self.sum(row, self.slopes[row], x))
    }

    /// The value of one of the caller's counts.
    pub(crate) fn at(&self, x: i64) -> i64 {
        self.inner_at(x - self.x.bias) + self.y.bias
    }

    /// The caller's first and last count of the domain.
    pub(crate) fn ends(&self) -> [i64; 2] {
        [self.knots[0], self.high].map(|count| count + self.x.bias)
    }

    /// The least and the largest count that the caller's type holds.
    pub(crate) fn limits(&self) -> [i64; 2] {
        let limit = 1_i64 << (self.bits - 1);
        [-limit + self.x.bias, limit - 1 + self.x.bias]
    }

    /// Equal cells, by which a row is found in constant time.
    pub(crate) fn cells(&self) -> FixedCells {
        let first = self.knots[0];
        let begins: Vec<u64> = self
            .knots
            .iter()
            .map(|knot| (knot - first) as u64)
            .collect();
        FixedCells::new(&begins, (self.high - first) as u64, self.bits)
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
        let in_fine = |sum: i64| sum as f64 / 2_f64.powi(self.below() as i32);
        let off = |slope: i64, x: i64| (in_fine(self.sum(row, slope, x)) - of.value(line, x)).abs();
        // Both are lines, so that one end or the other is worst.
        let error = |slope: i64| off(slope, from).max(off(slope, to));
        let candidates = [exact.round(), to_end.floor(), to_end.ceil()]
            .map(|slope| (slope as i64).clamp(-largest, largest));
        let Some(way) = direction else {
            let errors = candidates.map(|slope| (error(slope), slope));
            return least(errors);
        };
        // What the caller sees is what must not turn.
        let next = self
            .values
            .get(row + 1)
            .map(|next| self.rounded(next << self.below()));
        let passes = |slope: i64| {
            let last = self.rounded(self.sum(row, slope, to));
            next.is_some_and(|next| way.later(next, last) != next)
        };
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
        least(sizes)
    }

    /// The bound: by all inputs, or where these are very many by the ends of each row, between which the difference is a line and a
    /// rounding.
    fn prove(&mut self, rows: &[Piece], of: &Rounding) -> Result<(), ExportError> {
        let (first, last) = (self.knots[0], self.high);
        let step = match last - first < MOST_COMPUTED {
            true => 1,
            false => (last - first) / COMPUTED,
        };
        self.is_of_all = step == 1;
        let per_count = 2_f64.powi(self.fraction as i32);
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        let mut before: Option<i64> = None;
        let mut row = 0;
        let mut goes = [true; 2];
        for x in (first..=last).step_by(step as usize) {
            while row + 1 < rows.len() && rows[row + 1].from <= x {
                row += 1;
            }
            let sum = self.sum(row, self.slopes[row], x);
            let y = self.rounded(sum);
            let wanted = of.value(rows[row].line, x) / per_count;
            self.measured = self.measured.max((y as f64 - wanted).abs());
            self.n_measured += 1;
            (least, most) = (least.min(sum), most.max(sum));
            if let Some(before) = before {
                goes[0] &= y >= before;
                goes[1] &= y <= before;
            }
            before = Some(y);
        }
        let mut error = self.measured;
        if step > 1 {
            let last_rounding = if self.fraction == 0 { 0.0 } else { 0.5 };
            error = 0.0;
            for (row, piece) in rows.iter().enumerate() {
                for x in [piece.from, piece.to] {
                    let difference = ((x - piece.from) << self.norm(row)) as f64;
                    let rise = self.slopes[row] as f64 * difference / 2_f64.powi(32);
                    let y = self.values[row] as f64 + rise;
                    let fine = (y - of.value(piece.line, x)).abs() + 1.0;
                    error = error.max(fine / per_count + last_rounding);
                    let sum = self.sum(row, self.slopes[row], x);
                    (least, most) = (least.min(sum), most.max(sum));
                }
                let next = self.values.get(row + 1).map(|next| self.rounded(*next));
                let last = self.rounded(self.sum(row, self.slopes[row], piece.to));
                goes[0] &= self.slopes[row] >= 0 && next.is_none_or(|next| last <= next);
                goes[1] &= self.slopes[row] <= 0 && next.is_none_or(|next| last >= next);
            }
        }
        let limit = 1_i64 << (self.bits - 1);
        // With what is added before it is rounded, too.
        let half = (1_i64 << (self.below() + self.fraction)) >> 1;
        let whole = |sum: i64| (sum + half) >> self.below();
        let fits = |count: i64| (-limit..limit).contains(&count);
        let is_held = [least, most]
            .iter()
            .all(|sum| fits(whole(*sum)) && fits(self.rounded(*sum)));
        if !is_held {
            let count = match fits(self.rounded(least)) {
                true => self.rounded(most),
                false => self.rounded(least),
            };
            return Err(ExportError::Options(format!(
                "y goes to {}, beyond the counts of {} bits at a scale of {}; use a larger scale, or an offset",
                short(self.y.inner().value(count)),
                self.bits,
                short(self.y.counts.scale),
            )));
        }
        let ways = [Direction::Increasing, Direction::Decreasing];
        let goes_so = |way: &Direction| goes[usize::from(*way == Direction::Decreasing)];
        self.direction = self
            .direction
            .filter(goes_so)
            .or_else(|| ways.into_iter().find(goes_so));
        let (low, high) = of.lines.domain;
        let place = low.abs().max(high.abs()) + self.x.inner().offset.abs();
        let scale = self.y.counts.scale;
        let of_counts = 8.0 * f64::EPSILON * (self.y.inner().offset.abs() + scale * limit as f64)
            + 2.0 * f64::EPSILON * place * of.lines.steepest();
        self.measured *= scale;
        self.bounds.from_network = error * scale + of_counts + of.lines.slack();
        Ok(())
    }
}

/// How far an x of the domain may be from the nearest of the counts in the domain.
fn farthest(x: Counts, (low, high): (f64, f64), (first, last): (i64, i64)) -> f64 {
    let at_ends = (x.value(first) - low).max(high - x.value(last));
    at_ends.max(0.5 * x.scale)
}

/// The slope of the least error.
fn least<const N: usize>(slopes: [(f64, i64); N]) -> i64 {
    let best = slopes.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(0, |best| best.1)
}

/// What rounds a network's lines to counts.
struct Rounding<'a> {
    lines: &'a Lines,
    bits: u32,
    x: Counts,
    /// Fine counts of y.
    fine: Counts,
}

impl Rounding<'_> {
    /// A line's value at a count, in fine counts.
    fn value(&self, line: usize, x: i64) -> f64 {
        (self.lines.on(line, self.x.value(x)) - self.fine.offset) / self.fine.scale
    }

    /// A line's slope, in fine counts for a count.
    fn slope(&self, line: usize) -> f64 {
        self.lines.slope(line) * self.x.scale / self.fine.scale
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

/// The counts of x, and the ends of the domain in counts with a sign.
fn of_x(
    dtype: Dtype,
    x: Counts,
    (low, high): (f64, f64),
) -> Result<(Axis, (i64, i64)), ExportError> {
    let bits = if dtype == Dtype::Q15 { 16 } else { 32 };
    let limit = 2_f64.powi(bits - 1);
    let count = |value: f64| (value - x.offset) / x.scale;
    let near = 1e-6;
    let (first, mut last) = ((count(low) - near).ceil(), (count(high) + near).floor());
    // The last count may be one too many, as 1 is of Q15.
    if last == limit && first < 0.0 || last == 2.0 * limit {
        last -= 1.0;
    }
    let Some(axis) = Axis::new(bits as u32, x, (first, last)) else {
        let (place, count) = match first < -limit {
            true => (low, first),
            false => (high, last),
        };
        return Err(beyond("x", place, count, x, dtype));
    };
    if first >= last {
        return Err(empty_domain((low, high), dtype, "use a smaller scale of x"));
    }
    let inner = |count: f64| count as i64 - axis.bias;
    Ok((axis, (inner(first), inner(last))))
}

/// The counts of y.
fn of_y(dtype: Dtype, y: Counts, (least, most): (f64, f64)) -> Result<Axis, ExportError> {
    let bits = if dtype == Dtype::Q15 { 16 } else { 32 };
    if most > least && most - least < y.scale {
        return Err(ExportError::Options(format!(
            "y goes from {} to {}, less than one count at a scale of {}; use a smaller scale",
            short(least),
            short(most),
            short(y.scale)
        )));
    }
    let [first, last] = [least, most].map(|value| ((value - y.offset) / y.scale).round());
    Axis::new(bits, y, (first, last)).ok_or_else(|| {
        let limit = 2_f64.powi(bits as i32 - 1);
        match first >= -limit {
            true => beyond("y", most, last, y, dtype),
            false => beyond("y", least, first, y, dtype),
        }
    })
}

/// A value that has no count.
fn beyond(axis: &str, value: f64, count: f64, counts: Counts, dtype: Dtype) -> ExportError {
    let limit = 2_f64.powi(if dtype == Dtype::Q15 { 15 } else { 31 });
    let count = if count.abs() < 1e15 {
        count.to_string()
    } else {
        short(count)
    };
    ExportError::Options(format!(
        "{axis} goes to {}, which is count {count} at a scale of {}, and {} holds counts from {} to {}, or from 0 to {}; use a larger scale, or an offset",
        short(value),
        short(counts.scale),
        dtype.name(),
        -limit,
        limit - 1.0,
        2.0 * limit - 1.0
    ))
}

/// By how many bits a table's values may be finer than the counts of y that are given, and still fit, with what rounding adds.
fn fraction(bits: u32, y: Counts, (least, most): (f64, f64)) -> u32 {
    let limit = 2_f64.powi(bits as i32 - 1) - SPARE;
    let largest = [least, most].map(|value| ((value - y.offset) / y.scale).abs());
    let largest = largest[0].max(largest[1]).max(1.0);
    let fits = |fraction: &u32| (largest + 0.5) * 2_f64.powi(*fraction as i32) <= limit;
    (1..bits - 4).take_while(fits).last().unwrap_or(0)
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
