"""The one error that a person's input can cause."""


class InputError(ValueError):
    """A key, file or layer that cannot be used as given.

    The message names it, says what was received and how to mend it.
    """

    def __init__(self, where: str, received: str, mend: str) -> None:
        super().__init__(f"{where}: {received}. {mend}")
        self.where = where
        self.received = received
        self.mend = mend

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str]]:
        # An error that crosses a process (a sweep's worker) keeps its three parts.
        return type(self), (self.where, self.received, self.mend)
