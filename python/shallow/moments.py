"""Fits of columns of a database, which reduces them itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from . import _shallow
from ._lazy import check_left_out
from ._options import choice, flag, interval, of_curve, real, shown, whole
from .groups import Groups
from .net import Net

# Rows of an answer that are taken at once.
_AT_ONCE = 10_000

# The packages of connections, and of SQLAlchemy's dialects, whose SQL is known.
_DIALECTS = {
    "databricks": "spark",
    "duckdb": "duckdb",
    "hive": "spark",
    "pg8000": "postgres",
    "pgdb": "postgres",
    "postgresql": "postgres",
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "pyhive": "spark",
    "pyspark": "spark",
    "spark": "spark",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
}


def fit_sql(
    connection: Any,
    table: str,
    x: str,
    y: str,
    *,
    weights: str | None = None,
    by: str | None = None,
    where: str | None = None,
    time: bool = False,
    domain: tuple[float, float] | None = None,
    cells: int | Literal["distinct"] | None = None,
    quantiles: bool = False,
    dialect: Literal["duckdb", "postgres", "spark", "sqlite"] | None = None,
    missing: Literal["error", "skip"] = "skip",
    hidden: int | Literal["auto"] | None = None,
    method: Literal["best", "smooth"] | None = None,
    tolerance: float | None = None,
    bands: float | None = None,
    monotone: Literal["increasing", "decreasing"] | None = None,
    convex: bool = False,
    concave: bool = False,
    through: Iterable[tuple[float, float]] | None = None,
    max_slope: float | None = None,
    n_threads: int | None = None,
) -> Net | Groups:
    """The network of two columns of a table, or one for each group, by one query: the engine reduces the rows to moments of cells
    of x, and these are fitted. How far `rms` squared may be from that of the rows is `mse_bound` of the network.

    Parameters
    ----------
    connection
        DuckDB's, SQLite's, PostgreSQL's (psycopg, psycopg2, pg8000) or any other of the DB-API with a `dialect`; SQLAlchemy's
        engine or connection; a SparkSession.
    table : str
        Its name; dots stand between catalogue, schema and table, a part in double quotes may have dots in it.
    x, y, weights, by : str
        Columns: inputs, outputs, what each row counts, the group of each row.
    where : str, optional
        A condition in the engine's SQL, which stands as it is.
    time : bool
        Whether x is a date or a time, of which the seconds since the beginning of 1970 are taken.
    domain : (float, float), optional
        The interval of x, which the engine then need not look for; other rows are left out.
    cells : int or "distinct", optional
        Cells of equal width between the least and the largest x of each group: 10,000, or 100 with `by`. With `"distinct"` each
        x is its own, and nothing is lost.
    quantiles : bool
        Cells of about equal count, for x with a few values far from the rest.
    dialect : optional
        The engine's SQL, where the connection does not say it.
    missing : "skip" or "error"
        What becomes of rows that lack a number.
    hidden, method, tolerance, bands, monotone, convex, concave, through, max_slope, n_threads
        As of `fit`. A smooth network, if nothing says otherwise: samples cannot be left out to choose by.

    Examples
    --------
    >>> import sqlite3, shallow
    >>> database = sqlite3.connect(":memory:")
    >>> _ = database.execute("CREATE TABLE readings (t, v)")
    >>> _ = database.executemany("INSERT INTO readings VALUES (?, ?)", [(i / 100, abs(i / 100 - 3)) for i in range(1000)])
    >>> net = shallow.fit_sql(database, "readings", x="t", y="v", hidden=2, method="best")
    >>> net.n, round(net(5.0), 6)
    (1000, 2.0)
    """
    for name, value in (("table", table), ("x", x), ("y", y)):
        if not isinstance(value, str):
            raise ValueError(f"{name} must be a name, got {shown(value)}")
    for name, text in (("weights", weights), ("by", by), ("where", where)):
        if text is not None and not isinstance(text, str):
            raise ValueError(f"{name} must be text, got {shown(text)}")
    choice("missing", missing, ("error", "skip"))
    options = _options(
        hidden=hidden,
        method=method,
        tolerance=real("tolerance", tolerance),
        bands=bands,
        monotone=monotone,
        convex=convex,
        concave=concave,
        through=through,
        max_slope=max_slope,
    )
    kind = "distinct" if cells == "distinct" else "quantiles" if flag("quantiles", quantiles) else "even"
    number = None if cells == "distinct" else whole("cells", cells)
    where_x = None if domain is None else interval("domain", domain)
    engine = _engine(connection, dialect)
    sql = _shallow.moments_query(engine.dialect, table, (x, flag("time", time)), y, weights, by, where, number, kind, where_x)
    moments = _shallow.Moments(number, by is not None)
    for rows in engine.rows(sql):
        groups = ["" if row[1] is None else str(row[1]) for row in rows]
        numbers = np.array([[row[0], *row[2:]] for row in rows], dtype=np.float64)
        moments.add_rows(groups, np.ascontiguousarray(numbers.ravel()))
    check_left_out(moments, missing)
    threads = whole("n_threads", n_threads)
    if by is None:
        return Net(_shallow.fit_moments(moments, options, (x, y), threads), None, bands)
    return Groups(_shallow.fit_moments_groups(moments, options, (x, y, by), threads))


def _options(**options: Any) -> str:
    return of_curve(**{"loss": "squared", "seed": 42, **options})


class _Engine(NamedTuple):
    dialect: str
    rows: Callable[[str], Iterator[Sequence[Any]]]


def _engine(connection: Any, dialect: str | None) -> _Engine:
    """What runs a query on a connection."""
    names = sorted(set(_DIALECTS.values()))
    choice("dialect", dialect, names)
    package = (connection.__name__ if inspect.ismodule(connection) else type(connection).__module__).split(".")[0].lstrip("_")
    if package == "sqlalchemy":
        known = _DIALECTS.get(connection.dialect.name)
        run: Callable[[Any, str], Iterator[Sequence[Any]]] = _of_sqlalchemy
    elif hasattr(connection, "sql") and package == "pyspark":
        known = "spark"
        run = _of_spark
    elif package == "duckdb":
        known = "duckdb"
        run = _of_duckdb
    elif hasattr(connection, "cursor"):
        known = _DIALECTS.get(package)
        run = _of_cursor
    else:
        raise ValueError(f"connection must be one of the DB-API, of SQLAlchemy or a SparkSession, got {shown(connection)}")
    if dialect is None and known is None:
        raise ValueError(f"the SQL of {package} is not known; say the dialect that it is closest to: {', '.join(names)}")
    return _Engine(dialect or known or "", lambda sql: run(connection, sql))


def _of_cursor(connection: Any, sql: str) -> Iterator[Sequence[Any]]:
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        yield from iter(lambda: cursor.fetchmany(_AT_ONCE), [])
    finally:
        cursor.close()


def _of_duckdb(connection: Any, sql: str) -> Iterator[Sequence[Any]]:
    answer = connection.execute(sql)
    yield from iter(lambda: answer.fetchmany(_AT_ONCE), [])


def _of_sqlalchemy(connection: Any, sql: str) -> Iterator[Sequence[Any]]:
    # The driver's own, which looks for no parameters in the text.
    if hasattr(connection, "raw_connection"):
        raw = connection.raw_connection()
        try:
            yield from _of_cursor(raw, sql)
        finally:
            raw.close()
    else:
        yield from _of_cursor(connection.connection, sql)


def _of_spark(session: Any, sql: str) -> Iterator[Sequence[Any]]:
    rows = session.sql(sql).collect()
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
