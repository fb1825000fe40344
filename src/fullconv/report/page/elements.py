"""SVG as text: elements with attributes, numbers of two decimals so that the same figure gives the same bytes."""

from collections.abc import Iterable

from markupsafe import Markup, escape


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def element(name: str, content: Iterable[str] | str = (), **attributes: object) -> Markup:
    """Return `<name attributes>content</name>`; text is escaped, markup kept.

    Attribute names: a trailing underscore is dropped (`class_`), others become hyphens (`stroke_width`).
    """
    parts = [f'{key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items()]
    opening = " ".join([name, *parts])
    inside = escape(content) if isinstance(content, str) else Markup("").join(content)
    return Markup(f"<{opening}>{inside}</{name}>") if inside else Markup(f"<{opening}/>")


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else str(escape(value))


def text(x: float, y: float, content: str, **attributes: object) -> Markup:
    """Return text at a place."""
    return element("text", content, x=float(x), y=float(y), **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Markup:
    """Return a straight line."""
    return element("line", (), x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), **attributes)


def box(x: float, y: float, width: float, height: float, content: Iterable[str] = (), **attributes: object) -> Markup:
    """Return a rectangle; `content` may hold its tooltip."""
    return element(
        "rect", content, x=float(x), y=float(y), width=float(width), height=float(height), **attributes
    )  # fmt: skip


def tooltip(content: str) -> Markup:
    """Return what a reader sees on pointing at the element that holds it."""
    return element("title", content)


def picture(width: float, height: float, content: Iterable[str], label: str) -> Markup:
    """Return an SVG that scales with the page; `label` is read out to those who do not see it."""
    view = f"0 0 {number(width)} {number(height)}"
    return element("svg", content, viewBox=view, role="img", aria_label=label, style=f"max-width:{number(width)}px")
