"""Files that a person takes for a picture: what each is, and what makes a picture of it."""

from pathlib import Path

_HEAD = 512  # bytes
_EXPORT = "Save it as JPEG or PNG first."
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1")


def foreign(path: Path) -> tuple[str, str] | None:
    """Return what a file is that is no picture, and what helps; None where that is not known."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS", "Run git lfs pull in its repository."
    if text.startswith(b"%pdf"):
        return "a PDF", "Export its pages as PNG first."
    if b"<svg" in text:
        return "SVG, which has no pixels", "Export it as PNG first."
    if text.startswith((b"<!doctype", b"<html", b"<head")):
        return "a web page", "Download the picture itself, not the page around it."
    if head[4:8] == b"ftyp":
        return ("HEIC", _EXPORT) if head[8:12] in _HEIF else ("a video", "Save a frame of it as JPEG or PNG first.")
    return None
