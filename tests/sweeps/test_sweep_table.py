"""Notes of sweeps and jobs, as the dashboard shows them."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from fullconv.sweeps.sweep_table import job_note, wrapped


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=60), min_size=1))
def test_a_wrapped_command_is_the_same_command_in_short_lines(words: list[str]) -> None:
    block = wrapped(shlex.join(words))
    assert shlex.split(block.replace("\\\n", "")) == words
    assert all(line.startswith("    ") for line in block.splitlines())
    longest = max(len(shlex.quote(word)) for word in words)
    assert all(len(line) <= 90 + longest for line in block.splitlines())


def test_a_jobs_note_has_its_command_and_what_its_metrics_mean() -> None:
    note = job_note("heads", "python pipelines/experiment.py -m " + "key=value " * 20, "validation.AP50", "| a | b |")
    assert "sweep heads" in note
    assert note.endswith("| a | b |")
    assert max(len(line) for line in note.splitlines()) < 100
