"""What `--help` of a program prints: at once, where Hydra would first compose everything."""

import inspect
import textwrap
from pathlib import Path

FLAGS = ("-h", "--help")
_WIDTH = 100
_FOOTER = """Knobs: KEY=VALUE, such as classifier=background train.epochs=3. An unknown key is an error.
A path or a name may hold any sign: image='dog (1).jpg'; with spaces or brackets, in quotes for the shell.
The whole composition: --cfg job. Many runs: fullconv experiment -m model=swish,lenet"""


def help_of(says: str, conf: Path) -> str:
    """Return what a program's module says of itself, the groups of `conf/` and their options, how knobs are given."""
    groups = (folder for folder in sorted(conf.iterdir()) if folder.is_dir() and folder.name != "hydra")
    choices = "\n".join(map(_wrapped, groups))
    return f"{inspect.cleandoc(says)}\n\nGroups to choose from (GROUP=NAME):\n{choices}\n\n{_FOOTER}"


def _wrapped(group: Path) -> str:
    line = f"{group.name}: {', '.join(sorted(path.stem for path in group.glob('*.yaml')))}"
    return textwrap.fill(line, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
