"""Local files that both sides of a diff refer to: if a file changes, so does the resource, even if its path stays the
same."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import attrs

from ..errors import PyformationError
from ..plain import spelling
from ..sources.contents import Contents, contents, differing
from ..sources.local_files import LocalFile, Steps, local_files, replaced
from ..sources.projects import local_projects, lock_of

if TYPE_CHECKING:
    from ..sources import LoadedTemplate

_FIRST = 3
# Templates may nest themselves.
_DEEPEST = 50
_CHANGED = re.compile(r" \((?:(?:code|content) changed\b|may have changed: )")


def with_code(
    old: LoadedTemplate, new: LoadedTemplate, depth: int = 0
) -> tuple[LoadedTemplate, LoadedTemplate]:
    """Both templates, with paths of local files that say whether the content differs after the update.

    CloudFormation sees the location of an upload, which is named after the content. So a moved folder with the same
    content is no change, and a folder with other content at the same path is one. The template of a nested stack is
    compared by itself, and keeps its path if it has only moved; `depth` is that of the stack.
    """
    files = local_files(new)
    if not files:
        return old, new
    old_files = {file.place: file for file in local_files(old)}
    new = _with_moved(old, new, old_files, [file for file in files if _is_nested(file)], depth)
    after = {file.place: file for file in files if not _is_nested(file)}
    before = {place: file for place, file in old_files.items() if not _is_nested(file)}
    by_path = {file.written: file for file in before.values()}
    texts_before: dict[Steps, str] = {}
    texts_after: dict[Steps, str] = {}
    unread: dict[str, None] = {}
    for place, file in after.items():
        known = before.get(place) or by_path.get(file.written)
        if known is not None and not _same_place(known, file):
            outside = [
                one.outside(f"{name.property} of {name.name}, {name.written!r},")
                for one, name in ((old, known), (new, file))
                if not one.may_read(name.path)
            ]
            if outside:
                unread[f"{outside[0]}, so whether its content changes is not known"] = None
                continue
        if known is not None:
            texts_before[known.place] = known.written
            texts_after[place] = _text(known, file, old, new)
    return (
        attrs.evolve(old, data=replaced(old.data, texts_before)),
        attrs.evolve(new, data=replaced(new.data, texts_after), partial=(*new.partial, *unread)),
    )


def is_of_files(value: object) -> bool:
    """Whether a changed value says that files have changed, and not what the template says of them."""
    return isinstance(value, str) and value.endswith(")") and _CHANGED.search(value) is not None


def _is_nested(file: LocalFile) -> bool:
    return file.location.template == "nested"


def _with_moved(
    old: LoadedTemplate,
    new: LoadedTemplate,
    before: dict[Steps, LocalFile],
    nested: list[LocalFile],
    depth: int,
) -> LoadedTemplate:
    """The new template with the old paths of the templates of nested stacks that only have another path."""
    paths = {file.written for file in nested}
    moved: dict[str, str] = {}
    texts: dict[Steps, str] = {}
    for file in nested:
        known = before.get(file.place)
        # A path that leads to another template keeps that.
        if known is None or known.written in paths or moved.get(known.written, file.written) != file.written:
            continue
        if depth < _DEEPEST and _same_template(old, known, new, file, depth):
            moved[known.written] = file.written
            texts[file.place] = known.written
    if not moved or new.siblings is None:
        return new
    find = new.siblings

    def sibling(path: str, allowed: Sequence[str]) -> LoadedTemplate | str | None:
        return find(moved.get(path, path), allowed)

    return attrs.evolve(new, data=replaced(new.data, texts), siblings=sibling)


def _same_template(
    old: LoadedTemplate, before: LocalFile, new: LoadedTemplate, after: LocalFile, depth: int
) -> bool:
    with suppress(PyformationError):  # Whether the template is needed is not known here.
        one, other = old.beside(before.written), new.beside(after.written)
        if one is not None and other is not None:
            one, other = with_code(one, other, depth + 1)
            return spelling(one.data) == spelling(other.data)
    return False


def _unfiltered(template: LoadedTemplate, file: LocalFile) -> dict[str, str]:
    """Conversions of git that were not applied to files of a revision, by their path in a folder."""
    revision = template.revision
    if revision is None or not revision.unfiltered:
        return {}
    inside = os.path.relpath(file.path, revision.folder()).replace(os.sep, "/")
    if inside in revision.unfiltered:
        return {"": revision.unfiltered[inside]}
    prefix = "" if inside == "." else f"{inside}/"
    return {
        path[len(prefix) :]: what for path, what in revision.unfiltered.items() if path.startswith(prefix)
    }


def _same_place(before: LocalFile, after: LocalFile) -> bool:
    return (before.path, before.exclude, before.root) == (after.path, after.exclude, after.root)


def _text(before: LocalFile, after: LocalFile, one: LoadedTemplate, other: LoadedTemplate) -> str:
    if _same_place(before, after):
        return before.written  # Both sides would be read from the same folder in its present state.
    exists = [os.path.exists(file.path) for file in (before, after)]
    if exists == [False, False]:
        same = os.path.normpath(before.written) == os.path.normpath(after.written)
        return before.written if same else after.written
    if not all(exists):
        side = "before" if exists[1] else "after"
        return f"{after.written} (may have changed: it does not exist {side} the update)"
    old, new = (_files(file) for file in (before, after))
    if os.path.isfile(before.path) and os.path.isfile(after.path):
        paths = differing(*map(_unnamed, (old, new))) if new.entries else {}
    else:
        paths = differing(old, new)
    if os.path.isdir(before.path) and os.path.isdir(after.path):
        paths = _around(before, after, one, other) | paths
    if not paths:
        return before.written
    unfiltered = {**_unfiltered(one, before), **_unfiltered(other, after)}
    undecided = {path: f"git would apply {what}, and that was not done" for path, what in unfiltered.items()}
    undecided.update((path, why) for path, why in paths.items() if why)
    if all(path in undecided for path in paths):
        return f"{after.written} (may have changed: {undecided[next(iter(paths))]})"
    what = "code" if after.location.archive else "content"
    listed = ", ".join([*paths][:_FIRST]) + (
        f" and {len(paths) - _FIRST} more" if len(paths) > _FIRST else ""
    )
    unread = "; .gitignore is not read" if old.unread or new.unread else ""
    return f"{after.written} ({what} changed{f': {listed}' if listed else ''}{unread})"


def _unnamed(found: Contents) -> Contents:
    return attrs.evolve(found, entries=tuple(map(partial(attrs.evolve, path=""), found.entries)))


def _files(file: LocalFile) -> Contents:
    return contents(file.path, file.exclude, root=file.root, strict=False)


def _around(
    before: LocalFile, after: LocalFile, one: LoadedTemplate, other: LoadedTemplate
) -> dict[str, str]:
    """The differences outside of two projects that are packaged with them: the lock file, and other projects of the
    workspace."""
    locks = [lock_of(file.path, file.root) for file in (before, after)]
    if None in locks:
        return {} if locks == [None, None] else {"uv.lock": ""}
    old, new = (str(lock) for lock in locks)
    found = differing(*(contents(lock) for lock in (old, new)))
    known = {os.path.relpath(folder, os.path.dirname(old)): folder for folder in local_projects(old)}
    for folder in local_projects(new):
        below = os.path.relpath(folder, os.path.dirname(new))
        if below in known and folder != after.path and one.may_read(known[below]) and other.may_read(folder):
            sides = (
                contents(known[below], root=before.root, strict=False),
                contents(folder, root=after.root, strict=False),
            )
            found.update((os.path.join(below, path), why) for path, why in differing(*sides).items())
    return found
