"""What a file of a classifier is refused for; the reader adds the file's name."""

from pathlib import Path

from fullconv.errors import InputError

_MOST = 400  # characters of a whole message
_NAME = 120  # of the file's name


class RefusalError(Exception):
    """A file, or a layer in it, that is not read: what it is, and what helps."""

    def __init__(self, received: str, mend: str) -> None:
        super().__init__(f"{received}. {mend}")
        self.received = received
        self.mend = mend


def short(text: object, most: int = 120) -> str:
    """Return a text in one line, cut at its end where it is longer."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 2] + " …"


def reason(error: BaseException) -> str:
    """Return what Keras says of a failure, without what it says of a whole architecture around it."""
    text = str(error)
    for mark in ("Exception encountered:", "Error:"):
        text = text.rpartition(mark)[2]
    if "safe_mode" in text or "unsafe" in text:
        text = "code in it, which is never run"
    return short(text, 140)


def told(path: Path, refusal: RefusalError) -> InputError:
    """Return the error that a person sees: the file's name, what it is and what helps, in 400 characters."""
    name = str(path)
    where = name if len(name) <= _NAME else "… " + name[2 - _NAME :]
    room = _MOST - len(where) - len(refusal.mend) - len(": . ")
    return InputError(where, short(refusal.received, room), refusal.mend)
