"""What a user names on a command line, and the templates behind it.

A source is a template file (YAML or JSON), ``-`` for standard input, or a stack module: ``stack.py`` or
``stack.py:Name``. A stack module is a program, so it runs in a child process with its own folder first
on the path, as ``python stack.py`` would run it, but never as ``__main__``; what it prints goes to
standard error. The child gives back plain data through a file.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .errors import InvalidValueError, Origin, PyformationError, SourceError, did_you_mean, here, shown

if TYPE_CHECKING:
    from types import ModuleType

    from .document.reading import Document
    from .template import Template


@attrs.frozen
class LoadedTemplate:
    """A template as plain data, and where it came from.

    `origins` has the line of each resource's declaration, for stack modules; `guards` the resources that
    were given ``prevent_replacement`` or ``prevent_deletion``.
    """

    name: str
    data: dict[str, Any]
    format: str
    origins: dict[str, Origin] = attrs.field(factory=dict[str, Origin])
    guards: dict[str, list[str]] = attrs.field(factory=dict[str, list[str]])
    document: Document | None = attrs.field(default=None, repr=False, eq=False)

    def origin(self, path: Sequence[str | int]) -> Origin | None:
        """The line of what stands at a path: in a template file exactly, in a stack module the line where
        the resource was declared."""
        if self.document is None:
            return self.origins.get(str(path[1])) if len(path) > 1 and path[0] == "Resources" else None
        steps = list(path)
        while steps:
            found = self.document.position(steps)
            if found is not None:
                return Origin(self.document.name, found[0])
            steps.pop()  # What a loop or a condition made stands where that does.
        return None


def load(source: str, *, strict: bool = False) -> list[LoadedTemplate]:
    """Every template of a source; a stack module may have several.

    `strict` makes an error of what a stack module was only warned about. Raises `SourceError` for a
    source that cannot be used and `DocumentError` for a file that is no template.
    """
    path, name = split_source(source)
    if path.endswith(".py"):
        return _run_in_child(path, name, strict)
    from . import document

    if source == "-":
        found = document.parse(sys.stdin.buffer.read(), name="<stdin>")
    else:
        found = document.read(source)
    stem = "template" if source == "-" else os.path.splitext(os.path.basename(source))[0]
    data = found.data
    if not isinstance(data.get("Resources", {}), dict):
        raise SourceError(f"{source} is no template: Resources is no mapping")
    return [LoadedTemplate(stem, data, found.format, document=found)]


def loaded(source: object) -> LoadedTemplate:
    """One template of whatever a program has: a stack, a template, a mapping, or what `load` takes.

    Raises `SourceError` for a source with several templates.
    """
    from .stack import Stack
    from .template import Template

    if isinstance(source, LoadedTemplate):
        return source
    if isinstance(source, (str, os.PathLike)):
        found = load(os.fspath(source))
        if len(found) > 1:
            names = ", ".join(template.name for template in found)
            raise SourceError(f"{source} has several stacks ({names}); name one ({source}:{found[0].name})")
        return found[0]
    if isinstance(source, type) and issubclass(source, Stack) and not _takes_no_arguments(source):
        raise InvalidValueError(f"{source.__name__} needs arguments; give an instance of it", origin=here())
    if (
        isinstance(source, Template)
        or isinstance(source, Stack)
        or (isinstance(source, type) and issubclass(source, Stack))
    ):
        name = source.__name__ if isinstance(source, type) else type(source).__name__
        return _described(name, _describe(name, _template_of(source, name, "the program"), False))
    if isinstance(source, Mapping):
        from .document import to_json

        given: dict[str, Any] = json.loads(to_json(dict(source), indent=None))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return LoadedTemplate("template", given, "json")
    raise InvalidValueError(
        f"expected a stack, a template, a mapping or the path of one, found {shown(source)}", origin=here()
    )


def split_source(source: str) -> tuple[str, str | None]:
    """``stack.py:Name`` in its two parts; a name only ever follows a Python file."""
    path, colon, name = source.rpartition(":")
    if colon and path.endswith(".py"):
        return path, name
    return source, None


# ---------------------------------------------------------------------------------------------
# The parent's side

_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from pyformation.sources import child; child()"


def _run_in_child(path: str, name: str | None, strict: bool) -> list[LoadedTemplate]:
    import subprocess
    import tempfile

    if not os.path.isfile(path):
        what = "is a directory" if os.path.isdir(path) else "does not exist"
        raise SourceError(f"the stack module {path!r} {what}")
    package_parent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        answer = os.path.join(folder, "answer.json")
        request = json.dumps({"path": path, "name": name, "strict": strict, "answer": answer})
        # -P: the child's first path is ours to choose, not the current directory.
        result = subprocess.run(
            [sys.executable, "-P", "-c", _CHILD, package_parent, request],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno() if _has_fileno(sys.stderr) else None,
            check=False,
        )
        if not os.path.exists(answer):
            raise SourceError(f"{path} ended the process with status {result.returncode} while it was loaded")
        with open(answer, encoding="utf-8") as file:
            data = json.load(file)
    if "error" in data:
        origin = data["origin"]
        raise SourceError(data["error"], origin=None if origin is None else Origin(*origin))
    return [_described(item["name"], item) for item in data["templates"]]


def _described(name: str, item: dict[str, Any]) -> LoadedTemplate:
    """What `_describe` says of a template, as a record."""
    origins = {key: Origin(*origin) for key, origin in item["origins"].items()}
    return LoadedTemplate(name, item["data"], "yaml", origins, item["guards"])


def _has_fileno(stream: Any) -> bool:
    try:
        stream.fileno()
    except (OSError, ValueError, AttributeError):
        return False
    return True


# ---------------------------------------------------------------------------------------------
# The child's side


def child() -> None:
    """Load a stack module and write the answer to a file; the entry point of the child process."""
    request = json.loads(sys.argv[2])
    path: str = request["path"]
    del sys.path[0]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    sys.argv = [path]
    answer: dict[str, Any]
    try:
        found = _templates(_load_module(path), path, request["name"])
        answer = {"templates": [_describe(name, template, request["strict"]) for name, template in found]}
    except PyformationError as error:
        message = error.message if error.path is None else f"{error.path}: {error.message}"
        origin = error.origin
        answer = {"error": message, "origin": None if origin is None else (origin.file, origin.line)}
    except BaseException as error:
        answer = _failure(path, error)
    with open(request["answer"] + ".part", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(request["answer"] + ".part", request["answer"])


def _load_module(path: str) -> ModuleType:
    import importlib.util

    name = os.path.splitext(os.path.basename(path))[0]
    if not name.isidentifier() or name in sys.modules:
        name = f"stack_{''.join(c if c.isalnum() else '_' for c in name)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{path} cannot be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _failure(path: str, error: BaseException) -> dict[str, Any]:
    """The user's own mistake in one sentence: the error and the line of their file."""
    import traceback

    summary = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {summary[0]}" if summary else type(error).__name__
    origin: tuple[str, int] | None = None
    if isinstance(error, SyntaxError) and error.filename:
        origin = (error.filename, error.lineno or 1)
        text = f"SyntaxError: {error.msg}"
    else:
        here = os.path.abspath(__file__)
        for frame in traceback.extract_tb(error.__traceback__):
            if not frame.filename.startswith("<") and os.path.abspath(frame.filename) != here:
                inside = os.path.abspath(frame.filename).startswith(os.path.dirname(here) + os.sep)
                if not inside:
                    origin = (frame.filename, frame.lineno or 1)
    if isinstance(error, SystemExit):
        text = f"it called sys.exit({error.code!r})"
    return {"error": f"the stack module {path!r} failed: {text}", "origin": origin}


def _templates(module: ModuleType, path: str, name: str | None) -> list[tuple[str, Template]]:
    """The templates of a module: the one called `name`, or every candidate."""
    candidates = _candidates(module)
    if name is not None:
        found = candidates.get(name, getattr(module, name, None))
        if found is None:
            hint = did_you_mean(name, candidates)
            raise SourceError(f"{path} has no stack {name!r}{hint}")
        return [(name, _template_of(found, name, path))]
    if not candidates:
        raise SourceError(
            f"{path} has no stack: it needs an instance of a Stack or Template, or a Stack class that takes no "
            "arguments, at its top level"
        )
    return [(key, _template_of(value, key, path)) for key, value in candidates.items()]


def _candidates(module: ModuleType) -> dict[str, Any]:
    """Instances of stacks and templates first; classes count only where there are none."""
    from .stack import Stack
    from .template import Template

    public = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    instances: dict[str, Any] = {}
    for key, value in public.items():
        if isinstance(value, (Stack, Template)) and not any(value is known for known in instances.values()):
            instances[key] = value
    if instances:
        return instances
    return {
        key: value
        for key, value in public.items()
        if isinstance(value, type)
        and issubclass(value, Stack)
        and value.__module__ == module.__name__
        and _takes_no_arguments(value)
    }


def _takes_no_arguments(cls: type[Any]) -> bool:
    import inspect

    try:
        inspect.signature(cls.__init__).bind(None)
    except TypeError:
        return False
    return True


def _template_of(found: Any, name: str, path: str) -> Template:
    from .stack import Stack
    from .template import Template

    if isinstance(found, type) and issubclass(found, Stack):
        if not _takes_no_arguments(found):
            raise SourceError(
                f"{path}:{name} needs arguments; make an instance at the top level of the module and name that"
            )
        found = found()
    if isinstance(found, Stack):
        return found.template
    if isinstance(found, Template):
        return found
    raise SourceError(f"{path}:{name} is no Stack or Template but a {type(found).__name__}")  # pyright: ignore[reportUnknownArgumentType]


def _describe(name: str, template: Template, strict: bool) -> dict[str, Any]:
    from .resource import Resource
    from .stack import check_strictly

    if strict:
        check_strictly(template)
    data = template.to_dict()
    origins: dict[str, Any] = {}
    guards: dict[str, list[str]] = {}
    for key, resource in template.resources.items():
        origin = resource._origin()
        if origin is not None:
            origins[key] = (origin.file, origin.line)
        if isinstance(resource, Resource):  # pyright: ignore[reportUnnecessaryIsInstance]
            kept = [g for g in ("prevent_replacement", "prevent_deletion") if resource._options.get(g)]
            if kept:
                guards[key] = kept
    try:
        json.dumps(data)
    except RecursionError:
        raise InvalidValueError(f"{name} is nested too deeply") from None
    return {"name": name, "data": data, "origins": origins, "guards": guards}
