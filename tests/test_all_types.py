"""Every type of the catalog, built from generated values, is a template that AWS's schemas accept.

`cloudformation-validate` checks it against the schemas of the registry. A sample of types is looked at on
every run; ``--slow`` looks at all of them, and then every row of `fixtures/validate_exceptions.json` must
have been needed.
"""

from __future__ import annotations

import concurrent.futures
import fnmatch
import functools
import json
import multiprocessing
import pickle
import re
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from cloudformation_validate import SchemaValidator, TemplateContent
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from pyformation import CatalogWarning, PyformationError, Template, catalog, resource_class
from pyformation.catalog.patterns import compiled, texts_for
from pyformation.document import parse
from pyformation.names import snake_case
from pyformation.testing import strategies
from pyformation.testing.strategies import Block, Choice, Draft, drafts, resources, surroundings, templates

EXCEPTIONS = Path(__file__).parent / "fixtures" / "validate_exceptions.json"
# Those that the package brings: other tests register more.
TYPES = tuple(name for name in catalog.types() if name.startswith(("AWS::", "AMZN::", "Alexa::")))
SAMPLE = sorted({*TYPES[::34], *strategies.COMMON_TYPES[:10], "AWS::Serverless::Function"})

# Rules about facts that the catalog has: none may be broken by a value that was drawn from it.
FACTS = {
    "F3002": "unknown property",
    "F3003": "missing property",
    "F3006": "unknown type",
    "F3012": "wrong type",
    "F3030": "not the constant",
    "W3030": "not in the enum",
    "E3030": "not in the enum",
    "F3031": "pattern",
    "F3032": "number of items",
    "F3033": "length",
    "F3034": "range",
    "F3037": "items that are the same",
    "E3040": "read-only property",
}
# Rules about what one property means for another, which the catalog does not say (nor do values drawn from
# it know). Some value of each type must satisfy them all, so that none of its blocks is impossible.
RELATIONS = {
    "F3014", "F3017", "F3018", "F3020", "F3021", "F3058", "E9006", "E3002", "E3031", "E3032", "E3717", "E3718",
    "E3719",
}  # fmt: skip
# Not about the schema: forms of identifiers, deprecation, advice.
BESIDE = re.compile(r"E11\d\d|E253[13]|W2531|E3710|W369[67]|W9003|W9009|W9054|I\d+")

quiet = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


# ---------------------------------------------------------------------------------------------
# cloudformation-validate


@attrs.frozen
class Finding:
    """A diagnostic: its rule, and the property by path with ``*`` for places in lists."""

    type_name: str
    rule: str
    path: str
    message: str


@functools.cache
def _validator() -> SchemaValidator:
    return SchemaValidator()


@pytest.fixture(autouse=True, scope="module")
def forget_validator() -> Iterator[None]:
    """It holds 150 MB."""
    yield
    _validator.cache_clear()


def diagnose(text: str) -> frozenset[Finding]:
    """What cloudformation-validate has against the resources of a template, as far as it counts here."""
    found: set[Finding] = set()
    for diagnostic in _validator().validate(TemplateContent(text)):
        rule: str = diagnostic.rule_id
        if BESIDE.fullmatch(rule):
            continue
        if rule in FACTS and "(from extension)" in diagnostic.message:
            rule = "E3002"
        path = re.sub(r"\.(\d+|\{\})(?=\.|$)", ".*", diagnostic.property_path or "")
        type_name = diagnostic.entity.resource_type if diagnostic.entity else "?"
        found.add(Finding(type_name or "?", rule, path.removeprefix("Properties."), diagnostic.message))
    unknown = {finding.rule for finding in found} - FACTS.keys() - RELATIONS
    assert not unknown, f"rules that this test does not know: {unknown}"
    return frozenset(found)


@functools.cache
def exceptions() -> list[dict[str, str]]:
    return json.loads(EXCEPTIONS.read_text(encoding="utf-8"))["rows"]


def exception_for(finding: Finding) -> int | None:
    """The number of the row that excuses a finding, if there is one."""
    for number, row in enumerate(exceptions()):
        same_rule = row["type"] == finding.type_name and row["rule"] == finding.rule
        if same_rule and fnmatch.fnmatchcase(finding.path, row["path"]):
            return number
    return None


# ---------------------------------------------------------------------------------------------
# One type


def same(left: object, right: object) -> bool:
    """Equal as plain data, in the same order, with booleans and numbers told apart."""
    return json.dumps(left) == json.dumps(right)


def in_template(resource: Any) -> Template:
    """A template of the usual surroundings and one resource, called It."""
    template, _ = surroundings()
    template.add("It", resource)
    return template


def draft_in_template(draft: Draft, template: Template, property_types: Any) -> dict[str, Any]:
    """The text of a template with one more resource, as YAML and as JSON, checked against each other."""
    template.add("It", draft.build(property_types))
    data = template.to_dict()
    yaml, text = template.to_yaml(), template.to_json()
    assert parse(yaml).data == data
    assert parse(text).data == data
    assert same(parse(yaml).data, data)
    assert (yaml, text) == (template.to_yaml(), template.to_json())
    return {"data": data, "yaml": yaml, "json": text}


def examine(type_name: str, examples: int) -> list[Finding]:
    """Build a type from generated values and look at it from all sides; gives what the validator has."""
    findings: set[Finding] = set()
    clean = False

    @settings(quiet, max_examples=examples)
    @given(st.data())
    def look(data: st.DataObject) -> None:
        nonlocal clean
        template, around = surroundings()
        draft = data.draw(drafts(type_name, around))
        found = draft_in_template(draft, template, lambda: bool(data.draw(st.booleans())))
        # Mappings and property types are two spellings of one thing.
        for property_types in (True, False):
            resource = template["It"] = draft.build(property_types)
            assert same(template.to_dict(), found["data"])
        assert same(pickle.loads(pickle.dumps(template)).to_dict(), found["data"])
        check_attributes(resource)
        diagnosed = diagnose(found["yaml"])
        assert diagnosed == diagnose(found["json"])
        findings.update(finding for finding in diagnosed if finding.rule in FACTS)
        clean = clean or not any(finding.rule in RELATIONS for finding in diagnosed)

    look()
    if not clean:
        findings.update(_relations(type_name))
    return sorted(findings, key=repr)


def _relations(type_name: str) -> set[Finding]:
    """Search for a value that satisfies what properties mean for each other; else say what was broken."""
    seen: dict[tuple[str, str], Finding] = {}

    def satisfied(draft: Draft) -> bool:
        diagnosed = diagnose(in_template(draft.build()).to_json(indent=None))
        broken = {(f.rule, f.path): f for f in diagnosed if f.rule in RELATIONS}
        seen.update(broken)
        return not broken

    try:
        find(drafts(type_name), satisfied, settings=settings(quiet, max_examples=1500))
    except NoSuchExample:
        return set(seen.values())
    return set()


def check_attributes(resource: Any) -> None:
    """Every attribute of the catalog gives GetAtt, by CloudFormation's name and by Python's."""
    template = in_template(resource)
    scope = template._scope
    names = catalog.resource_type(resource.TYPE).attributes
    for name in names:
        keyword = snake_case(name)
        # EKS has CertificateAuthority.Data and CertificateAuthorityData: one Python name, one value.
        wanted = [{"Fn::GetAtt": ["It", other]} for other in names if snake_case(other) == keyword]
        assert resource.get_att[name]._render(scope) == {"Fn::GetAtt": ["It", name]}
        assert getattr(resource.get_att, keyword)._render(scope) in wanted
        if keyword not in type(resource)._table and hasattr(type(resource), keyword):
            assert getattr(resource, keyword)._render(scope) in wanted


def _report(findings: list[Finding]) -> str:
    return "\n".join(f"{f.type_name} {f.path}: {f.rule} {f.message[:1500]}" for f in findings)


@pytest.mark.parametrize("type_name", SAMPLE)
def test_sample(type_name: str) -> None:
    findings = [finding for finding in examine(type_name, 4) if exception_for(finding) is None]
    assert not findings, _report(findings)


def _examine_service(module: str) -> list[Finding]:
    # A worker has no pytest to turn the warning into an error.
    warnings.simplefilter("error", CatalogWarning)
    findings: list[Finding] = []
    for type_name in catalog.service(module):
        try:
            # What an exception is for should be met, whatever else is drawn.
            excused = any(row["type"] == type_name and row["rule"] in FACTS for row in exceptions())
            findings += examine(type_name, 400 if excused else 8)
        except Exception:
            findings.append(Finding(type_name, "error", "", traceback.format_exc()[-1500:]))
    return findings


@pytest.mark.slow
def test_every_type() -> None:
    modules = catalog.modules()
    assert sum(len(catalog.service(module)) for module in modules) == len(TYPES)
    workers = concurrent.futures.ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))
    with workers:
        found = [finding for part in workers.map(_examine_service, modules) for finding in part]
    findings = [finding for finding in found if exception_for(finding) is None]
    assert not findings, _report(findings)
    unused = set(range(len(exceptions()))) - {exception_for(finding) for finding in found}
    assert not unused, f"rows that nothing needs: {[exceptions()[number] for number in sorted(unused)]}"


def test_every_exception_has_a_reason() -> None:
    rows = exceptions()
    assert rows == sorted(rows, key=lambda row: (row["type"], row["path"], row["rule"]))
    for row in rows:
        assert row.keys() == {"type", "path", "rule", "reason"}
        assert len(row["reason"]) > 20
        assert row["rule"] in FACTS.keys() | RELATIONS


# ---------------------------------------------------------------------------------------------
# The strategies themselves


def _patterns() -> set[tuple[str, int, int | None]]:
    found: set[tuple[str, int, int | None]] = set()
    for name in TYPES:
        record = catalog.resource_type(name)
        for properties in (record.properties, *(record.definition(d).properties for d in record.definitions)):
            for facts in (f for p in properties.values() for f in (p.facts, p.facts.get("items", {}))):
                if "pattern" in facts:
                    found.add((facts["pattern"], facts.get("min_length", 0), facts.get("max_length")))
    return found


@pytest.mark.slow
def test_every_pattern_has_texts() -> None:
    """The one pattern without text allows ``^`` in the middle, so nothing matches it."""
    missing = [pattern for pattern, *bounds in _patterns() if not texts_for(pattern, *bounds)]
    assert missing == ["^arn:aws([a-z-]+)?:ec2:[a-z\\d-]+:\\d{12}:placement-group/^.{1,255}$"]


@pytest.mark.parametrize(
    ("pattern", "shortest", "longest"),
    [
        ("^[a-z]+$", 0, 5),
        (r"^[\w-.]{3,9}$", 4, 6),
        (r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$", 1, 128),
        (r"^\P{C}*$", 0, 10),
        (r"(?i)^arn:[^:]+:iam::\d{12}:role/.+$", 0, None),
        (r"^(?<name>a|b)-\k?$", 0, None),
    ],
)
def test_texts_match(pattern: str, shortest: int, longest: int | None) -> None:
    texts = texts_for(pattern, shortest, longest)
    matcher = compiled(pattern)
    if matcher is None:
        assert not texts
        return
    assert texts
    assert all(matcher.search(text) and shortest <= len(text) <= (longest or 10**6) for text in texts)


@settings(quiet, max_examples=30)
@given(strategies.values("AWS::EC2::Instance", "/Properties/BlockDeviceMappings"))
def test_values_of_a_property(value: Any) -> None:
    cls = resource_class("AWS::EC2::Instance")
    assert cls(block_device_mappings=value).block_device_mappings == value


# ---------------------------------------------------------------------------------------------
# Resources

any_resource = st.sampled_from(SAMPLE).flatmap(resources)


@settings(quiet, max_examples=60)
@given(any_resource)
def test_pickling(resource: Any) -> None:
    copy = pickle.loads(pickle.dumps(resource))
    assert type(copy) is type(resource)
    assert repr(copy) == repr(resource)
    assert same(in_template(copy).to_dict(), in_template(resource).to_dict())


@settings(quiet, max_examples=60)
@given(any_resource)
def test_evolving(resource: Any) -> None:
    same_again = resource.evolve()
    assert same_again is not resource
    assert same(in_template(same_again).to_dict(), in_template(resource).to_dict())
    given_back = {
        keyword: getattr(resource, keyword)
        for keyword in type(resource)._table
        if slot_given(resource, keyword)
    }
    rebuilt = resource.evolve(**given_back)
    assert same(in_template(rebuilt).to_dict(), in_template(resource).to_dict())


def slot_given(resource: Any, keyword: str) -> bool:
    return type(resource)._table[keyword].name in resource._props


@settings(quiet, max_examples=60)
@given(any_resource)
def test_attrs(resource: Any) -> None:
    assert attrs.has(type(resource))
    names = [field.name for field in attrs.fields(type(resource))]
    assert names == list(type(resource)._table)
    found = attrs.asdict(resource, recurse=False)
    assert found == {name: getattr(resource, name) for name in names}
    assert attrs.asdict(resource).keys() == found.keys()


# ---------------------------------------------------------------------------------------------
# Templates


@settings(quiet, max_examples=40)
@given(templates())
def test_templates(template: Template) -> None:
    data = template.to_dict()
    assert same(parse(template.to_yaml()).data, data)
    assert same(parse(template.to_json()).data, data)
    assert same(pickle.loads(pickle.dumps(template)).to_dict(), data)
    assert template.to_yaml() == template.to_yaml()
    findings = [
        finding
        for finding in diagnose(template.to_yaml())
        if finding.rule in FACTS and exception_for(finding) is None
    ]
    assert not findings, _report(findings)


# ---------------------------------------------------------------------------------------------
# Values of the wrong kind

WRONG = {
    "string": (3, True, 1.5, {"a": "b"}, ["a"], None, object()),
    "integer": ("big", 1.5, True, {"a": 1}, [1], None, object()),
    "number": ("big", True, {"a": 1}, [1], None, object()),
    "boolean": ("maybe", 1, 0.5, {"a": True}, [True], None, object()),
    "list": ("text", 3, True, {"a": "b"}, None, {"a", "b"}),
    "map": ("text", 3, True, ["a"], None),
    "definition": ("text", 3, True, ["a"], None, {"NoSuchProperty": 1}),
}


def _places(draft: Draft) -> list[tuple[Any, Any, str, catalog.Type]]:
    """Every place of a draft that a value of the wrong kind can be put: (container, key, path, type)."""
    record = catalog.resource_type(draft.type_name)
    found: list[tuple[Any, Any, str, catalog.Type]] = []

    def walk(container: Any, key: Any, path: str, kind: catalog.Type) -> None:
        value = container[key]
        name = kind.name if kind.kind == "scalar" else kind.kind
        if isinstance(value, Choice) or name not in WRONG:
            return
        found.append((container, key, path, kind))
        if isinstance(value, Block):
            for inner, item in record.definition(value.property_type).properties.items():
                if inner in value:
                    walk(value, inner, f"{path}.{inner}", item.type)
        elif isinstance(value, list) and kind.item is not None:
            for i in range(len(value)):
                walk(value, i, f"{path}[{i}]", kind.item)
        elif isinstance(value, dict) and kind.kind == "map" and kind.item is not None:
            for inner in value:
                walk(value, inner, f"{path}.{inner}", kind.item)

    for name, item in record.properties.items():
        if name in draft.properties:
            walk(draft.properties, name, f"{draft.type_name}.{name}", item.type)
    return found


@settings(quiet, max_examples=150)
@given(st.data())
def test_a_wrong_kind_is_an_error_with_its_path(data: st.DataObject) -> None:
    draft = data.draw(drafts(data.draw(st.sampled_from(SAMPLE))))
    places = _places(draft)
    assume(places)
    container, key, path, kind = data.draw(st.sampled_from(places))
    name = str(kind.name) if kind.kind == "scalar" else kind.kind
    container[key] = data.draw(st.sampled_from(WRONG[name]))
    if container is draft.properties and container[key] is None:
        required = catalog.resource_type(draft.type_name).properties[key].required
        assume(required)  # For an optional property None means that it is absent.
    with pytest.raises(PyformationError) as caught:
        draft.build(property_types=False)
    assert str(caught.value).startswith(path), (str(caught.value), path)
    assert __file__.rpartition("/")[2] in str(caught.value)


@settings(quiet, max_examples=60)
@given(st.data())
def test_a_misspelt_property_is_an_error(data: st.DataObject) -> None:
    draft = data.draw(
        drafts(data.draw(st.sampled_from([t for t in SAMPLE if not catalog.resource_type(t).open])))
    )
    cls = resource_class(draft.type_name)
    keywords = strategies.keywords(cls, draft.properties, lambda: True)
    with pytest.raises(PyformationError, match="has no property 'no_such_property'"):
        cls(**keywords, no_such_property=1)
