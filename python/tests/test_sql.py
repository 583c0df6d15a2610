"""Fits of columns that stay where they are, on the engines that are here."""

from __future__ import annotations

import importlib.util
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shallow

N = int(os.environ.get("SHALLOW_ROWS", "200000"))

# A name that would be dangerous, were it pasted.
TABLE = 't"; drop table x'

# Rows of i: x with 10,007 distinct values, a heavy tail, and columns whose sums are exact.
COLUMNS = {
    "x": "(i * 7919 % 10007) / 1000e0",
    "y": "(i * 7919 % 10007) / 1000e0 * (i % 13) / 16e0",
    "tail": "exp((i * 7919 % 10007) / 1000e0)",
    "step": "(i % 1000) * 1e0",
    "exact": "(i % 1000) * (i % 1000) / 65536e0 + (i % 16) / 32e0",
    "w": "(1 + i % 3) * 1e0",
    "g": "i % 5",
}
SELECT = ", ".join(f"{expression} AS {name}" for name, expression in COLUMNS.items())


def _table(engine: Any) -> str:
    """The table's name: Spark takes no such name."""
    return "rows" if "pyspark" in type(engine).__module__ else TABLE


def _arrays(n: int) -> dict[str, np.ndarray[Any, Any]]:
    i = np.arange(n, dtype=np.float64)
    x = (i * 7919 % 10007) / 1000
    return {
        "x": x,
        "y": x * (i % 13) / 16,
        "tail": np.exp(x),
        "step": i % 1000,
        "exact": (i % 1000) ** 2 / 65536 + (i % 16) / 32,
        "w": 1 + i % 3,
        "g": i % 5,
    }


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray[Any, Any]]:
    return _arrays(N)


def _sqlite() -> Iterator[Any]:
    connection = sqlite3.connect(":memory:")
    numbers = f"WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < {N - 1})"
    try:
        connection.execute("SELECT exp(1)")
    except sqlite3.OperationalError:
        connection.create_function("exp", 1, math.exp)
    connection.execute(f'CREATE TABLE "t""; drop table x" AS {numbers} SELECT {SELECT} FROM r')
    yield connection
    connection.close()


def _duckdb() -> Iterator[Any]:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.execute(f'CREATE TABLE "t""; drop table x" AS SELECT {SELECT} FROM range({N}) r(i)')
    yield connection
    connection.close()


def _postgres() -> Iterator[Any]:
    psycopg = pytest.importorskip("psycopg")
    programs = sorted(glob("/usr/lib/postgresql/*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not here")
    folder = tempfile.mkdtemp()
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    data, options = f"{folder}/data", f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        subprocess.run([*user, f"{programs[-1]}/{program}", "-D", data, *arguments], cwd="/", check=True, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        run("pg_ctl", "-l", f"{data}/log", "-w", "-o", options, "start")
        try:
            with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
                rows = f"generate_series(0::bigint, {N - 1}) AS r(i)"
                floats = ", ".join(f"CAST({of} AS double precision) AS {name}" for name, of in COLUMNS.items())
                connection.execute(f'CREATE TABLE "t""; drop table x" AS SELECT {floats} FROM {rows}')
                yield connection
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _spark() -> Iterator[Any]:
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("Spark is not here")
    folder = tempfile.mkdtemp()
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_DIRS=folder, SPARK_WORKER_DIR=f"{folder}/work")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local-cluster[2,1,1024]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "4").config("spark.sql.warehouse.dir", f"{folder}/tables")
    session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    session.range(N, numPartitions=32).selectExpr("id AS i").selectExpr(
        *(f"CAST({of.replace('e0', 'D')} AS DOUBLE) AS {name}" for name, of in COLUMNS.items())
    ).createOrReplaceTempView(_table(session))
    yield session
    session.stop()
    shutil.rmtree(folder, ignore_errors=True)


ENGINES = {"sqlite": _sqlite, "duckdb": _duckdb, "postgres": _postgres, "spark": _spark}


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    yield from ENGINES[request.param]()


def _mse(net: shallow.Net, x: Any, y: Any, w: Any = None) -> float:
    return float(np.average((y - net(x)) ** 2, weights=w))


@pytest.mark.parametrize("cells", [{}, {"cells": 500}, {"quantiles": True}, {"domain": (-1, 11)}])
@pytest.mark.parametrize("method", ["best", "smooth"])
def test_the_error_of_the_rows_is_within_the_bound(engine: Any, arrays: Any, cells: Any, method: Any) -> None:
    net = shallow.fit_sql(engine, _table(engine), "x", "y", hidden=12, method=method, **cells)
    assert isinstance(net, shallow.Net) and net.n == N
    assert net.rms is not None and net.mse_bound is not None and net.domain == (0.0, 10.006)
    mse = _mse(net, arrays["x"], arrays["y"])
    # 1e-11: sums of many terms in another order.
    assert abs(mse - net.rms**2) <= net.mse_bound + 1e-11 * mse
    # And it is the network of the rows, but for what cells can change.
    all_rows = shallow.fit(arrays["x"], arrays["y"], hidden=12, method=method)
    assert all_rows.rms is not None and mse <= all_rows.rms**2 * (1 + 1e-3)


def test_with_a_cell_for_each_x_nothing_is_lost(engine: Any, arrays: Any) -> None:
    in_memory = shallow.fit(arrays["step"], arrays["exact"], hidden=8, method="best")
    for cells in ({}, {"cells": "distinct"}, {"quantiles": True}):
        net = shallow.fit_sql(engine, _table(engine), "step", "exact", hidden=8, method="best", **cells)
        assert isinstance(net, shallow.Net) and net.n == N and net.mse_bound == 0
        # 1e-12: means of scaled y, and means that are scaled, differ by roundings.
        np.testing.assert_allclose(net.knots, in_memory.knots, rtol=1e-12)
        np.testing.assert_allclose(net.values, in_memory.values, rtol=1e-12, atol=1e-12)


def test_weights_groups_and_conditions(engine: Any, arrays: Any) -> None:
    groups = shallow.fit_sql(engine, _table(engine), "x", "y", weights="w", by="g", where="x < 5", hidden=4, method="best")
    assert isinstance(groups, shallow.Groups) and len(groups) == 5
    for row in groups.rows:
        chosen = (arrays["g"] == float(row.group)) & (arrays["x"] < 5)
        x, y, w = (arrays[name][chosen] for name in ("x", "y", "w"))
        assert row.n == len(x) and row.rms is not None
        assert _mse(groups[row.group], x, y, w) == pytest.approx(row.rms**2, rel=1e-2)


def test_a_heavy_tail_has_cells_of_equal_count(engine: Any, arrays: Any) -> None:
    net = shallow.fit_sql(engine, _table(engine), "tail", "y", hidden=12, method="best", quantiles=True, cells=1000)
    assert isinstance(net, shallow.Net) and net.rms is not None and net.mse_bound is not None
    mse = _mse(net, arrays["tail"], arrays["y"])
    assert abs(mse - net.rms**2) <= net.mse_bound + 1e-11 * mse
    in_memory = shallow.fit(arrays["tail"], arrays["y"], hidden=12, method="best").rms
    assert in_memory is not None and mse <= 1.01 * in_memory**2


def test_the_engine_computes_the_network(engine: Any, arrays: Any) -> None:
    net = shallow.fit(arrays["x"][:5000], arrays["y"][:5000], hidden=100, method="best")
    package = type(engine).__module__.split(".")[0].lstrip("_")
    name = {"sqlite3": "sqlite", "psycopg": "postgres", "pyspark": "spark"}.get(package, package)
    quote = "`" if name == "spark" else '"'
    table = f"{quote}{_table(engine).replace(quote, 2 * quote)}{quote}"
    for form in (None, "net"):
        sql = f"SELECT x, {net.to_sql(name, form=form)} FROM {table} WHERE x < 1"
        if name == "spark":
            rows = engine.sql(sql).collect()
        else:
            rows = engine.execute(sql).fetchall()
        x, y = np.array([tuple(row) for row in rows], dtype=float).T
        assert len(x) > 1000
        np.testing.assert_allclose(y, net(x), atol=1e-11)


# A thousand minutes and days, with a kink in the middle.
TIMES = {
    "sqlite3": """CREATE TABLE times AS WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < 999)
        SELECT datetime('2024-01-01', '+' || i || ' minutes') AS t, date('2024-01-01', '+' || i || ' days') AS d, abs(i - 500) AS y
        FROM r""",
    "duckdb": """CREATE TABLE times AS SELECT timestamp '2024-01-01' + interval (i) minute AS t, date '2024-01-01' + i::int AS d,
        abs(i - 500) AS y FROM range(1000) r(i)""",
    "psycopg": """CREATE TABLE times AS SELECT timestamp '2024-01-01' + i * interval '1 minute' AS t, date '2024-01-01' + i AS d,
        abs(i - 500) AS y FROM generate_series(0, 999) r(i)""",
    "pyspark": """CREATE TEMPORARY VIEW times AS
        SELECT timestamp '2024-01-01' + make_interval(0, 0, 0, 0, 0, CAST(id AS int), 0) AS t,
        date_add(date '2024-01-01', CAST(id AS int)) AS d, abs(id - 500) AS y FROM range(1000)""",
}


def test_times_are_seconds(engine: Any) -> None:
    package = type(engine).__module__.split(".")[0].lstrip("_")
    (engine.sql if package == "pyspark" else engine.execute)(TIMES[package])
    for x, unit in (("t", 60), ("d", 86400)):
        net = shallow.fit_sql(engine, "times", x, "y", time=True, hidden=2, method="best")
        start = 1_704_067_200
        assert isinstance(net, shallow.Net) and net.n == 1000
        # 1e-3 s: SQLite counts days.
        assert net.knots == pytest.approx([start, start + 500 * unit, start + 999 * unit], rel=0, abs=1e-3)


def test_what_cannot_be_is_said(engine: Any) -> None:
    with pytest.raises(ValueError, match="nothing can be fitted"):
        shallow.fit_sql(engine, _table(engine), "x", "y", where="x < -1")
    with pytest.raises(ValueError, match="all .* values of x are 0"):
        shallow.fit_sql(engine, _table(engine), "x", "y", where="x = 0")
    with pytest.raises(ValueError, match="one expression"):
        shallow.fit_sql(engine, _table(engine), "x", "y", where="1=1) --")
    with pytest.raises(Exception, match=r"no_such|NO_SUCH"):
        shallow.fit_sql(engine, _table(engine), "no_such", "y")


def test_rows_without_numbers_are_counted_apart() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t (x, y)")
    rows = [(i, i % 7) for i in range(100)] + [(None, 1), (1, "text"), (1, float("inf")), (None, None)]
    database.executemany("INSERT INTO t VALUES (?, ?)", rows)
    assert shallow.fit_sql(database, "t", "x", "y").n == 100  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="4 rows lack a number; missing='skip'"):
        shallow.fit_sql(database, "t", "x", "y", missing="error")
    with pytest.raises(ValueError, match="connection must be"):
        shallow.fit_sql("postgres://", "t", "x", "y")
    with pytest.raises(ValueError, match="cells must be"):
        shallow.fit_sql(database, "t", "x", "y", cells=0)


def test_sqlalchemy_engines_and_connections() -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x, y)")
        connection.exec_driver_sql("INSERT INTO t VALUES (?, ?)", [(i, abs(i - 50)) for i in range(100)])
        inside = shallow.fit_sql(connection, "t", "x", "y", hidden=2, method="best", where="x % 2 = 0 OR x <> ':a%s'")
    outside = shallow.fit_sql(engine, "t", "x", "y", hidden=2, method="best")
    assert inside == outside and isinstance(outside, shallow.Net) and outside(80.0) == pytest.approx(30)


def test_lazy_frames_and_data_sets_are_read_in_batches(tmp_path: Path, arrays: Any) -> None:
    polars = pytest.importorskip("polars")
    parquet, dataset = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow.dataset")
    frame = polars.DataFrame({name: arrays[name] for name in ("step", "exact", "w", "g", "x", "y")})
    frame.write_parquet(tmp_path / "data.parquet")
    in_memory = shallow.fit("step", "exact", data=frame, hidden=8, method="best")
    assert in_memory.mse_bound is None
    for data in (polars.scan_parquet(tmp_path / "data.parquet"), dataset.dataset(tmp_path / "data.parquet")):
        net = shallow.fit("step", "exact", data=data, hidden=8, method="best")
        assert net.mse_bound == 0 and net.n == N and net.max_error is None
        # 1e-11: as above, and sums of many terms in another order.
        np.testing.assert_allclose(net.values, in_memory.values, rtol=1e-11)
        wide = shallow.fit("x", "y", data=data, weights="w")
        mse = _mse(wide, arrays["x"], arrays["y"], arrays["w"])
        assert wide.rms is not None and wide.mse_bound is not None
        assert abs(mse - wide.rms**2) <= wide.mse_bound + 1e-11 * mse
        groups = shallow.fit_groups(data, x="step", y="exact", by="g")
        assert sorted(groups) == ["0", "1", "2", "3", "4"]
        with pytest.raises(ValueError, match="the data have no column 'z'"):
            shallow.fit("z", "y", data=data)
    table = parquet.read_table(tmp_path / "data.parquet")
    assert shallow.fit("step", "exact", data=table, hidden=8, method="best") == in_memory
    with pytest.raises(ValueError, match="3 rows lack a number"):
        shallow.fit("x", "y", data=polars.LazyFrame({"x": [1.0, None, 2, 3], "y": [None, 1.0, float("nan"), 2]}))


def _executors() -> list[int]:
    """Spark's workers that this process started."""

    def parent(pid: str) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])

    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if "CoarseGrainedExecutorBackend" not in (folder / "cmdline").read_text():
                continue
            above = parent(folder.name)
            while above not in (0, 1, os.getpid()):
                above = parent(str(above))
        except OSError:
            continue
        if above == os.getpid():
            found.append(int(folder.name))
    return sorted(found)


def test_a_killed_worker_changes_nothing() -> None:
    for session in _spark():
        tracker = session.sparkContext.statusTracker()
        undisturbed = shallow.fit_sql(session, "rows", "x", "y", hidden=12, method="best")
        killed: list[int] = []

        def kill(tracker: Any = tracker, killed: list[int] = killed) -> None:
            while not killed:
                for stage in tracker.getActiveStageIds():
                    info = tracker.getStageInfo(stage)
                    if info and info.numTasks == 32 and info.numCompletedTasks >= 8:
                        pid = _executors()[0]
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
                        return
                time.sleep(0.002)

        while len(_executors()) < 2:
            time.sleep(0.1)
        thread = threading.Thread(target=kill, daemon=True)
        thread.start()
        net = shallow.fit_sql(session, "rows", "x", "y", hidden=12, method="best")
        assert killed and isinstance(net, shallow.Net) and isinstance(undisturbed, shallow.Net)
        # Sums of many terms in another order; the same number of rows.
        assert net.n == undisturbed.n == N
        np.testing.assert_allclose(net.knots, undisturbed.knots, rtol=1e-9)
        np.testing.assert_allclose(net.values, undisturbed.values, rtol=1e-9, atol=1e-9)
