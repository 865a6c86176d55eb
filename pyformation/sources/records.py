"""The record of a loaded template, and the files beside it that it may name.

A template file is not trusted: it names other files, and only those below a root are read, wherever links lead. The
root is the repository of the file that a user named, or else its folder; users allow more. A program may name any file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import DocumentError, Origin, SourceError, shown
from ..files import repository_of
from ..plain import placed
from ..pointers import pointer
from . import folders
from .deployed import DeployedStack

if TYPE_CHECKING:
    from ..document.reading import Document
    from .revisions import Revision


# What finds a template by the path that another one has for it, given the folders that may be read beside the root.
Siblings = Callable[[str, Sequence[str]], "LoadedTemplate | str | None"]


_OUTSIDE = "{} is outside of {!r}, which --allow-outside DIR allows"


@attrs.frozen
class LoadedTemplate:
    """A template as plain data, and where it came from.

    `module` is the stack module, if it has one, and `origins` the line of each element's declaration
    (``Resources.Queue``); `guards` the resources that
    were given ``prevent_replacement`` or ``prevent_deletion``; `suppressions` the codes of findings that an
    element's declaration suppresses, each with the reason; `components` the prefix of the component that an element
    belongs to; `assets` the pointers of what was declared as an `Asset`, each with the patterns of files that it
    leaves out; `renamed` the logical IDs that were given (``logical_id=``), by the one that the attribute would have;
    `moved` the logical IDs that resources have now, by those that they had before;
    `live` what AWS knows of the stack that has the template; `uploaded` the templates of nested stacks by the address of
    their upload; `partial` are sentences on what was not read, or may be
    otherwise.
    """

    name: str
    data: dict[str, Any]
    format: str
    origins: dict[str, Origin] = attrs.field(factory=dict[str, Origin])
    guards: dict[str, list[str]] = attrs.field(factory=dict[str, list[str]])
    suppressions: dict[str, dict[str, str]] = attrs.field(factory=dict[str, dict[str, str]])
    components: dict[str, str] = attrs.field(factory=dict[str, str])
    module: str | None = None
    assets: dict[str, list[str]] = attrs.field(factory=dict[str, list[str]])
    renamed: dict[str, str] = attrs.field(factory=dict[str, str])
    moved: dict[str, str] = attrs.field(factory=dict[str, str])
    document: Document | None = attrs.field(default=None, repr=False, eq=False)
    uploaded: Mapping[str, LoadedTemplate] = attrs.field(
        factory=dict[str, "LoadedTemplate"], repr=False, eq=False
    )
    # Finds a template by the path in it, with the folders outside of the root that may be read; a sentence says why not.
    siblings: Siblings | None = attrs.field(default=None, repr=False, eq=False)
    # Renames the places in a program of a revision, which is read from a temporary folder.
    named: Callable[[Origin], Origin] | None = attrs.field(default=None, repr=False, eq=False)
    # The folder that paths in it are relative to, in the revision if there is one.
    base: str | None = attrs.field(default=None, repr=False, eq=False)
    revision: Revision | None = attrs.field(default=None, repr=False, eq=False)
    live: DeployedStack | None = attrs.field(default=None, repr=False, eq=False)
    partial: tuple[str, ...] = ()
    # The folder that files named by it must be in; None for a program, which may name any.
    root: str | None = attrs.field(default=None, repr=False, eq=False)
    # Real paths of the folders outside of that which may be read.
    allowed: tuple[str, ...] = attrs.field(default=(), repr=False, eq=False)

    def origin(self, path: Sequence[str | int]) -> Origin | None:
        """The line of the value at a path: exact in a template file; in a stack module, as deep as the call that
        declares the element is literal."""
        if self.document is None:
            element = self.origins.get(f"{path[0]}.{path[1]}") if len(path) > 1 else None
            return None if element is None else self._in_program(element, path)
        steps = list(path)
        while steps:
            found = self.document.position(steps)
            if found is not None:
                return Origin(self.document.name, found[0])
            steps.pop()  # A value that a loop or condition made has the line of that.
        return None

    def _in_program(self, element: Origin, path: Sequence[str | int]) -> Origin:
        from .program_lines import line_of_value

        found = line_of_value(element, path)
        return found if self.named is None else self.named(found)

    @property
    def deployed(self) -> bool:
        """Whether it is the answer of GetTemplate, which has ``?`` for every character outside of ASCII."""
        return self.document is not None and self.document.deployed

    @property
    def file(self) -> str:
        """The file of the template or of its program, or its name if there is no file."""
        if self.document is not None:
            return self.document.name
        if self.module is not None:
            return self.module
        first = next(iter(self.origins.values()), None)
        return self.name if first is None else self._in_program(first, ()).file

    def folder(self) -> str:
        """The folder that the paths of local files are relative to; a revision is written to a temporary one."""
        return os.path.abspath(os.path.join(self.tree() or "", self.base or ""))

    def tree(self) -> str | None:
        """The temporary folder with all files of the revision, if there is a revision."""
        return None if self.revision is None else self.revision.folder()

    def allowing(self, folders: Iterable[str]) -> LoadedTemplate:
        """The same template, whose files may also be in these folders."""
        more = tuple(os.path.realpath(folder) for folder in folders)
        return attrs.evolve(self, allowed=(*self.allowed, *more)) if more else self

    def may_read(self, path: str) -> bool:
        """Whether a file or folder that it names may be read; `path` is where that is on this computer."""
        return self.root is None or _is_below(path, (self.tree() or self.root, *self.allowed))

    def outside(self, what: str) -> str:
        """The sentence on a file that it may not read."""
        root = self.root if self.revision is None else self.revision.root
        return _OUTSIDE.format(what, root)

    def beside(self, path: str) -> LoadedTemplate | None:
        """The template of a nested stack: at a path relative to this one, at the same revision, or uploaded to an
        address; None if there is none to read."""
        if "://" in path:
            return self.uploaded.get(path)
        found = None if self.siblings is None else self.siblings(path, self.allowed)
        if not isinstance(found, LoadedTemplate):
            return None
        return attrs.evolve(found, allowed=self.allowed) if self.allowed else found

    def unread(self, path: str) -> str | None:
        """Why there is a file at a path relative to this one and `beside` does not give it, in a sentence."""
        found = None if self.siblings is None or "://" in path else self.siblings(path, self.allowed)
        return found if isinstance(found, str) else None

    def unreadable(self) -> list[str]:
        """JSON Pointers to the texts in a deployed template that may not be what is deployed, as they hold ``?``."""
        return sorted(
            pointer(path)
            for path, part in placed(self.data if self.deployed else {})
            if any(isinstance(text, str) and "?" in text for text in (part, *path[-1:]))
        )


EMPTY = LoadedTemplate("template", {}, "json")
"""The template of a stack that does not exist."""


def of_document(
    name: str, found: Document, folder: str | None, revision: Revision | None = None, root: str | None = None
) -> LoadedTemplate:
    """The template in a document, which is not trusted; `folder` is that of its file, `root` that of files it names."""
    if not isinstance(found.data.get("Resources", {}), dict):
        raise DocumentError("expected a mapping", path="Resources", origin=Origin(found.name, 1))
    root = root_of(folder) if root is None and revision is None else root or ""
    return LoadedTemplate(
        name,
        found.data,
        found.format,
        document=found,
        siblings=None if folder is None else siblings_of(folder, revision, root),
        base=folder,
        revision=revision,
        root=root,
    )


def siblings_of(folder: str, revision: Revision | None, root: str) -> Siblings:
    """What finds the templates beside one in a folder, of a revision if there is one."""

    def sibling(path: str, allowed: Sequence[str]) -> LoadedTemplate | str | None:
        from .. import document

        place = os.path.normpath(os.path.join(folder, path))
        if revision is not None and not os.path.isabs(place) and place.split(os.sep)[0] != "..":
            return _template_of_stack(partial(read_at, revision, place.replace(os.sep, "/")), path)
        here = place if revision is None else os.path.join(revision.root, place)
        roots = (root,) if revision is None else ()
        if not _is_below(here, (*roots, *allowed)):
            shown_root = root if revision is None else revision.root
            return _OUTSIDE.format(shown(path, 200), shown_root)
        if not os.path.isfile(here):
            return None
        return _template_of_stack(
            lambda: of_document(stem(here), document.read(here), os.path.dirname(here), root=root or None),
            path,
        )

    return sibling


def _template_of_stack(read: Callable[[], LoadedTemplate | None], path: str) -> LoadedTemplate | str | None:
    """A template that another one names: what is in a file that is none must be in no message."""
    try:
        found = read()
    except DocumentError as error:
        raise DocumentError(
            f"{shown(path, 200)}, the template of a nested stack, cannot be read; 'pyformation validate' says why",
            origin=error.origin,
        ) from None
    if found is not None and found.data and not is_template(found.data):
        return f"{shown(path, 200)} is not a template"
    return found


def is_template(data: Mapping[str, Any]) -> bool:
    """Whether a mapping may be a template: it has resources, or a macro may give it some."""
    return any(key in data for key in ("Resources", "Transform", "Fn::Transform"))


def root_of(folder: str | None) -> str:
    """The repository that a folder is in, or else the folder; None is the current one."""
    try:
        found = os.path.realpath(folder or os.getcwd())
    except (OSError, ValueError):
        return ""  # It was deleted.
    return repository_of(found) or found


def _is_below(path: str, roots: Iterable[str]) -> bool:
    try:
        real = os.path.realpath(path)
    except (OSError, ValueError):
        return False
    return any(root and f"{real}{os.sep}".startswith(os.path.join(root, "")) for root in roots)


def read_at(revision: Revision, place: str) -> LoadedTemplate | None:
    """A template file at a revision; None for a link to outside of it, and for nothing."""
    from .. import document

    content = revision.read([place], folders.LARGEST)
    if place not in content:
        return None
    name = f"git:{revision.name}:{place}"
    text = content[place]
    if text is None:
        raise SourceError(f"{name} has more than {folders.LARGEST:,} bytes")
    if folders.is_pointer(text):
        raise SourceError(folders.POINTER.format(name))
    said = unfiltered(name, revision.filtered([place]).get(place))
    found = of_document(stem(place), document.parse(text, name=name), os.path.dirname(place), revision)
    return attrs.evolve(found, partial=said)


def unfiltered(name: str, what: str | None) -> tuple[str, ...]:
    return () if what is None else (folders.UNFILTERED.format(name, what),)


def stem(path: str) -> str:
    """The name of a template, from that of its file."""
    name = os.path.basename(path)
    if name.endswith(".template.json"):  # The suffix that the CDK uses.
        return name.removesuffix(".template.json")
    return os.path.splitext(name)[0]
