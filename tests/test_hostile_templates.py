"""Templates that ask for more work than there is: every command answers in time, or says what is too much.

How the work grows is counted in what the budget spends and in calls of functions, not in seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile
import pytest
from click.testing import CliRunner
from conftest import in_time, run_command

from pyformation import EvaluationError, PyformationError, Template, budget, diff
from pyformation.cli import pyformation as command
from pyformation.errors import MOST_SUGGESTIONS, SUGGESTIONS, did_you_mean
from pyformation.evaluation import evaluate_data
from pyformation.sources.parameter_files import read_parameters


def test_an_allowed_pattern_that_takes_too_long_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.0)
    pattern: dict[str, Any] = {
        "Type": "String",
        "AllowedPattern": r"(?=(a+)+$)((a|aa)+)\2",
        "Default": "a" * 60 + "!",
    }
    found = evaluate_data({"Parameters": {"P": pattern}, "Resources": {}})
    assert found.parameters == {"P": pattern["Default"]}
    assert found.partial == ["whether the value of P matches its AllowedPattern cannot be found out in time"]


# ---------------------------------------------------------------------------------------------
# Growth: twice the template is at most so many times the work

# By kind two sizes, and the most that the work of the larger one may be of that of the smaller one. Where a size of
# 2n means 4n references, or n texts of n characters, that is four times the input.
GROWTH: dict[str, tuple[int, int, float]] = {
    "allowed_pattern": (500, 1_000, 2.2),
    "many_patterns": (2, 4, 2.2),
    "choices_in_a_text": (20, 40, 2.5),
    "unclosed_braces": (1_000, 2_000, 2.2),
    "unclosed_dynamic_references": (500, 1_000, 2.2),
    "misspelt_properties": (50, 100, 2.5),
    "a_long_name": (1_000, 2_000, 2.2),
    "iam_actions": (50, 100, 4.5),
    "security_group_rules": (50, 100, 2.6),
    "security_group_rule_resources": (50, 100, 2.6),
    "unknown_names": (50, 100, 2.6),
    "subnets": (50, 100, 2.4),
    "unknown_subnets": (50, 100, 2.4),
    "chains": (50, 100, 2.6),
    "renames": (50, 100, 2.6),
    "nested_stacks": (2, 4, 2.6),
    "cidr_blocks": (20, 40, 2.5),
    "a_long_delimiter": (1_000, 2_000, 2.2),
    "many_outputs_of_conditions": (50, 100, 2.6),
    "unknown_lookups": (10, 20, 4.5),
    "computed_references": (20, 40, 4.5),
    "dense_references": (10, 20, 4.8),
    "a_large_default_in_many_texts": (10, 20, 4.5),
    "split_and_join": (10, 20, 4.8),
}  # fmt: skip


def work(files: dict[str, Any], folder: Path) -> int:
    """How many functions a diff calls from an empty stack and back, with the template's own edit."""
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    template = str(folder / "t.json")
    before: Any = str(folder / "before.json") if "before.json" in files else {}

    def both() -> None:
        diff(before, template)
        diff(template, {})

    return calls_of(both)


def calls_of(run: Callable[[], object]) -> int:
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        run()
    except PyformationError:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("kind", sorted(GROWTH))
def test_the_work_of_a_diff_grows_with_the_template(kind: str, tmp_path: Path) -> None:
    small, large, most = GROWTH[kind]
    work(hostile.KINDS[kind](small), tmp_path)  # What is loaded once.
    one, two = (work(hostile.KINDS[kind](size), tmp_path) for size in (small, large))
    assert two <= most * one, f"{one} calls, then {two}"


# As above, of `validate` without cloudformation-validate.
GROWTH_OF_VALIDATE: dict[str, tuple[int, int, float]] = {
    "conditions_on_conditions": (100, 200, 3.3),
    "conditions_in_a_circle": (50, 100, 2.4),
    "misspelt_references": (50, 100, 2.4),
    "misspelt_references_of_one": (100, 200, 2.4),
    "misspelt_properties": (100, 200, 2.4),
    "iam_actions": (100, 200, 2.4),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(GROWTH_OF_VALIDATE))
def test_the_work_of_validate_grows_with_the_template(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyformation import validation
    from pyformation.validation.diagnostics import Said

    monkeypatch.setattr(validation, "_asked", lambda *_: lambda: Said((), {}, ()))
    small, large, most = GROWTH_OF_VALIDATE[kind]
    templates = [hostile.KINDS[kind](size)["t.json"] for size in (small, small, large)]
    _, one, two = (calls_of(lambda data=data: validation.validate(data)) for data in templates)  # type: ignore[misc]
    assert two <= most * one, f"{one} calls, then {two}"


# What spends without end says so, by the budget or the limit that it meets.
REFUSED = {
    ("nested_base64", 80): "characters",
    ("list_doubling", 40): "combines",
    ("text_doubling", 40): "characters",
    ("unknown_doubling", 40): "unknown values",
    ("choice_chain", 30): "values that are not known",
    ("conditions_on_conditions", 60): "unknown values",
    ("conditions_doubling", 20): "unknown values",
    ("empty_loops", 59): "the loops make more than",
    ("a_large_default_in_many_texts", 400): "characters",
}


@pytest.mark.parametrize(("kind", "size"), list(REFUSED), ids=lambda value: str(value))
def test_what_asks_for_too_much_is_refused_in_one_sentence(
    kind: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "PARTS", 200_000)
    monkeypatch.setattr(budget, "CHARACTERS", 16_000_000)
    with pytest.raises(PyformationError, match=REFUSED[kind, size]):
        diff({}, hostile.KINDS[kind](size)["t.json"])


@pytest.mark.parametrize(
    ("kind", "size"),
    [("text_doubling", 13), ("unknown_doubling", 9), ("list_doubling", 9), ("choice_chain", 8)],
)
def test_what_doubles_spends_by_its_size(kind: str, size: int) -> None:
    """The budget counts what doubles, so that it ends it, and nothing more."""
    spent: list[int] = []
    for size in (size, size + 1):  # noqa: B020
        with budget.limited() as left:
            diff({}, hostile.KINDS[kind](size)["t.json"])
            used = left.used()
            spent.append(used["parts"] + used["characters"] + used["steps"])
    assert 1.5 * spent[0] < spent[1] <= 5 * spent[0]


def test_access_that_is_not_compared_counts_as_broader_and_a_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after = (hostile.KINDS["iam_statements"](60)["t.json"] for _ in range(2))
    document = after["Resources"]["R"]["Properties"]["PolicyDocument"]
    document["Statement"] = [{**one, "Action": [one["Action"][:-1] + "a*"]} for one in document["Statement"]]
    found = diff(before, after)
    assert not found.partial
    assert not [one for one in found.findings if one.kind == "access"]
    monkeypatch.setattr(budget, "MOVES", 500)
    found = diff(before, after)
    (sentence,) = found.partial
    assert "too much to compare" in sentence and "may be the same" in sentence
    assert [one for one in found.findings if one.code == "PF401"]


@pytest.mark.parametrize(
    ("kind", "size"), [("other_stars", 6_000), ("stars_and_texts", 15_000), ("other_stars", 60_000)]
)
def test_long_patterns_of_policies_are_compared_in_time(kind: str, size: int) -> None:
    files = hostile.KINDS[kind](size)
    with in_time():
        found = diff(files["before.json"], files["t.json"])
    assert "PF401" in [one.code for one in found.findings]
    assert size < 60_000 or found.partial


def test_events_of_apis_that_take_too_long_to_translate_are_said() -> None:
    pytest.importorskip("samtranslator")
    with in_time():
        found = diff({}, hostile.KINDS["events_of_apis"](3_000)["t.json"])
        (sentence,) = found.partial
        assert "so many events of APIs take too long to translate" in sentence
        assert not diff({}, hostile.KINDS["events_of_apis"](5)["t.json"]).partial


def test_one_budget_is_for_one_evaluation() -> None:
    assert budget.current() is None
    with budget.limited() as outer:
        with budget.limited() as inner:
            assert inner is outer
        evaluate_data({"Resources": {}, "Outputs": {"O": {"Value": {"Fn::Sub": "${AWS::Region}"}}}})
        assert outer.used()["steps"] > 0
    assert budget.current() is None


def test_the_first_few_names_get_a_suggestion() -> None:
    names = [f"Queue{number}" for number in range(100)]
    assert SUGGESTIONS.get() is None
    with budget.limited():
        hints = [did_you_mean(f"Qeue{number}", names) for number in range(200)]
    assert hints[0] == "; did you mean 'Queue0'?"
    given = [hint for hint in hints if hint]
    assert given == hints[: len(given)] and len(given) == MOST_SUGGESTIONS // 100
    assert did_you_mean("Qeue1" * 100, names) == ""


# ---------------------------------------------------------------------------------------------
# Texts of one sign: a search that begins anew at each of them takes minutes

SIGNS = ["\\", "${", "&{", "{{resolve:", " (code changed", "arn:", "# ", "Resources #", "&amp;", "::a ", "##", "'", "\n", "https://sqs.", "\ue000", "\\ue000"]  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS)
def test_a_text_that_repeats_a_sign_is_looked_at_in_time(sign: str) -> None:
    text = sign * 40_000
    before, after = (
        {
            "Metadata": {"text": f"{text}{end}"},
            "Resources": {
                "F": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {"Handler": text + end, "Code": {"ZipFile": text}},
                },
                "T": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"TopicName": text + end, "DisplayName": text},
                },
            },
        }
        for end in "ab"
    )
    with in_time():
        found = diff(before, after)
        assert [change.logical_id for change in found.resources] == ["F", "T"]
        try:
            Template.from_dict(before)
        except PyformationError as error:
            assert "\ue000" in sign or "ue000" in sign, error


@pytest.mark.parametrize("name", ["values.json", "values.yaml"])
def test_a_name_that_is_given_twice_is_found_in_time(name: str, tmp_path: Path) -> None:
    pairs = [f'"k{number}": "v"' for number in range(20_000)]
    text = (",\n" if name.endswith(".json") else "\n").join([*pairs, pairs[-1]])
    (tmp_path / name).write_text(f"{{{text}}}" if name.endswith(".json") else text)
    with in_time(), pytest.raises(PyformationError, match="'k19999' twice"):
        read_parameters(str(tmp_path / name))


# Python refuses to make a number of so many digits; "²" is a digit, and "--5" two signs before one.
DIGITS = ["9" * 5_000, "--5", "\u00b2", "1e9999"]


@pytest.mark.parametrize("text", DIGITS, ids=lambda text: text[:5])
def test_texts_of_digits_are_no_numbers_of_python(text: str, tmp_path: Path) -> None:
    rule = {"IpProtocol": text, "FromPort": text, "ToPort": text, "CidrIp": text}
    made = {
        "G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "d", "SecurityGroupIngress": [rule], "Tags": {text: [text]}}},
        "Q": {"Type": "AWS::SQS::Queue", "Metadata": {text: {text: 1}}, "Properties": {"DelaySeconds": text, "Tags": {text: text}}},
        "A": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"MinSize": text, "MaxSize": text}, "UpdatePolicy": {"AutoScalingRollingUpdate": {"MaxBatchSize": text, "PauseTime": text}}, "CreationPolicy": {"ResourceSignal": {"Count": text}}},
        "D": {"Type": "AWS::RDS::DBInstance", "Properties": {"AllocatedStorage": text, "EngineVersion": text, "BackupRetentionPeriod": text}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": text, "MemorySize": text, "Runtime": f"python{text}"}},
        "N": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "v", "CidrBlock": f"10.0.0.0/{text}"}},
    }  # fmt: skip
    for name, resources in (
        ("t.json", made),
        ("e.json", {}),
        ("u.json", json.loads(json.dumps(made).replace('"d"', '"e"'))),
    ):
        (tmp_path / name).write_text(
            json.dumps({"Parameters": {"P": {"Type": "Number", "Default": text}}, "Resources": resources})
        )
    for arguments in (
        ["diff", "e.json", "t.json"],
        ["diff", "t.json", "u.json"],
        ["diff", "t.json", "e.json"],
        ["validate", "t.json"],
        ["graph", "t.json"],
        ["convert", "t.json", "-o", "-"],
        ["package", "t.json", "--dry-run"],
        ["explain", "--permissions", "t.json"],
    ):
        said = run_command(*arguments, cwd=tmp_path).stderr
        assert "bug in pyformation" not in said, (arguments, said)


# ---------------------------------------------------------------------------------------------
# The commands

SIZES = {
    "allowed_pattern": 100_000,
    "many_patterns": 300,
    "nested_base64": 70,
    "nested_json": 30,
    "choice_chain": 30,
    "choices_in_a_text": 500,
    "conditions_doubling": 15,
    "unclosed_braces": 200_000,
    "unclosed_dynamic_references": 60_000,
    "misspelt_references": 1_000,
    "a_long_name": 100_000,
    "many_given_parameters": 16_000,
    "empty_loops": 100,
    "names_made_by_loops": 500,
    "a_large_default_in_many_texts": 1_000,
    "nested_stacks": 300,
    "iam_actions": 3_000,
    "iam_statements": 3_000,
    "security_group_rules": 3_000,
    "a_long_delimiter": 1_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SIZES))
def test_every_command_answers(name: str, tmp_path: Path) -> None:
    files: dict[str, Any] = {"empty.json": {}, **hostile.KINDS[name](SIZES[name])}
    for file, content in files.items():
        (tmp_path / file).write_text(json.dumps(content), encoding="utf-8")
    values = ["--parameters", "values.json"] if "values.json" in files else []
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for arguments in (
            ["diff", "empty.json", "t.json", *values],
            ["diff", "t.json", "empty.json", "--format", "json"],
            ["validate", "t.json"],
            ["graph", "t.json"],
            ["render", "t.json"],
            ["convert", "t.json"],
            ["explain", "--permissions", "t.json"],
            ["package", "t.json", "--dry-run"],
        ):
            result = CliRunner().invoke(command, arguments)
            assert result.exception is None or isinstance(result.exception, (SystemExit, PyformationError))
            assert len(str(result.exception)) < 1_000
    finally:
        os.chdir(here)


@pytest.mark.parametrize("why", ["in time", "in another process", "refused"])
def test_validate_says_where_the_validator_gave_no_answer(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what we found ourselves."""
    from pyformation import validation
    from pyformation.validation import diagnostics

    if why == "in time":

        def work(*_: object) -> None:
            end = time.process_time() + 0.3
            while time.process_time() < end:
                pass

        monkeypatch.setattr(validation, "_SECONDS", 0.0)
        monkeypatch.setattr(validation, "_FEWEST_SECONDS", 0.0)
        monkeypatch.setattr(validation, "ask", work)
    else:
        monkeypatch.setattr(diagnostics, "_MOST_CHARACTERS", 0)
        code = (
            "print('\"no %s\\\\ngood\"')" % ("zQ7-secret-" * 40)
            if why == "refused"
            else "raise SystemExit(1)"
        )
        monkeypatch.setattr(diagnostics, "_CHILD", code)
    facts = {"Type": "String", "NoEcho": True, "Default": "zQ7-secret-" * 40}
    found = validation.validate({"Parameters": {"P": facts}, "Resources": hostile.queues(lambda _: {})})
    assert {one.code for one in found.findings} == {"PF701", "PF718"}
    assert found.summary.errors == 1
    (sentence,) = (one.message for one in found.findings if one.code == "PF718")
    assert sentence.startswith("cloudformation-validate gave no answer, so its rules are not checked: ")
    assert "zQ7" not in sentence


def test_a_folder_does_not_wait_for_the_validator_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyformation import validation

    given: list[float] = []

    def never(_work: object, seconds: float) -> Callable[[], Any]:
        def answer() -> Any:
            raise TimeoutError

        given.append(seconds)
        return answer

    monkeypatch.setattr(validation, "in_background", never)
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": hostile.queues(lambda _: {})}))
    found = validation.validate_all(str(tmp_path))
    assert given == [7.0, 1.0, 1.0]
    assert all("PF718" in [each.code for each in one.findings] for one in found.values())


def test_what_costs_too_much_is_no_finding_of_validate() -> None:
    from pyformation.validation.checks import look

    data = hostile.KINDS["conditions_doubling"](15)["t.json"]
    assert not [found for found in look(data, "").findings if "combines" in found.message]


def test_many_exports_with_names_that_are_not_known_end_in_a_sentence() -> None:
    def template(count: int, delay: int) -> dict[str, Any]:
        outputs = {
            f"O{number}": {"Value": f"v{delay}", "Export": {"Name": {"Fn::Sub": f"${{P}}-{number}"}}}
            for number in range(count)
        }
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay}}
        return {"Parameters": {"P": {"Type": "String"}}, "Resources": {"Q": queue}, "Outputs": outputs}

    # As many as a template may have are compared.
    assert len(diff(template(200, 1), template(200, 2)).findings) >= 200
    with pytest.raises(EvaluationError, match=r"too much to compare.*the names of exports"):
        diff(template(2_000, 1), template(2_000, 2))
