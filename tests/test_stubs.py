"""The stubs say of every class what the class says of itself when it runs.

They are read as text here; what checkers make of them is in `test_typing.py`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import shutil
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from conftest import ROOT

import pyformation
from pyformation import PropertyType, catalog, resource_class
from pyformation.aws import iam
from pyformation.catalog.resource_attributes import OPTIONS

AWS = ROOT / "pyformation" / "aws"
STUBS = AWS / "_stubs"
# Those that the package brings: other tests register more.
TYPES = [name for name in catalog.types() if name.startswith(("AWS::", "AMZN::", "Alexa::"))]


@attrs.frozen
class Stubbed:
    """A class as its stub has it."""

    keywords: list[str]
    required: set[str]
    takes_options: bool
    documentation: list[str]
    annotated: list[str]
    properties: list[str]
    classes: dict[str, Stubbed]


def stubbed(node: ast.ClassDef) -> Stubbed:
    init = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    arguments = init.args
    keywords = [argument.arg for argument in arguments.kwonlyargs]
    assert [argument.arg for argument in arguments.args] == ["self"]
    return Stubbed(
        keywords=keywords,
        required={name for name, default in zip(keywords, arguments.kw_defaults, strict=True) if not default},
        takes_options=arguments.kwarg is not None,
        documentation=(ast.get_docstring(init) or "").splitlines(),
        annotated=[
            n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
        ],
        properties=[n.name for n in node.body if isinstance(n, ast.FunctionDef) and n is not init],
        classes={n.name: stubbed(n) for n in node.body if isinstance(n, ast.ClassDef)},
    )


def classes_in(path: Path) -> dict[str, ast.ClassDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def keys_in(path: Path) -> dict[str, tuple[list[str], set[str]]]:
    """The mappings that stand for property types: all keys, and those that must be there."""
    found: dict[str, tuple[list[str], set[str]]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and ast.unparse(node.bases[0]) == "_TypedDict":
            fields = {n.target.id: n.annotation for n in node.body if isinstance(n, ast.AnnAssign)}  # type: ignore[union-attr]
            name, total = node.name, not node.keywords
        elif isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("_TypedDict("):
            assert isinstance(node.value, ast.Call) and isinstance(node.value.args[1], ast.Dict)
            shown = node.value.args[1]
            fields = {ast.literal_eval(k): v for k, v in zip(shown.keys, shown.values, strict=True) if k}
            name, total = ast.unparse(node.targets[0]), not node.value.keywords
        else:
            continue
        needed = {key for key, kind in fields.items() if total or ast.unparse(kind).startswith("_Required[")}
        found[name] = list(fields), needed
    return found


def signature(cls: type[Any]) -> tuple[list[str], set[str]]:
    """The keywords of a class without the options, and the required ones, as it says itself."""
    parameters = inspect.signature(cls).parameters
    keywords = [name for name in parameters if name in cls._table]
    assert set(keywords) == set(cls._table)
    assert list(parameters)[: len(keywords)] == keywords
    required = {name for name, found in parameters.items() if found.default is inspect.Parameter.empty} & set(
        keywords
    )
    return keywords, required


def check_class(cls: type[Any], stub: Stubbed) -> None:
    keywords, required = signature(cls)
    options = [] if stub.takes_options else ["extra_properties"]
    assert stub.takes_options is not issubclass(cls, PropertyType)
    if "tags" in cls._entry and "tags" not in keywords:
        options.insert(0, "tags")  # Its property for tags has another name.
    assert stub.keywords == keywords + options
    assert stub.required == required
    # Required ones first, each group in the catalog's order.
    assert keywords == sorted(cls._table, key=lambda name: name not in required)
    assert stub.annotated == keywords
    assert len(stub.documentation) == len(keywords)
    for name in keywords:
        # What pyright shows for a keyword: the first line that holds its name and a colon anywhere.
        shown = next(line for line in stub.documentation if f"{name}: " in line)
        assert shown.strip() == f"{name}: {getattr(cls, name).__doc__}"


@pytest.mark.parametrize("service", catalog.modules())
def test_stubs_and_classes(service: str) -> None:
    module = importlib.import_module(f"pyformation.aws.{service}")
    for type_name in catalog.service(service):
        if type_name not in TYPES:
            continue
        cls = resource_class(type_name)
        nodes = classes_in(STUBS / service / f"{cls.__name__}.pyi")
        keys = keys_in(STUBS / service / f"{cls.__name__}.pyi")
        for name in keys:
            nodes.pop(name, None)
        stub = stubbed(nodes.pop(cls.__name__))
        check_class(cls, stub)
        assert list(stub.classes) == list(cls._entry.get("definitions", ()))
        for name, nested in stub.classes.items():
            found = getattr(cls, name)
            check_class(found, nested)
            assert not nested.classes
            assert not nested.properties
            mapping, needed = keys.pop(f"_{name}Keys")
            assert mapping == [slot.name for slot in found._table.values()]
            assert needed == found._required
        assert not keys
        readable = [
            name for name in dir(cls) if type(inspect.getattr_static(cls, name)).__name__ == "Attribute"
        ]
        get_att = dir(object.__new__(cls).get_att)
        assert sorted(stub.properties) == sorted([*readable, *(["get_att"] if get_att else [])])
        if get_att:
            attributes = nodes.pop(f"_{cls.__name__}Attributes")
            names = [n.target.id for n in attributes.body if isinstance(n, ast.AnnAssign)]  # type: ignore[union-attr]
            assert sorted(names) == sorted(get_att)
        assert not nodes
    assert exported(AWS / f"{service}.pyi") == {name for name in dir(module) if not name.startswith("__")}


def exported(path: Path) -> set[str]:
    """The names that a stub of imports gives to others."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_every_type_has_one_stub() -> None:
    files = {path.relative_to(STUBS).with_suffix("").as_posix() for path in STUBS.glob("*/[A-Z]*.pyi")}
    expected = {
        f"{resource_class(name).__module__.rpartition('.')[2]}/{name.split('::')[-1]}" for name in TYPES
    }
    assert files == expected
    # Some file systems do not tell them apart.
    assert len({file.lower() for file in files}) == len(files)


def test_helpers_and_policies() -> None:
    by_hand = classes_in(AWS / "_iam.py")
    for cls in (iam.Statement, iam.PolicyDocument):
        (block,) = (node for node in by_hand[cls.__name__].body if isinstance(node, ast.If))
        typed = ast.ClassDef(cls.__name__, [], [], block.body, [])
        stub = stubbed(typed)
        keywords, required = signature(cls)
        assert stub.keywords == [*keywords, "extra_properties"]
        assert stub.required == required
        assert stub.annotated == keywords
    policies = classes_in(STUBS / "policies.pyi")
    for policy in (pyformation.CreationPolicy, pyformation.UpdatePolicy):
        stub = stubbed(policies[policy.__name__])
        check_class(policy, stub)
        assert list(stub.classes) == list(policy._entry["definitions"])
        for name, nested in stub.classes.items():
            check_class(getattr(policy, name), nested)


def test_options_are_the_same_everywhere() -> None:
    tree = ast.parse((ROOT / "pyformation" / "resource.py").read_text(encoding="utf-8"))
    declared = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    keywords = [n.target.id for n in declared["ResourceOptions"].body if isinstance(n, ast.AnnAssign)]  # type: ignore[union-attr]
    parameters = list(inspect.signature(resource_class("AWS::SQS::Queue")).parameters)
    assert parameters[-len(keywords) :] == keywords
    (block,) = (
        node
        for node in declared["Resource"].body
        if isinstance(node, ast.If) and any(isinstance(n, ast.AnnAssign) for n in node.body)
    )
    readable = [n.target.id for n in block.body if isinstance(n, ast.AnnAssign)]  # type: ignore[union-attr]
    assert readable == [name for name in keywords if not name.startswith("extra_")]
    # What an editor shows for each is the one wording of it.
    texts = [
        inspect.cleandoc(n.value.value).replace("\n", " ")
        for n in declared["ResourceOptions"].body
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) and isinstance(n.value.value, str)
    ]
    assert texts[1:] == [f"{OPTIONS[name].name}: {OPTIONS[name].sentence}" for name in keywords]


def test_a_stub_that_is_out_of_date_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import build_modules as builder

    shutil.copytree(AWS, tmp_path / "pyformation" / "aws", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("PACKAGE", "STUBS", "POLICIES"):
        copied = tmp_path / getattr(builder, name).relative_to(ROOT)
        monkeypatch.setattr(builder, name, copied)
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    shutil.copy(ROOT / builder.POLICIES.relative_to(tmp_path), builder.POLICIES)
    wanted = builder.files()
    monkeypatch.setattr(builder, "files", lambda: wanted)
    stub = builder.STUBS / "sqs" / "Queue.pyi"
    stub.write_text(stub.read_text().replace("delay_seconds", "delay_in_seconds"))
    stub.with_name("Gone.pyi").write_text("")

    monkeypatch.setattr(sys, "argv", ["build_modules.py", "--check"])
    with pytest.raises(SystemExit) as stopped:
        builder.main()
    assert stopped.value.code == (
        "these files are not what tools/build_modules.py writes; run 'make rebuild': "
        "pyformation/aws/_stubs/sqs/Gone.pyi, pyformation/aws/_stubs/sqs/Queue.pyi"
    )
    monkeypatch.setattr(sys, "argv", ["build_modules.py"])
    builder.main()
    assert capsys.readouterr().out == f"{len(wanted)} files, 2 changed\n"
    monkeypatch.setattr(sys, "argv", ["build_modules.py", "--check"])
    builder.main()
    assert not stub.with_name("Gone.pyi").exists()
