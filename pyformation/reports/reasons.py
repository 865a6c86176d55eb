"""Why something changes: the causes of a report's changes, followed to the line that was edited."""

from __future__ import annotations

from collections.abc import Iterator

from ..changes.code import is_of_files
from ..changes.records import Cause
from ..errors import Origin
from ..pointers import pointer
from .data import CausingEntity, PropertyReport, Report, ResourceReport
from .harmless import harmless
from .values import compact, only, shortened, values
from .wording import LINKS, LONGEST, Phrase, effect, label, place

# Causes that have no cause of their own.
_LAST = ("edit", "tags")


class Reasons:
    """The causes of a report's changes, followed to the line that somebody edited."""

    def __init__(
        self,
        report: Report,
        *,
        links: int | None = LINKS,
        longest: int | None = LONGEST,
        outer: tuple[Reasons, ResourceReport] | None = None,
    ) -> None:
        self.report = report
        # Of a nested stack: the reasons of its parent, and its resource there.
        self.outer = outer
        self.links = links
        self.longest = longest
        # The steps that the report has shown already: none is told twice.
        self._told: set[str] = set() if outer is None else outer[0]._told
        self._resources = {change.logical_id: change for change in report.resources}
        self._entities: dict[tuple[str, str], list[CausingEntity]] = {}
        for found in report.causing_entities:
            self._entities.setdefault((found.kind, found.name), []).append(found)
        self._roots: dict[str, tuple[int, str]] = {}

    def note(self, change: PropertyReport) -> Phrase:
        """``forces replacement, from parameter Name``: what a change means, and where it comes from."""
        phrase: Phrase = []
        if change.replacement == "True":
            phrase.append(("bad", "forces replacement"))
        elif change.replacement == "Conditional":
            phrase.append(("maybe", "may force replacement"))
        if change.condition is not None and phrase:
            phrase += [("", " ("), ("said", harmless(change.condition)), ("", ")")]
        if not change.certain and (
            change.reason is None or change.reason.kind not in ("value_unknown", "attribute_may_change")
        ):
            phrase.append(("maybe", f"{' ' if phrase else ''}if the value changes"))
        edited = "declared" if is_of_files(change.after) else "edited"
        told = [self._short(cause, change.origin, edited) for cause in change.causes[:3]]
        if len(change.causes) > 3:
            told.append([("", f"{len(change.causes) - 3:,} more")])
        for number, words in enumerate(told):
            phrase.append(("", " and " if number else ", " if phrase else ""))
            phrase += words
        return [piece for piece in phrase if piece[1]]

    def _short(self, cause: Cause, origin: Origin | None, edited: str = "edited") -> Phrase:
        if cause.kind == "edit":
            where = place(origin)
            return [("", f"{edited} at "), *where] if where else [("", edited)]
        if cause.kind == "tags":
            return [("", "from the tags of the stack")]
        if cause.kind == "resource":
            return [("", "from "), ("name", harmless(cause.name))]
        return [("", f"from {cause.kind} "), ("name", harmless(cause.name))]

    def chains(self, change: PropertyReport) -> Iterator[tuple[int, Phrase]]:
        """The steps from each cause to its root, each with its depth, as far as the report has not shown them."""
        for cause in change.causes[:3]:
            if cause.kind not in _LAST:
                yield from self._chain(cause, change)

    def _chain(self, first: Cause, change: PropertyReport | None) -> Iterator[tuple[int, Phrase]]:
        here: Reasons = self
        cause: Cause | None = first
        seen: set[tuple[int, Cause]] = set()
        depth = 0
        while cause is not None and cause.kind not in _LAST and (id(here), cause) not in seen:
            seen.add((id(here), cause))
            if cause.kind == "resource":
                name = cause.name.partition(".")[0]
                steps, root = here._root(name)
                if self.links is not None and depth + 1 >= self.links and steps > 1:
                    yield depth, [("dim", f"... {steps:,} more steps, from")]
                    name, steps = root, 0
                    depth += 1
                words, cause = here._resource(name)
                if depth and steps > 1 and _joined(words) in self._told:
                    yield depth, [("dim", f"... {steps:,} more steps, from "), ("name", harmless(root))]
                    return
                change = here._key(name)
            else:
                words, own = here._entity(cause, change)
                if cause.kind == "parameter" and here.outer is not None:
                    outer, stack = here.outer
                    path = pointer(("Properties", "Parameters", cause.name))
                    given = next((found for found in stack.changes if found.path == path), None)
                    if given is not None:
                        here, own, change = outer, self._main(given), given
                        if own is not None and own.kind == "edit":
                            words = [*words, ("", ", "), *self._short(own, given.origin)]
                cause = own
            if _joined(words) in self._told:
                return
            self._told.add(_joined(words))
            yield depth, words
            depth += 1

    def _entity(self, cause: Cause, change: PropertyReport | None) -> tuple[Phrase, Cause | None]:
        """A parameter, mapping or condition, and its own cause. Of a mapping the values that the change shows, or
        the first that differ."""
        phrase: Phrase = [("", f"{cause.kind} ")]
        listed = self._entities.get((cause.kind, cause.name), ())
        mine = (
            []
            if change is None
            else [found for found in listed if _value_texts(found) == _value_texts(change)]
        )
        mine = mine or list(listed)
        shown = mine[: self.links]
        for number, found in enumerate(shown):
            name = label((found.path or "").removeprefix("/Mappings")) or harmless(found.name)
            phrase += [("", ", " if number else ""), ("name", name), *self._entity_values(found)]
        if not shown:
            phrase.append(("name", harmless(cause.name)))
        elif len(mine) > len(shown):
            phrase.append(("dim", f" and {len(mine) - len(shown):,} more"))
        own = next((c for found in shown for c in found.causes if c.kind != "edit"), None)
        return phrase, own

    def _entity_values(self, found: CausingEntity) -> Phrase:
        limit = self.longest or 10**9
        if found.before is None and found.after is not None:
            phrase: Phrase = [("", ": new, "), ("value", only(compact(found.after), limit))]
        elif found.after is None and found.before is not None:
            phrase = [("", ": "), ("value", only(compact(found.before), limit)), ("", " removed")]
        else:
            before, after = shortened(compact(found.before), compact(found.after), limit)
            phrase = [("", ": "), ("value", before), ("", " -> "), ("value", after)]
        where = place(found.origin)
        return [*phrase, ("", " ("), *where, ("", ")")] if where else phrase

    def _resource(self, name: str) -> tuple[Phrase, Cause | None]:
        change = self._resources.get(name)
        if change is None:
            return [("name", harmless(name)), ("", " changes")], None
        found = effect(change)
        phrase: Phrase = [("name", harmless(name)), ("", " "), (found.style, found.predicate)]
        key = self._key(name)
        if key is None:
            if change.nested is not None:
                phrase.append(("", ", with its nested resources"))
            where = place(change.origin)
            return ([*phrase, ("", " ("), *where, ("", ")")] if where else phrase), None
        phrase += [("", ": "), ("name", label(key.path))]
        told, lines = values(key, self.longest)
        if told and not lines:
            phrase += [("", " "), *told]
        cause = self._main(key)
        if cause is not None and cause.kind == "edit":
            where = place(key.origin)
            phrase += [("", ", edited at "), *where] if where else [("", ", edited")]
        elif cause is not None and cause.kind == "tags":
            phrase += [("", ", "), *self._short(cause, None)]
        return phrase, cause

    def _key(self, name: str) -> PropertyReport | None:
        """The change that explains a resource: the first of the worst."""
        severity = {"True": 0, "Conditional": 1, "False": 2}
        changes = self._resources[name].changes if name in self._resources else ()
        return min(changes, key=lambda change: severity[change.replacement], default=None)

    @staticmethod
    def _main(change: PropertyReport) -> Cause | None:
        """The cause to follow: preferably one that is not another resource."""
        near = [cause for cause in change.causes if cause.kind != "resource"]
        return next(iter(near or change.causes), None)

    def _root(self, name: str) -> tuple[int, str]:
        """How many resources lie between a resource and the root of its change, and that root."""
        path: list[str] = []
        here, base, root = name, 0, name
        while True:
            if here in self._roots:
                base, root = self._roots[here]
                break
            key = self._key(here)
            cause = None if key is None else self._main(key)
            path.append(here)
            after = "" if cause is None else cause.name.partition(".")[0]
            if (
                cause is None
                or cause.kind != "resource"
                or after in path[-1:]
                or len(path) > len(self._resources)
            ):
                base, root = -1, here
                break
            here = after
        for number, step in enumerate(reversed(path), 1):
            self._roots.setdefault(step, (base + number, root))
        return self._roots[name]


def _joined(phrase: Phrase) -> str:
    return "".join(text for _, text in phrase)


def _value_texts(found: CausingEntity | PropertyReport) -> tuple[str, str]:
    return compact(found.before), compact(found.after)
