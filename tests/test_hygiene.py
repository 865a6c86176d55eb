"""What is imported when, who may import whom, the same bytes every time, and the public names."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, run_python

import pyformation

PACKAGE = ROOT / "pyformation"
AREA = ROOT / "examples" / "area" / "stack.py"

SMALL = """
from pyformation import Equals, If, Output, Parameter, Stack
from pyformation.aws import iam, lambda_, logs

class S(Stack):
    stage = Parameter(str, default="dev", allowed_values=["dev", "prod"])
    is_prod = Equals(stage, "prod")
    role = iam.Role(assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"))
    function = lambda_.Function(role=role.arn, code=lambda_.Function.Code(zip_file="x"), memory_size=If(is_prod, 512, 128))
    log_group = logs.LogGroup(log_group_name=f"/aws/lambda/{function}", retention_in_days=14)
    arn = Output(function.arn, export=f"{stage}-arn")

if __name__ == "__main__":
    S().main()
"""

# Each costs more than a stack does; none is needed to declare or render one.
TOO_DEAR = """attr attrs cattr cattrs typing dataclasses inspect boto3 botocore click rich importlib.metadata pathlib
asyncio argparse logging unittest tempfile subprocess socket urllib.request email difflib textwrap decimal datetime
multiprocessing ctypes pprint pickle copy hashlib random zipfile""".split()


def imported(output: str) -> set[str]:
    """The modules of a ``-X importtime`` report."""
    return {
        line.rpartition("|")[2].strip() for line in output.splitlines() if line.startswith("import time:")
    }


@pytest.mark.parametrize(
    "options", [[], ["--format", "json"], ["--output", "t.yaml"]], ids=["yaml", "json", "file"]
)
@pytest.mark.parametrize("program", ["small", "area"])
def test_declaring_and_rendering_import_nothing_dear(
    program: str, options: list[str], tmp_path: Path
) -> None:
    if program == "area" and not AREA.exists():
        pytest.skip("no example yet")
    script = AREA
    if program == "small":
        script = tmp_path / "stack.py"
        script.write_text(SMALL)
    (tmp_path / "empty.py").write_text("")
    # What the installation itself imports before any program runs (.pth files do) is not ours.
    baseline = imported(run_python("-X", "importtime", "empty.py", cwd=tmp_path).stderr)
    result = run_python("-X", "importtime", script, *options, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    ours = imported(result.stderr) - baseline
    assert "pyformation.stack" in ours
    allowed = {"datetime", "_datetime"}  # PyYAML's own.
    assert not (ours & set(TOO_DEAR)) - allowed
    for prefix in (
        "attr",
        "cattr",
        "boto",
        "click",
        "rich",
        "typing",
        "inspect",
        "dataclasses",
        "pathlib",
        "importlib.metadata",
    ):
        assert not [name for name in ours if name.split(".")[0] == prefix], prefix
    if options == ["--format", "json"]:
        assert not [name for name in ours if name.split(".")[0] in ("yaml", "_yaml")]
    for prefix in (
        "document.reading",
        "catalog._sentences",
        "patterns",
        "explanation",
        "reports",
    ):
        assert not [name for name in ours if name.startswith(f"pyformation.{prefix}")], prefix


def test_importing_the_package_imports_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "bare.py").write_text("import pyformation")
    baseline = imported(run_python("-X", "importtime", "empty.py", cwd=tmp_path).stderr)
    ours = imported(run_python("-X", "importtime", "bare.py", cwd=tmp_path).stderr) - baseline
    assert ours == {"pyformation"}


def test_importing_a_service_reads_no_other(tmp_path: Path) -> None:
    program = """
import sys, builtins
opened = []
real = builtins.open
def noting(file, *args, **kwargs):
    opened.append(str(file))
    return real(file, *args, **kwargs)
builtins.open = noting
from pyformation.aws import s3, sqs
s3.Bucket()
print(sorted({name.rpartition("/")[2] for name in opened if name.endswith(".json")}))
"""
    result = run_python("-c", program)
    assert result.stdout in ("['s3.json']\n", "['index.json', 's3.json']\n"), result.stdout + result.stderr


# ---------------------------------------------------------------------------------------------
# The same bytes every time


@pytest.mark.parametrize("options", [[], ["--format", "json"]], ids=["yaml", "json"])
def test_hash_seeds_change_nothing(options: list[str], tmp_path: Path) -> None:
    program = SMALL.replace(
        "    arn = Output",
        "    queues = {name: __import__('pyformation.aws.sqs', fromlist=['x']).Queue(tags=[{'Key': k, 'Value': 'v'} for k in 'abc'],"
        " redrive_policy={'deadLetterTargetArn': 'x', 'maxReceiveCount': 3}) for name in ('z', 'y', 'x')}\n"
        "    both = Output([If(is_prod & ~Equals(stage, 'x'), 1, 2), If(is_prod | Equals('a', 'b'), 3, 4)])\n"
        "    arn = Output",
    ).replace("class S(Stack)", "class S(Stack, tags={'b': '1', 'a': '2'}, metadata={'z': 1, 'y': 2})")  # fmt: skip
    program = program.replace("~Equals(stage, 'x')", "~is_x").replace("Equals('a', 'b')", "is_x")
    program = program.replace("    role =", "    is_x = Equals(stage, 'x')\n    role =")
    (tmp_path / "stack.py").write_text(program)
    results = [
        run_python("stack.py", *options, cwd=tmp_path, env={"PYTHONHASHSEED": seed})
        for seed in ("0", "1", "42", "random")
    ]
    assert all(result.returncode == 0 for result in results), results[0].stderr
    assert len({result.stdout for result in results}) == 1
    assert len(results[0].stdout) > 1000


@pytest.mark.skipif(not (ROOT / "examples").is_dir(), reason="no examples yet")
def test_hash_seeds_change_no_example() -> None:
    for script in sorted((ROOT / "examples").glob("*.py")):
        text = script.read_text()
        if ".main()" in text:
            outputs = {
                run_python(script, cwd=script.parent, env={"PYTHONHASHSEED": seed}).stdout
                for seed in ("1", "2")
            }
            assert len(outputs) == 1, script
            assert outputs != {""}, script


def test_errors_do_not_depend_on_hash_seeds(tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text("from pyformation.aws import lambda_\nlambda_.Function()\n")
    results = {run_python("stack.py", cwd=tmp_path, env={"PYTHONHASHSEED": seed}).stderr for seed in "12345"}
    assert len(results) == 1


# ---------------------------------------------------------------------------------------------
# Rooms. A room may import (at module level) what stands before it in the line, and nothing else. The last
# one is for users' tests, so nothing may import it.

ORDER = """
errors names pointers plain sections intrinsics
budget files
matching
catalog document finding sentences limits validator
values
elements
resource
custom_types helpers aws programs
loading
template
stack
sources
evaluation
changes
findings
prediction policies gates
validation
conversion
explanation
reports
graphs
assets
invocation deployment
cli
__main__
testing
"""
RANK = {room: rank for rank, line in enumerate(ORDER.strip().splitlines()) for room in line.split()}
# The package itself names everything, lazily.
LAZY = {"pyformation"}


@functools.cache
def modules() -> dict[str, Path]:
    """The modules of the package by their full names."""
    found: dict[str, Path] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


@functools.cache
def source(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True, scope="module")
def _forget() -> Iterator[None]:
    """What was read is of no use to other tests."""
    yield
    source.cache_clear()


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def at_module_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run on import: not those of functions, nor of ``if TYPE_CHECKING``."""
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            if ast.unparse(node.test).startswith("not "):
                todo += node.body
            todo += node.orelse
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.ClassDef):
            for block in ("body", "orelse", "finalbody"):
                todo += getattr(node, block, [])


def in_functions(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from ast.walk(node)


# When an import counts: on import, also once a function is called, also when only type checkers read it.
WHEN = {
    "import": at_module_level,
    "call": lambda tree: [*at_module_level(tree), *in_functions(tree)],
    "check": ast.walk,
}


@functools.cache
def imports(module: str, when: str = "import") -> frozenset[str]:
    """The modules of ours that a module imports, by their full names."""
    path = modules()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in WHEN[when](source(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "pyformation"}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            if base.split(".")[0] == "pyformation":
                for alias in node.names:
                    full = f"{base}.{alias.name}"
                    found.add(full if full in modules() else base)
    return frozenset((found & modules().keys()) - LAZY - {module})


def in_circles(when: str) -> set[tuple[str, str]]:
    """The imports that lie in a circle: through others, the imported module imports the importing one."""
    reached: dict[str, set[str]] = {}
    for module in modules():
        todo, reached[module] = [module], set()
        while todo:
            new = imports(todo.pop(), when) - reached[module]
            reached[module] |= new
            todo += new
    return {(one, other) for one in modules() for other in imports(one, when) if one in reached[other]}


def test_every_room_has_a_place_in_the_line() -> None:
    rooms = {room(module) for module in modules()} - LAZY
    assert rooms <= set(RANK), f"say in ORDER where {rooms - set(RANK)} stands"


def test_contributing_shows_the_line_and_describes_every_room() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = page.partition("```text\n")[2].partition("```")[0]
    assert shown == ORDER.lstrip(), f"show this order in CONTRIBUTING.md:\n{ORDER}"
    described = set(re.findall(r"`(\w+)(?:\.py|/)`", page.partition("```text\n")[2]))
    assert not RANK.keys() - described, "CONTRIBUTING.md does not say what these rooms are"


def test_rooms_import_only_what_stands_before_them() -> None:
    assert not imports("pyformation")
    for module in modules():
        for other in imports(module):
            here, there = room(module), room(other)
            assert here == there or RANK[there] < RANK[here], f"{module} imports {other}"


def test_a_validation_imports_nothing_that_compares_templates() -> None:
    # That takes a tenth of its time, and before the engine is started, all of it is lost.
    todo, reached = ["pyformation.cli.validate", "pyformation.validation"], set[str]()
    while todo:
        new = imports(todo.pop()) - reached
        reached |= new
        todo += new
    assert not [module for module in reached if room(module) in ("changes", "gates", "prediction")]


def test_no_module_imports_in_a_circle() -> None:
    assert not in_circles("import")


# The imports that are in a circle once functions are called or types are checked, each with its reason.
LATE = {
    ("resource", "custom_types"): "classes with annotated fields are completed by what knows annotations",
}
TYPES_ONLY = {
    ("graphs", "graphs.page"): "a format's module is loaded when it draws; it reads the graph's records",
    ("graphs", "graphs.picture"): "as above",
    ("graphs", "graphs.text"): "as above",
    ("loading", "template"): "Template.from_dict calls the loader, which fills the template it is given",
    ("sources.deployed", "sources.records"): "a stack that exists gives the templates of its nested stacks",
    ("programs", "template"): "Template.main runs as a program, which is given the template",
}


def test_late_imports_are_in_circles_only_where_said() -> None:
    assert {short(edge) for edge in in_circles("call") if edge[1] not in imports(edge[0])} == set(LATE)


def test_imports_for_type_checkers_are_in_circles_only_where_said() -> None:
    found = {short(edge) for edge in in_circles("check") if edge[1] not in imports(edge[0], "call")}
    assert found == set(TYPES_ONLY)


def short(edge: tuple[str, str]) -> tuple[str, str]:
    one, other = edge
    return one.removeprefix("pyformation."), other.removeprefix("pyformation.")


def test_late_imports_go_against_the_line_only_where_said() -> None:
    """Imports inside functions may point back in the same circles only."""
    against = {
        short((module, other))
        for module in modules()
        for other in imports(module, "call")
        if module not in LAZY and room(other) != room(module) and RANK[room(other)] >= RANK[room(module)]
    }
    assert against <= set(LATE)


def test_only_deployment_knows_boto3() -> None:
    for module, path in modules().items():
        text = path.read_text(encoding="utf-8")
        if re.search(r"^\s*(import|from) (boto3|botocore)", text, re.MULTILINE):
            assert room(module) in ("deployment", "assets", "invocation", "cli"), module


# ---------------------------------------------------------------------------------------------
# Walks. Whatever goes through values or templates is built on the passes in plain.py and evaluation/unknowns.py. These
# functions call themselves on the parts of a value instead, each for a reason.

BOTH = "walks two values at once"
WRITES = "writes brackets and commas, or a program, around what is inside"
LANGUAGE = "computes an expression, whose parts differ in meaning"
WALKS = {
    "plain.same_exactly": BOTH,
    "changes.behavior.touched": BOTH,
    "changes.comparison._differences": BOTH,
    "changes.comparison.same_as_text": BOTH,
    "changes.ours._each_case": BOTH,
    "changes.unreadable._restored": BOTH,
    "testing._compare": BOTH,
    "conversion.writing.Writer.constant": WRITES,
    "conversion.writing.Writer.value": WRITES,
    "reports.values._pretty": WRITES,
    "reports.values.compact": WRITES,
    "evaluation.engine.Engine.value": LANGUAGE,
    "evaluation.expansion._Expansion.expand": LANGUAGE,
    "evaluation.references.uses.visit": LANGUAGE,
    "evaluation.references.with_names": LANGUAGE,
    "validation.conditions.Conditions._read": LANGUAGE,
    "validation.requirements._passes": LANGUAGE,
    "evaluation._without_if": "makes an Fn::If around each property of one around all of them",
    "evaluation.functions._candidates": "goes down by keys, some of which are unknown",
    "evaluation.unknowns.cases_when": "is a pass itself",
    "changes.changesets._Plain._expressions": "asks the engine which branch counts, and leaves Fn::If out of paths",
    "validation.checks._Checks._inside": "goes down the types of the catalog with the value",
    "validation.attributes._Policy.part": "goes down the types of the catalog with the value",
    "validation.kinds._Kinds._value": "goes down the types of the catalog with the value",
    "testing._masked": "knows the key that a text belongs to",
    "testing.strategies.spelled": "makes property types of drafts",
}
# What stands before these rooms declares templates: its walks are those of `lift`, `render` and the loader.
FROM = "sources"
PASSES = {"by_case", "folded", "in_all_cases", "mapped"}
QUESTIONS = {"is_list", "is_mapping", "is_sequence"}
CLASSES = {"Choice", "Unknown", "dict", "list", "tuple"}


def functions(node: ast.AST, prefix: str, owner: str = "") -> Iterator[tuple[str, ast.FunctionDef, bool]]:
    """The functions in a module with their full names, and whether they are methods."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.FunctionDef):
            yield f"{prefix}.{each.name}", each, owner == "class"
        inner = f"{prefix}.{each.name}" if isinstance(each, ast.FunctionDef | ast.ClassDef) else prefix
        inside = {ast.ClassDef: "class", ast.FunctionDef: "function"}.get(type(each), owner)
        yield from functions(each, inner, inside)


def names_itself(function: ast.FunctionDef, is_method: bool) -> bool:
    """Whether a function calls itself, or gives itself away, other than to a pass."""
    todo: list[ast.AST] = [*function.body]
    while todo:
        node = todo.pop()
        if is_method:
            if isinstance(node, ast.Attribute) and ast.unparse(node) in (
                f"self.{function.name}",
                f"cls.{function.name}",
            ):
                return True
        elif isinstance(node, ast.Name) and node.id == function.name:
            return True
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PASSES):
            todo += ast.iter_child_nodes(node)
    return False


def asks_for_kind(function: ast.FunctionDef) -> bool:
    """Whether a function asks if something is a mapping, a list or an unknown value."""
    for node in ast.walk(function):
        classes: list[ast.expr] = node.comparators if isinstance(node, ast.Compare) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in QUESTIONS:
                return True
            if node.func.id == "isinstance":
                classes = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
        if any(isinstance(one, ast.Name) and one.id in CLASSES for one in classes):
            return True
    return False


def test_walks_are_built_on_the_passes() -> None:
    found = {
        name
        for module, path in modules().items()
        if room(module) == "plain" or RANK.get(room(module), 0) >= RANK[FROM]
        for name, function, is_method in functions(source(path), module.removeprefix("pyformation."))
        if names_itself(function, is_method) and asks_for_kind(function)
    }
    new, gone = sorted(found - WALKS.keys()), sorted(WALKS.keys() - found)
    assert not new, f"build {new} on a pass (plain.py, evaluation/unknowns.py), or say in WALKS why not"
    assert not gone, f"take {gone} from WALKS"


def test_the_law_of_walks_sees_one() -> None:
    """Whatever a walk asks for, and wherever it stands; what is built on a pass is none."""
    program = """
def one(value):
    return [one(item) for item in value] if isinstance(value, (list, tuple)) else value
class Two:
    def walk(self, value):
        def visit(part):
            return {key: visit(item) for key, item in part.items()} if is_mapping(part) else part
        return map(self.walk, value) if value.__class__ is list else visit(value)
def three(value):
    return by_case(value, lambda case: three(case)) if isinstance(value, Choice) else value
def four(number):
    return four(number - 1) if number else is_list
"""
    found = {
        name
        for name, function, is_method in functions(ast.parse(program), "m")
        if names_itself(function, is_method) and asks_for_kind(function)
    }
    assert found == {"m.one", "m.Two.walk", "m.Two.walk.visit"}


# ---------------------------------------------------------------------------------------------
# Public names

# Other names of a class, each with the reason.
ALIASES = {"TemplateMapping": "Mapping"}  # collections.abc has a Mapping, too.


@pytest.mark.parametrize("name", pyformation.__all__)
def test_public_names(name: str) -> None:
    value = getattr(pyformation, name)
    assert getattr(pyformation, name) is value
    assert name in dir(pyformation)
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.ismodule(value):
        assert inspect.getdoc(value), name
        if not inspect.ismodule(value):
            assert value.__name__ == ALIASES.get(name, name)
            assert value.__module__.startswith("pyformation.")


def test_the_checkers_see_the_same_names() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    seen = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
        if alias.asname
    }
    assert seen | {"__version__"} == set(pyformation.__all__)


def test_public_classes_document_their_methods() -> None:
    for name in pyformation.__all__:
        value = getattr(pyformation, name)
        if inspect.isclass(value):
            for method, member in vars(value).items():
                if not method.startswith("_") and inspect.isfunction(member):
                    assert inspect.getdoc(member), f"{name}.{method}"


def test_star_import() -> None:
    result = run_python("-c", "from pyformation import *; print(Stack.__name__, Region)")
    assert result.stdout.startswith("Stack ")
    assert result.stderr == ""


def test_private_names_stay_private() -> None:
    for name in dir(pyformation):
        assert not name.startswith("_") or name == "__version__"
    with pytest.raises(AttributeError, match="module 'pyformation' has no attribute 'Nope'"):
        pyformation.Nope  # noqa: B018


def test_modules_have_docstrings() -> None:
    for module, path in modules().items():
        if not (room(module) == "aws" and not path.name.startswith("_")):
            assert ast.get_docstring(source(path)), module


def test_the_package_can_be_imported_twice() -> None:
    before = set(sys.modules)
    importlib.import_module("pyformation.template")
    assert {name for name in set(sys.modules) - before if name.startswith("pyformation.")} <= {
        "pyformation.template"
    }


def test_pyyaml_is_left_as_it_was() -> None:
    program = """
import yaml
before = yaml.dump({"a": ["010", "x: y", {"b": None}], "d": "2010-09-09"}), dict(yaml.SafeDumper.yaml_representers), dict(yaml.SafeLoader.yaml_constructors)
from pyformation import Template
from pyformation.document import parse
text = Template().to_yaml()
parse("A: !Ref B")
after = yaml.dump({"a": ["010", "x: y", {"b": None}], "d": "2010-09-09"}), dict(yaml.SafeDumper.yaml_representers), dict(yaml.SafeLoader.yaml_constructors)
print(before == after)
"""
    assert run_python("-c", program).stdout == "True\n"
