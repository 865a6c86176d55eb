"""Stack modules: programs with stacks at their top level, run in a child process of their own.

The folder of a module is first on the import path, as with ``python stack.py``, but the module is never
``__main__``; its output goes to standard error. The child returns plain data in a file. This module imports as
little as possible, because every child process imports it.
"""

from __future__ import annotations

import json
import os
import sys

from ..errors import (
    MOST_SUGGESTIONS,
    SUGGESTIONS,
    CatalogWarning,
    InvalidValueError,
    Origin,
    PyformationError,
    SourceError,
    did_you_mean,
    failure,
)
from ..plain import placed
from ..pointers import pointer
from ..values import LocalPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any

    from ..template import Template

# ---------------------------------------------------------------------------------------------
# The parent's side

_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from pyformation.sources.stack_modules import child; child()"


def run(
    path: str,
    name: str | None,
    *,
    strict: bool = False,
    label: str | None = None,
    folder: str | None = None,
    moved: tuple[str, str] | None = None,
    quiet: bool = False,
    optional: bool = False,
) -> list[dict[str, Any]]:
    """The stacks of the module at `path` as `describe` returns them: the one with that name, or all; with
    `optional` that may be none.

    `label` is what the user calls the module, `folder` where it runs. `moved` are two folders: what the child
    would import from the first, the working tree, it imports from the second, a revision. `quiet` leaves out
    warnings of the catalog.
    """
    import subprocess
    import tempfile

    if not os.path.isfile(path):
        what = "is a directory" if os.path.isdir(path) else "does not exist"
        raise SourceError(f"the stack module {label or path!r} {what}")
    # The folder that the package is in.
    package_parent = os.path.abspath(__file__)
    for _ in range(3):
        package_parent = os.path.dirname(package_parent)
    with tempfile.TemporaryDirectory(prefix="pyformation-") as temporary:
        answer = os.path.join(temporary, "answer.json")
        request = json.dumps(
            {
                "path": path,
                "name": name,
                "strict": strict,
                "answer": answer,
                "label": label or path,
                "moved": moved,
                "quiet": quiet,
                "optional": optional,
            }
        )
        # -P: the child's first path is ours to choose, not the current directory.
        result = subprocess.run(
            [sys.executable, "-P", "-c", _CHILD, package_parent, request],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno() if _has_fileno(sys.stderr) else None,
            cwd=folder,
            check=False,
        )
        if not os.path.exists(answer):
            raise SourceError(f"{label or path} exited with status {result.returncode} while it was loaded")
        with open(answer, encoding="utf-8") as file:
            data = json.load(file)
    if "error" in data:
        origin = data["origin"]
        raise SourceError(data["error"], origin=None if origin is None else Origin(*origin))
    return list(data["templates"])


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
    SUGGESTIONS.set([MOST_SUGGESTIONS])
    request = json.loads(sys.argv[2])
    path: str = request["path"]
    label: str = request["label"]
    del sys.path[0]
    # Do not write compiled files beside the user's program.
    sys.dont_write_bytecode = True
    if request["quiet"]:
        import warnings

        warnings.simplefilter("ignore", CatalogWarning)
    if request["moved"] is not None:
        _move_path(*request["moved"])
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    sys.argv = [path]
    answer: dict[str, Any]
    try:
        module = _load_module(path)
        found = _templates(module, label, request["name"], request["optional"])
        folder = os.path.dirname(os.path.abspath(path))
        answer = {
            "templates": [describe(name, template, request["strict"], folder) for name, template in found]
        }
        _add_others(answer["templates"], module, label, folder)
    except PyformationError as error:
        message = error.message if error.path is None else f"{error.path}: {error.message}"
        origin = error.origin
        answer = {"error": message, "origin": None if origin is None else (origin.file, origin.line)}
    except BaseException as error:
        answer = _failure(label, error)
    with open(request["answer"] + ".part", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(request["answer"] + ".part", request["answer"])
    threading = sys.modules.get("threading")
    if threading is not None and any(
        not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()
    ):
        # Do not wait for threads that the program has started: they may never end.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)


def _has_nested_stacks(resources: dict[str, Any]) -> bool:
    """Whether a rendered template has nested stacks, not counting those that a loop makes."""
    found: list[dict[str, Any]] = [item for item in resources.values() if isinstance(item, dict)]
    return any(resource.get("Type") == "AWS::CloudFormation::Stack" for resource in found)


def _add_others(described: list[dict[str, Any]], module: ModuleType, label: str, folder: str) -> None:
    """Add to each template with nested stacks the other stacks of its module, which the nested ones may be."""
    nesting = [item for item in described if _has_nested_stacks(item["data"].get("Resources", {}))]
    if not nesting:
        return
    known = {item["name"]: item for item in described}
    from .module_stacks import stacks_of

    for name, candidate in stacks_of(module, label).items():
        if name not in known:
            try:
                known[name] = describe(name, template_of(candidate, name, label), False, folder)
            except PyformationError:
                continue  # It was not requested; a nested stack with that template is then unknown.
    for item in nesting:
        item["others"] = [
            {key: value for key, value in other.items() if key != "others"}
            for name, other in known.items()
            if name != item["name"]
        ]


def _move_path(now: str, then: str) -> None:
    """Replace a folder on the import path by another one, as far as that has the same folders."""
    for number, entry in enumerate(sys.path):
        there = os.path.realpath(entry)
        if there == now or there.startswith(now + os.sep):
            # An environment below the folder is not part of any revision and stays.
            moved = os.path.join(then, os.path.relpath(there, now))
            if os.path.isdir(moved):
                sys.path[number] = moved


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
    """An error of the user's program in one sentence, with the line of their file."""
    text, origin = failure(error)
    place = None if origin is None else (origin.file, origin.line)
    return {"error": f"the stack module {path!r} failed: {text}", "origin": place}


def _templates(
    module: ModuleType, path: str, name: str | None, optional: bool = False
) -> list[tuple[str, Template]]:
    """The templates of a module: the one with that name, or all candidates."""
    from .module_stacks import names_below, stacks_of

    candidates = stacks_of(module, path)
    if name is not None:
        found = candidates.get(name, getattr(module, name, None))
        if found is None:
            some = ", ".join(list(candidates)[:5]) + (" ..." if len(candidates) > 5 else "")
            hint = did_you_mean(name, candidates) or (f"; it has {some}" if candidates else "")
            raise SourceError(f"{path} has no stack {name!r}{hint}")
        if name not in candidates and (inside := names_below(module, path, name)):
            raise SourceError(
                f"{path}:{name} is a {type(found).__name__}; name a stack in it ({path}:{inside[0]})"
            )
        return [(name, template_of(found, name, path))]
    if not candidates and not optional:
        raise SourceError(
            f"{path} has no stack: it needs an instance of a Stack or Template, or a Stack class that takes no "
            "arguments, at its top level"
        )
    return [(key, template_of(value, key, path)) for key, value in candidates.items()]


def template_of(found: Any, name: str, path: str) -> Template:
    """The template of a stack, of a stack class, or of a template; `path` is for error messages."""
    from ..stack import Stack
    from ..template import Template
    from .module_stacks import takes_no_arguments

    if isinstance(found, type) and issubclass(found, Stack):
        if not takes_no_arguments(found):
            raise SourceError(
                f"{path}:{name} needs arguments; create an instance at the top level of the module and name that"
            )
        found = found()
    if isinstance(found, Stack):
        return found.template
    if isinstance(found, Template):
        return found
    raise SourceError(f"{path}:{name} is a {type(found).__name__}, not a Stack or Template")  # pyright: ignore[reportUnknownArgumentType]


def describe(
    name: str, template: Template, strict: bool = False, folder: str | None = None
) -> dict[str, Any]:
    """A template as plain data, with the lines of its elements (``Resources.Queue``), the guards of its resources,
    and the suppressions and component of each element. Local files are paths relative to `folder`."""
    from ..elements import Declared
    from ..programs import check_strictly
    from ..resource import Resource
    from ..sections import ELEMENTS

    if strict:
        check_strictly(template)
    data = template.to_dict(relative_to=folder or os.getcwd())
    assets = dict(_assets(data, ())) if template._scope.assets.found else {}
    origins: dict[str, Any] = {}
    suppressions: dict[str, dict[str, str]] = {}
    guards: dict[str, list[str]] = {}
    for key, resource in template.resources.items():
        if isinstance(resource, Resource):  # pyright: ignore[reportUnnecessaryIsInstance]
            kept = [g for g in ("prevent_replacement", "prevent_deletion") if resource._options.get(g)]
            if kept:
                guards[key] = kept
    for section in ELEMENTS:
        for key, entry in template._sections[section].items():
            element = entry.element
            if not isinstance(element, Declared):
                continue
            origin = element._origin()
            if origin is not None:
                origins[f"{section}.{key}"] = (origin.file, origin.line)
            reasons = (
                element._options.get("suppress")
                if isinstance(element, Resource)
                else getattr(element, "_suppress", None)
            )
            if reasons:
                suppressions[f"{section}.{key}"] = dict(reasons)
    try:
        json.dumps(data)
    except RecursionError:
        raise InvalidValueError(f"{name} is nested too deeply") from None
    # The prefix of the component that an element belongs to.
    components = {
        key: entry.scope.component
        for section in ELEMENTS
        for key, entry in template._sections[section].items()
        if entry.scope.component is not None
    }
    callers: dict[str, Any] = {}
    for section in ELEMENTS:
        for key, entry in template._sections[section].items():
            caller = entry.scope.used_at()
            if caller is not None:
                callers[f"{section}.{key}"] = (caller.file, caller.line)
    return {
        "name": name,
        "callers": callers,
        "data": data,
        "origins": origins,
        "guards": guards,
        "suppressions": suppressions,
        "components": components,
        "assets": assets,
        "renamed": template._renamed,
        "moved": template._moves(),
    }


def _assets(node: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str, list[str]]]:
    """The local files that were declared, by pointer, and the patterns of what each leaves out."""
    for where, part in placed(node, place):
        if isinstance(part, LocalPath):
            yield pointer(where), list(part.asset.exclude)
