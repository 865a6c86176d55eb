"""JSON Pointers (RFC 6901): the paths of what stands in a template, such as ``/Properties/Tags/0/Value``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def pointer(steps: Iterable[str | int]) -> str:
    """The pointer of the steps from the root."""
    texts = [str(step) for step in steps]
    found = "/".join(["", *texts])
    if "~" in found or found.count("/") > len(texts):
        return "".join(f"/{escaped(text)}" for text in texts)
    return found


def steps_of(path: str) -> list[str]:
    """The steps of a pointer, all as text; the slash at its start may be missing."""
    steps = path.split("/")
    if not steps[0]:
        del steps[0]
    return [unescaped(step) for step in steps] if "~" in path else steps


def place_of(path: str) -> tuple[str | int, ...]:
    """The steps of a pointer into a template or a resource, with the places in lists as numbers."""
    # The first two are names: of a section and an element, or of Properties and a property.
    steps = steps_of(path)
    return (*steps[:2], *(step if (place := index_of(step)) is None else place for step in steps[2:]))


def index_of(step: str) -> int | None:
    """The place in a list that a step may be; no list is as long as a number of ten digits."""
    return int(step) if len(step) < 10 and step.isdecimal() else None


def escaped(step: str) -> str:
    """A step as it stands in a pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def unescaped(step: str) -> str:
    """The step behind its spelling in a pointer."""
    return step.replace("~1", "/").replace("~0", "~")


def longest_key(keys: Collection[str], text: str, ends: str = ".") -> str | None:
    """The longest of some keys that a text with steps begins with, None if there is none: ``a.b`` and not ``a`` of
    ``a.b.c``, as a key may have dots of its own. One of `ends`, or the end of the text, is behind it."""
    if text in keys:
        return text
    if sum(map(text.count, ends)) > len(keys):
        fitting = (key for key in keys if text.startswith(key) and text[len(key) : len(key) + 1] in ends)
        return max(fitting, key=len, default=None)
    place = len(text)
    while (place := max(text.rfind(end, 0, place) for end in ends)) > 0:
        if text[:place] in keys:
            return text[:place]
    return None
