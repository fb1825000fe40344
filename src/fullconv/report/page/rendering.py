"""Templates filled in: pages of one file, that load nothing and hold no date."""

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def rendered(template: str, **values: Any) -> str:
    """Return a template of the package with these values and the style sheet of all pages; text is escaped."""
    environment = Environment(
        loader=PackageLoader("fullconv.report.page"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    style = (files("fullconv.report.page") / "templates" / "report.css").read_text()
    return environment.get_template(template).render(style=Markup(style), **values)
