"""A network for each group of rows."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import shallow


def table() -> dict[str, Any]:
    rng = np.random.default_rng(1)
    sensor = rng.integers(0, 5, 400)
    t = rng.uniform(0, 1, 400)
    return {"t": t, "v": sensor + np.sin(4 * t) + rng.normal(0, 0.05, 400), "sensor": [f"s{k}" for k in sensor]}


def test_each_group_is_the_fit_of_its_rows() -> None:
    rows = table()
    groups = shallow.fit_groups(rows, x="t", y="v", by="sensor")
    assert sorted(groups) == ["s0", "s1", "s2", "s3", "s4"] and len(groups) == 5
    for name in groups:
        inside = np.array(rows["sensor"]) == name
        alone = shallow.fit(rows["t"][inside], rows["v"][inside], method="smooth", hidden=32)
        assert np.allclose(groups[name](rows["t"]), alone(rows["t"]), atol=1e-12)
        assert groups[name].rms == pytest.approx(alone.rms)
    predicted = groups.predict(rows)
    by_hand = [groups[name](t) for name, t in zip(rows["sensor"], rows["t"], strict=True)]
    assert np.allclose(predicted, by_hand, atol=1e-12)
    assert [row.n for row in groups.rows] == [rows["sensor"].count(row.group) for row in groups.rows]


def test_frames_of_every_kind_are_alike() -> None:
    rows = table()
    wanted = shallow.fit_groups(rows, x="t", y="v", by="sensor")
    frames: list[Any] = [pd.DataFrame(rows), pl.DataFrame(rows), pa.table(rows), pd.DataFrame(rows).astype({"sensor": "category"})]
    for frame in frames:
        groups = shallow.fit_groups(frame, x="t", y="v", by="sensor")
        assert list(groups) == list(wanted)
        assert np.array_equal(groups.predict(frame), wanted.predict(rows))


def test_groups_are_named_by_what_they_are() -> None:
    groups = shallow.fit_groups({"t": [0, 1, 0, 1], "v": [0, 1, 5, 4], "k": [1.0, 1.0, 2.0, 2.0]}, x="t", y="v", by="k")
    assert list(groups) == ["1", "2"] and groups[2](0.0) == pytest.approx(5.0) and groups["2"] == groups[2.0]
    with pytest.raises(KeyError):
        groups["3"]


def test_files_hold_all_networks(tmp_path: Path) -> None:
    groups = shallow.fit_groups(table(), x="t", y="v", by="sensor", bands=0.9)
    groups.save(tmp_path / "groups.safetensors")
    for again in (shallow.load(tmp_path / "groups.safetensors"), pickle.loads(pickle.dumps(groups))):
        assert isinstance(again, shallow.Groups)
        assert np.array_equal(again.predict(table()), groups.predict(table()))
        assert again["s1"].predict(0.5, interval=0.9) == groups["s1"].predict(0.5, interval=0.9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"x": "q"}, "the table has no column 'q'; it has t, v, sensor"),
        ({"y": "sensor"}, "sensor must be numbers"),
        ({"by": "none"}, "the table has no column 'none'"),
        ({"hidden": 0}, "hidden must be a whole number from 1 on, got 0"),
        ({"bands": 3.0}, "the level of bands must be between 0 and 1"),
    ],
)
def test_what_cannot_be_is_one_sentence(options: Any, sentence: str) -> None:
    arguments = {"x": "t", "y": "v", "by": "sensor"} | options
    for frame in (table(), pd.DataFrame(table()), pl.DataFrame(table())):
        with pytest.raises(ValueError) as raised:
            shallow.fit_groups(frame, **arguments)
        assert sentence.split(";")[0] in str(raised.value) and "\n" not in str(raised.value)


def test_tables_without_rows_or_names() -> None:
    with pytest.raises(ValueError, match="there are no groups to fit"):
        shallow.fit_groups({"t": [], "v": [], "k": []}, x="t", y="v", by="k")
    with pytest.raises(ValueError, match="the table must have columns by name"):
        shallow.fit_groups(5, x="t", y="v", by="k")
    rows = {"t": [0, 1, 0, 1], "v": [0, 1, 2, 3], "k": [1, 1, 2, 2], "w": [1, 1, 1, -1]}
    with pytest.raises(ValueError, match=r"weights\[1\] is -1: it must be 0 or more"):
        shallow.fit_groups(rows, x="t", y="v", by="k", weights="w")
    with pytest.raises(ValueError, match="different lengths"):
        shallow.fit_groups({"t": [0, 1], "v": [0], "k": [1, 1]}, x="t", y="v", by="k")
