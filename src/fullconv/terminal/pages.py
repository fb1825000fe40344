"""A page of text on the terminal, or into a pipe whose reader may leave early."""

import os


def show_page(text: str) -> None:
    """Print a text whole; a reader that has seen enough, such as `head`, is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python would flush once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
