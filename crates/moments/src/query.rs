//! The one query that reduces a table's rows to moments.

use crate::{dialect::Dialect, error::MomentsError};

/// Into which cells rows are put.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cells {
    /// So many of equal width, between the least and the largest x.
    Even(usize),
    /// One for each distinct x: nothing is lost, and there are as many rows in the answer.
    Distinct,
}

/// What to ask an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The table: a name, with dots between catalogue, schema and table.
    pub table: String,
    /// The column of inputs.
    pub x: String,
    /// The column to fit.
    pub y: String,
    /// The column of weights; all rows count alike, if not given.
    pub weight: Option<String>,
    /// The column of groups, each of which has moments of its own.
    pub by: Option<String>,
    /// A condition in SQL that rows must meet. It is the user's own, and stands as it is between parentheses.
    pub condition: Option<String>,
    /// Into which cells.
    pub cells: Cells,
    /// The interval of x, if the engine need not look for it; rows beyond are counted apart.
    pub domain: Option<(f64, f64)>,
}

/// Numbers beyond this in size have squares that are no finite f64.
const LARGEST: f64 = shallow_data::LARGEST;

/// The most cells of equal width.
const MOST: usize = 10_000_000;

impl Query {
    /// The query in an engine's SQL. Its columns are those of [`MomentsTable`](crate::MomentsTable).
    ///
    /// Sums are about the middle of each cell and of the range of y, so that they lose no digits that matter. Rows that lack a number,
    /// and those beyond the domain, are counted in one row of the answer.
    ///
    /// # Errors
    ///
    /// [`MomentsError::Query`] for names, cells and domains that cannot be.
    pub fn sql(&self, dialect: Dialect) -> Result<String, MomentsError> {
        let column = |name: &str| dialect.identifier(name);
        let float = |name: &str| Ok::<_, MomentsError>(dialect.float(&column(name)?));
        let (x, y) = (float(&self.x)?, float(&self.y)?);
        let weight = self.weight.as_deref().map(float).transpose()?;
        let group = self
            .by
            .as_deref()
            .map(|by| Ok::<_, MomentsError>(dialect.text(&column(by)?)));
        let group = group.transpose()?;
        let table = dialect.table(&self.table)?;
        let condition = match &self.condition {
            Some(condition) => format!("\n  WHERE ({})", checked(condition)?),
            None => String::new(),
        };
        let number = |value: f64| dialect.number(value);
        let within = |name: &str| {
            format!(
                "{name} BETWEEN {} AND {}",
                number(-LARGEST),
                number(LARGEST)
            )
        };
        let mut is_sound = vec![within("x"), within("y")];
        is_sound.extend(
            weight
                .as_ref()
                .map(|_| format!("w > 0 AND w <= {}", number(LARGEST))),
        );
        is_sound.extend(group.as_ref().map(|_| "grp IS NOT NULL".to_string()));
        if let Some((low, high)) = self.domain {
            let is_interval = low < high && (high - low).is_finite();
            if !is_interval {
                return Err(MomentsError::Query(format!(
                    "the domain {low}:{high} must be two numbers in ascending order"
                )));
            }
            is_sound.push(format!("x BETWEEN {} AND {}", number(low), number(high)));
        }
        let (low, high) = match self.domain {
            Some((low, high)) => (number(low), number(high)),
            None => ("min(x)".into(), "max(x)".into()),
        };
        let (cell, middle) = self.cell(dialect)?;
        Ok(format!(
            "WITH given AS (
  SELECT {x} AS x, {y} AS y, {w} AS w, {g} AS grp
  FROM {table}{condition}
), sound AS (
  SELECT x, y, w, grp, CASE WHEN {is_sound} THEN 1 ELSE 0 END AS is_sound
  FROM given
), span AS (
  SELECT {low} AS low, {high} AS high, {half} * min(y) + {half} * max(y) AS y0
  FROM sound WHERE is_sound = 1
), placed AS (
  SELECT grp, x, y, w, {cell} AS cell, low, high, y0
  FROM sound CROSS JOIN span WHERE is_sound = 1
), centred AS (
  SELECT grp, cell, x, y, w, y0, {middle} AS x0, x - ({middle}) AS dx, y - y0 AS dy
  FROM placed
)
SELECT 0 AS shallow_moments_1, grp, count(*) AS n, sum(w) AS w, min(x) AS low, max(x) AS high,
  min(y) AS ylow, max(y) AS yhigh, min(x0) AS x0,
  sum(w * dx) AS sx, sum(w * dx * dx) AS sxx, min(y0) AS y0, sum(w * dy) AS sy, sum(w * dx * dy) AS sxy, sum(w * dy * dy) AS syy
FROM centred GROUP BY grp, cell
UNION ALL
SELECT 1, '', count(*), {zero}, {zero}, {zero}, {zero}, {zero}, {zero}, {zero}, {zero}, {zero}, {zero}, {zero}, {zero}
FROM sound WHERE is_sound = 0",
            w = weight.unwrap_or_else(|| number(1.0)),
            g = group.unwrap_or_else(|| "''".into()),
            half = number(0.5),
            zero = number(0.0),
            is_sound = is_sound.join(" AND "),
        ))
    }

    /// Which cell a row is in, and the cell's middle.
    fn cell(&self, dialect: Dialect) -> Result<(String, String), MomentsError> {
        let n = match self.cells {
            Cells::Distinct => return Ok(("x".into(), "x".into())),
            Cells::Even(n) => n,
        };
        if n == 0 || n > MOST {
            return Err(MomentsError::Query(format!(
                "cells must be 1 to {MOST}, got {n}"
            )));
        }
        let count = dialect.number(n as f64);
        let last = dialect.number((n - 1) as f64);
        let share = format!("(x - low) / (high - low) * {count}");
        let cell = dialect.least(&dialect.floor(&share), &last);
        let zero = dialect.number(0.0);
        let half = dialect.number(0.5);
        Ok((
            format!("CASE WHEN high > low THEN {cell} ELSE {zero} END"),
            format!("low + (cell + {half}) / {count} * (high - low)"),
        ))
    }
}

/// A condition without what would end it early: it is the user's own SQL, but one expression.
fn checked(condition: &str) -> Result<&str, MomentsError> {
    let condition = condition.trim();
    let mut depth = 0_i64;
    let mut quote = None;
    for c in condition.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ';') => depth = i64::MIN / 2,
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    let has_comment = condition.contains("--") || condition.contains("/*");
    match depth == 0 && quote.is_none() && !has_comment && !condition.is_empty() {
        true => Ok(condition),
        false => Err(MomentsError::Query(format!(
            "the condition `{condition}` must be one expression, with its quotes and parentheses closed and without comments"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_one_expression() {
        for good in ["x > 1", "name = 'a;b' AND (y < 2 OR z)", "\"a)\" = 1"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "x > 1)",
            "1); drop table t",
            "x > 1 -- a",
            "'a",
            "(x",
            "x /* a */",
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
