"""Files and folders are whole or absent."""

import errno
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fullconv.errors import InputError
from fullconv.files import read_json, whole_file, whole_folder, write_json


class KilledError(Exception):
    """Stands for whatever ends a writer half-way."""


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert left(tmp_path) == ["a.txt"]


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(KilledError), whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise KilledError
    assert (tmp_path / "a.txt").read_text() == "old"
    assert left(tmp_path) == ["a.txt"]


def test_a_folder_takes_the_place_of_the_old_one_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stale").write_text("")
    with whole_folder(tmp_path / "out") as temporary:
        (temporary / "new").write_text("")
    assert left(tmp_path / "out") == ["new"]
    with pytest.raises(KilledError), whole_folder(tmp_path / "out") as temporary:
        (temporary / "half").write_text("")
        raise KilledError
    assert left(tmp_path / "out") == ["new"]
    assert left(tmp_path) == ["out"]


def test_a_writer_does_not_look_at_the_outputs_beside_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of a large image's tiles there are a hundred thousand, each a file: a look at all of them with each is days.
    listed: list[object] = []
    for name in ("listdir", "scandir"):
        listing = getattr(os, name)
        monkeypatch.setattr(os, name, lambda path, listing=listing: (listed.append(path), listing(path))[1])
    with whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("")
    with whole_folder(tmp_path / "out"):
        pass
    assert listed
    assert not {tmp_path, str(tmp_path)} & set(listed)
    assert left(tmp_path) == ["a.txt", "out"]


def test_who_may_write_into_a_folder_may_do_so_beside_another_writer(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("")
        assert temporary.parents[1].parent == tmp_path
        assert temporary.parents[1].stat().st_mode & 0o777 == 0o777


def test_a_disk_without_room_for_a_name_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(InputError, match=r"a\.txt: .*No space left"), whole_file(tmp_path / "a.txt"):
        pass
    assert left(tmp_path) == []


def test_writers_of_one_folder_that_take_it_away_from_each_other_go_on(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for step in range(40):
            write_json(tmp_path / f"{number}-{step}.json", step)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert len(left(tmp_path)) == 160


def test_a_folder_that_goes_while_it_is_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    making = Path.mkdir

    def gone(path: Path, *more: Any, **options: Any) -> None:
        if path.name.startswith(".partial"):
            (tmp_path / "out").rmdir()
        making(path, *more, **options)

    monkeypatch.setattr(Path, "mkdir", gone)
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "out" / "a.txt"):
        pass


def test_an_output_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not stop root, so what the system would answer is answered here.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match=r"reports.*cannot be written"):
        write_json(tmp_path / "reports" / "a.json", {})


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(InputError, match=r"reports.*cannot be written"):
        write_json(tmp_path / "reports" / "plain" / "a.json", {})


def test_json_is_the_same_whatever_the_order_of_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": [1, 2]})
    write_json(tmp_path / "b.json", {"a": [1, 2], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_json(tmp_path / "a.json") == {"a": [1, 2], "b": 1}


@pytest.mark.parametrize("content", [None, "{half"])
def test_json_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "metrics.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"metrics\.json"):
        read_json(path)
