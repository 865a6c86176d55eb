"""Each example, run as a user runs it, against a template that was written by hand.

What an example must print is in fixtures/examples: NAME.yaml or NAME.json as data, NAME.exact.yaml letter by
letter. The templates are read here by PyYAML with constructors of our own, so that a mistake of
pyformation's reader cannot hide one of its writer.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
EXPECTED = ROOT / "tests" / "fixtures" / "examples"

# The name of the expected template, and what a user types behind `python`.
RUNS = {
    "adopt": ["adopt/orders.py"],
    "area": ["area/stack.py"],
    "components": ["components.py"],
    "cross_stack-network": ["cross_stack.py", "network"],
    "cross_stack-service": ["cross_stack.py", "service"],
    "custom_type": ["custom_type.py"],
    "ec2_sample": ["ec2_sample.py"],
    "lambda_image": ["lambda_image.py"],
    "lambda_zip": ["lambda_zip.py"],
    "packages": ["packages/domain_stack.py"],
    "presets": ["presets.py"],
    "regions": ["regions.py"],
    "sam_app": ["sam_app.py"],
    "thumbnails": ["testing/thumbnails.py"],
    "web_stack": ["web_stack.py"],
}
# The local files of an example, whose paths are relative to where it is run.
LOCAL_FILES = {"area": ["src/"], "packages": ["common/", "src/"], "sam_app": ["notes/"]}
EXACT = sorted(path.name.removesuffix(".exact.yaml") for path in EXPECTED.glob("*.exact.yaml"))


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags in their long form; dates stay text, repeated keys are an error."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = [
        (loader.construct_object(k, deep=True), loader.construct_object(v, deep=True)) for k, v in node.value
    ]
    keys = [key for key, _ in pairs]
    assert len(set(keys)) == len(keys), f"a key is repeated: {keys}"
    return dict(pairs)


_Loader.add_multi_constructor("!", _function)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)


def read_yaml(text: str) -> Any:
    return yaml.load(text, _Loader)


def in_order(data: Any) -> str:
    """A text that is equal for equal data in equal order."""
    return json.dumps(data, indent=1)


def expected(name: str) -> Any:
    for suffix in (".yaml", ".json", ".exact.yaml"):
        path = EXPECTED / f"{name}{suffix}"
        if path.exists():
            text = path.read_text(encoding="utf-8")
            return json.loads(text) if suffix == ".json" else read_yaml(text)
    raise AssertionError(f"no expected template for {name}")


def seen_from(folder: Path, name: str) -> Any:
    """What is expected of an example that is run in another folder."""
    text = in_order(expected(name))
    for path in LOCAL_FILES.get(name, ()):
        beside = os.path.relpath((EXAMPLES / RUNS[name][0]).parent / path, folder)
        text = text.replace(f'"{path}"', f'"{beside if beside.startswith("..") else f"./{beside}"}"')
    return json.loads(text)


def run(name: str, *options: str, cwd: Path | None = None) -> str:
    """The standard output of an example, by default in its folder; it must say nothing else."""
    script, *arguments = RUNS[name]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-W", "always", str(EXAMPLES / script), *arguments, *options],
        cwd=cwd or (EXAMPLES / script).parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.stderr.decode() == ""
    assert done.returncode == 0
    return done.stdout.decode("utf-8")


def test_every_example_is_run() -> None:
    scripts = {str(p.relative_to(EXAMPLES)) for p in EXAMPLES.rglob("*.py") if "main(" in p.read_text()}
    assert scripts == {arguments[0] for arguments in RUNS.values()}


@pytest.mark.parametrize("name", RUNS)
def test_yaml(name: str, tmp_path: Path) -> None:
    # From another directory: files beside an example are found from the example.
    text = run(name, cwd=tmp_path)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert in_order(read_yaml(text)) == in_order(seen_from(tmp_path, name))


@pytest.mark.parametrize("name", RUNS)
def test_json(name: str) -> None:
    assert in_order(json.loads(run(name, "--format", "json"))) == in_order(expected(name))


@pytest.mark.parametrize("name", EXACT)
def test_exact_text(name: str) -> None:
    assert run(name) == (EXPECTED / f"{name}.exact.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RUNS)
def test_strict(name: str, tmp_path: Path) -> None:
    run(name, "--strict", "--output", str(tmp_path / "template.yaml"))
    assert (tmp_path / "template.yaml").read_text(encoding="utf-8").startswith("AWSTemplateFormatVersion:")


# What the validator says against an example on purpose, by rule and a part of the message, with the reason.
ON_PURPOSE = {
    # The example shows the escape hatch for a property that the schemas do not have yet.
    "presets": [("F3002", "'BrandNewProperty' was unexpected")],
}


@pytest.fixture(scope="module")
def engine() -> Any:
    validate = pytest.importorskip("cloudformation_validate", reason="pip install '.[validate]'")
    return validate, validate.RegoEngine()


@pytest.mark.parametrize("name", RUNS)
def test_validator_finds_no_errors(name: str, engine: Any) -> None:
    validate, rules = engine
    report = rules.validate_template(validate.TemplateContent(run(name)))
    errors = [
        f"{found.rule_id}: {found.message}"
        for found in report.diagnostics
        if found.severity.name in ("ERROR", "FATAL")
        and not any(
            found.rule_id == rule and part in found.message for rule, part in ON_PURPOSE.get(name, ())
        )
    ]
    assert errors == []


# Examples that are tests themselves, and how many tests each has.
TESTS = {"area/test_area.py": 4, "testing/test_thumbnails.py": 6}


def run_pytest(script: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(script)],
        cwd=script.parent,
        # Compiled files are told from old ones by the second and the size: two edits may have both.
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.splitlines()[-1] if done.stdout else done.stderr


def test_every_example_of_tests_is_run() -> None:
    assert {str(p.relative_to(EXAMPLES)) for p in EXAMPLES.rglob("test_*.py")} == TESTS.keys()


@pytest.mark.parametrize("name", TESTS)
def test_tests(name: str, tmp_path: Path) -> None:
    if name.startswith("area/"):
        pytest.importorskip("awslambdaric", reason="pip install '.[lambda]'")
    # A copy, so that no configuration of ours helps.
    folder = Path(shutil.copytree((EXAMPLES / name).parent, tmp_path / "copy"))
    assert run_pytest(folder / Path(name).name).startswith(f"{TESTS[name]} passed")


def test_the_tests_of_the_thumbnails_see_a_change(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "testing", tmp_path / "copy"))
    stack = folder / "thumbnails.py"
    text = stack.read_text(encoding="utf-8")
    stack.write_text(text.replace('CODE = "9f', 'CODE = "a0'), encoding="utf-8")
    assert run_pytest(folder).startswith("6 passed")
    stack.write_text(text.replace("1024", "2048"), encoding="utf-8")
    assert run_pytest(folder).startswith("2 failed, 4 passed")
