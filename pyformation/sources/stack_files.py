"""Which Python files declare stacks, found without running any of them.

A file declares stacks if, at its top level, it has a class derived from `Stack`, makes one of those or a `Template`,
or calls a function of its own that does. A base class may come from another of the files.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping

import attrs

_OURS = "pyformation"
_MAKES = ("Stack", "Template")


@attrs.define
class _File:
    """What the names of one file mean; a name is ours if it is a stack, a template, or a class derived from one."""

    tree: ast.Module
    # The names of modules of pyformation, and of modules that may be among the files, by their last word.
    our_modules: set[str] = attrs.field(factory=set[str])
    modules: dict[str, str] = attrs.field(factory=dict[str, str])
    # Name here -> (the last word of its module, its name there).
    imported: dict[str, tuple[str, str]] = attrs.field(factory=dict[str, tuple[str, str]])
    ours: set[str] = attrs.field(factory=set[str])
    classes: set[str] = attrs.field(factory=set[str])
    makers: set[str] = attrs.field(factory=set[str])


def stack_files(contents: Mapping[str, bytes]) -> list[str]:
    """The paths of the files that declare stacks; one that names pyformation and cannot be parsed counts as such."""
    files: dict[str, _File] = {}
    broken: list[str] = []
    words = {_OURS.encode()}
    waiting = dict(contents)
    while True:
        chosen = [path for path, text in waiting.items() if any(word in text for word in words)]
        for path in chosen:
            try:
                files[path] = _read(ast.parse(waiting.pop(path)))
            except (SyntaxError, ValueError, RecursionError):
                if _OURS.encode() in contents[path]:
                    broken.append(path)
        known = {(_word(path), name) for path, found in files.items() for name in found.classes}
        changed = [found for found in files.values() if _resolve(found, known)]
        classes = {name.encode() for found in files.values() for name in found.classes}
        if not changed and not chosen and classes <= words:
            break
        words |= classes
    return sorted([path for path, found in files.items() if _declares(found)] + broken)


def _word(path: str) -> str:
    """The last word of a file's name as a module: that of the folder for a package."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return os.path.basename(os.path.dirname(path)) if stem == "__init__" else stem


def _read(tree: ast.Module) -> _File:
    found = _File(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                here = name.asname or name.name.partition(".")[0]
                if name.name.partition(".")[0] == _OURS:
                    found.our_modules.add(here)
                else:
                    found.modules[name.asname or name.name] = name.name.rpartition(".")[2]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for name in node.names:
                here = name.asname or name.name
                if node.level == 0 and module.partition(".")[0] == _OURS:
                    found.ours.update(_MAKES if name.name == "*" else [here] if name.name in _MAKES else ())
                    if module == _OURS and name.name in ("stack", "template"):
                        found.our_modules.add(here)
                else:
                    found.imported[here] = (module.rpartition(".")[2], name.name)
                    found.modules.setdefault(here, name.name)
    return found


def _resolve(found: _File, known: set[tuple[str, str]]) -> bool:
    """Find more of the names in a file that are ours; whether there are any."""
    before = len(found.ours) + len(found.classes) + len(found.makers)
    for name, (module, there) in found.imported.items():
        if there == "*":
            found.ours.update(own for home, own in known if home == module)
        elif (module, there) in known:
            found.ours.add(name)
    for node in ast.walk(found.tree):
        if isinstance(node, ast.ClassDef) and any(_is_ours(base, found, known) for base in node.bases):
            found.ours.add(node.name)
            found.classes.add(node.name)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if _makes(node.body, found, known):
                found.makers.add(node.name)
    return before != len(found.ours) + len(found.classes) + len(found.makers)


def _is_ours(node: ast.expr, found: _File, known: set[tuple[str, str]]) -> bool:
    if isinstance(node, ast.Subscript):
        node = node.value  # A generic base class.
    if isinstance(node, ast.Name):
        return node.id in found.ours
    if not isinstance(node, ast.Attribute):
        return False
    dotted = ast.unparse(node.value)
    if dotted.partition(".")[0] in found.our_modules:
        return node.attr in _MAKES
    return (found.modules.get(dotted, ""), node.attr) in known or _is_ours(node.value, found, known)


def _makes(statements: list[ast.stmt], found: _File, known: set[tuple[str, str]]) -> bool:
    """Whether statements make a stack or template, or call what does."""
    for node in (each for statement in statements for each in ast.walk(statement)):
        if isinstance(node, ast.ClassDef) and node.name in found.classes:
            return True
        if isinstance(node, ast.Call) and (
            _is_ours(node.func, found, known)
            or (isinstance(node.func, ast.Name) and node.func.id in found.makers)
        ):
            return True
    return False


def _declares(found: _File) -> bool:
    for statement in _run_on_import(found.tree.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(statement, ast.ClassDef) and statement.name not in found.classes:
            # A plain class may group stacks; its methods do not run.
            body = [
                each
                for each in statement.body
                if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
            ]
            if _makes(body, found, set()):
                return True
        elif _makes([statement], found, set()):
            return True
    return False


def _run_on_import(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, without those for ``python file.py``."""
    for statement in statements:
        if isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test):
            yield from _run_on_import(statement.orelse)
        elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for field in ("body", "orelse", "finalbody"):
                yield from _run_on_import(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from _run_on_import(handler.body)
        else:
            yield statement
