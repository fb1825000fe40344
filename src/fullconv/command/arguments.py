"""Words of the command line that are a person's own text, such as the name of a file."""

from hydra.core.override_parser.types import Quote, QuotedString

TEXTS = ("classifier.path", "image", "out", "registered", "rev", "run", "synset", "weights")
_REGISTRY = "model=registry:"


def as_text(argument: str) -> str:
    """Return KEY=VALUE with the value quoted where it is a text, so that Hydra's grammar sees no signs in it.

    Names of files hold brackets, commas and equals signs: `image=dog (1).jpg`. What is quoted already, `null` and
    nothing stay as they are. model=registry:X stands for registered=X: what follows `model=` is a file of `conf/`.
    """
    if argument.startswith(_REGISTRY):
        argument = f"registered={argument.removeprefix(_REGISTRY)}"
    key, equals, value = argument.partition("=")
    quoted = len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]
    if key not in TEXTS or not equals or quoted or value in ("", "null"):
        return argument
    return f"{key}={QuotedString(text=value, quote=Quote.single).with_quotes()}"
