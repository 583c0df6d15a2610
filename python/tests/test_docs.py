"""The docstrings' examples, the README's blocks, pages 12 and 14 and the notebook run as they are printed."""

import doctest
import gzip
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shallow

ROOT = Path(__file__).parents[2]
MODULES = ["documents", "fitting", "groups", "moments", "net", "pwlf", "sklearn", "training"]


@pytest.mark.parametrize("module", ["shallow", *(f"shallow.{name}" for name in MODULES)])
def test_examples_in_docstrings(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0 and result.failed == 0


def blocks(page: str) -> str:
    return "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL))


def test_the_readmes_five_lines() -> None:
    names: dict[str, object] = {}
    exec(blocks("README.md"), names)
    net = names["net"]
    assert isinstance(net, shallow.Net) and net.is_optimal and net.bound is not None and net.bound <= 0.01


def test_page_12(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    page = blocks("docs/12-python.md")
    exec(page, names)
    assert (tmp_path / "level.safetensors").exists()
    sine = shallow.approximate("sin(3*x)", (-2, 2), tolerance=0.01)
    assert f"{sine.hidden} units, and fewer cannot be within 0.01: proven" in page and sine.is_optimal
    net = names["net"]
    assert isinstance(net, shallow.Net) and net.bound is None
    assert f"measured at {net.n:,} places" in page
    assert net.max_error is not None and net.max_error <= 0.01
    assert np.isfinite(net.max_error)


def test_page_14() -> None:
    names: dict[str, object] = {}
    exec(blocks("docs/14-moments.md"), names)
    net = names["net"]
    assert isinstance(net, shallow.Net) and net.n == 1000 and net.mse_bound is not None and net.mse_bound < 1e-6


def test_the_readmes_door_to_a_database(tmp_path: Path) -> None:
    search = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if shutil.which("duckdb", path=search) is None:
        pytest.skip("duckdb's program is not here")
    table = "CREATE TABLE readings AS SELECT i / 1000.0 AS t, abs(i / 1000.0 - 3) AS volts FROM range(10000) r(i)"
    subprocess.run(["duckdb", tmp_path / "plant.db", table], env={**os.environ, "PATH": search}, check=True)
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in ("a", "b"):
        (logs / f"{name}.csv.gz").write_bytes(gzip.compress(b"t,volts\n1,2\n2,3\n4,1\n"))
    page = (ROOT / "README.md").read_text()
    block = page.split("## Where the data lie")[1].split("```console\n")[1].split("```")[0]
    done = subprocess.run(["sh", "-ec", block], cwd=tmp_path, env={**os.environ, "PATH": search}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    net = shallow.load(tmp_path / "volts")
    assert isinstance(net, shallow.Net) and abs(net(5.0) - 2) < 1e-3
    assert "CASE WHEN" in done.stdout and len((tmp_path / "a.csv").read_text().splitlines()) == 5


def test_the_notebook(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    book = nbformat.read(ROOT / "examples/python/first_steps.ipynb", 4)
    client.NotebookClient(book, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    kinds = [kind for cell in book.cells for output in cell.get("outputs", []) for kind in output.get("data", {})]
    assert kinds.count("text/html") == 2 and kinds.count("image/png") == 2
