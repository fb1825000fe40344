"""From which score a box counts where nobody says: found from the picture's own scores."""

from collections.abc import Iterable
from dataclasses import dataclass

from fullconv.locate.detections import Found
from fullconv.locate.finder import Finder
from fullconv.locate.located import Told

# Likelier than all other things that are looked for together.
LIKELIER = 0.5
# Of one thing that is looked for: by which factor it is likelier than a guess.
_TWICE = 2.0


@dataclass(frozen=True)
class Threshold:
    """A score from which a box counts, and why; with `of_class` each class has its own, and `value` is the lowest."""

    value: float
    reason: str
    of_class: tuple[float, ...] = ()

    def of(self, label: int) -> float:
        """Return the score from which a box of a class counts."""
        return self.of_class[label] if self.of_class else self.value

    def likely(self, found: Iterable[Found]) -> list[Found]:
        """Return the objects that count."""
        return [one for one in found if one.score >= self.of(one.label)]


def of_picture(given: Threshold | None, finder: Finder, located: Told) -> Threshold:
    """Return the threshold of what a finder found in a picture: the `given` one, else the picture's own."""
    if given is not None:
        return given
    return calibrated(located, len(located.labels), len(finder.channels.names), finder.config.floor)


def calibrated(located: Told, sought: int, channels: int, floor: float) -> Threshold:
    """Return the threshold of what was found in a picture by a network of so many `channels`.

    It lies halfway between what the picture scores where it is nothing special and its best box. The first
    is the median of its places, and no less than a guess. At least it is one half where several things are `sought`,
    else `floor` and twice a guess. Of a picture that is put together of others each part is named by itself: there
    the latter is enough. One picture has one threshold: nothing else is looked at.
    """
    guess = 1 / max(2, channels)
    twice = max(floor, min(LIKELIER, _TWICE * guess))
    if located.panels != (1, 1):
        return Threshold(twice, "each of its pictures is named by itself, and this is more than a guess")
    usual = max(guess, located.usual)
    high = max((one.score for one in located.objects), default=0.0)
    least = LIKELIER if sought > 1 else twice
    if high <= max(least, usual):
        why = "no box has more" if high <= least else f"its places score {usual:.3g} on the median, no box more"
        return Threshold(least, f"{why}, and this is the least")
    value = max(least, round((usual + high) / 2, 4))
    of = f"its places score {usual:.3g} on the median" if usual > guess else f"a guess scores {usual:.3g}"
    said = f"{of}, its best box {high:.3g}, and this is halfway, {least:.3g} at least"
    return Threshold(value, said)
