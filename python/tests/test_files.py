"""Exports, files, and the program that the package carries."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shallow
from conftest import Samples

PROGRAM = Path(sysconfig.get_path("scripts")) / "shallow"


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120, **options)


@pytest.mark.parametrize("dtype", ["f64", "f32"])
@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_c_is_the_same_function(tmp_path: Path, dtype: str) -> None:
    net = shallow.approximate("sin(3*x)", (-2, 2), tolerance=1e-3)
    source = tmp_path / "sine.c"
    source.write_text(net.to_c("sine", dtype=dtype))
    library = tmp_path / "sine.so"
    subprocess.run(["cc", "-std=c99", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
    real: Any = ctypes.c_double if dtype == "f64" else ctypes.c_float
    sine = ctypes.CDLL(str(library)).sine
    sine.argtypes, sine.restype = [real], real
    x = np.linspace(-2, 2, 5001).astype(np.float32)
    errors = np.array([sine(float(at)) for at in x]) - net(x)
    assert np.abs(errors).max() < (1e-13 if dtype == "f64" else 1e-5)


def test_rust_json_and_onnx(tmp_path: Path, noisy: Samples) -> None:
    net = shallow.fit(*noisy)
    assert "fn bend(" in net.to_rust("bend")
    assert json.loads(net.to_json())
    content = net.to_onnx(tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == content
    assert len(net.to_onnx(dtype="f32")) < len(content)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    for call in (lambda: net.to_c(dtype="f16"), lambda: net.to_c(form="tree"), lambda: net.to_rust(dtype="f16")):
        with pytest.raises(ValueError):
            call()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, noisy: Samples) -> None:
    net = shallow.fit(*noisy)
    with pytest.raises(OSError):
        net.save(tmp_path / "no" / "net.safetensors")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        net.save(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    net.save(tmp_path / "net.safetensors")
    assert shallow.load(tmp_path / "net.safetensors") == net
    (tmp_path / "net.safetensors").write_bytes(b"no network")
    with pytest.raises(ValueError, match="net.safetensors: "):
        shallow.load(tmp_path / "net.safetensors")
    with pytest.raises(FileNotFoundError):
        shallow.load(tmp_path / "none")


def test_the_program_is_there_and_agrees(tmp_path: Path, noisy: Samples) -> None:
    x, y = noisy
    rows = "\n".join(f"{a!r},{b!r}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    (tmp_path / "rows.csv").write_text(f"t,v\n{rows}\n")
    for flags, options in [([], {}), (["--method", "smooth"], {"method": "smooth"}), (["--hidden", "5"], {"hidden": 5})]:
        out = run("fit", "--csv", "rows.csv", "--test-samples", "0", "--json", "--out", "run", "--force", *flags, cwd=tmp_path)
        assert out.returncode == 0, out.stderr
        net = shallow.fit(x, y, **options)  # type: ignore[arg-type]
        report = json.loads(out.stdout)
        assert report["train_loss"] == net.rms**2 or np.isclose(report["train_loss"], net.rms**2, rtol=1e-15)
        assert report["hidden"] == net.hidden and report["method"] == net.method
        loaded = shallow.load(tmp_path / "run")
        assert isinstance(loaded, shallow.Net) and np.array_equal(loaded(x), net(x))
    out = run("fit", "--function", "sin(3*x)", "--tolerance", "0.01", "--norm", "max", "--json", "--out", "sine", cwd=tmp_path)
    net = shallow.approximate("sin(3*x)", (-1, 1), tolerance=0.01)
    assert json.loads(out.stdout)["max_error_bound"] == net.bound
    net.save(tmp_path / "run" / "model.safetensors")
    predicted = run("predict", "run", "--x", "0.25", cwd=tmp_path)
    assert float(predicted.stdout.splitlines()[1].split(",")[1]) == net(0.25)


def test_the_programs_exit_codes(tmp_path: Path) -> None:
    assert run("--version").returncode == 0
    wrong = run("fit", cwd=tmp_path)
    assert wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1
    assert run("fit", "--function", "sin(3*x)", "--method", "descent", "--lr", "99", cwd=tmp_path).returncode == 3
    module = subprocess.run([sys.executable, "-m", "shallow", "--version"], capture_output=True, text=True)
    assert module.returncode == 0 and module.stdout.startswith("shallow")


def test_ctrl_c_ends_the_program(tmp_path: Path) -> None:
    import signal
    import time

    command = [PROGRAM, "fit", "--function", "sin(3*x)", "--method", "descent", "--epochs", "100000000", "--log-every", "100000"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    time.sleep(1.0)
    os.kill(process.pid, signal.SIGINT)
    _, message = process.communicate(timeout=10)
    assert process.returncode == 1 and "interrupted after" in message
