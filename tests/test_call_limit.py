"""A test that takes too long by itself fails the suite; one that waits, or is marked slow, does not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# A fifth of a second is the limit; the work takes several times as long on a quick machine and on a slow one.
TESTS = """
import subprocess, sys, time
import pytest

WORK = '''
import time
def work():
    end, total = time.process_time() + 1, 0
    for number in range(20 * 10**6):
        total += number
    while time.process_time() < end:
        pass
work()
'''

def test_it_computes():
    exec(WORK, {})

def test_its_child_computes():
    subprocess.run([sys.executable, "-c", WORK], check=True)

def test_it_sleeps():
    time.sleep(2)

@pytest.fixture
def dear():
    exec(WORK, {})

def test_its_fixture_computes(dear):
    pass

def test_its_child_waits():
    subprocess.run([sys.executable, "-IS", "-c", "import time; time.sleep(1)"], check=True)

@pytest.mark.slow
def test_it_is_slow_and_says_so():
    exec(WORK, {})
"""


def test_whoever_takes_too_long_fails_and_nobody_else(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("plugins") / "call_limit.py", tmp_path / "conftest.py")
    (tmp_path / "test_few.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\ncall_limit = 0.2\nmarkers = slow\n")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA"],
        cwd=tmp_path, env=kept, capture_output=True, text=True,
    )  # fmt: skip
    ended = dict(line.split(" - ")[0].split()[::-1] for line in done.stdout.splitlines() if "test_few.py::" in line)
    assert {name.partition("::")[2]: how for name, how in ended.items()} == {
        "test_it_computes": "FAILED",
        "test_its_child_computes": "FAILED",
        "test_it_sleeps": "FAILED",
        "test_its_fixture_computes": "PASSED",
        "test_its_child_waits": "PASSED",
        "test_it_is_slow_and_says_so": "PASSED",
    }, done.stdout
    told = [line for line in done.stdout.splitlines() if line.startswith("FAILED") and "It took" in line]
    assert len(told) == 3
    assert done.returncode == 1


def test_the_suite_has_a_limit(pytestconfig: pytest.Config) -> None:
    assert float(pytestconfig.getini("call_limit")) == 30
