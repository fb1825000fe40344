"""Sheets that were drawn as PNG, on a page as they are."""

import base64
import io
from pathlib import Path

from markupsafe import Markup
from PIL import Image

from fullconv.errors import InputError
from fullconv.report.page.elements import element, picture


def sheet(data: bytes, label: str) -> Markup:
    """Return a PNG, never shown larger than it is; `label` is read out to those who do not see it."""
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    address = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    shown = element("image", width=width, height=height, href=address)
    return picture(width, height, [shown], label)


def sheet_of(path: Path, label: str, mend: str) -> Markup:
    """Return the sheet of a file.

    Raises:
        InputError: it is missing or no picture.
    """
    try:
        return sheet(path.read_bytes(), label)
    except OSError as error:
        raise InputError(str(path), f"no picture ({error})", mend) from error
