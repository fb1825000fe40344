"""CSV files of crops, as spreadsheets and scripts write them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fullconv.config.schema import DataConfig
from fullconv.data.sources.choice import load_arrays
from fullconv.data.sources.crops.table import list_table
from fullconv.errors import InputError

Config = Callable[..., DataConfig]
Draw = Callable[..., Path]

WANTED = [("a.png", "cat"), ("b.png", "dog")]


@pytest.mark.parametrize(
    "content",
    [
        b"path,label\na.png,cat\nb.png,dog\n",
        b"a.png,cat\r\nb.png,dog",
        b"\xef\xbb\xbffilename;class\na.png;cat\n\nb.png;dog\n",
        "path\tlabel\na.png\tcat\nb.png\tdog\n".encode("utf-16"),
        b'"Image" , "Label"\n"a.png", "cat"\n"b.png", "dog"\n',
        b"id,label,image\n1,cat,a.png\n2,dog,b.png\n",
    ],
)
def test_tables_of_many_kinds(tmp_path: Path, config: Config, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    listing = list_table(path, config("csv", path))
    assert [(one.name, one.label) for one in listing.places] == WANTED
    assert [one.path for one in listing.places] == [tmp_path / "a.png", tmp_path / "b.png"]


def test_splits_and_background(tmp_path: Path, config: Config, draw: Draw) -> None:
    rows = ["path,label,split"]
    for label in ("a", "b", "background"):
        for number in range(4):
            draw(f"{label}{number}.png", (10, 11 + number))
            rows.append(f"{label}{number}.png,{label},{'test' if number == 3 else 'train'}")
    (tmp_path / "t.csv").write_text("\n".join(rows))
    arrays = load_arrays(config("csv", tmp_path / "t.csv"))
    assert (len(arrays.train_labels), len(arrays.test_labels)) == (6, 2)
    assert arrays.crops is not None
    assert arrays.crops.classes == ("a", "b")
    assert len(arrays.crops.nothing) == 3


def test_a_third_part_stays_unseen(tmp_path: Path, config: Config) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a.png,x,train\nb.png,x,val\nc.png,x,test\n")
    listing = list_table(path, config("csv", path))
    assert [one.name for one in listing.places] == ["a.png", "b.png"]
    assert listing.left_out == ("1 rows of test are left unseen, for fullconv evaluate",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text("ab ,;\"'é猫\t", min_size=1).map(str.strip).filter(bool), min_size=2, max_size=2))
def test_any_name_in_quotes(tmp_path: Path, config: Config, names: list[str]) -> None:
    path = tmp_path / "t.csv"
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    path.write_text("path,label\n" + ",".join(quoted) + "\n")
    if path.read_text().splitlines()[0].count(",") < 1:
        return
    (place,) = list_table(path, config("csv", path)).places
    assert [place.name, place.label] == names


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no rows"),
        (b"path,label\n", "a header and nothing below it"),
        (b"a.png\nb.png\n", r"line 1: received 'a\.png'. Give two columns, path,label"),
        (b"path,label\na.png,cat\nb.png\n", r"line 3: received 'b\.png'"),
        (b"path,label\na.png,\n", r"line 2: received 'a\.png,'"),
        (b"path,kind\na.png,cat\n", "columns path, kind"),
        (b"a.png,cat,train\nb.png,dog,maybe\n", r"line 2: a split 'maybe'\. Give train, val or test"),
        (b"PK\x03\x04\x00\x00", "no text. Save the table as CSV"),
        (b"a.png,\xff\xe9\n", r"no text in UTF-8 \(byte 6\)"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, config: Config, content: bytes, says: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        list_table(path, config("csv", path))


def test_missing_files_are_named(tmp_path: Path, config: Config, draw: Draw) -> None:
    draw("a.png")
    (tmp_path / "t.csv").write_text("a.png,x\nb.png,x\nc.png,y\n")
    with pytest.raises(InputError, match=r"2 of 3 files cannot be read \(b\.png: no such image file"):
        load_arrays(config("csv", tmp_path / "t.csv"))
