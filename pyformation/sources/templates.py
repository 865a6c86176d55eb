"""Sources and their templates.

A source is a template file (YAML or JSON), ``-`` for standard input, a stack module (``stack.py`` or
``stack.py:Name``), ``git:REVISION:PATH`` for one of these at a revision, or ``live:STACK`` for a stack that exists;
a folder stands for the template files in it. A stack module is run (see `stack_modules`), a template file only read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import InvalidValueError, Origin, SourceError, here, nearest, shown
from . import folders, stack_modules
from .deployed import is_scheme, load_scheme
from .records import LoadedTemplate, of_document, read_at, root_of, siblings_of, stem, unfiltered

if TYPE_CHECKING:
    from .revisions import Revision


def load(
    source: str, *, strict: bool = False, session: Any = None, region: str | None = None
) -> list[LoadedTemplate]:
    """Every template of a source; a stack module may have several.

    `strict` turns the warnings of a stack module into errors. A live stack is read over `session`, a session of
    boto3, from `region` if the source names none. Raises `SourceError` for a source that cannot be used,
    `DocumentError` for a file that is not a template, and `DeploymentError` for a stack that cannot be read.
    """
    if source.startswith("git:"):
        return _load_revision(source, strict)
    if is_scheme(source):
        return [load_scheme(source, session=session, region=region)]
    path, name = split_source(source)
    if path.endswith(".py"):
        return _modules(stack_modules.run(path, name, strict=strict), path)
    from .. import document

    if source == "-":
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
            raise SourceError("'-' is standard input, which is closed")
        found = document.parse(sys.stdin.buffer.read(folders.LARGEST + 1), name="<stdin>")
        return [of_document("template", found, None)]
    if not os.path.exists(path):
        raise SourceError(f"there is no file {source!r}{_near(path)}")
    return [of_document(stem(source), document.read(source), os.path.dirname(source))]


def loaded(source: object, *, session: Any = None, region: str | None = None) -> LoadedTemplate:
    """The single template of a stack, a template, a mapping, or what `load` accepts, with its options.

    Raises `SourceError` for a source with several templates.
    """
    from ..stack import Stack
    from ..template import Template
    from .module_stacks import takes_no_arguments

    if isinstance(source, LoadedTemplate):
        return source
    if isinstance(source, (str, os.PathLike)):
        found = load(os.fspath(source), session=session, region=region)
        if len(found) > 1:
            names = ", ".join(template.name for template in found)
            raise SourceError(f"{source} has several stacks ({names}); name one ({source}:{found[0].name})")
        return found[0]
    if isinstance(source, type) and issubclass(source, Stack) and not takes_no_arguments(source):
        raise InvalidValueError(f"{source.__name__} needs arguments; give an instance of it", origin=here())
    if isinstance(source, (Template, Stack)) or (isinstance(source, type) and issubclass(source, Stack)):
        name = source.__name__ if isinstance(source, type) else type(source).__name__
        template = stack_modules.template_of(source, name, "the program")
        return _described(stack_modules.describe(name, template))
    if isinstance(source, Mapping):
        return LoadedTemplate("template", _plain(dict(source)), "json", root=root_of(None))  # pyright: ignore[reportUnknownArgumentType]
    raise InvalidValueError(
        f"expected a stack, a template, a mapping or the path of one, found {shown(source)}", origin=here()
    )


def _plain(given: dict[Any, Any]) -> dict[str, Any]:
    """A mapping as it would be in a file; a value that no file can have is an error with its path."""
    from ..document import to_json

    try:
        text = json.dumps(given, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        text = to_json(given, indent=None)
    found: dict[str, Any] = json.loads(text)
    return found


def split_source(source: str) -> tuple[str, str | None]:
    """Split ``stack.py:Name``; only a Python file can have a name."""
    path, colon, name = source.rpartition(":")
    if colon and path.endswith(".py"):
        return path, name
    return source, None


def split_revision(source: str) -> tuple[str, str]:
    """Split ``git:REVISION:PATH``; the name of a revision has no colon."""
    revision, colon, path = source.removeprefix("git:").partition(":")
    if not colon or not revision:
        raise SourceError(f"expected git:REVISION:PATH, found {source!r}")
    return revision, path


# ---------------------------------------------------------------------------------------------
# Folders


def at_head(source: str) -> str:
    """The source of the same file, module or folder at the last commit."""
    path, name = split_source(source)
    if path == "-" or source.startswith("git:") or is_scheme(source):
        raise SourceError(f"{source!r} has no earlier revision; give BEFORE and AFTER")
    if not os.path.exists(path):
        raise SourceError(f"there is no file {path!r}{_near(path)}")
    return f"git:HEAD:{os.path.abspath(path)}" + ("" if name is None else f":{name}")


def is_folder(source: str) -> bool:
    """Whether a source is a folder, of the working tree or of a revision."""
    if is_scheme(source):
        return False
    if not source.startswith("git:"):
        return os.path.isdir(source)
    from .revisions import locate

    revision, path = split_revision(source)
    if split_source(path)[0].endswith(".py"):
        return False
    found, place = locate(revision, path or ".")
    return found.kind(place) == "folder"


def load_folder(
    source: str, *, modules: bool | None = None, strict: bool = False
) -> dict[str, LoadedTemplate]:
    """The templates in a folder and its subfolders, by path.

    A template file has the suffix ``.yaml``, ``.yml``, ``.json`` or ``.template``, and ``Resources`` or
    ``AWSTemplateFormatVersion`` at the top level. In the output folder of the CDK only its templates are read.
    Hidden folders and ``node_modules`` are skipped. What is there and was not read has an empty template, whose
    `partial` says why.

    `modules` says what to do with Python files that declare stacks: run them (each stack is then at ``path:Name``)
    or leave them out. None does neither: nothing runs unasked, so they are a `SourceError`. `strict` is that of `load`.
    """
    from .. import document

    programs = modules is not False
    revision: Revision | None = None
    if not source.startswith("git:"):
        _must_be_folder(source)
        files = folders.in_folder(source, programs=programs)
        prefix = os.path.join(os.path.normpath(source), "")
        prefix = "" if prefix == f".{os.sep}" else prefix
        place = source
    else:
        from .revisions import locate

        name, path = split_revision(source)
        revision, place = locate(name, path or ".")
        prefix = f"git:{name}:{place}/" if place not in ("", ".") else f"git:{name}:"
        files = folders.in_revision(revision, place, prefix, programs=programs)
    root = root_of(source) if revision is None else None
    found = {
        path: LoadedTemplate(stem(path), {}, "json", partial=(why,)) for path, why in files.unread.items()
    }
    for path, text in files.texts.items():
        parsed = document.parse(text, name=prefix + path)
        if "Resources" in parsed.data or "AWSTemplateFormatVersion" in parsed.data:
            beside = os.path.dirname(os.path.join(place, path))
            partial = unfiltered(prefix + path, files.unfiltered.get(path))
            found[path] = attrs.evolve(
                of_document(stem(path), parsed, beside, revision, root), partial=partial
            )
    if files.programs:
        for path in _declaring(source, files.programs, run=modules is not None):
            there = os.path.join(place, path)
            several = (
                _modules(stack_modules.run(there, None, strict=strict, optional=True), there)
                if revision is None
                else _run_at(revision, there, None, strict, optional=True)
            )
            found.update((f"{path}:{one.name}", one) for one in several)
    return dict(sorted(found.items()))


def _declaring(source: str, programs: Mapping[str, bytes], run: bool) -> list[str]:
    """The Python files of a folder that declare stacks; an error if they are not to be run."""
    from .stack_files import stack_files

    found = stack_files(programs)
    if found and not run:
        some = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        raise SourceError(
            f"{source!r} has Python files that declare stacks ({some}); run them with --modules (modules=True), or "
            "leave them out with --templates-only (modules=False)"
        )
    return found


def template_of_folder(source: str, modules: bool | None) -> str | LoadedTemplate:
    """The only template of a folder, for what takes a single one; any other source is returned as it is."""
    if source == "-" or not is_folder(source):
        refuse_flags(source, modules)
        return source
    found = load_folder(source, modules=modules)
    if not found:
        raise SourceError(f"{source!r} has no template")
    if len(found) > 1:
        first = os.path.join(source, next(iter(found)))
        raise SourceError(f"{source!r} has several templates ({', '.join(found)}); name one ({first})")
    return next(iter(found.values()))


def refuse_flags(source: str, modules: bool | None) -> None:
    """Raise an error where a flag says what to do with the Python files of a folder, and there is no folder."""
    if modules is not None:
        raise SourceError(f"--modules and --templates-only are for directories, and {source!r} is none")


def template_files(folder: str, note: Callable[[str], None]) -> dict[str, bytes]:
    """The files in a folder and its subfolders that look like templates, unparsed, by path.

    `note` is called with a sentence on each that was not read. Raises `SourceError` for a folder that does not exist.
    """
    _must_be_folder(folder)
    found = folders.in_folder(folder)
    for sentence in found.unread.values():
        note(sentence)
    return found.texts


def _must_be_folder(path: str) -> None:
    if not os.path.isdir(path):
        raise SourceError(f"there is no directory {path!r}{_near(path)}")


# ---------------------------------------------------------------------------------------------
# Revisions


def _load_revision(source: str, strict: bool) -> list[LoadedTemplate]:
    from .revisions import locate

    name, given = split_revision(source)
    path, stack = split_source(given)
    revision, place = locate(name, path)
    if place.endswith(".py"):
        return _run_at(revision, place, stack, strict)
    if revision.kind(place) == "folder":
        raise SourceError(f"{source!r} is a directory, not a template")
    found = read_at(revision, place)
    if found is None:
        raise SourceError(f"{source!r} is a link to outside the repository")
    return [found]


def _run_at(
    revision: Revision, place: str, stack: str | None, strict: bool, optional: bool = False
) -> list[LoadedTemplate]:
    """A stack module at a revision, run with its siblings at that revision."""
    folder = revision.folder()
    if revision.unfiltered:
        # Without names, which come from the repository: this does not go through a report.
        count = len(revision.unfiltered)
        print(
            f"note: {count} file{'s are' if count > 1 else ' is'} as git stores {'them' if count > 1 else 'it'}: the filters "
            "of .gitattributes were not applied",
            file=sys.stderr,
        )
    below = os.path.relpath(os.path.realpath(os.getcwd()), revision.root)
    inside = os.path.join(folder, below)
    where = inside if not below.startswith("..") and os.path.isdir(inside) else folder

    def then(origin: Origin) -> Origin:
        if not origin.file.startswith(folder + os.sep):
            return origin
        path = os.path.relpath(origin.file, folder).replace(os.sep, "/")
        caller = None if origin.caller is None else then(origin.caller)
        return Origin(f"git:{revision.name}:{path}", origin.line, caller)

    try:
        found = stack_modules.run(
            os.path.join(folder, place),
            stack,
            strict=strict,
            optional=optional,
            label=f"git:{revision.name}:{place}",
            folder=where,
            moved=(revision.root, folder),
        )
    except SourceError as error:
        origin = None if error.origin is None else then(error.origin)
        raise SourceError(error.message.replace(folder + os.sep, ""), origin=origin) from None
    return _modules(found, place, revision, then)


# ---------------------------------------------------------------------------------------------
# Records


def _modules(
    found: list[dict[str, Any]],
    path: str,
    revision: Revision | None = None,
    named: Callable[[Origin], Origin] | None = None,
) -> list[LoadedTemplate]:
    folder = os.path.dirname(path)
    files = siblings_of(folder, revision, root_of(folder) if revision is None else "")
    module = path if revision is None else f"git:{revision.name}:{path}"

    def of_module(item: dict[str, Any], others: list[dict[str, Any]]) -> LoadedTemplate:
        """A template of the module. The templates of its nested stacks are other stacks of the module, found by the
        file name that ``render --output-dir`` gives them, or files beside the module."""

        def find(path: str, allowed: Sequence[str]) -> LoadedTemplate | str | None:
            name, ending = os.path.splitext(os.path.basename(path))
            other = next((other for other in others if other["name"] == name), None)
            if other is None or ending not in (".yaml", ".yml", ".json"):
                return files(path, allowed)
            return of_module(other, [each for each in others if each is not other])

        described = _described(item)
        return attrs.evolve(
            described, siblings=find, named=named, module=module, base=folder, revision=revision
        )

    return [of_module(item, item.get("others", [])) for item in found]


def _described(item: dict[str, Any]) -> LoadedTemplate:
    """The record of what `stack_modules.describe` returns."""
    callers = {key: Origin(*origin) for key, origin in item["callers"].items()}
    origins = {key: Origin(origin[0], origin[1], callers.get(key)) for key, origin in item["origins"].items()}
    return LoadedTemplate(
        item["name"],
        item["data"],
        "yaml",
        origins,
        item["guards"],
        item["suppressions"],
        item["components"],
        assets=item["assets"],
        renamed=item["renamed"],
        moved=item["moved"],
    )


def _near(path: str) -> str:
    """A hint with the nearest name in the folder of a missing file."""
    folder, name = os.path.split(path)
    try:
        found = nearest(name, os.listdir(folder or "."))
    except OSError:
        return ""
    return "" if found is None else f"; did you mean {os.path.join(folder, found)!r}?"
