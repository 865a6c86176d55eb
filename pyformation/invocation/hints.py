"""What a failure most likely means: the nearest name of a handler or module that does not exist."""

from __future__ import annotations

import ast
import os
import re
from typing import Any

from ..errors import did_you_mean
from ..files import regular

_MISSING = re.compile(r"No module named '([^']+)'")


def hint_for(error: dict[str, Any], handler: str, folder: str, python: str) -> str:
    """The end of a sentence about the error of a function: a nearest name, where to put a module, or nothing."""
    kind, message = error.get("errorType"), str(error.get("errorMessage", ""))
    module, dot, name = handler.rpartition(".")
    path = os.path.join(folder, module.replace(".", "/"))
    if kind == "Runtime.MalformedHandlerName" or not dot:
        return "; expected MODULE.FUNCTION"
    if kind == "Runtime.HandlerNotFound":
        return did_you_mean(name, _top_level(path))
    missing = _MISSING.search(message)
    if kind != "Runtime.ImportModuleError" or missing is None:
        return ""
    first = module.replace("/", ".").split(".")[0]
    if missing[1].split(".")[0] != first:
        return f"; it is neither in {folder}, nor in a layer, nor installed for {python}"
    return did_you_mean(first, _modules(folder))


def _modules(folder: str) -> list[str]:
    return [
        name.removesuffix(".py")
        for name in sorted(os.listdir(folder))
        if name.endswith(".py") or os.path.isdir(os.path.join(folder, name))
    ]


def _top_level(path: str) -> list[str]:
    """The names that a module defines, as far as its text shows."""
    for file in (f"{path}.py", os.path.join(path, "__init__.py")):
        try:
            with open(file, "rb", opener=regular) as source:
                tree = ast.parse(source.read())
        except (OSError, ValueError, SyntaxError):
            continue
        found: list[str] = []
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.append(node.name)
            elif isinstance(node, ast.Assign):
                found += [target.id for target in node.targets if isinstance(target, ast.Name)]
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                found += [alias.asname or alias.name for alias in node.names]
        return found
    return []
