"""`fullconv SUBCOMMAND KEY=VALUE …`: imports nothing until it knows which program is meant."""

import sys
from importlib import import_module

from fullconv.nearest import meant
from fullconv.terminal.pages import show_page

# Subcommand → its module beside this one, and what it does; the most usual first.
COMMANDS = {
    "locate": ("locate", "find objects in images of your own: heatmaps, boxes, raw scores"),
    "serve": ("serve", "the same on a page of your own machine, and over HTTP"),
    "evaluate": ("evaluate", "measure localization, on a COCO-format data set of your own too"),
    "convert": ("convert", "a classifier → its fully convolutional network and the certificate"),
    "train": ("train", "arrays → a classifier and its history"),
    "inspect": ("inspect", "what a classifier has learnt: kernels, activations, neighbours"),
    "experiment": ("experiment", "train, convert and evaluate at once; with -m a sweep of such jobs"),
    "prepare": ("prepare", "a data set's source → checked arrays"),
    "mosaics": ("mosaics", "arrays → sets of scenes with boxes"),
    "photos": ("survey", "measure a pretrained network on photos and collages of them"),
    "compare": ("compare", "the reports of all classifiers → one table, one figure, one page"),
    "publish": ("publish", "everything → MLflow, one run a classifier"),
    "promote": ("promote", "the best run's model → a version of a registered model"),
    "restore": ("restore", "a run → the code, knobs and data that it came from"),
    "runs": ("runs", "a state of the pipeline → the runs that show it"),
    "ui": ("ui", "the dashboard, and the addresses of its saved views"),
    "params": ("params", "compose conf/ into params.yaml"),
}

_HEAD = """Turn an image classifier into a network that finds objects without boxes.

fullconv locate classifier=efficientnet_lite0 synset=dog image=dog.jpg out=found

"""


def help_text() -> str:
    """Return what `fullconv --help` prints: one screen."""
    rows = [f"  {name:<12}{says}" for name, (_, says) in COMMANDS.items()]
    return f"{_HEAD}{chr(10).join(rows)}\n\nEach of them: fullconv SUBCOMMAND --help. Of this one: --version."


def _version() -> str:
    from importlib.metadata import version

    return f"fullconv {version('fullconv')}"


def main() -> None:
    """Run the subcommand that the first word names, on the words behind it."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("-h", "--help", "help"):
        show_page(help_text())
    elif name == "--version":
        print(_version())
    elif name in COMMANDS:
        del sys.argv[1]
        import_module(f"fullconv.command.{COMMANDS[name][0]}").main()
    else:
        mend = meant(name, COMMANDS).rstrip() or "fullconv --help shows them."
        sys.exit(f"error: {name}: there is no such subcommand. {mend}")


if __name__ == "__main__":
    main()
