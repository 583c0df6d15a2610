"""The docstrings' examples, the README's block, page 12 and the notebook run as they are printed."""

import doctest
import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import shallow

ROOT = Path(__file__).parents[2]
MODULES = ["documents", "fitting", "groups", "net", "pwlf", "sklearn", "training"]


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


def test_the_notebook(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    book = nbformat.read(ROOT / "examples/python/first_steps.ipynb", 4)
    client.NotebookClient(book, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    kinds = [kind for cell in book.cells for output in cell.get("outputs", []) for kind in output.get("data", {})]
    assert kinds.count("text/html") == 2 and kinds.count("image/png") == 2
