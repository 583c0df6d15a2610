//! The one query that reduces a table's rows to moments.

use shallow_data::LARGEST;

use crate::{dialect::Dialect, error::MomentsError};

/// Into which cells rows are put.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cells {
    /// So many of equal width, between the least and the largest x of each group.
    Even(usize),
    /// About so many of equal count, between quantiles as the engine estimates them over all groups.
    Quantiles(usize),
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
    /// Whether these are dates or times, of which the seconds since the beginning of 1970 are taken.
    pub x_is_time: bool,
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

/// How many cells there are if nothing is said: groups may be many.
pub fn default_cells(has_groups: bool) -> usize {
    match has_groups {
        true => 100,
        false => 10_000,
    }
}

/// The most cells.
pub(crate) const MOST_CELLS: usize = 10_000_000;

/// The most quantiles, which some engines take as a list.
const MOST_QUANTILES: usize = 10_000;

impl Query {
    /// The query in an engine's SQL. Its columns are those of [`MomentsTable`](crate::MomentsTable).
    ///
    /// Sums are about the means of each cell, which are computed before, so that they lose no digits that matter. Rows that lack a number,
    /// and those beyond the domain, are counted in one row of the answer.
    ///
    /// # Errors
    ///
    /// [`MomentsError::Query`] for names, cells and domains that cannot be.
    pub fn sql(&self, dialect: Dialect) -> Result<String, MomentsError> {
        let number = |value: f64| dialect.number(value);
        let (inline, once) = dialect.materialised();
        let given = self.given(dialect)?;
        let is_sound = self.is_sound(dialect)?;
        let columns = [
            Some(&self.x),
            Some(&self.y),
            self.weight.as_ref(),
            self.by.as_ref(),
        ];
        for (at, column) in columns.iter().enumerate() {
            if let Some(twice) = column.filter(|_| columns[..at].contains(column)) {
                return Err(MomentsError::Query(format!(
                    "the column {twice} is asked for twice; choose others"
                )));
            }
        }
        // The columns that are there, and what joins a row with what is known of all.
        let [group, weight] = [("grp, ", &self.by), ("w, ", &self.weight)]
            .map(|(name, column)| if column.is_some() { name } else { "" });
        let (span, per_group, by_cell) = match self.by {
            Some(_) => (
                "JOIN shallow_span USING (grp)",
                " GROUP BY grp",
                "grp, cell",
            ),
            None => ("CROSS JOIN shallow_span", "", "cell"),
        };
        let tables = self.placed(dialect, &format!("{group}x, {weight}y"), span)?;
        let (low, high) = match self.domain {
            Some((low, high)) => (number(low), number(high)),
            None => ("min(x)".into(), "max(x)".into()),
        };
        let scale = self.scale(dialect)?;
        let name = if self.by.is_some() {
            "grp"
        } else {
            "'' AS grp"
        };
        let zeros = vec![number(0.0); 12].join(", ");
        let (cells, from) = self.cells(dialect, by_cell);
        Ok(format!(
            "WITH shallow_given AS {inline}({given}),
shallow_sound AS {inline}(SELECT * FROM shallow_given WHERE {is_sound}),
shallow_edge AS (SELECT {group}{low} AS a, {high} AS b, min(y) AS ylow, max(y) AS yhigh FROM shallow_sound{per_group}),
shallow_span AS {once}(SELECT {group}a, ylow, yhigh, {scale} AS scale FROM shallow_edge),
{tables},
{cells}
SELECT 0 AS shallow_moments_1, {name}, n, w, low, high, ylow, yhigh, x0, sx, sxx, y0, sy, sxy, syy
FROM {from} {span}
UNION ALL
SELECT 1, '', count(*), {zeros}
FROM shallow_given WHERE CASE WHEN {is_sound} THEN 0 ELSE 1 END = 1
ORDER BY shallow_moments_1, grp, low"
        ))
    }

    /// The moments of each cell, about its means: the common table expressions, and what has a row for each cell.
    fn cells(&self, dialect: Dialect, by_cell: &str) -> (String, String) {
        let count = dialect.number_of("count(*)");
        let zero = dialect.number(0.0);
        // Engines add up squares about a mean that moves with the rows, and lose no digits either.
        if self.weight.is_none() && dialect != Dialect::Sqlite {
            let cells = format!(
                "shallow_cells AS (
  SELECT {by_cell}, count(*) AS n, {count} AS w, min(x) AS low, max(x) AS high, avg(x) AS x0, {zero} AS sx, {count} * var_pop(x) AS sxx,
    avg(y) AS y0, {zero} AS sy, {count} * covar_pop(y, x) AS sxy, {count} * var_pop(y) AS syy
  FROM shallow_placed GROUP BY {by_cell}
)"
            );
            return (cells, "shallow_cells".into());
        }
        let (inline, once) = dialect.materialised();
        let (w, times, weight) = match self.weight {
            Some(_) => ("sum(w)", "w * ", "w, "),
            None => (&count[..], "", ""),
        };
        let cells = format!(
            "shallow_means AS {once}(
  SELECT {by_cell}, count(*) AS n, {w} AS w, min(x) AS low, max(x) AS high, sum({times}x) / {w} AS x0, sum({times}y) / {w} AS y0
  FROM shallow_placed GROUP BY {by_cell}
),
shallow_centred AS {inline}(
  SELECT {by_cell}, {weight}x - x0 AS dx, y - y0 AS dy
  FROM (SELECT {by_cell}, x, {weight}y FROM shallow_placed) AS rows_in_cells
  JOIN (SELECT {by_cell}, x0, y0 FROM shallow_means) AS means_of_cells USING ({by_cell})
),
shallow_sums AS (
  SELECT {by_cell}, sum({times}dx) AS sx, sum({times}dx * dx) AS sxx, sum({times}dy) AS sy, sum({times}dx * dy) AS sxy,
    sum({times}dy * dy) AS syy
  FROM shallow_centred GROUP BY {by_cell}
)"
        );
        let from = format!("shallow_means JOIN shallow_sums USING ({by_cell})");
        (cells, from)
    }

    /// The rows as numbers.
    fn given(&self, dialect: Dialect) -> Result<String, MomentsError> {
        let table = dialect.table(&self.table)?;
        let column = |name: &str| {
            let column = dialect.identifier(name)?;
            Ok::<_, MomentsError>(match dialect {
                // By itself, a name that is no column's would be a text.
                Dialect::Sqlite => format!("{table}.{column}"),
                _ => column,
            })
        };
        let float = |name: &str| Ok::<_, MomentsError>(dialect.float(&column(name)?));
        let x = match self.x_is_time {
            true => dialect.seconds(&column(&self.x)?),
            false => float(&self.x)?,
        };
        let mut columns = format!("{x} AS x, {} AS y", float(&self.y)?);
        if let Some(weight) = &self.weight {
            columns += &format!(", {} AS w", float(weight)?);
        }
        if let Some(by) = &self.by {
            columns += &format!(", trim({}) AS grp", dialect.text(&column(by)?));
        }
        let condition = match &self.condition {
            Some(condition) => format!(" WHERE ({})", checked(condition, dialect)?),
            None => String::new(),
        };
        Ok(format!("SELECT {columns} FROM {table}{condition}"))
    }

    /// Whether a row has all that it needs.
    fn is_sound(&self, dialect: Dialect) -> Result<String, MomentsError> {
        let number = |value: f64| dialect.number(value);
        let within = |name: &str, low: f64, high: f64| {
            format!("{name} BETWEEN {} AND {}", number(low), number(high))
        };
        let mut all = vec![match self.domain {
            None => within("x", -LARGEST, LARGEST),
            Some((low, high)) if low < high && low >= -LARGEST && high <= LARGEST => {
                within("x", low, high)
            }
            Some((low, high)) => {
                return Err(MomentsError::Query(format!(
                    "the domain {low}:{high} must be two numbers in ascending order, neither beyond {LARGEST:e}"
                )));
            }
        }];
        all.push(within("y", -LARGEST, LARGEST));
        if self.weight.is_some() {
            all.push(format!("w > {} AND w <= {}", number(0.0), number(LARGEST)));
        }
        if self.by.is_some() {
            all.push("grp <> ''".into()); // nor NULL
        }
        Ok(all.join(" AND "))
    }

    /// Cells of equal width to a unit of x.
    fn scale(&self, dialect: Dialect) -> Result<String, MomentsError> {
        let zero = dialect.number(0.0);
        let n = match self.cells {
            Cells::Even(n) => n,
            Cells::Quantiles(_) | Cells::Distinct => return Ok(zero),
        };
        // A little less, so that the largest x is inside the last.
        let n = dialect.number(n as f64 - 1e-3);
        Ok(format!(
            "CASE WHEN b > a THEN {n} / (b - a) ELSE {zero} END"
        ))
    }

    /// The rows in their cells: the common table expressions, the last of which is `shallow_placed`, with `cell` and some columns.
    fn placed(&self, dialect: Dialect, columns: &str, span: &str) -> Result<String, MomentsError> {
        let most = match self.cells {
            Cells::Even(_) => MOST_CELLS,
            Cells::Quantiles(_) | Cells::Distinct => MOST_QUANTILES,
        };
        let number = |value: f64| dialect.number(value);
        let (inline, once) = dialect.materialised();
        let n = match self.cells {
            Cells::Even(n) | Cells::Quantiles(n) if n == 0 || n > most => {
                return Err(MomentsError::Query(format!(
                    "cells must be a number from 1 to {most}, got {n}"
                )));
            }
            Cells::Even(_) => {
                let floor = dialect.floor("(x - a) * scale");
                return Ok(format!(
                    "shallow_placed AS {inline}(SELECT {columns}, {floor} AS cell FROM shallow_sound {span})"
                ));
            }
            Cells::Distinct => {
                return Ok(format!(
                    "shallow_placed AS {inline}(SELECT {columns}, x AS cell FROM shallow_sound)"
                ));
            }
            Cells::Quantiles(n) => n,
        };
        let shares = || {
            let shares = (1..n).map(|at| number(at as f64 / n as f64));
            let shares: Vec<_> = shares.collect();
            match shares.is_empty() {
                true => number(0.5),
                false => shares.join(", "),
            }
        };
        Ok(match dialect {
            Dialect::DuckDb => format!(
                "shallow_edges AS {once}(
  SELECT unnest(list_distinct(list_append(approx_quantile(x, CAST([{}] AS FLOAT[])), min(x)))) AS e FROM shallow_sound
),
shallow_placed AS {inline}(
  SELECT {columns}, e AS cell FROM shallow_sound ASOF JOIN shallow_edges ON shallow_sound.x >= shallow_edges.e
)",
                shares()
            ),
            Dialect::Postgres => format!(
                "shallow_quantiles AS (
  SELECT unnest(percentile_disc((
    SELECT array_agg(at / CAST({n} AS double precision)) FROM generate_series(0, {last}) AS at
  )) WITHIN GROUP (ORDER BY x)) AS e FROM shallow_sound
),
shallow_edges AS {once}(SELECT array_agg(DISTINCT e ORDER BY e) AS es FROM shallow_quantiles),
shallow_placed AS {inline}(
  SELECT {columns}, ((SELECT es FROM shallow_edges))[width_bucket(x, (SELECT es FROM shallow_edges))] AS cell FROM shallow_sound
)",
                last = n - 1
            ),
            Dialect::Spark => {
                let steps: Vec<_> = (0..n.next_power_of_two().ilog2().max(1))
                    .rev()
                    .map(|bit| (1_u64 << bit).to_string())
                    .collect();
                format!(
                    "shallow_edges AS (
  SELECT array_sort(array_distinct(concat(array(min(x)), percentile_approx(x, array({}), 100000)))) AS es FROM shallow_sound
),
shallow_found AS (
  SELECT {columns}, es, aggregate(array({}), 1, (at, step) ->
    CASE WHEN at + step <= size(es) AND x >= element_at(es, at + step) THEN at + step ELSE at END) AS at
  FROM shallow_sound CROSS JOIN shallow_edges
),
shallow_placed AS (SELECT {columns}, element_at(es, at) AS cell FROM shallow_found)",
                    shares(),
                    steps.join(", ")
                )
            }
            // It has no quantiles, but sorts.
            Dialect::Sqlite => format!(
                "shallow_tiled AS (SELECT {columns}, ntile({n}) OVER (ORDER BY x) AS tile FROM shallow_sound),
shallow_placed AS {once}(SELECT {columns}, min(x) OVER (PARTITION BY tile) AS cell FROM shallow_tiled)"
            ),
        })
    }
}

/// A condition without what would end it early: it is the user's own SQL, but one expression.
///
/// What engines quote in ways of their own is refused, for what is quoted would have to be known.
fn checked(condition: &str, dialect: Dialect) -> Result<&str, MomentsError> {
    let condition = condition.trim();
    let wrong = |what: &str| {
        Err(MomentsError::Query(format!(
            "the condition `{condition}` must be one expression, {what}"
        )))
    };
    let (mut depth, mut quote, mut last) = (0_i64, None, ' ');
    for c in condition.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            // Spark's strings have escapes.
            (Some(_), '\\') if dialect == Dialect::Spark => return wrong("without backslashes"),
            (Some(_), _) => {}
            // Such as E'...', whose quotes can be escaped.
            (None, '\'' | '"') if last.is_alphanumeric() || last == '&' || last == '_' => {
                return wrong("with a blank before each quote, and without prefixes of quotes");
            }
            (None, '\'' | '"') => quote = Some(c),
            (None, '`') if matches!(dialect, Dialect::Spark | Dialect::Sqlite) => quote = Some(c),
            (None, '`' | '$' | '\\') => return wrong("without `, $ and \\ beyond quotes"),
            (None, '[') if dialect == Dialect::Sqlite => return wrong("without ["),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ';') => depth = i64::MIN / 2,
            _ => {}
        }
        if depth < 0 {
            break;
        }
        last = c;
    }
    let has_comment = condition.contains("--") || condition.contains("/*");
    match depth == 0 && quote.is_none() && !has_comment && !condition.is_empty() {
        true => Ok(condition),
        false => wrong("with its quotes and parentheses closed and without comments"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_one_expression() {
        for good in ["x > 1", "name = 'a;b' AND (y < 2 OR z)", "\"a)\" = 1"] {
            for dialect in Dialect::ALL {
                assert!(checked(good, dialect).is_ok(), "{good}");
            }
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
            for dialect in Dialect::ALL {
                assert!(checked(bad, dialect).is_err(), "{bad}");
            }
        }
        for (bad, dialect) in [
            ("s=E'\\' || ') OR (1=1) OR (s=E'\\''", Dialect::DuckDb),
            (
                "s=$$'$$ AND s='a') OR (1=1) OR (s=$$'$$ AND s='a'",
                Dialect::Postgres,
            ),
            ("['] IS NULL) OR (1=1) OR (['] IS NULL", Dialect::Sqlite),
            ("s='\\') OR (1=1) OR (s='", Dialect::Spark),
            ("`'` = 1) OR (`'` = 1", Dialect::Postgres),
        ] {
            assert!(checked(bad, dialect).is_err(), "{bad}");
        }
    }
}
