"""Run the tutorials of docs/tutorials/ as notebooks, and write each as a page with its pictures.

    python tools/tutorials.py [FILE …]

Pages land in docs/tutorials/built/, which git ignores.
"""

import argparse
import time
from pathlib import Path
from typing import Any

TUTORIALS = Path(__file__).resolve().parents[1] / "docs" / "tutorials"
LIMIT = 600  # seconds that one cell may take


def tutorials() -> list[Path]:
    """Return the tutorials in their order."""
    return sorted(TUTORIALS.glob("[0-9]*.py"))


def executed(path: Path) -> Any:
    """Return a tutorial as an executed notebook; it runs where it lies, as Jupyter runs it.

    Raises:
        CellExecutionError: a cell failed; the message shows it.
    """
    import jupytext
    from nbclient import NotebookClient

    client = NotebookClient(
        jupytext.read(path),
        timeout=LIMIT,
        kernel_name="python3",  # of the environment that this process runs in
        # It would warn that other users of the machine might listen: to figures of digits.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    return client.execute()


def written(notebook: Any, path: Path) -> Path:
    """Write an executed notebook as one HTML file that needs no other; return where it is."""
    from nbconvert import HTMLExporter

    from fullconv.files import whole_file

    # Formulae and widgets would be fetched; the tutorials have none.
    exporter = HTMLExporter(embed_images=True, mathjax_url="", require_js_url="")
    body, _ = exporter.from_notebook_node(notebook)
    page = path.parent / "built" / f"{path.stem}.html"
    with whole_file(page) as temporary:
        temporary.write_text(body, encoding="utf-8")
    return page


def main() -> None:
    """Run and write what was named, or all; print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=tutorials())
    for path in parser.parse_args().files:
        start = time.perf_counter()
        page = written(executed(path.resolve()), path.resolve())
        print(f"{page.parent.name}/{page.name}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
