"""Kill every stage at random moments, run on, and compare with a run that was not disturbed.

    python tools/kills.py [--kills 36] [--seed 0] [--keep FOLDER]

Works in a temporary clone on the data of `experiment=smoke`. A kill is SIGKILL to the stage's process, to the DVC that
started it, or to both. The next `dvc repro` must end with the dvc.lock of the undisturbed run, byte for byte, and leave
nothing half done. Writes benchmarks/results/kills.json; benchmarks/pages/kills.py shows it in docs/use/failures.md.
"""

import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "kills.json"
# Enough epochs that a training is killed between two of them, not only while it starts.
KNOBS = ("experiment=smoke", "train.epochs=12", "classifiers.located.train.epochs=6")
WAYS = ("stage", "dvc", "both")
RUNNING = re.compile(r"Running stage '(.+)':")
GOES_ON = re.compile(r"goes on after epoch \d+/\d+")
STAGE = "pipelines/"  # in the command line of a stage, and of nothing else that DVC starts
DATABASE = "mlflow.db"


@dataclass(frozen=True)
class Kill:
    """What dies, and when: seconds after the stage's process has started."""

    stage: str
    way: str
    second: float


@dataclass(frozen=True)
class Workplace:
    """A clone, and the environment in which its own code runs."""

    folder: Path
    environment: Mapping[str, str]

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start DVC in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", *command],
            cwd=self.folder, env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def dvc(self, *command: str) -> str:
        """Return what a DVC command says; it must succeed."""
        with self.start(*command) as running:
            said, _ = running.communicate()
        if running.returncode:
            raise RuntimeError(f"dvc {' '.join(command)} ended with {running.returncode}:\n{said}")
        return said

    def lock(self) -> bytes:
        """Return the content of dvc.lock."""
        return (self.folder / "dvc.lock").read_bytes()


def clone(folder: Path) -> Workplace:
    """Return a clone of this project as it is, uncommitted files included, on the data of `experiment=smoke`."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if name != "dvc.lock" and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "DVC_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    place = Workplace(folder, {**kept, "PATH": path, "PYTHONPATH": "src", "PYTHONWARNINGS": "ignore"})
    own = {"cwd": folder, "env": place.environment, "check": True}
    subprocess.run(["git", "init", "-q"], **own)
    subprocess.run(["git", "add", "-A"], **own)
    who = ("-c", "user.name=kills", "-c", "user.email=kills@localhost")
    subprocess.run(["git", *who, "commit", "-qm", "clone"], **own)
    subprocess.run([sys.executable, "pipelines/params.py", *KNOBS], **own)
    return place


def undisturbed(place: Workplace) -> dict[str, float]:
    """Run everything; return how many seconds each stage took, in the order in which DVC ran them."""
    began: list[tuple[str, float]] = []
    with place.start("repro") as running:
        for line in running.stdout or ():
            if found := RUNNING.match(line):
                began.append((found[1], time.perf_counter()))
                print(found[1], flush=True)
    if running.returncode:
        raise RuntimeError(f"The undisturbed run ended with {running.returncode}: {line}")
    ends = [start for _, start in began[1:]] + [time.perf_counter()]
    return {stage: end - start for (stage, start), end in zip(began, ends, strict=True)}


def planned(seconds: Mapping[str, float], count: int, seed: int) -> list[Kill]:
    """Return kills that go through all stages in turn, each time in another way, at any moment of a stage's time.

    After three turns, which is every stage in every way, they are of trainings: those have most to lose.
    """
    chance = random.Random(seed)
    stages: dict[str, list[str]] = {}
    for name in seconds:
        stages.setdefault(name.partition("@")[0], []).append(name)
    plan = []
    for number in range(count):
        turn, index = divmod(number, len(stages))
        names = list(stages.values())[index] if turn < len(WAYS) else stages["train"]
        stage = chance.choice(names)
        plan.append(Kill(stage, WAYS[(turn + index) % len(WAYS)], round(chance.uniform(0, seconds[stage]), 2)))
    return plan


def stage_of(dvc: int) -> psutil.Process | None:
    """Return the process of the stage that a DVC process runs, once it is there."""
    try:
        for child in psutil.Process(dvc).children(recursive=True):
            if any(STAGE in part for part in child.cmdline()):
                return child
    except psutil.NoSuchProcess:
        pass
    return None


def struck(place: Workplace, kill: Kill) -> tuple[bool, psutil.Process | None]:
    """Run one stage and kill; return whether what was to die was alive until then, and the stage's process."""
    with place.start("repro", "--no-run-cache", "--single-item", kill.stage) as dvc:
        stage = None
        while stage is None and dvc.poll() is None:
            time.sleep(0.01)
            stage = stage_of(dvc.pid)
        time.sleep(kill.second)
        alive = stage is not None and stage.is_running() and stage.status() != psutil.STATUS_ZOMBIE
        if alive and stage is not None:
            if kill.way in ("dvc", "both"):
                dvc.kill()
            if kill.way in ("stage", "both"):
                stage.kill()
        if kill.way == "dvc" and alive:
            # An orphan holds the other end of the pipe; nobody is left to read it.
            dvc.wait()
        else:
            dvc.communicate()
    return alive, stage


def forget(place: Workplace, stage: str) -> None:
    """Let a stage have its work to do again: DVC remembers another input of it, the dashboard no run.

    A forced stage would not do: after the kill DVC would fetch its outputs of before from the cache.
    """
    stages = {stage}
    if stage.startswith(("train", "publish")):
        stages.add("publish")
        for path in place.folder.glob(f"{DATABASE}*"):
            path.unlink()
    outdate(place, stages)


def outdate(place: Workplace, stages: Iterable[str]) -> None:
    """Have DVC remember another input of stages, at their places in dvc.lock."""
    lock = place.lock().decode()
    for one in stages:
        lock = re.sub(rf"(^  {one}:\n.*?md5: )\w+", rf"\g<1>{'f' * 32}", lock, count=1, flags=re.DOTALL | re.MULTILINE)
    (place.folder / "dvc.lock").write_text(lock)


def leftovers(folder: Path) -> list[str]:
    """Return what a run that was cut off may leave behind: half outputs, checkpoints. Lock files hold nothing."""
    partial = list(folder.rglob(".partial-*"))
    kept = [path for path in (folder / "checkpoints").rglob("*") if path.is_file() and path.suffix != ".lock"]
    return sorted(str(path.relative_to(folder)) for path in [*partial, *kept])


def rows(folder: Path) -> dict[str, list[str]]:
    """Return the states of the dashboard's runs by their name; deleted ones are not shown there."""
    with sqlite3.connect(folder / DATABASE) as database:
        found: dict[str, list[str]] = {}
        for name, status in database.execute("SELECT name, status FROM runs WHERE lifecycle_stage = 'active'"):
            found.setdefault(name, []).append(status)
    return found


def killed(place: Workplace, kill: Kill, reference: bytes, expected: Mapping[str, list[str]]) -> dict[str, Any]:
    """Kill once, run again, and return what came of it."""
    forget(place, kill.stage)
    moment = kill.second
    alive, stage = struck(place, kill)
    while not alive:
        if moment == 0:
            raise RuntimeError(f"{kill.stage} does not start: {place.dvc('repro', '--dry', kill.stage)}")
        # The stage was faster than before, and has done its work.
        forget(place, kill.stage)
        moment = round(moment / 2, 1)
        alive, stage = struck(place, Kill(kill.stage, kill.way, moment))
    said = place.dvc("repro", "--no-run-cache")
    goes_on = GOES_ON.search(said)
    return {
        **asdict(kill),
        "second": moment,
        "ran": RUNNING.findall(said),
        "goes_on": None if goes_on is None else goes_on[0],
        "same_lock": place.lock() == reference,
        "up_to_date": "up to date" in place.dvc("status"),
        "left": leftovers(place.folder),
        "orphan": stage is not None and stage.is_running(),
        "rows": rows(place.folder) == expected,
    }


def passed(one: Mapping[str, Any]) -> bool:
    """Return whether a kill did no harm."""
    return bool(one["same_lock"] and one["up_to_date"] and one["rows"] and not one["left"] and not one["orphan"])


def whole_rows(folder: Path) -> dict[str, list[str]]:
    """Return what the dashboard shows when all is well: one finished run a classifier, and one of the photos."""
    names = yaml.safe_load((folder / "params.yaml").read_text())["names"]
    return {name: ["FINISHED"] for name in [*names, "photos"]}


def main() -> None:
    """Run, kill, print a line a kill, write the results."""
    from fullconv.files import write_json

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--kills", type=int, default=36, help="27 kill every stage in every way, the rest are of trainings"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="an empty folder for the clone, kept afterwards")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as temporary:
        place = clone(given.keep or Path(temporary) / "fullconv")
        seconds = undisturbed(place)
        reference, expected = place.lock(), whole_rows(place.folder)
        done = []
        for kill in planned(seconds, given.kills, given.seed):
            one = killed(place, kill, reference, expected)
            done.append(one)
            print(f"{len(done)}/{given.kills} {'ok' if passed(one) else 'HARM'} {one}", flush=True)
    took = {stage: round(value, 1) for stage, value in seconds.items()}
    write_json(given.out, {"seed": given.seed, "seconds": took, "kills": done})
    harm = [one for one in done if not passed(one)]
    if harm:
        sys.exit(f"error: {len(harm)} of {len(done)} kills did harm.")


if __name__ == "__main__":
    main()
