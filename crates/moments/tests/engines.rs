//! What engines answer to the query, where they are: the moments of the samples themselves.

use std::{fs, path::Path, process::Command};

use shallow_analytic::{CellMoments, ExactGradient, Moments, Reduction, ReluWeights};
use shallow_moments::{Cells, Dialect, MomentsTable, Query};

/// Makes a table `t` of `x, y, w, g`, some of whose rows lack a number, and prints the answer as CSV.
const SQLITE: &str = r#"
import csv, math, sqlite3, sys
connection = sqlite3.connect(":memory:")
connection.execute('CREATE TABLE "t""; drop table x" (x, y, w, g)')
rows = [((i * 7919 % 10007) / 1000, math.sin(i * 7919 % 10007 / 1000) + (i % 13) / 64, 1 + i % 3, "ab"[i % 2]) for i in range(20000)]
rows += [(None, 1, 1, "a"), (1, None, 1, "a"), ("text", 1, 1, "a"), (1, 9e999, 1, "a"), (1, 1, 0, "a"), (1, 1, 1, None)]
connection.executemany('INSERT INTO "t""; drop table x" VALUES (?, ?, ?, ?)', rows)
write(connection.execute(open(sys.argv[1]).read()))
"#;

const DUCKDB: &str = r#"
import csv, sys
try:
    import duckdb
except ImportError:
    sys.exit(7)
connection = duckdb.connect()
connection.execute('CREATE TABLE "t""; drop table x" AS SELECT (i * 7919 % 10007) / 1000 AS x, sin(i * 7919 % 10007 / 1000) + (i % 13) / 64 AS y, 1 + i % 3 AS w, CASE WHEN i % 2 = 0 THEN \'a\' ELSE \'b\' END AS g FROM range(20000) r(i)')
connection.execute("INSERT INTO \"t\"\"; drop table x\" VALUES (NULL, 1, 1, 'a'), (1, NULL, 1, 'a'), ('nan', 1, 1, 'a'), (1, 'inf', 1, 'a'), (1, 1, 0, 'a'), (1, 1, 1, NULL)")
write(connection.execute(open(sys.argv[1]).read()))
"#;

const WRITE: &str = r#"
def write(cursor):
    out = csv.writer(sys.stdout)
    out.writerow([column[0] for column in cursor.description])
    out.writerows(cursor.fetchall())
"#;

/// The samples of one group, or all.
fn samples(group: Option<usize>) -> [Vec<f64>; 3] {
    let rows = (0..20_000_usize).filter(|i| group.is_none_or(|group| i % 2 == group));
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    for i in rows {
        let x = (i * 7919 % 10007) as f64 / 1000.0;
        let row = [x, x.sin() + (i % 13) as f64 / 64.0, (1 + i % 3) as f64];
        columns
            .iter_mut()
            .zip(row)
            .for_each(|(column, value)| column.push(value));
    }
    columns
}

/// An engine's answer; none where the engine is not here.
fn answer(script: &str, query: &Query, dialect: Dialect) -> Option<MomentsTable> {
    let folder = tempfile::tempdir().unwrap();
    let [sql, program, table] = ["q.sql", "run.py", "m.csv"].map(|name| folder.path().join(name));
    fs::write(&sql, query.sql(dialect).unwrap()).unwrap();
    let (imports, rest) = script.trim_start().split_once('\n').unwrap();
    fs::write(&program, format!("{imports}\n{WRITE}\n{rest}")).unwrap();
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(python)
        .arg(&program)
        .arg(&sql)
        .output()
        .unwrap();
    if output.status.code() == Some(7) {
        return None;
    }
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(&table, output.stdout).unwrap();
    Some(read(&table))
}

fn read(path: &Path) -> MomentsTable {
    let mut table = MomentsTable::default();
    table.add(path).unwrap();
    table
}

/// Loss and gradient of a network on moments.
fn loss(moments: &Moments) -> (f64, ReluWeights) {
    let weights = ReluWeights {
        w1: vec![1.0, -1.0, 0.5, 2.0],
        b1: vec![-2.0, 7.0, -1.0, -15.0],
        w2: vec![0.5, 0.25, -1.0, 0.125],
        b2: vec![0.5],
    };
    let mut gradient = weights.clone();
    let loss =
        ExactGradient::new(moments, 4).loss_and_gradient(&weights, Reduction::Mean, &mut gradient);
    (loss, gradient)
}

fn check(script: &str, dialect: Dialect) {
    let query = |cells, by: Option<&str>, weight: Option<&str>| Query {
        table: "t\"; drop table x".into(),
        x: "x".into(),
        x_is_time: false,
        y: "y".into(),
        weight: weight.map(String::from),
        by: by.map(String::from),
        condition: None,
        cells,
        domain: None,
    };
    let Some(even) = answer(script, &query(Cells::Even(500), None, Some("w")), dialect) else {
        eprintln!("{} is not here", dialect.name());
        return;
    };
    // Without weights and groups, the rows that lack one of these count.
    assert_eq!(even.n_left_out, 5);
    let [_, _, w] = samples(None);
    let all = &even.groups[""];
    assert_eq!(all.n, 20_001);
    let total: f64 = all.cells.iter().map(|cell: &CellMoments| cell.weight).sum();
    assert_eq!(total, w.iter().sum::<f64>() + 1.0);
    let by_group = answer(
        script,
        &query(Cells::Distinct, Some("g"), Some("w")),
        dialect,
    )
    .unwrap();
    assert_eq!((by_group.groups.len(), by_group.n_left_out), (2, 6));
    for (at, name) in ["a", "b"].into_iter().enumerate() {
        let [x, y, w] = samples(Some(at));
        let group = &by_group.groups[name];
        let (ours, theirs) = (
            loss(&group.builder(20_000).finish()),
            loss(&Moments::weighted(&x, &y, &w)),
        );
        // 1e-12: sums of ten thousand terms in another order.
        assert!(
            (ours.0 / theirs.0 - 1.0).abs() < 1e-12,
            "{} {}",
            ours.0,
            theirs.0
        );
        assert!(
            ours.1
                .relative_difference(&theirs.1)
                .iter()
                .all(|difference| *difference < 1e-10)
        );
    }
    let narrow = Query {
        condition: Some("g = 'a' AND x < 5".into()),
        domain: Some((0.0, 4.0)),
        ..query(Cells::Even(2000), None, None)
    };
    let narrow = answer(script, &narrow, dialect).unwrap();
    let [x, y, _] = samples(Some(0));
    let (x, y): (Vec<f64>, Vec<f64>) = x
        .iter()
        .zip(&y)
        .filter(|(x, _)| **x <= 4.0)
        .map(|(x, y)| (*x, *y))
        .unzip();
    let moments = narrow.groups[""].builder(2000).finish();
    let bound = moments.error_bound(&loss(&moments).1, Reduction::Mean);
    assert!(bound.0.is_finite());
    assert!(
        (moments.total_weight() - x.len() as f64).abs() <= 2.0,
        "{} {}",
        moments.total_weight(),
        y.len()
    );
}

#[test]
fn sqlite_gives_the_samples_moments() {
    check(SQLITE, Dialect::Sqlite);
}

#[test]
fn duckdb_gives_the_samples_moments_where_it_is() {
    check(DUCKDB, Dialect::DuckDb);
}
