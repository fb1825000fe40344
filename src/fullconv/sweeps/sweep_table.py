"""The jobs of a sweep as a table: on the terminal, in the parent run's note, and as an artifact."""

import shlex
from collections.abc import Sequence
from typing import Any

from fullconv.sweeps.outcomes import Outcome, best_first
from fullconv.terminal.tables import figure, print_table

COLUMNS = ("job", "overrides", "state", "objective", "seconds", "run_id", "error")
_WIDTH = 80  # characters of a command's line


def print_jobs(title: str, outcomes: Sequence[Outcome]) -> None:
    """Print what became of each job, in their order."""
    rows = [
        [str(one.number), one.label, one.state, figure(one.objective), f"{one.seconds:.0f}", one.error or ""]
        for one in outcomes
    ]
    errors = any(one.error for one in outcomes)
    columns = ["job", "overrides", "state", "objective", "seconds", "error"]
    print_table(title, [row if errors else row[:-1] for row in rows], columns if errors else columns[:-1])


def jobs_table(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the jobs, best first, as the dashboard's tables are stored: columns and rows."""
    rows = [
        [one.number, one.label, one.state, one.objective, round(one.seconds, 1), one.run_id, one.error]
        for one in best_first(outcomes)
    ]
    return {"columns": list(COLUMNS), "data": rows}


def sweep_note(objective: str, command: str, outcomes: Sequence[Outcome]) -> str:
    """Return the parent run's note: what was run, and its jobs, best first."""
    lines = [
        f"A sweep: its jobs are the runs below this one, by `{objective}`, the best first.",
        "",
        f"| job | overrides | state | {objective} | seconds |",
        "| ---: | --- | --- | ---: | ---: |",
        *(
            f"| {one.number} | {_cell(one.label)} | {one.state} | {figure(one.objective)} | {one.seconds:.0f} |"
            for one in best_first(outcomes)
        ),
        "",
        *(f"- job {one.number} {one.state}: {_cell(one.error)}" for one in outcomes if one.error),
        "",
        "The same again, what is finished left out:",
        "",
        wrapped(command),
    ]
    return "\n".join(lines)


def job_note(sweep: str | None, command: str, objective: str, meanings: str) -> str:
    """Return a job's note: the command that repeats it, and what its metrics mean."""
    head = "One job of a sweep" if sweep is None else f"One job of the sweep {sweep}"
    table = "\n".join(line for line in meanings.splitlines() if line.startswith("|"))
    return f"{head}. `objective` is `{objective}`. To repeat it:\n\n{wrapped(command)}\n\n{table}"


def wrapped(command: str) -> str:
    """Return a command as a block of code, no line longer than the dashboard's page is wide."""
    lines = [""]
    for word in shlex.split(command):
        if lines[-1] and len(lines[-1]) + len(shlex.quote(word)) > _WIDTH:
            lines.append("   ")
        lines[-1] += f" {shlex.quote(word)}" if lines[-1] else shlex.quote(word)
    return " \\\n".join(f"    {line}" for line in lines)


def failure_note(note: str, error: str) -> str:
    """Return the note of a job that failed: the failure first."""
    return f"**Failed:** {_cell(error)}\n\nThe whole traceback: *Artifacts → traceback.txt*.\n\n{note}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
