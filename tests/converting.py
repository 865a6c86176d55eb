"""What the tests of conversion share: a program is run and its shape is checked."""

from __future__ import annotations

import ast
import json
import sys
import types
import warnings
from typing import Any

from pyformation import CatalogWarning, Template
from pyformation.sources import stack_modules

_number = 0


def executed(text: str) -> dict[str, Any]:
    """The template that a converted program makes; its shape is checked before anything of it is run."""
    global _number
    check_shape(text)
    _number += 1
    name = f"converted_{_number}"
    module = types.ModuleType(name)
    module.__file__ = f"/nowhere/{name}.py"
    sys.modules[name] = module
    try:
        with warnings.catch_warnings():
            # What the catalog doubts was in the template.
            warnings.simplefilter("ignore", CatalogWarning)
            exec(compile(text, module.__file__, "exec"), module.__dict__)
        ((_, template),) = stack_modules._templates(module, name, None)
        return template.to_dict(relative_to="/nowhere")
    finally:
        del sys.modules[name]


def in_order(data: dict[str, Any]) -> str:
    """A text that is equal for equal data of equal types; only where nobody looks the order of keys is free."""
    return json.dumps(
        {section: sorted_below(data[section], 1 if section == "Metadata" else 0) for section in sorted(data)}
    )


def sorted_below(value: Any, depth: int) -> Any:
    """A section with its elements in order, and what is in them with sorted keys."""
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [sorted_below(item, depth + 1) for item in items]
    if isinstance(value, dict):
        members: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {key: sorted_below(members[key], depth + 1) for key in (sorted(members) if depth else members)}
    return value


def loaded(data: dict[str, Any]) -> dict[str, Any]:
    """Data, loaded and rendered."""
    return Template.from_dict(data).to_dict()


# ---------------------------------------------------------------------------------------------
# The shape


class Shape(ast.NodeVisitor):
    """Refuses whatever a converted program has no need of: a template never becomes code."""

    def __init__(self) -> None:
        self.known: set[str] = {"template"}
        self.rows: set[str] = set()

    def check(self, tree: ast.Module) -> None:
        documentation, *rest = tree.body
        assert isinstance(documentation, ast.Expr) and isinstance(documentation.value, ast.Constant)
        *body, main = rest
        assert ast.unparse(main).startswith("if __name__ == '__main__':\n    "), ast.unparse(main)
        assert isinstance(main, ast.If)
        (call,) = main.body
        stacks = [node.name for node in body if isinstance(node, ast.ClassDef)]
        made = ast.unparse(call).replace("main(assets='relative')", "main()")
        assert made in ("template.main()", *(f"{name}().main()" for name in stacks))
        assert not main.orelse
        for node in body:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom):
            assert node.module in ("pyformation", "pyformation.aws", "textwrap") and node.level == 0
            assert all(alias.asname is None for alias in node.names)
            names = {alias.name for alias in node.names}
            assert not names & self.known
            assert node.module != "textwrap" or names == {"dedent"}
            self.known |= names
        elif isinstance(node, ast.ClassDef):
            assert ast.unparse(node.bases[0]) == "Stack" and len(node.bases) == 1
            assert not node.decorator_list
            for keyword in node.keywords:
                self.expression(keyword.value)
            for inner in node.body:
                self.statement(inner)
            self.known.add(node.name)
        elif isinstance(node, ast.Assign):
            (target,) = node.targets
            assert isinstance(target, ast.Name) and not target.id.startswith("_")
            self.expression(node.value)
            # The list of a loop is empty at first.
            assert isinstance(node.value, ast.Call) or ast.unparse(node.value) == "[]"
            assert target.id == "template" or target.id not in self.known, target.id
            self.known.add(target.id)
        elif isinstance(node, ast.For):
            names = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
            assert all(isinstance(name, ast.Name) and not name.id.startswith("_") for name in names)
            assert isinstance(node.iter, ast.List) and not node.orelse
            self.expression(node.iter)
            rows = {name.id for name in names if isinstance(name, ast.Name)}
            # A row's name lives until the next loop, and hides nothing.
            assert not rows & (self.known - self.rows)
            self.known |= rows
            self.rows |= rows
            (inner,) = node.body
            assert isinstance(inner, ast.Expr)
            self.statement(inner)
        elif isinstance(node, ast.Expr):
            assert isinstance(node.value, (ast.Call, ast.Constant))
            self.expression(node.value)
        else:
            assert isinstance(node, ast.Pass), ast.dump(node)

    def expression(self, node: ast.expr) -> None:
        if isinstance(node, ast.Call):
            self.name(node.func)
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                self.expression(argument)
            assert all(keyword.arg for keyword in node.keywords)
        elif isinstance(node, (ast.List, ast.Tuple)):
            for item in node.elts:
                self.expression(item)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                assert key is not None
                self.expression(key)
                self.expression(value)
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    assert part.conversion == -1 and part.format_spec is None
                    self.name(part.value)
                else:
                    assert isinstance(part, ast.Constant)
        elif isinstance(node, ast.UnaryOp):
            assert isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)
        elif isinstance(node, ast.Subscript) and ast.unparse(node) == "list[str]":
            pass
        elif not isinstance(node, ast.Constant):
            self.name(node)

    def name(self, node: ast.expr) -> None:
        """A variable or what is imported, or an attribute of such."""
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_"), ast.unparse(node)
            else:
                assert isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
                assert isinstance(node.value, ast.Name)  # A list of this program.
            node = node.value
        assert isinstance(node, ast.Name), ast.dump(node)
        assert node.id in self.known or node.id in ("str", "int", "float"), node.id


def check_shape(text: str) -> None:
    """Fail for a program with anything in it but declarations and literals."""
    assert not text.startswith("\ufeff")
    for character in text:
        assert character.isprintable() or character in "\n\t", f"{character!r} is in the program as it is"
    tree = ast.parse(text)
    assert "coding" not in "\n".join(line for line in text.splitlines()[:2] if line.startswith("#"))
    Shape().check(tree)
