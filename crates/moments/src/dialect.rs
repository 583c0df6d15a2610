//! What engines call the same things.

use crate::error::MomentsError;

/// An engine's SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// DuckDB 1.0 and later.
    DuckDb,
    /// PostgreSQL 12 and later.
    Postgres,
    /// Spark 3.4 and later.
    Spark,
    /// SQLite 3.35 and later.
    Sqlite,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::DuckDb, Self::Postgres, Self::Spark, Self::Sqlite];

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Postgres => "postgres",
            Self::Spark => "spark",
            Self::Sqlite => "sqlite",
        }
    }

    /// A name as an identifier: quoted, and each quote in it doubled, so that nothing of it is read as SQL.
    ///
    /// # Errors
    ///
    /// [`MomentsError::Query`] for a name that is empty or has the character 0 in it, which no engine takes.
    pub fn identifier(self, name: &str) -> Result<String, MomentsError> {
        if name.is_empty() || name.contains('\0') {
            return Err(MomentsError::Query(format!(
                "{name:?} is no name of a table or column"
            )));
        }
        let quote = match self {
            Self::Spark => "`",
            _ => "\"",
        };
        Ok(format!(
            "{quote}{}{quote}",
            name.replace(quote, &quote.repeat(2))
        ))
    }

    /// A table's name, in which dots part a catalogue, a schema and the table itself; a part in double quotes may have dots in it.
    ///
    /// # Errors
    ///
    /// As [`identifier`](Self::identifier).
    pub fn table(self, name: &str) -> Result<String, MomentsError> {
        let mut quoted = Vec::new();
        let mut rest = name;
        loop {
            let (part, after) = match rest.strip_prefix('"') {
                Some(inside) => in_quotes(inside).ok_or_else(|| {
                    MomentsError::Query(format!(
                        "{name:?} is no name of a table: a part in double quotes must end with one, with a dot or nothing behind"
                    ))
                })?,
                None => {
                    let end = rest.find('.').unwrap_or(rest.len());
                    (rest[..end].to_string(), &rest[end..])
                }
            };
            quoted.push(self.identifier(&part)?);
            match after.strip_prefix('.') {
                Some(after) => rest = after,
                None => return Ok(quoted.join(".")),
            }
        }
    }

    /// A number that is read back as the same f64.
    pub fn number(self, value: f64) -> String {
        // The exponent makes it a float everywhere, and not a decimal.
        format!("{value:e}")
            .replace('e', "e0")
            .replace("e0-", "e-0")
    }

    /// A column as a 64-bit float, NULL where it is no number.
    pub(crate) fn float(self, column: &str) -> String {
        match self {
            Self::DuckDb | Self::Spark => format!("TRY_CAST({column} AS DOUBLE)"),
            Self::Postgres => self.number_of(column),
            // A text that is no number would be 0.
            Self::Sqlite => format!(
                "CASE WHEN typeof({column}) IN ('integer', 'real') THEN CAST({column} AS REAL) END"
            ),
        }
    }

    /// A column of dates or times as seconds since the beginning of 1970.
    pub(crate) fn seconds(self, column: &str) -> String {
        match self {
            Self::DuckDb => format!("epoch(CAST({column} AS TIMESTAMP))"),
            Self::Postgres => {
                format!("CAST(extract(epoch FROM {column}) AS double precision)")
            }
            Self::Spark => format!("CAST(CAST({column} AS TIMESTAMP) AS DOUBLE)"),
            Self::Sqlite => format!("(julianday({column}) - 2440587.5e0) * 86400.0e0"),
        }
    }

    /// A quoted column of numbers as a 64-bit float.
    pub fn number_of(self, column: &str) -> String {
        match self {
            Self::DuckDb | Self::Spark => format!("CAST({column} AS DOUBLE)"),
            Self::Postgres => format!("CAST({column} AS double precision)"),
            Self::Sqlite => format!("CAST({column} AS REAL)"),
        }
    }

    /// A column as text.
    pub(crate) fn text(self, column: &str) -> String {
        match self {
            Self::DuckDb => format!("CAST({column} AS VARCHAR)"),
            Self::Postgres | Self::Sqlite => format!("CAST({column} AS text)"),
            Self::Spark => format!("CAST({column} AS STRING)"),
        }
    }

    /// The largest whole number that is no larger than a number from 0 on.
    pub(crate) fn floor(self, number: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({number} AS INTEGER)"),
            _ => format!("floor({number})"),
        }
    }

    /// What follows the `AS` of a common table expression that is computed with each use, and of one that is computed once.
    pub(crate) fn materialised(self) -> (&'static str, &'static str) {
        match self {
            Self::Spark => ("", ""),
            _ => ("NOT MATERIALIZED ", "MATERIALIZED "),
        }
    }

    /// The larger of two numbers.
    pub fn greatest(self, a: &str, b: &str) -> String {
        match self {
            Self::Sqlite => format!("max({a}, {b})"),
            _ => format!("greatest({a}, {b})"),
        }
    }

    /// The smaller of two numbers.
    pub fn least(self, a: &str, b: &str) -> String {
        match self {
            Self::Sqlite => format!("min({a}, {b})"),
            _ => format!("least({a}, {b})"),
        }
    }
}

/// What stands before the quote that ends a text, in which two quotes are one, and what is behind: a dot or nothing.
fn in_quotes(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        part += before;
        match after.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return (after.is_empty() || after.starts_with('.')).then_some((part, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        let quoted = |name| Dialect::DuckDb.identifier(name).unwrap();
        assert_eq!(quoted("t\"; drop table x"), "\"t\"\"; drop table x\"");
        assert_eq!(Dialect::Spark.identifier("a`b").unwrap(), "`a``b`");
        assert!(
            Dialect::Sqlite.identifier("").is_err() && Dialect::Sqlite.identifier("a\0").is_err()
        );
        let table = |name| Dialect::Postgres.table(name).unwrap();
        assert_eq!(table("public.t"), "\"public\".\"t\"");
        assert_eq!(table("\"a.b\".t"), "\"a.b\".\"t\"");
        assert_eq!(table("t\"; drop table x"), "\"t\"\"; drop table x\"");
        assert_eq!(table("\"a\"\"b\".t"), "\"a\"\"b\".\"t\"");
        for bad in ["a..b", "", "a.", "\"a", "\"a\"b", "\"a\"\""] {
            assert!(Dialect::Postgres.table(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_floats() {
        let number = |value| Dialect::DuckDb.number(value);
        assert_eq!(
            [number(1.0), number(-0.5), number(1e300)],
            ["1e00", "-5e-01", "1e0300"]
        );
        for value in [0.1, 1.0 / 3.0, 1e-300, -7.25e20, 0.0] {
            assert_eq!(number(value).parse::<f64>().unwrap(), value);
        }
    }
}
