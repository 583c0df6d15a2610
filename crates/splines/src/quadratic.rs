//! Least squares under linear conditions: a small quadratic programme, solved exactly.

/// So much of the terms of a condition is rounding.
const ROUNDING: f64 = 1e-14;

/// A condition that hangs together with those that hold may be off by so much of its terms; by more, it contradicts them.
const DRIFT: f64 = 1e-7;

/// Below this share of its length a condition's direction hangs together with others'.
const DEPENDENT: f64 = 1e-20;

/// A condition: the product with `row` is at least `least`, or exactly that.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) row: Vec<f64>,
    pub(crate) least: f64,
    pub(crate) is_exact: bool,
}

impl Condition {
    /// What a point is above the least.
    fn excess(&self, point: &[f64]) -> f64 {
        dot(&self.row, point) - self.least
    }

    /// The size of the terms of that, where unknowns are up to so large.
    fn size(&self, largest: f64) -> f64 {
        let row: f64 = self.row.iter().map(|value| value.abs()).sum();
        (self.least.abs() + row * largest).max(f64::MIN_POSITIVE)
    }
}

/// The least point, and how it may move.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    pub(crate) point: Vec<f64>,
    /// By columns of `n`: directions in which all conditions that hold exactly go on to do so. Their product with their transpose is the
    /// inverse of `H` there.
    pub(crate) free: Vec<f64>,
}

/// The point where `x H x / 2 - right x` is least of those where all conditions hold; none where no point is such, or `H` (symmetric,
/// by rows, `[n, n]`) is not positive definite. Time `O(n^3)`, and `O(n^2)` for each condition that comes to hold exactly.
///
/// # Source
///
/// D. Goldfarb and A. Idnani, A numerically stable dual method for solving strictly convex quadratic programs, Math. Program. 27 (1983).
pub(crate) fn least(hessian: &[f64], right: &[f64], conditions: &[Condition]) -> Option<Solution> {
    let mut set = ActiveSet::new(hessian, right)?;
    let mut largest = set.largest();
    for exact in conditions.iter().filter(|condition| condition.is_exact) {
        let (excess, size) = (exact.excess(&set.point), exact.size(largest));
        if excess.abs() <= ROUNDING * size && set.is_dependent(&exact.row) {
            continue;
        }
        let mirrored = (excess > 0.0).then(|| Condition {
            row: exact.row.iter().map(|value| -value).collect(),
            least: -exact.least,
            is_exact: true,
        });
        if !set.meet(usize::MAX, mirrored.as_ref().unwrap_or(exact))? && excess.abs() > DRIFT * size
        {
            return None;
        }
        largest = largest.max(set.largest());
    }
    let mut is_met = vec![false; conditions.len()];
    for _ in 0..MOST_STEPS * (conditions.len() + right.len()) {
        let open = conditions.iter().enumerate().filter(|(at, condition)| {
            !condition.is_exact && !is_met[*at] && !set.held.iter().any(|held| held.number == *at)
        });
        let worst = open
            .map(|(at, condition)| (at, condition.excess(&set.point) / condition.size(largest)))
            .filter(|(_, share)| *share < -ROUNDING)
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((at, share)) = worst else {
            return Some(Solution {
                free: set.inverse_root.split_off(set.held.len() * set.n),
                point: set.point,
            });
        };
        if set.meet(at, &conditions[at])? {
            largest = largest.max(set.largest());
            is_met.fill(false);
        } else if share < -DRIFT {
            return None;
        } else {
            is_met[at] = true;
        }
    }
    None
}

/// Steps for each condition and unknown, at most: some are met, left and met again.
const MOST_STEPS: usize = 20;

/// A condition that holds exactly, with its multiplier.
struct Held {
    number: usize,
    is_exact: bool,
    multiplier: f64,
}

/// The point that is least of those where some conditions hold exactly.
struct ActiveSet {
    n: usize,
    point: Vec<f64>,
    held: Vec<Held>,
    /// By columns: its product with its transpose is the inverse of `H`, and all but the first `held.len()` columns are orthogonal
    /// to the rows of the conditions that are held.
    inverse_root: Vec<f64>,
    /// The first columns' products with these rows: triangular, by columns.
    triangle: Vec<Vec<f64>>,
}

impl ActiveSet {
    fn new(hessian: &[f64], right: &[f64]) -> Option<Self> {
        let n = right.len();
        let mut root = hessian.to_vec();
        for row in 0..n {
            for column in 0..=row {
                let (above, below) = root.split_at(row * n);
                let known = match column < row {
                    true => dot(&above[column * n..][..column], &below[..column]),
                    false => dot(&below[..column], &below[..column]),
                };
                let rest = below[column] - known;
                root[row * n + column] = match column < row {
                    true => rest / above[column * n + column],
                    false if rest > 0.0 => rest.sqrt(),
                    false => return None,
                };
            }
        }
        // Row k of the inverse of the root is column k of the inverse root.
        let mut inverse_root = vec![0.0; n * n];
        for k in 0..n {
            let pivot = root[k * n + k];
            let (before, at) = inverse_root.split_at_mut(k * n);
            let at = &mut at[..n];
            for (row, column) in root[k * n..][..k].iter().zip(before.chunks(n)) {
                for (value, of) in at[..k].iter_mut().zip(column) {
                    *value -= row * of;
                }
            }
            at[..k].iter_mut().for_each(|value| *value /= pivot);
            at[k] = 1.0 / pivot;
        }
        let mut point = vec![0.0; n];
        for column in inverse_root.chunks(n) {
            add(&mut point, dot(column, right), column);
        }
        Some(Self {
            n,
            point,
            held: Vec::new(),
            inverse_root,
            triangle: Vec::new(),
        })
    }

    fn largest(&self) -> f64 {
        self.point.iter().fold(0.0, |most, of| most.max(of.abs()))
    }

    fn products(&self, row: &[f64]) -> Vec<f64> {
        let columns = self.inverse_root.chunks(self.n);
        columns.map(|column| dot(column, row)).collect()
    }

    fn is_dependent(&self, row: &[f64]) -> bool {
        let products = self.products(row);
        let free = &products[self.held.len()..];
        dot(free, free) <= DEPENDENT * dot(&products, &products)
    }

    /// Moves to where a condition that does not hold does, and gives up those that this makes needless. False where it hangs together
    /// with those that must hold, and none can be given up; nothing where the steps lead nowhere.
    fn meet(&mut self, number: usize, condition: &Condition) -> Option<bool> {
        let mut multiplier = 0.0;
        for _ in 0..=self.held.len() {
            let q = self.held.len();
            let mut products = self.products(&condition.row);
            let free = dot(&products[q..], &products[q..]);
            let is_dependent = free <= DEPENDENT * dot(&products, &products);
            let costs = self.costs(&products[..q]);
            let leaving = costs
                .iter()
                .zip(&self.held)
                .enumerate()
                .filter(|(_, (cost, held))| **cost > 0.0 && !held.is_exact)
                .map(|(at, (cost, held))| (at, held.multiplier / cost))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let whole = match is_dependent {
                true => f64::INFINITY,
                false => -condition.excess(&self.point) / free,
            };
            let step = leaving.map_or(whole, |(_, step)| step.min(whole));
            if step.is_infinite() {
                return Some(false);
            }
            if !is_dependent {
                let columns = self.inverse_root.chunks(self.n).zip(&products);
                for (column, product) in columns.skip(q) {
                    add(&mut self.point, step * product, column);
                }
            }
            for (held, cost) in self.held.iter_mut().zip(&costs) {
                held.multiplier -= step * cost;
            }
            multiplier += step;
            match leaving {
                Some((at, of)) if of <= whole => self.give_up(at),
                _ => {
                    self.hold(&mut products);
                    self.held.push(Held {
                        number,
                        is_exact: condition.is_exact,
                        multiplier,
                    });
                    return Some(true);
                }
            }
        }
        None
    }

    /// What a unit of a new condition's multiplier takes from each of those held.
    fn costs(&self, products: &[f64]) -> Vec<f64> {
        let mut costs = products.to_vec();
        for at in (0..costs.len()).rev() {
            costs[at] /= self.triangle[at][at];
            let cost = costs[at];
            for (value, of) in costs[..at].iter_mut().zip(&self.triangle[at]) {
                *value -= cost * of;
            }
        }
        costs
    }

    /// Turns the free columns so that a new row has a product with the first of them only.
    fn hold(&mut self, products: &mut [f64]) {
        let q = self.held.len();
        for at in (q + 1..self.n).rev() {
            let (turn, length) = Turn::onto(products[at - 1], products[at]);
            (products[at - 1], products[at]) = (length, 0.0);
            self.turn(at - 1, &turn);
        }
        self.triangle.push(products[..=q].to_vec());
    }

    fn give_up(&mut self, at: usize) {
        self.held.remove(at);
        self.triangle.remove(at);
        for row in at..self.held.len() {
            let (a, b) = (self.triangle[row][row], self.triangle[row][row + 1]);
            let (turn, _) = Turn::onto(a, b);
            for column in &mut self.triangle[row..] {
                let (a, b) = (column[row], column[row + 1]);
                (column[row], column[row + 1]) = turn.of(a, b);
            }
            self.triangle[row].truncate(row + 1);
            self.turn(row, &turn);
        }
    }

    /// Turns a column of the inverse root and the next.
    fn turn(&mut self, at: usize, turn: &Turn) {
        let two = &mut self.inverse_root[at * self.n..][..2 * self.n];
        let (left, right) = two.split_at_mut(self.n);
        for (a, b) in left.iter_mut().zip(right) {
            (*a, *b) = turn.of(*a, *b);
        }
    }
}

/// A turn of the plane.
struct Turn {
    cosine: f64,
    sine: f64,
}

impl Turn {
    /// The turn that brings a point onto the first axis, and its distance.
    fn onto(a: f64, b: f64) -> (Self, f64) {
        let length = a.hypot(b);
        let turn = match length > 0.0 {
            true => Self {
                cosine: a / length,
                sine: b / length,
            },
            false => Self {
                cosine: 1.0,
                sine: 0.0,
            },
        };
        (turn, length)
    }

    fn of(&self, a: f64, b: f64) -> (f64, f64) {
        let Self { cosine, sine } = self;
        (cosine * a + sine * b, cosine * b - sine * a)
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, other: &[f64]) {
    for (value, of) in to.iter_mut().zip(other) {
        *value += times * of;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by trying every set of conditions as exact ones, for few.
    fn by_all_sets(hessian: &[f64], right: &[f64], conditions: &[Condition]) -> Option<f64> {
        let n = right.len();
        let mut best: Option<f64> = None;
        for set in 0..1_u32 << conditions.len() {
            let is_in = |at: usize| set >> at & 1 == 1 || conditions[at].is_exact;
            let held: Vec<&Condition> = (0..conditions.len())
                .filter(|at| is_in(*at))
                .map(|at| &conditions[at])
                .collect();
            let size = n + held.len();
            let mut rows = vec![vec![0.0; size + 1]; size];
            for i in 0..n {
                rows[i][..n].copy_from_slice(&hessian[i * n..][..n]);
                rows[i][size] = right[i];
                for (at, condition) in held.iter().enumerate() {
                    rows[i][n + at] = condition.row[i];
                    rows[n + at][i] = condition.row[i];
                    rows[n + at][size] = condition.least;
                }
            }
            let Some(solution) = eliminated(rows) else {
                continue;
            };
            let point = &solution[..n];
            let holds = |condition: &Condition| {
                let excess = dot(&condition.row, point) - condition.least;
                excess >= -1e-9 && (!condition.is_exact || excess < 1e-9)
            };
            if conditions.iter().all(holds) {
                let value = value(hessian, right, point);
                best = Some(best.map_or(value, |best| best.min(value)));
            }
        }
        best
    }

    fn eliminated(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
        let n = rows.len();
        for column in 0..n {
            let pivot = (column..n)
                .max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
            if rows[pivot][column].abs() < 1e-9 {
                return None;
            }
            rows.swap(column, pivot);
            let of_pivot = rows[column].clone();
            for (at, row) in rows.iter_mut().enumerate() {
                if at != column {
                    let times = row[column] / of_pivot[column];
                    add(row, -times, &of_pivot);
                }
            }
        }
        Some((0..n).map(|at| rows[at][n] / rows[at][at]).collect())
    }

    fn value(hessian: &[f64], right: &[f64], point: &[f64]) -> f64 {
        let n = right.len();
        let half: f64 = (0..n)
            .map(|i| 0.5 * point[i] * dot(&hessian[i * n..][..n], point))
            .sum();
        half - dot(right, point)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20000))]

        #[test]
        fn it_is_the_least_of_all_sets_of_conditions(
            factor in prop::collection::vec(-1.0..1.0, 9),
            right in prop::collection::vec(-3.0..3.0, 3),
            rows in prop::collection::vec((prop::collection::vec(-2_i32..3, 3), -2_i32..3, 0_u8..5), 1..6),
        ) {
            let mut hessian = vec![0.0; 9];
            for i in 0..3 {
                for j in 0..3 {
                    hessian[3 * i + j] = (0..3).map(|k| factor[3 * i + k] * factor[3 * j + k]).sum();
                }
                hessian[4 * i] += 0.1;
            }
            // At most one exact condition: the other way to solve it knows no dependent ones.
            let conditions: Vec<Condition> = rows.iter().enumerate().map(|(at, (row, least, kind))| Condition {
                row: row.iter().map(|value| f64::from(*value)).collect(),
                least: f64::from(*least),
                is_exact: at == 0 && *kind == 0 && row.iter().any(|value| *value != 0),
            }).collect();
            let found = least(&hessian, &right, &conditions).map(|solution| solution.point);
            let known = by_all_sets(&hessian, &right, &conditions);
            match (found, known) {
                (Some(point), Some(known)) => {
                    for condition in &conditions {
                        let excess = condition.excess(&point);
                        prop_assert!(excess >= -1e-12 * condition.size(1.0 + 1e3), "{}", excess);
                    }
                    let found = value(&hessian, &right, &point);
                    prop_assert!((found - known).abs() < 1e-8 * (1.0 + known.abs()), "{} {}", found, known);
                }
                (None, None) => {}
                (found, known) => prop_assert!(false, "{:?} {:?}", found, known),
            }
        }
    }
}
