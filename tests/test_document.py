"""Reading and writing documents: rows of text and data, laws over any data, and hostile texts."""

from __future__ import annotations

import datetime
import json
import pickle
import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyformation.document import Limits, parse, read, to_json, to_yaml
from pyformation.errors import (
    DocumentError,
    InvalidValueError,
    LimitError,
    Origin,
    PyformationError,
    SourceError,
)

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT.parent / "shared" / "data" / "templates"


# Real templates --------------------------------------------------------------------------------------------

# What Rain takes and CloudFormation does not: the tag and its line.
RAIN = {
    "APIGateway/apigateway_lambda_integration.yaml": ("!Rain::Embed", 108),
    "CloudFormation/CustomResources/getfromjson/src/getfromjson.yml": ("!Rain::Embed", 22),
    "CloudFormation/MacrosExamples/DateFunctions/date.yaml": ("!Rain::Embed", 41),
    "CloudFormation/MacrosExamples/PyPlate/python.yaml": ("!Rain::Embed", 60),
    "CloudFormation/MacrosExamples/StringFunctions/string.yaml": ("!Rain::Embed", 35),
    "CloudFormation/StackSets/common-resources-stackset.yaml": ("!Rain::Embed", 14),
    "CloudFormation/StackSets/common-resources.yaml": ("!Rain::Module", 17),
    "CloudFormation/StackSets/log-setup-management.yaml": ("!Rain::Embed", 177),
    "IoT/amzn2-greengrass-cfn.yaml": ("!Rain::Embed", 369),
    "RainModules/api-resource.yml": ("!Rain::S3", 39),
    "RainModules/static-site.yml": ("!Rain::Module", 93),
    "Solutions/GitLab/GitLabServer.yaml": ("!Rain::Module", 47),
    "Solutions/Gitea/Gitea.yaml": ("!Rain::Module", 52),
}
FILES = sorted(str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*") if file.is_file())


def items(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


needs_templates = pytest.mark.skipif(not FILES, reason=f"the real templates are not there: {TEMPLATES}")


@needs_templates
@pytest.mark.parametrize("name", [name for name in FILES if name not in RAIN])
def test_real_templates_survive(name: str) -> None:
    data = read(TEMPLATES / name).data
    text = to_yaml(data)
    assert parse(text).data == data
    assert to_yaml(parse(text).data) == text
    assert independent(text) == data
    text = to_json(data)
    assert parse(text).data == data
    assert to_json(parse(text).data) == text
    assert json.loads(text) == data


@needs_templates
@pytest.mark.parametrize("name", [name for name in FILES if name not in RAIN])
def test_real_templates_know_where_everything_is(name: str) -> None:
    document = read(TEMPLATES / name)
    lines = (TEMPLATES / name).read_text().split("\n")
    aliased = any(re.search(r"[*&]\w+", line) for line in lines)

    def check(value: Any, path: tuple[Any, ...]) -> None:
        found = document.position(path)
        assert found is not None, path
        line, column = found
        assert 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1
        here = lines[line - 1][column - 1 :]
        if path and isinstance(path[-1], str) and "\\" not in path[-1] and not aliased:
            tag = "!" + path[-1].removeprefix("Fn::")
            assert here.lstrip("\"'").startswith(path[-1]) or here.startswith(tag), (path, here)
        for key, item in items(value):
            check(item, (*path, key))

    check(document.data, ())


@needs_templates
@pytest.mark.parametrize("name", RAIN)
def test_rain_is_no_template(name: str) -> None:
    tag, line = RAIN[name]
    with pytest.raises(DocumentError) as caught:
        read(TEMPLATES / name)
    assert caught.value.message == f"unknown tag {tag!r}"
    assert caught.value.line == line


# Any data ---------------------------------------------------------------------------------------------------


class Generic(yaml.SafeLoader):
    """PyYAML's own reading, with any tag: what we write must mean the same to others."""


def any_tag(loader: Any, suffix: str, node: Any) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = node.value
        if suffix == "GetAtt" and "." in value:
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


Generic.add_multi_constructor("!", any_tag)


def independent(text: str) -> Any:
    return yaml.load(text, Loader=Generic)


NASTY = [
    "010", "0o10", "0x1F", "0b11", "1e3", "1E3", ".5", "+1", "-1", "1_000", "12:30", "1:30.5", "190:20:30",
    "1.", ".1e5", "1.5e+3", "1e-3", "0", "00", "089", "-0", "-", "--", "---", "...", "..", ".", "+.inf",
    ".inf", ".NaN", "-.INF", "inf", "nan", "NaN", "null", "Null", "NULL", "~", "true", "True", "TRUE",
    "false", "yes", "Yes", "no", "NO", "on", "off", "y", "Y", "n", "N", "=", "<<", "2012-10-17",
    "2012-10-17T00:00:00Z", "2001-1-1", "*", "*a", "&a", "!a", "!Ref", "|", ">", "|-", "%", "%a", "@x", "`x",
    "?", ":", ",", "[", "]", "{", "}", "#", "#a", "a#b", "a:", "a:b", ":a", "?a", "-a", "{}", "[]", "[a]",
    "{a}", '"a"', "'a'", "it's", "{{resolve:ssm:x}}", "${AWS::Region}", "$", "\\", "/", "a/b", "10.0.0.1",
    "10.0.0.0/16", "1.2", "1.2.3", "1.2.3.4", "arn:aws:s3:::b", "0.0.0.0/0", "::/0", "00:1A", "0x", "0b",
    "0o", "0x_", "1__", "_1", "1e", "1e+", "e1", "+a", "+_1", "0_1", "\ue000", "\ue001", "é", "😀", "名",
    "\u200d", "", " ", "  ", " a", "a ", "a b", "a : b", "a #b", "a# b", "- a", "? a", ": a", "a, b", "\t",
    "\ta", "a\t", "a\tb", "\n", "\n\n", "a\n", "a\n\n", "a\n\n\n", "\na", "\n\n a", " a\nb", "\ta\nb",
    "a\n b", "a \nb", "a\n \nb", "a\n\n\nb", "a\nb ", "a\nb\t", "a\n ", "a\n  \n", "  \na", "\n \na",
    "# a\nb", "---\na", "a\n---\nb", "a\n...\n", "%a\nb", "a\r\nb", "\r", "a\rb", "\x00", "\x07", "\x1b[31m",
    "\x7f", "\x85", "a\x85b", "a\x85\nb", "\xa0", "\xa0a", "\u2028", "a\u2028b\nc", "\u2029", "\ufeff",
    "\ufeffa\nb", "a\ufeff", "\u202ea", "\ufffe", "\uffff", "😀\nb\n", "名前: x", "é #x", "x" * 300,
    "word " * 60, "word " * 60 + "end", "a\n" + "word " * 60 + "x\n", "'", "''", '"', "\\n", "a'\nb",
    "2012-10-17 10:00", "1 2", "1,000", "- ", "-\n", "? \n", "| a", "> a\n", "tag:yaml.org,2002:str x",
    "!!str x", "!Ref x\n",
]  # fmt: skip

texts = st.sampled_from(NASTY) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
texts |= st.text(alphabet=" \n\t-:#'\"a0.x[]{},!&*|>%@\\", max_size=12)
texts |= st.builds("".join, st.lists(st.sampled_from(NASTY), max_size=4))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = texts | numbers | st.booleans() | st.none()
FUNCTIONS = (
    "Ref Condition Fn::And Fn::Base64 Fn::Cidr Fn::Contains Fn::Equals Fn::FindInMap Fn::ForEach::X "
    "Fn::GetAtt Fn::GetAZs Fn::GetStackOutput Fn::If Fn::ImportValue Fn::Join Fn::Length Fn::Not Fn::Or "
    "Fn::Select Fn::Split Fn::Sub Fn::ToJsonString Fn::Transform Fn::Unknown Fn:: Fn"
).split()


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(FUNCTIONS)
    return st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(texts, inner, max_size=4),
        st.builds(lambda name, value: {name: value}, names, inner),
        st.builds(lambda name, value: {name: value}, names, st.lists(inner, max_size=3)),
        st.builds(lambda a, b: {"Fn::GetAtt": [a, b]}, texts, texts | inner),
        st.builds(
            lambda name, items: {name: [{"Condition": item} for item in items]},
            st.sampled_from(["Fn::And", "Fn::Or", "Fn::Not", "Fn::If"]),
            st.lists(inner, max_size=3),
        ),
    )


anything = st.recursive(scalars, containers, max_leaves=12)
documents = st.dictionaries(
    texts | st.sampled_from(["Resources", "Conditions", "Outputs"]), anything, max_size=4
)
lax = settings(deadline=None, suppress_health_check=list(HealthCheck))


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types: 1, 1.0 and True are three values, and order is kept."""
    return repr(left) == repr(right)


@lax
@given(documents)
def test_any_data_survives_yaml(data: dict[str, Any]) -> None:
    text = to_yaml(data)
    assert same(parse(text).data, data)
    assert same(independent(text), data)
    # Only a text that itself ends in several newlines may be the reason for more than one.
    assert text.endswith("\n") and (not text.endswith("\n\n") or '\\n\\n"' in json.dumps(data))
    assert to_yaml(parse(text).data) == text


@lax
@given(documents)
def test_any_data_survives_json(data: dict[str, Any]) -> None:
    for indent in (2, 4, None):
        text = to_json(data, indent=indent)
        assert same(parse(text).data, data)
        assert same(json.loads(text), data)
        assert text.endswith("\n") and not text.endswith("\n\n")
        if indent and text.isascii() and not re.search("[\x7f\\\\]", text) and "e" not in text:
            assert text == json.dumps(data, indent=indent) + "\n"


@lax
@given(documents)
def test_every_value_has_a_place(data: dict[str, Any]) -> None:
    def places(document: Any, value: Any, path: tuple[Any, ...]) -> None:
        assert document.position(path) is not None, path
        for key, item in items(value):
            places(document, item, (*path, key))

    places(parse(to_yaml(data)), data, ())
    places(parse(to_json(data)), data, ())


# YAML 1.2's core schema, from its specification (10.3.2): no reader of it may take our text for another type.
CORE = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


@lax
@given(texts | st.from_regex(CORE, fullmatch=True) | st.from_regex(r"[-+]?[0-9._:eExXobTZ+-]{1,8}"))
def test_text_is_text_to_every_reader(text: str) -> None:
    for data in ({"k": text}, {"k": {"Fn::If": [text]}}, {text: "v"}):
        assert same(independent(to_yaml(data)), data)
    if to_yaml({"k": text}) == f"k: {text}\n":
        assert not CORE.fullmatch(text)
        assert text.lower() not in ("y", "n", "yes", "no", "on", "off")


@lax
@given(st.sampled_from(NASTY) | st.from_regex(r"[-+]?[0-9._:eExXobinfnayt~]{1,8}", fullmatch=True))
def test_scalars_are_read_as_pyyaml_reads_them(text: str) -> None:
    try:
        theirs = yaml.safe_load(f"k: {text}")
        ours = parse(f"k: {text}").data
    except (yaml.YAMLError, PyformationError, ValueError):
        return
    value = theirs.get("k") if isinstance(theirs, dict) else None
    if not isinstance(value, (datetime.date, datetime.datetime)) and set(theirs) == {"k"}:
        assert same(ours, theirs)


@lax
@given(
    st.text()
    | st.binary()
    | st.text(alphabet="{}[]\"':,-?!&*|>%# \n\tab1<.")
    | st.text(alphabet='{}[]",: \nab1.eE-\\u').map(lambda text: "{" + text)
)
def test_any_text_is_data_or_an_error(text: str | bytes) -> None:
    try:
        document = parse(text)
    except DocumentError as error:
        assert error.line is not None and error.line >= 1
        assert error.column is not None and error.column >= 1
        assert error.origin == Origin("<text>", error.line)
    else:
        assert same(parse(to_yaml(document.data)).data, document.data)
        assert same(parse(to_json(document.data)).data, document.data)
        assert document.position(()) is not None


# Reading: rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None), ("Null", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("yes", True), ("YES", True), ("on", True), ("On", True), ("y", "y"),
        ("false", False), ("no", False), ("No", False), ("off", False), ("n", "n"), ("tRue", "tRue"),
        ("0", 0), ("12", 12), ("+12", 12), ("-12", -12), ("1_000", 1000), ("010", 8), ("-010", -8),
        ("089", "089"), ("0x1F", 31), ("0b101", 5), ("0o10", "0o10"), ("1:30", 90), ("-1:30", -90),
        ("190:20:30", 685230), ("0x_", "0x_"), ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("1.5e+3", 1500.0),
        ("1.5e3", "1.5e3"), ("1e3", "1e3"), ("1:30.5", 90.5), ("2012-10-17", "2012-10-17"),
        ("2012-10-17T00:00:00Z", "2012-10-17T00:00:00Z"), ("=", "="), ("a:b", "a:b"), ("'12'", "12"),
        ('"yes"', "yes"), ("! 12", "12"), ("!!str 12", "12"), ("!!int '12'", 12), ("!!float 1", 1.0),
        ("!!bool yes", True), ("!!null ''", None), ("!!map {a: b}", {"a": "b"}), ("!!seq [a]", ["a"]),
        ('"\\x41\\u00e9\\n"', "Aé\n"), ("|\n  a\n  b", "a\nb"), (">-\n  a\n  b\n", "a b"),
        ("9" * 4000, int("9" * 4000)), ("&x 1", 1), ("[&x {a: 1}, *x]", [{"a": 1}, {"a": 1}]),
        ("{<<: {a: 1, b: 1}, b: 2}", {"a": 1, "b": 2}),
        ("{b: 2, <<: [{a: 1}, {a: 2, b: 1, c: 3}]}", {"a": 1, "b": 2, "c": 3}), ("{'<<': 1}", {"<<": 1}),
        ("{<<: []}", {}),
        ("{80: a, yes: b, 2012-10-17: c, 010: d, null: e, 1.0: f}",
         {"80": "a", "yes": "b", "2012-10-17": "c", "010": "d", "null": "e", "1.0": "f"}),
        ("[&x a, {*x : b}]", ["a", {"a": "b"}]), ("{&x a: b, c: *x}", {"a": "b", "c": "a"}),
        ("[&x a, &x b, *x]", ["a", "b", "b"]),
    ],
)  # fmt: skip
def test_values(text: str, value: Any) -> None:
    data = parse(f"k: {text}").data["k"]
    assert data == value
    assert type(data) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref a", {"Ref": "a"}),
        ("!Ref 12", {"Ref": "12"}),
        ("!Condition a", {"Condition": "a"}),
        ("!GetAtt a.b", {"Fn::GetAtt": ["a", "b"]}),
        ("!GetAtt a.b.c", {"Fn::GetAtt": ["a", "b.c"]}),
        ("!GetAtt 'a.b'", {"Fn::GetAtt": ["a", "b"]}),
        ("!GetAtt [a, b.c]", {"Fn::GetAtt": ["a", "b.c"]}),
        ("!GetAtt [a, !Ref b]", {"Fn::GetAtt": ["a", {"Ref": "b"}]}),
        ("!GetAtt a", {"Fn::GetAtt": "a"}),
        ("{Fn::GetAtt: a.b}", {"Fn::GetAtt": "a.b"}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
        ("!GetAZs", {"Fn::GetAZs": ""}),
        ("!Sub yes", {"Fn::Sub": "yes"}),
        ("!Sub [a, {b: !Ref c}]", {"Fn::Sub": ["a", {"b": {"Ref": "c"}}]}),
        ("!If [a, 1, !Ref AWS::NoValue]", {"Fn::If": ["a", 1, {"Ref": "AWS::NoValue"}]}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("!Not [!Condition a]", {"Fn::Not": [{"Condition": "a"}]}),
        ("!Select [0, !GetAZs {Ref: a}]", {"Fn::Select": [0, {"Fn::GetAZs": {"Ref": "a"}}]}),
        *(
            (f"!{name} [a]", {f"Fn::{name}": ["a"]})
            for name in "Sub Join Select Split FindInMap GetAZs ImportValue Cidr Base64 Transform If And Or "
            "Not Equals Length ToJsonString GetStackOutput Contains EachMemberEquals EachMemberIn RefAll "
            "ValueOf ValueOfAll Implies".split()
        ),
    ],
)
def test_short_tags_are_read(text: str, value: Any) -> None:
    assert parse(f"k: {text}").data == {"k": value}


@pytest.mark.parametrize(
    ("text", "data", "format"),
    [
        ('{"a": 1}', {"a": 1}, "json"),
        (' \n{"a": [1.5, null, true, "\\u00e9\\ud83d\\ude00"]}', {"a": [1.5, None, True, "é😀"]}, "json"),
        ("{}", {}, "json"),
        ("{a: !Ref b}", {"a": {"Ref": "b"}}, "yaml"),
        ('{"a": 1,}', {"a": 1}, "yaml"),
        ('\ufeff{"a": 1}', {"a": 1}, "json"),
        ("\ufeffa: 1", {"a": 1}, "yaml"),
        (b"\xef\xbb\xbfa: \xc3\xa9", {"a": "é"}, "yaml"),
        ("a: é".encode("utf-16"), {"a": "é"}, "yaml"),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}, "json"),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}, "yaml"),
        ("%YAML 1.1\n---\na: 1\n...\n", {"a": 1}, "yaml"),
        ('{"a": ' + "9" * 4000 + "}", {"a": int("9" * 4000)}, "json"),
        ('{"a":\t"b"}', {"a": "b"}, "json"),
        ('"a: !Ref b\\nc: \\"é\\"\\n"\n', {"a": {"Ref": "b"}, "c": "é"}, "yaml"),
        (b'\r\n"{\\"a\\": 1}"', {"a": 1}, "json"),
    ],
)
def test_documents(text: str | bytes, data: Any, format: str) -> None:
    document = parse(text, name="t.yaml")
    assert document.data == data
    assert document.format == format
    assert document.name == "t.yaml"
    assert repr(document) == f"<Document t.yaml ({format})>"


def test_the_body_of_a_deployed_template_alone() -> None:
    """As aws cloudformation get-template --query TemplateBody prints a template that was sent as YAML."""
    document = parse('\n  "Resources:\\n  A: 1\\n"\n')
    assert document.deployed and document.position(["Resources", "A"]) == (2, 3)
    for text in ('"a: 1', '"\\"a: 1\\""', '"just text"', '"a": 1\n"b": 2\n"a": 3'):
        with pytest.raises(DocumentError):
            parse(text)
    assert parse('"a": 1\n"b": 2\n').data == {"a": 1, "b": 2}


def test_aliases_are_copies() -> None:
    data = parse("a: &a {x: [1]}\nb: *a\nc:\n  <<: *a\n").data
    data["a"]["x"].append(2)
    assert data == {"a": {"x": [1, 2]}, "b": {"x": [1]}, "c": {"x": [1]}}


# Reading: errors --------------------------------------------------------------------------------------------

EMPTY = "the text is empty; a template is a mapping"
QUOTES = "this is not YAML: text that starts with {!r} needs quotes"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", (1, 1), EMPTY),
        ("# nothing\n", (1, 1), EMPTY),
        ("---\n", (1, 1), EMPTY),
        ("[a]", (1, 1), "the text is a list; a template is a mapping"),
        ("just text", (1, 1), "the text is a string; a template is a mapping"),
        ("12", (1, 1), "the text is a number or a boolean; a template is a mapping"),
        ("a: 1\n---\nb: 2", (2, 1), "a template is one document; another one starts here"),
        ("a: 1\nb: 1\na: 2", (3, 1), "the key 'a' is there twice, first in line 1"),
        ("a:\n  b: {c: 1, 'c': 2}", (2, 13), "the key 'c' is there twice, first in line 2"),
        ("<<: {}\n<<: {}", (2, 1), "the key '<<' is there twice, first in line 1"),
        ("a: &x b\n? *x\n: 1\nb: 2", (4, 1), "the key 'b' is there twice, first in line 2"),
        ("a:\n  b: !Subb c", (2, 6), "unknown tag '!Subb'; did you mean '!Sub'?"),
        ("a: !getatt b.c", (1, 4), "unknown tag '!getatt'; did you mean '!GetAtt'?"),
        ("a: !Rain::Embed b", (1, 4), "unknown tag '!Rain::Embed'"),
        ("a: !!python/object/apply:os.system [id]", (1, 4), "unknown tag '!!python/object/apply:os.system'"),
        ("a: !!python/name:os.system", (1, 4), "unknown tag '!!python/name:os.system'"),
        ("a: !!binary aGk=", (1, 4), "unknown tag '!!binary'"),
        ("a: !!timestamp 2001-01-01", (1, 4), "unknown tag '!!timestamp'"),
        ("a: !!omap [b: c]", (1, 4), "unknown tag '!!omap'"),
        ("a: !!int b", (1, 4), "'b' is no !!int"),
        ("a: &x [*x]", (1, 8), "the alias '*x' is part of the value that it means"),
        ("a: *x", (1, 4), "there is no anchor '&x' before this"),
        ("? [a]\n: b", (1, 3), "a key must be a string, not a list or a mapping"),
        ("{a: b}: c", (1, 1), "a key must be a string, not a list or a mapping"),
        ("!Ref a: b", (1, 1), "a key must be a string, not a function or another type"),
        ("a: &x [1]\n? *x\n: b", (2, 3), "a key must be a string"),
        ("{? : b}", (1, 4), "there is no key before the colon"),
        ("<<: 1", (1, 1), "'<<' takes a mapping or a list of mappings"),
        ("a:\n\tb: 1", (2, 1), "this is not YAML: a tab where only spaces may indent"),
        ("a: b: c", (1, 5), "this is not YAML: no mapping can start here; text with ':' needs quotes"),
        ("a: @b", (1, 4), QUOTES.format("@")),
        ("a:\n- %b", (2, 3), QUOTES.format("%")),
        (
            "a: 'it's'",
            (1, 8),
            "this is not YAML: expected a key here; is the indentation right, and every quote closed?",
        ),
        ("a: [b", (1, 6), "this is not YAML: did not find expected ',' or ']' while parsing a flow sequence"),
        ("a: b\x07", (1, 5), "the character U+0007 is not allowed in YAML; write it as an escape in quotes"),
        (
            "a: b\nc: \x00",
            (2, 4),
            "the character U+0000 is not allowed in YAML; write it as an escape in quotes",
        ),
        (
            "a: \ufeff\x1b[31m",
            (1, 5),
            "the character U+001B is not allowed in YAML; write it as an escape in quotes",
        ),
        ("a: .inf", (1, 4), "'.inf' is not a number that CloudFormation has; quote it if it is text"),
        ("a: .NaN", (1, 4), "'.NaN' is not a number that CloudFormation has; quote it if it is text"),
        ("a: -" + "9" * 100_000, (1, 4), "a number of 100,001 digits"),
        ("a: 0x" + "f" * 3900, (1, 4), "a number of 3,902 digits"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', (3, 2), "the key 'a' is there twice, first in line 1"),
        ('{"a": {"b": 1, "\\u0062": 2}}', (1, 16), "the key 'b' is there twice, first in line 1"),
        ('{"a": [NaN]}', (1, 8), "NaN is not a number that JSON or CloudFormation has"),
        ('{"a": -Infinity}', (1, 7), "-Infinity is not a number that JSON or CloudFormation has"),
        ('{"a": 1e999}', (1, 7), "the number '1e999' is larger than any float"),
        ('{"a": ' + "9" * 100_000 + "}", (1, 7), "a number of 100,000 digits"),
        ('{"a": 1\n "b": 2}', (2, 2), "this is not JSON: Expecting ',' delimiter, found '\"b\": 2}'"),
        ('{"a": "b', (1, 7), "this is not JSON: Unterminated string starting at, found '\"b'"),
        (
            '{\n  // why\n  "a": 1}',
            (2, 3),
            "this is not JSON: Expecting property name enclosed in double quotes, found '// why'",
        ),
        (
            "{",
            (1, 2),
            "this is not JSON: Expecting property name enclosed in double quotes, found the end of the text",
        ),
        ('{"a": 1}\n{"b": 2}', (2, 1), "this is not JSON: Extra data, found '{\"b\": 2}'"),
        ('{"a": !Subb b}', (1, 7), "unknown tag '!Subb'; did you mean '!Sub'?"),
        (
            "{a: [b}",
            (1, 7),
            "this is not YAML: did not find expected ',' or ']' while parsing a flow sequence",
        ),
        ('{"a": "\\ud800"}', (1, 7), "half a character (a lone surrogate)"),
        ("a: \ud800", (1, 4), "half a character (a lone surrogate)"),
        (b"a: 1\nb: \xff", (2, 4), "the text is not UTF-8: found the byte 0xff"),
        (b"\xff\xfea\x00b", (1, 2), "the text is not UTF-16: found the byte 0x62"),
    ],
)
def test_errors(text: str | bytes, place: tuple[int, int], message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text, name="stack.yaml")
    error = caught.value
    assert error.message == message
    assert (error.line, error.column) == place
    assert str(error) == f"{message} (stack.yaml:{place[0]})"
    assert not isinstance(error, LimitError)


MORE = "more than 1,000,000 values, aliases expanded"
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
)
BOMB_OF_MERGES = (
    "a: &a {"
    + ",".join(f"k{n}: 1" for n in range(1000))
    + "}\n"
    + "".join(f"b{n}: {{<<: *a}}\n" for n in range(2000))
)


# Texts of many megabytes are made when they are needed.
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (lambda: BOMB, MORE),
        (lambda: BOMB_OF_MERGES, MORE),
        (
            lambda: "a: &a '" + "x" * 10_000 + "'\nb: [" + "*a," * 100_000 + "]",
            "aliases repeat more than 8,000,000 characters",
        ),
        (
            lambda: "".join(f"a{n}: &a{n} [{f'*a{n - 1}' if n else ''}]\n" for n in range(5000)),
            "nested deeper than 200 levels",
        ),
        (lambda: "[" * 100_000, "nested deeper than 200 levels"),
        (lambda: "- " * 100_000, "nested deeper than 200 levels"),
        (lambda: "a: " + "!Not [" * 150, "nested deeper than 200 levels"),
        (lambda: '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested deeper than 200 levels"),
        (lambda: '{"a": ' * 100_000 + "1" + "}" * 100_000, "nested deeper than 200 levels"),
        (lambda: '{"a": ' + "[" * 201 + "]" * 201 + "}", "nested deeper than 200 levels"),
        (lambda: '{"a": [' + "1," * 3_000_000 + "1]}", MORE),
        (lambda: "a: [" + "b," * 3_000_000 + "]", MORE),
        (lambda: "x" * 50_000_000, "the text has 50,000,000 bytes; the limit is 8,000,000"),
        (lambda: "é" * 4_000_001, "the text has 8,000,002 bytes; the limit is 8,000,000"),
        (lambda: b"{" * 50_000_000, "the text has 50,000,000 bytes; the limit is 8,000,000"),
        (lambda: "".join(f"%TAG !a{n}! x\n" for n in range(300_000)), "more than 100 %TAG directives"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value()[:20]),
)
def test_limits(text: Callable[[], str | bytes], message: str) -> None:
    with pytest.raises(LimitError) as caught:
        parse(text())
    assert caught.value.message == message
    assert isinstance(caught.value, DocumentError)
    assert caught.value.line is not None and caught.value.column is not None


@pytest.mark.parametrize(
    "text",
    [
        lambda: '{"a":"' + '\\"' * 3_000_000,
        lambda: "!" * 7_000_000,
        lambda: "a: 1" + ":30" * 2_000_000,
        lambda: "\t" * 7_000_000,
        lambda: "? " * 1_000_000,
        lambda: "a: " * 1_000_000,
        lambda: "&a " * 1_000_000,
        lambda: '{"a":[' * 100_000,
        lambda: "a: '" + "\n" * 7_000_000,
    ],
    ids=lambda text: repr(text()[:10]),
)
def test_broken_texts_end_soon(text: Callable[[], str]) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text())
    assert len(str(caught.value)) < 300


def test_a_bomb_needs_little_memory() -> None:
    code = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from pyformation.document import parse
from pyformation.errors import LimitError
try:
    parse(sys.stdin.read())
except LimitError:
    print("limited")
"""
    for text in (BOMB, BOMB_OF_MERGES, '{"a": [' + "[]," * 2_000_000 + "1]}", "a: [" + "b," * 3_000_000):
        done = subprocess.run(
            [sys.executable, "-c", code], input=text, capture_output=True, text=True, cwd=ROOT, timeout=60
        )
        assert (done.stdout, done.stderr) == ("limited\n", "")


def test_limits_can_be_lifted() -> None:
    more = Limits(bytes=100_000_000, depth=300, nodes=10_000_000)
    assert len(parse("a: [" + "b," * 1_100_000 + "]", limits=more).data["a"]) == 1_100_000
    assert parse("a: " + "[" * 250 + "]" * 250, limits=more).data["a"]
    with pytest.raises(LimitError, match="nested deeper than 3 levels"):
        parse('{"a": {"b": {"c": {}}}}', limits=Limits(depth=3))
    assert parse('{"a": {"b": {}}}', limits=Limits(depth=3)).data
    assert repr(Limits()) == "Limits(bytes=8000000, depth=200, nodes=1000000)"


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_bytes(b"a: 1\nb: [\n")
    with pytest.raises(DocumentError, match=r"did not find expected node content.*t\.yaml:3\)"):
        read(file)
    file.write_bytes(b"a: !Ref b\n")
    assert read(str(file)).data == {"a": {"Ref": "b"}}
    assert read(file).name == str(file)
    with file.open("r+b") as opened:
        opened.truncate(10 << 30)  # a hole: it would not fit into memory
    with pytest.raises(LimitError, match=r"the text has 10,737,418,240 bytes; the limit is 8,000,000"):
        read(file)
    with pytest.raises(SourceError, match=r"there is no file '.*nowhere'"):
        read(tmp_path / "nowhere")
    with pytest.raises(SourceError, match=r"'.*' is a directory, not a template"):
        read(tmp_path)
    with pytest.raises(SourceError, match=r"cannot read 'a.x00b': embedded null byte"):
        read("a\0b")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero")
def test_endless_files() -> None:
    with pytest.raises(SourceError, match="cannot read '/dev/zero': it is a device, not a file"):
        read("/dev/zero")


# PyYAML's global state --------------------------------------------------------------------------------------


def test_nothing_global_is_touched_or_trusted() -> None:
    code = """
import re, yaml
classes = [yaml.SafeLoader, yaml.CSafeLoader, yaml.FullLoader, yaml.Loader]
classes += [yaml.SafeDumper, yaml.CSafeDumper, yaml.Dumper]
def state():
    names = ("yaml_constructors", "yaml_multi_constructors", "yaml_implicit_resolvers", "yaml_path_resolvers",
             "yaml_representers", "yaml_multi_representers")
    return repr([(cls, name, getattr(cls, name, None)) for cls in classes for name in names])
from pyformation.document import parse, to_yaml
before = state()
text = "a: !Sub b\\nc: [1, yes, 2001-01-01, .5, x-1, &x {<<: {d: e}}, *x]\\n"
first = parse(text).data
assert to_yaml(first) == to_yaml(parse(to_yaml(first)).data)
assert state() == before
for loader in classes[:4]:
    yaml.add_constructor("!Sub", lambda loader, node: 1/0, Loader=loader)
    yaml.add_implicit_resolver("!boom", re.compile(".*"), None, Loader=loader)
    yaml.add_constructor("tag:yaml.org,2002:map", lambda loader, node: 1/0, Loader=loader)
    yaml.add_path_resolver("!boom", ["a"], str, Loader=loader)
for dumper in classes[4:]:
    yaml.add_representer(str, lambda dumper, data: 1/0, Dumper=dumper)
items = [1, True, "2001-01-01", .5, "x-1", {"d": "e"}, {"d": "e"}]
assert parse(text).data == first == {"a": {"Fn::Sub": "b"}, "c": items}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stderr == ""


def test_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")
    text = "a: !GetAtt b.c\nd: &x [1, 'x', yes]\ne: *x\n"
    assert parse(text).data == {"a": {"Fn::GetAtt": ["b", "c"]}, "d": [1, "x", True], "e": [1, "x", True]}
    assert parse(text).position(["d", 1]) == (2, 11)
    with pytest.raises(DocumentError, match=r"U\+0007") as caught:
        parse("a: \x07")
    assert (caught.value.line, caught.value.column) == (1, 4)


# Positions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ([], (2, 1)),
        (["Resources"], (2, 1)),
        (["Resources", "Topic", "Type"], (4, 5)),
        (["Resources", "Topic", "Properties", "Name"], (6, 7)),
        (["Resources", "Topic", "Properties", "Name", "Fn::Sub"], (6, 13)),
        (["Resources", "Topic", "Properties", "Items", 0], (8, 9)),
        (["Resources", "Topic", "Properties", "Items", 1], (9, 9)),
        (["Resources", "Topic", "Properties", "Items", 1, "Key"], (9, 9)),
        (["Resources", "Topic", "Properties", "Items", 1, "Value", "Fn::If"], (10, 16)),
        (["Resources", "Topic", "Properties", "Items", 1, "Value", "Fn::If", 2], (10, 27)),
        (["Resources", "Topic", "Properties", "Items", 1, "Value", "Fn::If", 2, "Ref"], (10, 27)),
        (["Resources", "Topic", "Properties", "Arn", "Fn::GetAtt", 1], (11, 12)),
        (["Resources", "Other", "Items", 0], (8, 9)),
        (["Resources", "Other", "More"], (15, 5)),
        (["Resources", "Nothing"], None),
        (["Resources", "Topic", "Properties", "Items", 2], None),
        (["Resources", "Topic", "Properties", "Items", -1], None),
        (["Resources", "Topic", "Properties", "Items", "0"], None),
        (["Resources", "Topic", "Type", "x"], None),
        ([0], None),
    ],
)
def test_positions_in_yaml(path: list[str | int], place: tuple[int, int] | None) -> None:
    text = """# 😀
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: &shared
      Name: !Sub é-${a}
      Items:
      - a
      - Key: b
        Value: !If [c, 😀, !Ref d]
      Arn: !GetAtt Logs.Arn
  Other:
    <<: *shared
    Key: 1
    More: 2
"""
    for each in (text, text.replace("\n", "\r\n"), "\ufeff" + text):
        assert parse(each).position(path) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ([], (2, 1)),
        (["a"], (2, 3)),
        (["a", 1], (2, 12)),
        (["a", 1, "b"], (3, 3)),
        (["a", 1, 'q"'], (3, 11)),
        (["c"], (4, 1)),
        (["a", 3], None),
        (["c", 0], None),
        (["é"], None),
    ],
)
def test_positions_in_json(path: list[str | int], place: tuple[int, int] | None) -> None:
    text = '\n{ "a": [1, {\n  "b": 2, "q\\"": "[x"}],\n"c": null}'
    assert parse(text).position(path) == place


def test_positions_of_what_was_read() -> None:
    document = parse("a: 1\nb: {c: 2}\n")
    document.data["b"]["d"] = document.data.pop("a")
    assert document.position(["a"]) == (1, 1)
    assert document.position(["b", "d"]) is None
    assert document.position(("b", "c")) == (2, 5)


# Writing: rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"), ("two words", "two words"), ("a, b; (c) [d] {e}", "a, b; (c) [d] {e}"),
        ("it's", "it's"), ('say "x"', 'say "x"'), ("", "''"), (" a", "' a'"), ("a ", "'a '"),
        ("a: b", "'a: b'"), ("a:", "'a:'"), ("a #b", "'a #b'"), ("a#b", "a#b"), ("# a", "'# a'"),
        ("it's: x", "'it''s: x'"), ("*", "'*'"), ("*.a", "'*.a'"), ("@a", "'@a'"), ("%a", "'%a'"),
        ("&a", "'&a'"), ("!a", "'!a'"), ("{{resolve:ssm:a}}", "'{{resolve:ssm:a}}'"),
        ("${AWS::Region}", "${AWS::Region}"), ("- a", "'- a'"), ("-a", "-a"), ("--a", "--a"), ("-", "'-'"),
        ("---", "'---'"), ("?", "'?'"), (":a", ":a"), ("[a]", "'[a]'"), ("`a`", "'`a`'"), ("|", "'|'"),
        (">", "'>'"), ("arn:aws:s3:::b/*", "arn:aws:s3:::b/*"), ("AWS::S3::Bucket", "AWS::S3::Bucket"),
        ("https://a.b/c?d=e", "https://a.b/c?d=e"), ("10.0.0.0/16", "10.0.0.0/16"), ("10.0.0.1", "10.0.0.1"),
        ("1.2.3", "1.2.3"), ("t3.micro", "t3.micro"), ("/a", "/a"), ("~/a", "~/a"), ("12", "'12'"),
        ("-12", "'-12'"), ("+1", "'+1'"), ("1.5", "'1.5'"), (".5", "'.5'"), ("1e3", "'1e3'"),
        ("1_000", "'1_000'"), ("010", "'010'"), ("089", "'089'"), ("0o10", "'0o10'"), ("0x1F", "'0x1F'"),
        ("0b1", "'0b1'"), ("12:30", "'12:30'"), ("1:30:00.5", "'1:30:00.5'"), ("2012-10-17", "'2012-10-17'"),
        ("2012-10-17T00:00:00Z", "'2012-10-17T00:00:00Z'"), (".inf", "'.inf'"), ("-.INF", "'-.INF'"),
        (".nan", "'.nan'"), ("123456789012", "'123456789012'"), ("true", "'true'"), ("False", "'False'"),
        ("yes", "'yes'"), ("No", "'No'"), ("ON", "'ON'"), ("off", "'off'"), ("y", "'y'"), ("N", "'N'"),
        ("null", "'null'"), ("~", "'~'"), ("=", "'='"), ("<<", "'<<'"), ("nullable", "nullable"),
        ("online", "online"), ("a\tb", '"a\\tb"'), ("\n", '"\\n"'), ("a\rb", '"a\\rb"'),
        ("\x07", '"\\a"'), ("\x7f", '"\\x7F"'), ("\x85", '"\\N"'), ("\u2028", '"\\L"'),
        ("\ufeff", '"\\uFEFF"'), ("a\u202eb", '"a\\u202Eb"'), ("\\\x1b", '"\\\\\\e"'),
        ("é 名 😀", "é 名 😀"), ("a: 😀", "'a: 😀'"), ("😀\u202e\ue000", '"😀\\u202E\ue000"'), ("c:\\a", "c:\\a"), (1, "1"), (-1, "-1"), (10**20, "100000000000000000000"),
        (True, "true"), (False, "false"), (None, "null"), (1.0, "1.0"), (0.5, "0.5"), (1e16, "1.0e+16"),
        (1.5e-7, "1.5e-07"), (-1e300, "-1.0e+300"), ([], "[]"), ({}, "{}"),
    ],
)  # fmt: skip
def test_scalars_are_written(value: Any, text: str) -> None:
    assert to_yaml({"k": value}) == f"k: {text}\n"
    if isinstance(value, str) and "\n" not in value:
        # A line break of any kind makes libyaml put the key behind a question mark.
        key = f"? {text}\n" if value in ("a\rb", "\x85", "\u2028") else text
        assert to_yaml({value: "v"}) == f"{key}: v\n"
        assert to_yaml({"k": {"Ref": value}}) == f"k: !Ref {text}\n"
    assert to_yaml({"k": [value]}) == f"k:\n- {text}\n"


LONG = "word " * 60 + "end"


def test_only_ascii_where_it_is_asked_for() -> None:
    data = {"Ü": {"Fn::Sub": "é 名 😀"}, "B": "#!/bin/sh\n\techo ok\n", "S": "# ü\n\techo\n", "P": ["plain"]}
    for write in (to_yaml, to_json):
        text = write(data, ascii=True)
        assert text.isascii() and not write(data).isascii()
        assert parse(text).data == data
    assert "B: |\n  #!/bin/sh\n" in to_yaml(data, ascii=True)
    assert '"\\ud83d\\ude00"' in to_json({"a": "😀"}, ascii=True)
    with pytest.raises(InvalidValueError, match="surrogate"):
        to_json({"a": "\ud83d"}, ascii=True)


def test_many_different_characters_leave_the_hidden_ones_escaped() -> None:
    data = {"a": "".join(map(chr, range(0x10000, 0x12000))), "b": "\u202e\u2066"}
    text = to_yaml(data)
    assert text.endswith('b: "\\u202E\\u2066"\n')
    assert parse(text).data == data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "{}\n"),
        ({"a": {"b": {"c": 1, "d": [1, "x"]}}}, "a:\n  b:\n    c: 1\n    d:\n    - 1\n    - x\n"),
        (
            {"a": [{"b": 1, "c": [2]}, [3, [4]], [], {}]},
            "a:\n- b: 1\n  c:\n  - 2\n- - 3\n  - - 4\n- []\n- {}\n",
        ),
        ({"a": LONG}, f"a: {LONG}\n"),
        ({"a": LONG + ":"}, f"a: '{LONG}:'\n"),
        ({"k" * 600: {"a": 1}}, "? " + "k" * 600 + "\n: a: 1\n"),
        ({"a": {"k" * 600: "x\ny"}}, "a:\n  ? " + "k" * 600 + "\n  : |-\n    x\n    y\n"),
        ({"a": "x\ny"}, "a: |-\n  x\n  y\n"),
        ({"a": "x\ny\n"}, "a: |\n  x\n  y\n"),
        ({"a": "x\n\n", "b": 1}, "a: |+\n  x\n\nb: 1\n"),
        ({"a": "x\n\n", "b": {"c": 1}}, "a: |+\n  x\n\nb:\n  c: 1\n"),
        ({"a": "x\n\n"}, "a: |+\n  x\n\n"),
        ({"a": " x\ny"}, "a: |2-\n   x\n  y\n"),
        ({"a": "\n\n\tx\n"}, "a: |2\n\n\n  \tx\n"),
        ({"a": ["x\n\ny \nz"]}, "a:\n- |-\n  x\n\n  y \n  z\n"),
        ({"a": [{"b": " x\n"}]}, "a:\n- b: |2\n     x\n"),
        ({"a": "😀\tx\n# y\n"}, "a: |\n  😀\tx\n  # y\n"),
        ({"a": "é", "b": "x\ty\n"}, "a: é\nb: |\n  x\ty\n"),
        ({"a": "é", "b": "\u202e"}, 'a: é\nb: "\\u202E"\n'),
        (
            {"a": ["\ue000", "😀", "# 😀 \n\ue000\ue001\n"]},
            "a:\n- \ue000\n- 😀\n- |\n  # 😀 \n  \ue000\ue001\n",
        ),
        ({"a": "x\ny "}, "a: |-\n  x\n  y \n"),
        ({"a": {"Fn::Sub": " x\n\n"}}, "a: !Sub |2+\n   x\n\n"),
        ({"a": "b: 0xblock0\n"}, 'a: "b: 0xblock0\\n"\n'),
        ({"a": " \n\t\n"}, 'a: " \\n\\t\\n"\n'),
        ({"a": "x\r\ny"}, 'a: "x\\r\\ny"\n'),
        ({"a": {"Fn::Sub": "x\n${y}\n"}}, "a: !Sub |\n  x\n  ${y}\n"),
        ({"a": {"Fn::Base64": {"Fn::Sub": "x\ny\n"}}}, "a:\n  Fn::Base64: !Sub |\n    x\n    y\n"),
        (
            {
                "V": "1",
                "D": "x",
                "P": {"a": 1, "b": 2},
                "Resources": {"A": {"T": 1}, "B": {"T": "x\n\n"}, "C": 1},
                "O": [],
            },
            "V: '1'\nD: x\n\nP:\n  a: 1\n  b: 2\n\nResources:\n  A:\n    T: 1\n\n"
            "  B:\n    T: |+\n      x\n\n  C: 1\n\nO: []\n",
        ),
        ({"Resources": {}}, "Resources: {}\n"),
        ({"Resources": {"Ref": "a"}}, "Resources: !Ref a\n"),
        ({"Ref": "a"}, "Ref: a\n"),
    ],
)
def test_yaml_is_laid_out(data: dict[str, Any], text: str) -> None:
    assert to_yaml(data) == text
    assert parse(text).data == data == independent(text)


REF = {"Ref": "A"}
WIDE = "x" * 60


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (REF, " !Ref A"),
        ({"Ref": "AWS::Region"}, " !Ref AWS::Region"),
        ({"Ref": "12"}, " !Ref '12'"),
        ({"Ref": ["a"]}, "\n  Ref:\n  - a"),
        ({"Ref": 1}, "\n  Ref: 1"),
        ({"Ref": "a", "b": 1}, "\n  Ref: a\n  b: 1"),
        ({"Fn::GetAtt": ["A", "B"]}, " !GetAtt A.B"),
        ({"Fn::GetAtt": ["A", "B.C"]}, " !GetAtt A.B.C"),
        ({"Fn::GetAtt": ["A.B", "C"]}, " !GetAtt [A.B, C]"),
        ({"Fn::GetAtt": ["", "C"]}, " !GetAtt ['', C]"),
        ({"Fn::GetAtt": ["A", REF]}, " !GetAtt [A, !Ref A]"),
        ({"Fn::GetAtt": ["A", "B", "C"]}, " !GetAtt [A, B, C]"),
        ({"Fn::GetAtt": "A.B"}, "\n  Fn::GetAtt: A.B"),
        ({"Fn::GetAtt": "A"}, " !GetAtt A"),
        ({"Fn::Sub": "${A}-b"}, " !Sub ${A}-b"),
        ({"Fn::Sub": "a: ${A}"}, " !Sub 'a: ${A}'"),
        ({"Fn::Sub": ["a-${B}", {"B": REF}]}, " !Sub\n- a-${B}\n- B: !Ref A"),
        ({"Fn::GetAZs": ""}, " !GetAZs ''"),
        ({"Fn::GetAZs": REF}, "\n  Fn::GetAZs: !Ref A"),
        ({"Fn::ImportValue": {"Fn::Sub": "${A}-b"}}, "\n  Fn::ImportValue: !Sub ${A}-b"),
        ({"Fn::ImportValue": "a"}, " !ImportValue a"),
        ({"Fn::Base64": {"Fn::Join": ["", ["a", REF]]}}, "\n  Fn::Base64: !Join ['', [a, !Ref A]]"),
        ({"Fn::If": ["IsProd", 512, 128]}, " !If [IsProd, 512, 128]"),
        ({"Fn::If": ["IsProd", True, None]}, " !If [IsProd, true, null]"),
        ({"Fn::If": ["IsProd", {"a": 1}, REF]}, " !If\n- IsProd\n- a: 1\n- !Ref A"),
        ({"Fn::If": ["IsProd", [], REF]}, " !If [IsProd, [], !Ref A]"),
        ({"Fn::If": ["A", "x\ny", "b"]}, " !If\n- A\n- |-\n  x\n  y\n- b"),
        ({"Fn::If": ["A", WIDE, WIDE]}, f" !If\n- A\n- {WIDE}\n- {WIDE}"),
        ({"Fn::If": ["A", {"Fn::If": ["B", 1, 2]}, 3]}, " !If [A, !If [B, 1, 2], 3]"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, " !Select [0, !GetAZs '']"),
        ({"Fn::Select": [0, {"Fn::GetAZs": REF}]}, " !Select\n- 0\n- Fn::GetAZs: !Ref A"),
        ({"Fn::Equals": [REF, "prod"]}, " !Equals [!Ref A, prod]"),
        ({"Fn::Equals": [REF, "a, b"]}, " !Equals [!Ref A, 'a, b']"),
        ({"Fn::Equals": [{"Fn::Sub": "${A}"}, "it's [x]"]}, " !Equals [!Sub '${A}', 'it''s [x]']"),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "C"]}, " !FindInMap [M, !Ref 'AWS::Region', C]"),
        (
            {"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": 1}]},
            " !FindInMap\n- M\n- a\n- b\n- DefaultValue: 1",
        ),
        ({"Fn::Join": [",", ["a", "b"]]}, " !Join [',', [a, b]]"),
        ({"Fn::Join": ["-", [WIDE, "b", "c"]]}, f" !Join\n- '-'\n- [{WIDE}, b, c]"),
        ({"Fn::Join": ["-", [WIDE, WIDE]]}, f" !Join\n- '-'\n-\n  - {WIDE}\n  - {WIDE}"),
        ({"Fn::Join": ["-", [WIDE, "a \nb"]]}, f" !Join\n- '-'\n-\n  - {WIDE}\n  - |-\n    a \n    b"),
        (
            {"Fn::Join": ["-", [REF, {"Fn::Join": ["+", [WIDE, WIDE]]}]]},
            f" !Join\n- '-'\n-\n  - !Ref A\n  - !Join\n    - '+'\n    -\n      - {WIDE}\n      - {WIDE}",
        ),
        ({"Fn::Split": [",", REF]}, " !Split [',', !Ref A]"),
        ({"Fn::Cidr": [{"Fn::GetAtt": ["V", "CidrBlock"]}, 6, 8]}, " !Cidr [!GetAtt V.CidrBlock, 6, 8]"),
        (
            {"Fn::And": [{"Condition": "A"}, {"Fn::Not": [{"Condition": "B"}]}]},
            " !And [!Condition A, !Not [!Condition B]]",
        ),
        (
            {"Fn::Or": [{"Condition": "A"}, {"Fn::Equals": [REF, "x" * 50]}]},
            f" !Or\n- !Condition A\n- !Equals [!Ref A, {'x' * 50}]",
        ),
        ({"Fn::Not": [{"Condition": {"a": 1}}]}, " !Not\n- Condition:\n    a: 1"),
        ({"Condition": "A"}, "\n  Condition: A"),
        ([{"Condition": "A"}], "\n- Condition: A"),
        ({"Fn::If": ["A", {"Condition": "B"}, 1]}, " !If\n- A\n- Condition: B\n- 1"),
        ({"Fn::And": []}, " !And []"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "\n  Fn::Transform:\n    Name: AWS::Include"),
        ({"Fn::Length": REF}, "\n  Fn::Length: !Ref A"),
        ({"Fn::Length": ["a"]}, "\n  Fn::Length:\n  - a"),
        ({"Fn::ToJsonString": {"a": REF}}, "\n  Fn::ToJsonString:\n    a: !Ref A"),
        ({"Fn::GetStackOutput": {"StackName": "s"}}, "\n  Fn::GetStackOutput:\n    StackName: s"),
        ({"Fn::ForEach::X": ["a", ["b"], {"c": 1}]}, "\n  Fn::ForEach::X:\n  - a\n  - - b\n  - c: 1"),
        ({"Fn::Contains": [["a"], REF]}, "\n  Fn::Contains:\n  - - a\n  - !Ref A"),
        ({"Fn::Mine": "a"}, "\n  Fn::Mine: a"),
        (
            [REF, {"Fn::If": ["A", 1, 2]}, {"Fn::Sub": "a\nb"}],
            "\n- !Ref A\n- !If [A, 1, 2]\n- !Sub |-\n  a\n  b",
        ),
        ([{"Fn::If": ["A", {"x": 1}, REF]}], "\n- !If\n  - A\n  - x: 1\n  - !Ref A"),
        ([{"a": {"Fn::If": ["A", {"x": 1}, REF]}}], "\n- a: !If\n  - A\n  - x: 1\n  - !Ref A"),
    ],
)
def test_short_tags_are_written(value: Any, text: str) -> None:
    assert to_yaml({"k": value}) == f"k:{text}\n"
    assert parse(f"k:{text}").data == {"k": value} == independent(f"k:{text}")


def test_lines_of_arguments_are_no_longer_than_eighty() -> None:
    for width in range(40, 80):
        for data in (
            {"k": {"Fn::If": ["A", "x" * width, 1]}},
            {"a": [{"key": {"Fn::Not": [{"Fn::Equals": ["x" * width, {"Ref": "y"}]}]}}]},
            {"a": [{"Fn::Or": [{"Condition": "x" * width}, 1]}]},
        ):
            lines = to_yaml(data).splitlines()
            assert max(len(line) for line in lines) <= max(80, width + 20)
            if any("[" in line for line in lines):
                assert all(len(line) <= 80 for line in lines if "[" in line)
    exactly = {"k": {"Fn::If": ["A", "x" * 65, 1]}}
    assert len(to_yaml(exactly)) == 80 + 1  # with its newline
    assert "[" not in to_yaml({"k": {"Fn::If": ["A", "x" * 66, 1]}})


@pytest.mark.parametrize(
    ("data", "indent", "text"),
    [
        ({}, 2, "{}\n"),
        ({"a": {}, "b": []}, 2, '{\n  "a": {},\n  "b": []\n}\n'),
        (
            {"a": [1, "x", {"b": None}], "c": 1.5},
            2,
            '{\n  "a": [\n    1,\n    "x",\n    {\n      "b": null\n    }\n  ],\n  "c": 1.5\n}\n',
        ),
        ({"a": [True, False]}, 4, '{\n    "a": [\n        true,\n        false\n    ]\n}\n'),
        ({"a": [True, {"b": "c"}]}, None, '{"a":[true,{"b":"c"}]}\n'),
        ({"é😀": '"\\\n\t\x07'}, None, '{"é😀":"\\"\\\\\\n\\t\\u0007"}\n'),
        ({"a": "\x7f\x85\u2028\u202e"}, None, '{"a":"\\u007f\\u0085\\u2028\\u202e"}\n'),
        ({"a": 1e16}, None, '{"a":1.0e+16}\n'),
    ],
)
def test_json_is_laid_out(data: dict[str, Any], indent: int | None, text: str) -> None:
    assert to_json(data, indent) == text
    assert json.loads(text) == data


class Text(str):
    def __str__(self) -> str:
        return "not this"


class Color(str, Enum):  # noqa: UP042  # what users have
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Half(float):
    def __repr__(self) -> str:
        return "half"


def test_subclasses_are_what_they_are() -> None:
    data: dict[str, Any] = OrderedDict(
        {
            Text("k"): [
                Text("a"),
                Color.RED,
                Level.HIGH,
                Half(0.5),
                OrderedDict(b=(1, 2)),
                OrderedDict(Ref=Text("x")),
            ]
        }
    )
    data["f"] = {"Fn::If": (Text("a"), Level.HIGH, OrderedDict(Ref="b"))}
    plain = {"k": ["a", "red", 3, 0.5, {"b": [1, 2]}, {"Ref": "x"}], "f": {"Fn::If": ["a", 3, {"Ref": "b"}]}}
    assert parse(to_yaml(data)).data == plain == parse(to_json(data)).data


def cycle() -> dict[str, Any]:
    inner: dict[str, Any] = {"wide": list(range(1000))}
    inner["self"] = [inner]
    return {"a": inner}


def deep(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(levels):
        data = {"a": data}
    return data


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        ({"a": [1, {"b": {1}}]}, "a[1].b", "a template cannot hold {1} (set)"),
        (
            {"a": datetime.date(2012, 10, 17)},
            "a",
            "a template cannot hold datetime.date(2012, 10, 17) (date)",
        ),
        ({"a": b"x"}, "a", "a template cannot hold b'x' (bytes)"),
        (
            {"a": {"Fn::If": ["x", object, 1]}},
            "a.Fn::If[1]",
            "a template cannot hold <class 'object'> (type)",
        ),
        ({"a": {"b": {1: 2}}}, "a.b", "a key must be a string, not 1 (int)"),
        ({"a": {True: 2}}, "a", "a key must be a string, not True (bool)"),
        ({None: 2}, None, "a key must be a string, not None (NoneType)"),
        ({"a": float("inf")}, "a", "a template cannot hold the number inf"),
        ({"a": [float("nan")]}, "a[0]", "a template cannot hold the number nan"),
        ({"a": "x\ud800"}, "a", "'x\\ud800' holds half a character (a lone surrogate)"),
        ({"a": "x\n\ud800"}, "a", "'x\\n\\ud800' holds half a character (a lone surrogate)"),
        ({"a": {"\udc00": 1}}, "a", "'\\udc00' holds half a character (a lone surrogate)"),
        ({"a": 10**5000}, "a", "a number of more digits than Python writes"),
        (cycle(), "a.self[0]", "a value that contains itself cannot be written"),
    ],
)
def test_what_cannot_be_written(data: dict[str, Any], path: str | None, message: str) -> None:
    for write in (to_yaml, to_json):
        with pytest.raises(InvalidValueError) as caught:
            write(data)
        assert (caught.value.path, caught.value.message) == (path, message)


def test_depth_of_what_is_written() -> None:
    assert parse(to_yaml(deep(190))).data == deep(190) == parse(to_json(deep(190))).data
    for write in (to_yaml, to_json):
        with pytest.raises(LimitError, match="nested deeper than 400 levels"):
            write(deep(100_000))


def test_shared_values_are_written_twice() -> None:
    shared = {"x": [1]}
    assert to_yaml({"a": shared, "b": shared}) == "a:\n  x:\n  - 1\n\nb:\n  x:\n  - 1\n"


# The process ------------------------------------------------------------------------------------------------


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment or None,
        check=True,
    )
    return done.stdout


def test_writing_imports_only_what_the_form_needs() -> None:
    code = """
import sys
before = set(sys.modules)
from pyformation.document import to_json, to_yaml
to_json({"a": ["b", 1, "\\t"]})
assert "yaml" not in sys.modules
to_yaml({"a": [1, 0.5, "x\\ny", "\\t", {"Ref": "b"}]})
print(*sorted(set(sys.modules) - before))
"""
    found = set(run(code).split())
    assert "yaml" in found
    assert not found & {"json", "typing", "dataclasses", "inspect", "pathlib"}


def test_the_same_bytes_every_time() -> None:
    code = """
import hashlib, json
from pyformation.document import to_json, to_yaml
data = {f"k{n}": [{"Ref": f"r{n}"}, "yes", n, {"b": "é\\u2028", "a": "x\\ny"}] for n in range(200)}
print(hashlib.sha256((to_yaml(data) + to_json(data)).encode()).hexdigest())
"""
    assert len({run(code, PYTHONHASHSEED=seed) for seed in ("0", "1", "2", "random")}) == 1


def test_errors_survive_pickling() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("a: [", name="t.yaml")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@given(
    st.recursive(
        st.sampled_from(['"a"', '"b:c"', "1", r'"x\"y\":"', r'"\\"', "true", '" :"', '""']),
        lambda inside: st.one_of(
            st.lists(inside, max_size=3).map(lambda items: f"[{','.join(items)}]"),
            st.lists(
                st.tuples(st.sampled_from(['"k"', '"l"', r'"k\"3"', '"a:"']), st.sampled_from([":", " :", ": ", "\n:"]), inside),
                max_size=4,
            ).map(lambda members: "{" + ",".join("".join(member) for member in members) + "}"),
        ),
        max_leaves=8,
    )
)  # fmt: skip
def test_a_key_of_json_that_repeats_is_found(text: str) -> None:
    """However its colons and quotes are written: keys are counted where that can be done."""
    repeats = False

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeats
        found = dict(members)
        repeats = repeats or len(found) != len(members)
        return found

    whole = f'{{"Resources":{text}}}'
    data = json.loads(whole, object_pairs_hook=pairs)
    if repeats:
        with pytest.raises(DocumentError, match="is there twice"):
            parse(whole)
    else:
        assert parse(whole).data == data
