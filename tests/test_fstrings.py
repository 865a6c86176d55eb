"""f-strings become Fn::Sub: laws for all texts, and an error for every damage.

The laws evaluate what was rendered with a small evaluator of their own and compare with what Python
makes of the same f-string when the values are known.
"""

# Every way to format is meant here.
# ruff: noqa: UP031, UP032

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from conftest import rendered, run_python
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pyformation as pf
from pyformation import (
    Base64,
    Equals,
    GetAtt,
    GetAZs,
    If,
    InvalidValueError,
    Join,
    NotificationARNs,
    Output,
    Parameter,
    Raw,
    Ref,
    Region,
    Split,
    Sub,
    Template,
    TokenError,
    resolve_ssm,
)
from pyformation.aws import ec2, iam, lambda_, logs, s3, sqs

NO_TOKEN = re.compile("[\ue000\ue001\u2063\ufdd0-\ufdda]|xXx")

bucket = s3.Bucket()
stage = Parameter(str)
zones = Parameter(list[str])
yes = Equals(stage, "x")
WORLD: dict[str, Any] = {"Bucket": bucket, "Stage": stage, "Zones": zones, "Yes": yes}

# ---------------------------------------------------------------------------------------------
# What CloudFormation makes of a value, with everything known

REFS = {"Bucket": "the-bucket", "Stage": "${!odd} $", "AWS::Region": "eu-1", "AWS::NoValue": ""}
ATTRIBUTES = {("Bucket", "Arn"): "arn:of:bucket", ("Bucket", "A.B"): "nested"}
PIECE = re.compile(r"\$\{(!?)([^}]*)\}|\$\{!", re.DOTALL)


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def evaluate(value: Any) -> Any:
    """Plain data without functions; everything computes to the values above."""
    if isinstance(value, list):
        return [evaluate(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1 or not next(iter(value)).startswith(("Ref", "Fn::")):
        return {key: evaluate(item) for key, item in value.items()}
    ((function, argument),) = value.items()
    if function == "Ref":
        return REFS[argument]
    if function == "Fn::GetAtt":
        return ATTRIBUTES[argument[0], argument[1]]
    if function == "Fn::If":
        return evaluate(argument[1])
    if function == "Fn::Join":
        return argument[0].join(text_of(evaluate(item)) for item in argument[1])
    if function == "Fn::Base64":
        return base64.b64encode(evaluate(argument).encode()).decode()
    assert function == "Fn::Sub", function
    text, variables = argument if isinstance(argument, list) else (argument, {})
    result = ""
    while text:
        if text.startswith("${!"):
            result, text = result + "${", text[3:]
        elif text.startswith("${"):
            name, _, text = text[2:].partition("}")
            if name in variables:
                result += text_of(evaluate(variables[name]))
            elif "." in name:
                result += ATTRIBUTES[tuple(name.split(".", 1))]  # type: ignore[index]
            else:
                result += REFS[name]
        else:
            result, text = result + text[0], text[1:]
    return result


def in_world(value: Any) -> Any:
    return rendered(value, **WORLD)


# (expression, what it is when it stands in a text)
EXPRESSIONS: list[tuple[Any, str]] = [
    (bucket, REFS["Bucket"]),
    (stage, REFS["Stage"]),
    (Region, "eu-1"),
    (Ref("Bucket"), REFS["Bucket"]),
    (bucket.arn, "arn:of:bucket"),
    (GetAtt("Bucket", "A.B"), "nested"),
    (If(yes, "then", "else"), "then"),
    (If(yes, 1, 2), "1"),
    (If(yes, True, 2), "true"),
    (Join("-", ["a", stage]), "a-${!odd} $"),
    (Base64("x"), "eA=="),
    (Raw("raw ${x} $"), "raw ${x} $"),
    (Raw({"Ref": "Bucket"}), "the-bucket"),
    (Sub("sub ${Bucket} ${!lit} $"), "sub the-bucket ${lit} $"),
    (Sub("${Bucket}${Var}", {"Var": "v", "Bucket": bucket.arn}), "arn:of:bucketv"),
    (Sub("${If1}", {"If1": "own"}), "own"),
    (resolve_ssm("/a/$"), "{{resolve:ssm:/a/$}}"),
    (resolve_ssm(stage, 2), "{{resolve:ssm:${!odd} $:2}}"),
    (resolve_ssm(If(yes, "a", "b")), "{{resolve:ssm:a}}"),
]
LITERAL = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\ue000\ue001\u2063"), max_size=8),
    st.text(alphabet="${}!\"'\\ue0a\n", max_size=8),
    st.sampled_from(
        ["${", "${!", "$", "$$", "{", "}", "${Bucket}", "${!x}", "!Sub", "\\", "\\u", "é\n", "{{resolve:"]
    ),
)
PARTS = st.lists(st.one_of(LITERAL, st.sampled_from(EXPRESSIONS)), max_size=8)


def all_text(value: Any) -> Any:
    """Scalars as text: what a lone expression computes to keeps its type."""
    if isinstance(value, list):
        return [all_text(item) for item in value]
    if isinstance(value, dict):
        return {key: all_text(item) for key, item in value.items()}
    return text_of(value)


def known(text: str) -> bool:
    return not any(0xFDD0 <= ord(c) <= 0xFDDA for c in text) and "\\u2063" not in text


def built(parts: list[Any]) -> tuple[str, str]:
    """(the Python text with tokens, the text with values)."""
    template = "".join(part if isinstance(part, str) else f"{part[0]}" for part in parts)
    return template, "".join(part if isinstance(part, str) else part[1] for part in parts)


@settings(max_examples=400, deadline=None)
@given(PARTS)
@example(["$", EXPRESSIONS[0]])
@example(["${", EXPRESSIONS[0], "}"])
@example([(Raw("$"), "$"), "{Bucket}"])
@example([(Raw("$"), "$"), (Raw("{Bucket}"), "{Bucket}"), EXPRESSIONS[0]])
@example([EXPRESSIONS[6], EXPRESSIONS[7], EXPRESSIONS[8]])
@example([EXPRESSIONS[0], EXPRESSIONS[14], EXPRESSIONS[6], EXPRESSIONS[15]])
def test_law_a_text_means_what_python_makes_of_it(parts: list[Any]) -> None:
    template, expected = built(parts)
    if not known("".join(p for p in parts if isinstance(p, str))):
        return
    result = in_world(template)
    assert not NO_TOKEN.search(
        json.dumps(result, ensure_ascii=False).replace("xXx", "", expected.count("xXx"))
    )
    pieces = [part for part in parts if part != ""]
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        assert result == in_world(pieces[0][0])
    elif all(isinstance(part, str) for part in pieces):
        assert result == expected  # Text without an expression is that text.
    else:
        assert set(result) == {"Fn::Sub"}
        assert evaluate(result) == expected


@settings(max_examples=100, deadline=None)
@given(PARTS, PARTS)
def test_law_texts_can_be_joined(one: list[Any], two: list[Any]) -> None:
    (first, first_value), (second, second_value) = built(one), built(two)
    if known(first_value + second_value):
        assert text_of(evaluate(in_world(first + second))) == first_value + second_value
        assert evaluate(in_world(f"{first}/{second}")) == f"{first_value}/{second_value}"


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), PARTS.map(built)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab$ {}\"\\", max_size=3), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


def pick(value: Any, side: int) -> Any:
    if isinstance(value, tuple):
        return value[side]
    if isinstance(value, list):
        return [pick(item, side) for item in value]
    if isinstance(value, dict):
        return {key: pick(item, side) for key, item in value.items()}
    return value


@settings(max_examples=200, deadline=None)
@given(JSON, st.booleans())
def test_law_json_with_tokens(value: Any, ascii_only: bool) -> None:
    """json.dumps escapes literal text; a value put in later is put in as it is, as CloudFormation does."""
    template = json.dumps(pick(value, 0), ensure_ascii=ascii_only)
    # The values have a backslash or a quote only where it was literal, so escape literal text alone.
    expected = json.dumps(pick(value, 1), ensure_ascii=ascii_only)
    if known(expected):
        assert evaluate(in_world(template)) == expected


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_law_free_form_data(value: Any) -> None:
    def without_null(value: Any) -> Any:
        if isinstance(value, list):
            return [without_null(item) for item in value if item is not None]
        if isinstance(value, dict):
            return {f"k{key}": without_null(item) for key, item in value.items() if item is not None}
        return 0 if value is None else value

    value = without_null(value)
    if known(json.dumps(pick(value, 1), ensure_ascii=False)):
        assert all_text(evaluate(in_world(pick(value, 0)))) == all_text(pick(value, 1))


# ---------------------------------------------------------------------------------------------
# Ways to make a text

WAYS = [
    (lambda: f"{bucket}", {"Ref": "Bucket"}),
    (lambda: str(bucket), {"Ref": "Bucket"}),
    (lambda: f"{bucket.arn}", {"Fn::GetAtt": ["Bucket", "Arn"]}),
    (lambda: f"{bucket!s}/x", {"Fn::Sub": "${Bucket}/x"}),
    (lambda: f"{bucket:}/x", {"Fn::Sub": "${Bucket}/x"}),
    (lambda: "{}/{}".format(bucket, bucket.arn), {"Fn::Sub": "${Bucket}/${Bucket.Arn}"}),
    (lambda: "{b.arn}".format(b=bucket), {"Fn::GetAtt": ["Bucket", "Arn"]}),
    (lambda: "%s and %s" % (stage, bucket), {"Fn::Sub": "${Stage} and ${Bucket}"}),
    (lambda: "/".join(["a", str(stage), f"{bucket}"]), {"Fn::Sub": "a/${Stage}/${Bucket}"}),
    (lambda: "x-NAME-y".replace("NAME", str(stage)), {"Fn::Sub": "x-${Stage}-y"}),
    (lambda: f"{bucket}/" + "a" * 3, {"Fn::Sub": "${Bucket}/aaa"}),
    (lambda: f"{bucket}" * 2, {"Fn::Sub": "${Bucket}${Bucket}"}),
    (lambda: f"{f'{stage}-{Region}'}-{bucket}", {"Fn::Sub": "${Stage}-${AWS::Region}-${Bucket}"}),
    (lambda: f"  {stage} ".strip(), {"Ref": "Stage"}),
    (lambda: f"{stage}".center(100).strip(), {"Ref": "Stage"}),
    (lambda: f"a,{stage},b".split(",")[1], {"Ref": "Stage"}),
    (lambda: f"a/{stage}".removeprefix("a/"), {"Ref": "Stage"}),
    (lambda: f"{stage}|x".partition("|")[0], {"Ref": "Stage"}),
    (lambda: f"{bucket} ${{x}}", {"Fn::Sub": "${Bucket} ${!x}"}),
    (lambda: f"${bucket}", {"Fn::Sub": "$${Bucket}"}),
    (lambda: f"${{{stage}}}", {"Fn::Sub": ["${Dollar1}{${Stage}}", {"Dollar1": "$"}]}),
    (lambda: "${x}", "${x}"),
    (lambda: f"{If(yes, 'a', 'b')}!", {"Fn::Sub": ["${If1}!", {"If1": {"Fn::If": ["Yes", "a", "b"]}}]}),
    (lambda: f"{If(yes, 1, 2)}{If(yes, 1, 2)}{If(yes, 2, 1)}",
     {"Fn::Sub": ["${If1}${If1}${If2}", {"If1": {"Fn::If": ["Yes", 1, 2]}, "If2": {"Fn::If": ["Yes", 2, 1]}}]}),
    (lambda: f"{Sub('${Bucket}')}{Sub('${A}', {'A': 1})}",
     {"Fn::Sub": ["${Bucket}${Sub1}", {"Sub1": {"Fn::Sub": ["${A}", {"A": 1}]}}]}),
    (lambda: Sub(f"{stage}-${{Bucket}}-${{!x}}"), {"Fn::Sub": "${Stage}-${Bucket}-${!x}"}),
    (lambda: [f"{stage}", {"k": f"{stage}-"}], [{"Ref": "Stage"}, {"k": {"Fn::Sub": "${Stage}-"}}]),
    (lambda: json.dumps({"b": f"{bucket}"}), {"Fn::Sub": '{"b": "${Bucket}"}'}),
    (lambda: json.dumps(f"{bucket}"), {"Fn::Sub": '"${Bucket}"'}),
    (lambda: json.dumps({f"k{stage}": [f"{bucket.arn}/*"]}), {"Fn::Sub": '{"k${Stage}": ["${Bucket.Arn}/*"]}'}),
    (lambda: json.dumps({"b": f"é{bucket}"}, ensure_ascii=False), {"Fn::Sub": '{"b": "é${Bucket}"}'}),
    (lambda: f"{Output('v', export='the-name')}/x", {"Fn::Sub": ["${_Import1}/x", {"_Import1": {"Fn::ImportValue": "the-name"}}]}),
    (lambda: f"{Output('v', export='the-name')}", {"Fn::ImportValue": "the-name"}),
]  # fmt: skip


@pytest.mark.parametrize("row", WAYS, ids=range(len(WAYS)))
def test_ways_to_make_a_text(row: Any) -> None:
    make, expected = row
    assert in_world(make()) == expected


def test_variables_avoid_names_of_the_template() -> None:
    value = rendered(f"{If(yes, 1, 2)}!", **WORLD, If1=sqs.Queue())
    assert value == {"Fn::Sub": ["${If2}!", {"If2": {"Fn::If": ["Yes", 1, 2]}}]}


def test_texts_in_every_kind_of_place() -> None:
    template = Template()
    for name, element in WORLD.items():
        template.add(name, element)
    function = lambda_.Function(
        code=lambda_.Function.Code(zip_file=f"x = '{bucket}'"),
        role=f"arn:{stage}",
        environment={"Variables": {"A": f"{bucket}/a", "B": f"{bucket}"}},
        layers=[f"{bucket.arn}:1"],
        tags=[{"Key": f"{stage}-k", "Value": f"{stage}"}],
        memory_size=f"{stage}",
    )
    template.add("Function", function)
    template.add(
        "Role",
        iam.Role(
            assume_role_policy_document={
                "Statement": [{"Action": f"a:{stage}", "Condition": {"x": {"y": f"{stage}"}}}]
            },
            policies=[
                iam.Role.Policy(policy_name=f"{stage}", policy_document={"Resource": f"{bucket.arn}/*"})
            ],
        ),
    )
    template.add("Host", ec2.Instance(user_data=ec2.user_data(f"#!/bin/sh\n  echo {bucket} ${{HOME}}")))
    template.add(
        "Log", logs.LogGroup(log_group_name=f"/aws/lambda/{function}", metadata={"about": f"{bucket}"})
    )
    found = template.to_dict()["Resources"]
    assert found["Function"]["Properties"] == {
        "Code": {"ZipFile": {"Fn::Sub": "x = '${Bucket}'"}},
        "Role": {"Fn::Sub": "arn:${Stage}"},
        "Environment": {"Variables": {"A": {"Fn::Sub": "${Bucket}/a"}, "B": {"Ref": "Bucket"}}},
        "Layers": [{"Fn::Sub": "${Bucket.Arn}:1"}],
        "Tags": [{"Key": {"Fn::Sub": "${Stage}-k"}, "Value": {"Ref": "Stage"}}],
        "MemorySize": {"Ref": "Stage"},
    }
    assert found["Role"]["Properties"] == {
        "AssumeRolePolicyDocument": {
            "Statement": [{"Action": {"Fn::Sub": "a:${Stage}"}, "Condition": {"x": {"y": {"Ref": "Stage"}}}}]
        },
        "Policies": [
            {"PolicyName": {"Ref": "Stage"}, "PolicyDocument": {"Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}}
        ],
    }
    assert found["Host"]["Properties"] == {
        "UserData": {"Fn::Base64": {"Fn::Sub": "#!/bin/sh\n  echo ${Bucket} ${!HOME}"}}
    }
    assert found["Log"]["Properties"] == {"LogGroupName": {"Fn::Sub": "/aws/lambda/${Function}"}}
    assert found["Log"]["Metadata"] == {"about": {"Ref": "Bucket"}}
    for text in (template.to_yaml(), template.to_json()):
        assert not NO_TOKEN.search(text)


# ---------------------------------------------------------------------------------------------
# Damage

TOKEN = f"{bucket.arn}"
CHANGED = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "swapcase": str.swapcase,
    "capitalize": str.capitalize,
    "casefold": str.casefold,
    "reversed": lambda text: text[::-1],
    "every second": lambda text: text[::2],
    "without START": lambda text: text.replace("\ue000", ""),
    "without END": lambda text: text.replace("\ue001", ""),
    "split": lambda text: text.split("x")[0],
    "split after": lambda text: text.split("x")[-1],
    "wrapped": lambda text: "\n".join(text[i : i + 4] for i in range(0, len(text), 4)),
    "another number": lambda text: text[:-2] + chr(0xFDD0 + (ord(text[-2]) - 0xFDD0 + 1) % 10) + chr(0xFDDA) + text[-1],
}  # fmt: skip
PLACES = {
    "output": lambda text: Output(text),
    "text": lambda text: sqs.Queue(queue_name=text),
    "number": lambda text: sqs.Queue(delay_seconds=text),
    "boolean": lambda text: sqs.Queue(fifo_queue=text),
    "json": lambda text: iam.Role.Policy(policy_name="p", policy_document={"a": [text]}),
    "json key": lambda text: iam.Role.Policy(policy_name="p", policy_document={text: 1}),
    "list": lambda text: lambda_.Function(code={}, role="r", layers=[text]),
    "mapping": lambda text: sqs.Queue(tags=[{"Key": text, "Value": ""}]),
    "extra": lambda text: sqs.Queue(extra_properties={"New": text}),
    "union": lambda text: iam.statement(text),
    "description": lambda text: Template(description=text),
    "parameter": lambda text: Parameter(str, default=text),
    "function": lambda text: Join("", [text]),
    "sub": lambda text: Sub(text),
    "condition": lambda text: Equals(text, "a"),
    "export": lambda text: Output("", export=text),
    "metadata": lambda text: sqs.Queue(metadata={"a": text}),
    "tags": lambda text: Template(tags={"a": text}),
    "plain place": lambda text: pf.Mapping({"a": {"b": text}}),
    "name": lambda text: sqs.Queue(depends_on=text),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_changed_token_is_an_error(change: Any, place: Any) -> None:
    for text in (change(TOKEN), "a " + change(TOKEN), change(f"a {TOKEN} b{TOKEN}")):
        with pytest.raises(TokenError, match=r"the text holds .*test_fstrings\.py:\d+\)$") as caught:
            place(text)
        assert not NO_TOKEN.search(str(caught.value))


def test_every_slice_that_cuts_into_a_token_is_an_error() -> None:
    text = f"ab{TOKEN}cd"
    first, last = 2, 2 + len(TOKEN)
    for start in range(len(text)):
        for stop in range(start + 1, len(text) + 1):
            piece = text[start:stop]
            if start <= first and stop >= last:
                assert in_world(piece) == in_world(text[start:2] + TOKEN + text[last:stop])
            elif stop <= first or start >= last or set(piece) <= set("xXabcd"):
                # Nothing of it is left, or only letters that any text may hold.
                assert in_world(piece) == piece
            else:
                with pytest.raises(TokenError, match="sliced, split, or changed in case"):
                    Output(piece)


def test_every_slice_of_an_escaped_token_is_an_error() -> None:
    text = json.dumps(TOKEN)[1:-1]
    digit = len("\\ufdd0")
    for start in range(len(text)):
        for stop in range(start + 2 * digit + 11, len(text) + 1):
            if (start, stop) != (0, len(text)):
                with pytest.raises(TokenError):
                    Output(text[start:stop])


REPRS = [
    lambda: f"{bucket!r}",
    lambda: f"{bucket!a}",
    lambda: f"a {bucket.arn!r} b",
    lambda: f"{[bucket]}",
    lambda: str({"a": bucket.arn}),
    lambda: f"{(stage, 1)}",
    lambda: "%r" % (stage,),
    lambda: json.dumps(repr(stage)),
    lambda: f"{yes}",
    lambda: str([yes]),
    lambda: f"{If(yes, 1, 2)!r}",
    lambda: f"{lambda_.Function.Code(zip_file='x')}",
    lambda: f"{pf.Mapping({})}",
]


@pytest.mark.parametrize("make", REPRS, ids=range(len(REPRS)))
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_repr_in_a_text_is_an_error(make: Any, place: Any) -> None:
    with pytest.raises(TokenError, match="the text holds the repr of an expression, as !r or str"):
        place(make())


def test_json_twice_is_an_error() -> None:
    once = json.dumps({"a": TOKEN})
    with pytest.raises(TokenError, match=r"the text holds an expression that went through json\.dumps twice"):
        Output(json.dumps({"b": once}))
    with pytest.raises(TokenError):
        Output(json.dumps({"b": once}).upper())
    assert evaluate(in_world(json.dumps({"b": json.dumps("x")}))) == json.dumps({"b": json.dumps("x")})


@pytest.mark.parametrize("spec", [">20", "10", "s", "<5s", "d", ".3"])
def test_formats_cannot_be_applied(spec: str) -> None:
    with pytest.raises(TokenError) as caught:
        format(stage, spec)
    assert f"is known only at deployment, so the format {spec!r} cannot be applied (" in str(caught.value)
    with pytest.raises(TokenError):
        f"{stage:>20}"
    with pytest.raises(TypeError):
        "%d" % stage


def test_a_token_of_another_process_is_an_error(tmp_path: Any) -> None:
    program = "import json, sys; from pyformation import Region; sys.stdout.write(json.dumps(f'a{Region}'))"
    text = json.loads(run_python("-c", program).stdout)
    assert text != f"a{Region}"
    with pytest.raises(
        TokenError, match="the text holds an expression that was formatted in another process"
    ):
        Output(text)


def test_lists_cannot_stand_in_a_text() -> None:
    for value in (
        zones,
        Ref(zones),
        GetAZs(),
        Split(",", stage),
        NotificationARNs,
        If(yes, ["a"], ["b"]),
        If(yes, zones, "a"),
    ):
        for make in (
            lambda v=value: f"{v}",
            lambda v=value: "a" + v,
            lambda v=value: "%s" % v,
            lambda v=value: str(v),
        ):
            with pytest.raises(
                TokenError, match=r"is a list and cannot stand in a text; join it with Join\(','"
            ):
                make()


def test_a_component_is_no_text() -> None:
    class Part(pf.Component):
        queue = sqs.Queue()

    with pytest.raises(
        InvalidValueError, match="the component Part is not a value; use one of its resources"
    ):
        Output(Part())
    with pytest.raises(
        InvalidValueError, match="the component Part is not a value; use one of its resources"
    ):
        f"{Part()}-x"


def test_keys_take_no_expression() -> None:
    for make in (
        lambda: sqs.Queue(redrive_policy={f"{stage}": 1}),
        lambda: lambda_.Function(code={}, role="", environment={"Variables": {f"K{stage}": "x"}}),
        lambda: iam.statement("a", condition={f"{bucket.arn}": {}}),
        lambda: Output({"a": [{f"{stage}-x": 1}]}),
    ):
        with pytest.raises(
            InvalidValueError,
            match=r"CloudFormation allows no expression in a key, found .*test_fstrings\.py:\d+\)$",
        ):
            make()


def test_text_that_only_looks_like_a_token_is_text() -> None:
    for text in (
        "\\ue000",
        "[\\ue000-\\uf8ff]",
        "xXx",
        "ue001",
        "\\ufdd0",
        "C:\\users\\x",
        "\\u2028",
        "\\\\ue000x1.2",
        "1.2\\ue001",
    ):
        assert in_world(text) == text
        assert in_world(json.dumps(text)) == json.dumps(text)
        assert evaluate(in_world(f"{bucket}{text}")) == REFS["Bucket"] + text


def test_tokens_of_one_expression_are_one_and_of_two_are_two() -> None:
    assert f"{bucket}" == f"{bucket}"
    assert f"{bucket}" != f"{stage}"
    assert f"{stage}" in {f"{stage}": 1}


def test_temporaries_stay_alive() -> None:
    import gc

    texts = [f"{Ref(f'R{i}')}" for i in range(1000)]
    gc.collect()
    others = [f"{GetAtt(f'R{i}', 'A')}" for i in range(1000)]
    assert [Output(text).value for text in texts] == [Ref(f"R{i}") for i in range(1000)]
    assert [Output(text).value for text in others] == [GetAtt(f"R{i}", "A") for i in range(1000)]


def test_tokens_made_by_threads_are_distinct() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def make(i: int) -> list[tuple[int, str]]:
        return [(n, f"{Ref(f'T{n}')}") for n in range(i * 1000, i * 1000 + 500)]

    with ThreadPoolExecutor(8) as pool:
        for made in pool.map(make, range(8)):
            for number, text in made:
                assert Output(text).value == Ref(f"T{number}")


def test_a_fork_makes_tokens_of_its_own_and_keeps_its_parents() -> None:
    program = """
import os, sys
from pyformation import Region, StackName, Output, Template
before = f"{Region}-x"
read, write = os.pipe()
if os.fork() == 0:
    template = Template()
    template.add("A", Output(before))
    template.add("B", Output(f"{StackName}-y"))
    outputs = template.to_dict()["Outputs"]
    os.write(write, f"{StackName}".encode())
    print(outputs["A"]["Value"], outputs["B"]["Value"], flush=True)
    os._exit(0)
os.wait()
os.close(write)
print(os.read(read, 1000).decode() == f"{StackName}")
"""
    result = run_python("-c", program)
    assert result.stdout == "{'Fn::Sub': '${AWS::Region}-x'} {'Fn::Sub': '${AWS::StackName}-y'}\nFalse\n", (
        result.stderr
    )
