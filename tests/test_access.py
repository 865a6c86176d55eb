"""What becomes broader, and what does not: a case a row in `fixtures/access`, and laws of the sets behind it.

A statement is written ``Allow s3:Get*, s3:Put* on arn:a, arn:b for AWS:111122223333 if StringEquals key=a|b &
Bool other=true``; ``not`` stands for NotAction and the like, ``<Name>`` for a value that nobody knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyformation import catalog
from pyformation.changes import Diff, Finding, compare
from pyformation.evaluation.secrets import Secret
from pyformation.evaluation.unknowns import Unknown
from pyformation.findings import access
from pyformation.findings.access.containment import (
    ONE,
    STAR,
    Constraint,
    Pattern,
    Rule,
    Span,
    Statement,
    Symbol,
    Texts,
    Token,
    holds,
    implies,
    left_over,
    literal,
    normal,
    pattern,
    rule_left_over,
    within,
)
from pyformation.findings.access.statements import ANY_ACTION, read

CASES = Path(__file__).parent / "fixtures" / "access"
PARAMETERS = {name: {"Type": "String"} for name in ("Thing", "Other", "Choice")}
CONDITIONS = {"Maybe": {"Fn::Equals": [{"Ref": "Choice"}, "yes"]}}


def rows(name: str) -> list[Any]:
    found = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    assert len({row["case"] for row in found}) == len(found)
    return [pytest.param(row, id=row["case"]) for row in found]


# -- the short form of statements


def text(words: str) -> Any:
    whole = re.fullmatch(r"<([\w:]+)>", words)
    if whole:
        return {"Ref": whole[1]}
    return {"Fn::Sub": re.sub(r"<([\w:]+)>", r"${\1}", words)} if "<" in words else words


def statement(words: Any) -> Any:
    if not isinstance(words, str):
        return words
    words, _, conditions = words.partition(" if ")
    words, _, principals = words.partition(" for ")
    words, _, resources = words.partition(" on ")
    effect, _, actions = words.partition(" ")
    made: dict[str, Any] = {"Effect": effect}
    for name, listed in (("Action", actions), ("Resource", resources), ("Principal", principals)):
        if not listed:
            continue
        prefix = "Not" if listed.startswith("not ") else ""
        parts = listed.removeprefix("not ").split(", ")
        if name != "Principal":
            made[prefix + name] = [text(part) for part in parts]
        elif parts == ["*"]:
            made[prefix + name] = "*"
        else:
            kinds: dict[str, list[Any]] = {}
            for part in parts:
                kind, _, who = part.partition(":")
                kinds.setdefault(kind, []).append(text(who))
            made[prefix + name] = kinds
    for condition in conditions.split(" & ") if conditions else ():
        operator, _, rest = condition.partition(" ")
        key, _, values = rest.partition("=")
        block = made.setdefault("Condition", {}).setdefault(operator, {})
        block[key] = [text(value) for value in values.split("|")]
    return made


def document(statements: list[Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement(one) for one in statements]}


TRUST = document(["Allow sts:AssumeRole for Service:ec2.amazonaws.com"])


def template(resources: dict[str, Any]) -> dict[str, Any]:
    return {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": resources}


def role(statements: list[Any]) -> dict[str, Any]:
    policies = [{"PolicyName": "p", "PolicyDocument": document(statements)}]
    properties = {"AssumeRolePolicyDocument": TRUST, "Policies": policies}
    return template({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})


def bucket(statements: list[Any]) -> dict[str, Any]:
    properties = {"Bucket": "logs", "PolicyDocument": document(statements)}
    return template({"Bucket": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}})


def trust(statements: list[Any]) -> dict[str, Any]:
    properties = {"AssumeRolePolicyDocument": document(statements)}
    return template({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})


def group(rules: list[str]) -> dict[str, Any]:
    made: list[dict[str, Any]] = []
    for rule in rules:
        words, _, description = rule.partition(" # ")
        protocol, ports, peer = words.split()
        first, _, last = ports.rpartition("-") if not ports.startswith("-") else ("", "", ports)
        one: dict[str, Any] = {"IpProtocol": protocol, "Description": description}
        if ports != "-":
            one |= {"FromPort": text(first or last), "ToPort": text(last)}
        kind = {"sg": "SourceSecurityGroupId", "pl": "SourcePrefixListId"}.get(peer[:2])
        one[kind or ("CidrIpv6" if ":" in peer else "CidrIp")] = text(peer)
        made.append(one)
    properties = {"GroupDescription": "g", "SecurityGroupIngress": made}
    return template({"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}})


def written_out(value: Any) -> Any:
    """A template in which documents are lists of statements in the short form."""
    if value == "TRUST":
        return TRUST
    if isinstance(value, dict):
        return {
            key: document(item)
            if key.endswith(("Document", "KeyPolicy")) and isinstance(item, list)
            else written_out(item)
            for key, item in value.items()
        }
    return [written_out(item) for item in value] if isinstance(value, list) else value


def findings(before: dict[str, Any], after: dict[str, Any], **given: str) -> list[Finding]:
    return list(access.find(compare(before, after, **given)))


def check(found: list[Finding], expected: list[str]) -> None:
    """One finding for each expectation: a code, then words of the severity and the message."""
    said = [f"{finding.code} {finding.severity} {finding.message}" for finding in found]
    assert len(said) == len(expected), said
    for words in expected:
        code, _, rest = words.partition(" ")
        severity, _, message = rest.partition(" ")
        if severity not in ("error", "warning", "info"):
            severity, message = "", rest
        assert any(one.startswith(f"{code} {severity}") and message in one for one in said), (words, said)


@pytest.mark.parametrize("row", rows("identity"))
def test_what_a_role_may_do(row: dict[str, Any]) -> None:
    check(findings(role(row["before"]), role(row["after"])), row["broader"])


@pytest.mark.parametrize("row", rows("principals"))
def test_who_may(row: dict[str, Any]) -> None:
    make = {"bucket": bucket, "trust": trust}[row["at"]]
    check(findings(make(row["before"]), make(row["after"])), row["broader"])


@pytest.mark.parametrize("row", rows("networks"))
def test_what_a_security_group_lets_through(row: dict[str, Any]) -> None:
    check(findings(group(row["before"]), group(row["after"])), row["broader"])


@pytest.mark.parametrize("row", rows("templates"))
def test_whole_templates(row: dict[str, Any]) -> None:
    before, after = (template(written_out(row[side])) for side in ("before", "after"))
    check(findings(before, after), row["broader"])


@pytest.mark.parametrize("row", rows("settings"))
def test_settings_that_open_a_resource(row: dict[str, Any]) -> None:
    topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
    before, after = (
        template({**topic, "It": {"Type": row["type"], "Properties": row[side]}} if side in row else topic)
        for side in ("before", "after")
    )
    check(findings(before, after), row["broader"])


# -- what a finding has, beside its words


def test_a_finding_names_the_statement_and_its_line(tmp_path: Path) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(json.dumps(role(["Allow s3:GetObject on *"]), indent=1))
    after.write_text(json.dumps(role(["Allow s3:GetObject on *", "Allow s3:PutObject on *"]), indent=1))
    (found,) = access.find(compare(str(before), str(after)))
    assert found.kind == "access"
    assert found.resource == "Role"
    assert found.path == "/Resources/Role/Properties/Policies/0/PolicyDocument/Statement/1"
    assert found.origin is not None
    lines = after.read_text().splitlines()
    assert found.origin.file == str(after)
    # The second statement begins two lines above its action.
    assert found.origin.line == next(n for n, line in enumerate(lines, 1) if "s3:PutObject" in line) - 3


def test_what_went_is_shown_where_it_stood(tmp_path: Path) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(json.dumps(role(["Deny s3:GetObject on *"]), indent=1))
    after.write_text(json.dumps(role([]), indent=1))
    (found,) = access.find(compare(str(before), str(after)))
    assert found.origin is not None
    assert found.origin.file == str(before)


def test_secrets_are_not_in_the_words() -> None:
    hidden = "hunter2"
    before = role(["Allow s3:GetObject on *"])
    after = role(["Allow s3:PutObject on arn:<Thing>", "Allow s3:PutObject on <Thing>"])
    after["Parameters"] = {**PARAMETERS, "Thing": {"Type": "String", "NoEcho": True, "Default": hidden}}
    found = findings(before, after)
    assert len(found) == 2
    assert not any(hidden in str(finding) for finding in found)


def test_secrets_that_differ_are_not_the_same() -> None:
    def one(value: str) -> dict[str, Any]:
        made = role(["Allow s3:PutObject on <Thing>"])
        made["Parameters"] = {**PARAMETERS, "Thing": {"Type": "String", "NoEcho": True, "Default": value}}
        return made

    assert [finding.code for finding in findings(one("a"), one("b"))] == ["PF401"]
    assert not findings(one("a"), one("a"))


def test_a_changed_parameter_is_enough() -> None:
    def one(default: str) -> dict[str, Any]:
        made = role([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Ref": "Thing"}}])
        made["Parameters"] = {**PARAMETERS, "Thing": {"Type": "String", "Default": default}}
        return made

    check(findings(one("arn:a"), one("*")), ["PF401 s3:GetObject on *"])
    check(findings(one("*"), one("arn:a")), [])


def test_too_many_unknown_conditions_are_said_not_guessed() -> None:
    def one(action: str) -> dict[str, Any]:
        choices = [
            {
                "Fn::If": [
                    f"C{n}",
                    {"Effect": "Allow", "Action": action, "Resource": f"arn:{n}"},
                    {"Ref": "AWS::NoValue"},
                ]
            }
            for n in range(7)
        ]
        made = role(choices)
        made["Parameters"] = {f"P{n}": {"Type": "String"} for n in range(7)}
        made["Conditions"] = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "yes"]} for n in range(7)}
        return made

    check(findings(one("s3:*"), one("s3:Get*")), ["PF401 depends on 7 unknown conditions"])
    check(findings(one("s3:*"), one("s3:*")), [])

    def with_policy(effect: str) -> dict[str, Any]:
        made = one("s3:*")
        properties = {"Bucket": "logs", "PolicyDocument": document([f"{effect} s3:* on * for *"])}
        made["Resources"]["Policy"] = {"Type": "AWS::S3::BucketPolicy", "Properties": properties}
        return made

    # What goes may have denied something.
    check(findings(with_policy("Deny"), one("s3:*")), ["PF403 depends on 7 unknown conditions"])
    check(findings(with_policy("Allow"), one("s3:*")), [])


def test_unknown_conditions_of_what_grants_nothing_do_not_count() -> None:
    names = [f"C{place}" for place in range(9)]
    conditions = {name: {"Fn::Equals": [{"Ref": "Choice"}, name]} for name in names}
    databases = {
        f"Db{name}": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {"PubliclyAccessible": False, "Port": {"Fn::If": [name, 1, 2]}},
        }
        for name in names[:5]
    }
    # They grant something, but nothing of them changes.
    subnets = {
        f"Net{name}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": "v", "MapPublicIpOnLaunch": {"Fn::If": [name, True, False]}},
        }
        for name in names[5:]
    }

    def side(size: int, interval: int) -> dict[str, Any]:
        group = {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "g",
                "SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": f"10.0.0.0/{size}"}],
            },
        }
        changed = {
            name: {**db, "Properties": {**db["Properties"], "MonitoringInterval": interval}}
            for name, db in databases.items()
        }
        resources = {**changed, **subnets, "Group": group}
        return {"Parameters": PARAMETERS, "Conditions": conditions, "Resources": resources}

    assert findings(side(8, 0), side(16, 5)) == []
    check(findings(side(16, 0), side(8, 5)), ["PF404 10.0.0.0/8"])


def test_many_statements_take_no_time_that_explodes() -> None:
    before = [f"Allow s3:A{n}*, s3:B{n}* on arn:{n}/*, arn:x{n}/*" for n in range(60)]
    after = [f"Allow s3:A{n}x, s3:B{n}y on arn:{n}/a, arn:x{n}/b" for n in reversed(range(60))]
    check(findings(role(before), role(after)), [])
    merged = ", ".join(f"s3:A{n}*" for n in range(60)) + " on " + ", ".join(f"arn:{n}/*" for n in range(60))
    (found,) = findings(role(before), role([f"Allow {merged}"]))
    # 60 x 60, less the 60 that were, less A10* to A59* where A1* to A5* were, less the 3 that are listed.
    assert "and 3487 more" in found.message


# -- the table


def test_every_row_of_the_table_names_what_there_is() -> None:
    for row in catalog.reviewed("access"):
        assert row["reason"] and row["source"], row
        assert row["kind"] in access._CODES, row
        assert row.get("form", "document") in access._READ_AS, row
        for path in [row["path"], *row.get("target", ())]:
            if path != "/Properties":
                catalog.lookup(row["type"], path)
        of = row.get("of", {})
        for name in [of] if isinstance(of, str) else of.values():
            catalog.resource_type(name)
        for path in fields_of(row):
            catalog.lookup(row["type"], path)
        if row.get("form") == "setting":
            enum = catalog.lookup(row["type"], row["path"]).enum
            used = {*row["lets"], str(row.get("default", next(iter(row["lets"])))).lower()}
            assert not enum or used <= {str(value).lower() for value in enum}, row


def fields_of(row: dict[str, Any]) -> Iterator[str]:
    item = "/*" if row.get("form") == "rules" and row["path"] != "/Properties" else ""
    for meaning, names in row.get("fields", {}).items():
        for name in names if meaning in ("peers", "conditions") else [names]:
            yield f"{row['path']}{item}/{name}"
    for name in row.get("only", ()):
        yield f"/Properties/{name}"


# Properties that are called like policies of access and are none, and why.
OTHER = {
    "AWS::Config::ConfigRule": "a rule in Guard",
    "AWS::Config::OrganizationConfigRule": "a rule in Guard",
    "AWS::EC2::ClientVpnEndpoint": "who is let in is decided by a directory",
    "AWS::Logs::AccountPolicy": "what is masked or passed on, not who may do what",
    "AWS::Transfer::User": "a session policy of one user, with variables of its own",
}


def test_the_table_has_every_policy_of_the_catalog() -> None:
    known = {(row["type"], row["path"].rpartition("/")[2]) for row in catalog.reviewed("access")}
    names = "PolicyDocument AssumeRolePolicyDocument ResourcePolicy KeyPolicy RepositoryPolicyText AccessPolicies ManagedPolicyArns PolicyText FileSystemPolicy BucketPolicy".split()
    missing: list[tuple[str, str]] = []
    for name in catalog.types():
        facts = catalog.entry(name)
        blocks = [facts["properties"], *facts.get("definitions", {}).values()]
        for block in blocks:
            for key, of in block.items():
                scalar = of.get("type", "string") in ("string", "json", "[string]")
                if key in names and scalar and (name, key) not in known and name not in OTHER:
                    missing.append((name, key))
    assert not missing


def test_the_table_has_every_public_address_of_the_catalog() -> None:
    known = {(row["type"], row["path"].rpartition("/")[2]) for row in catalog.reviewed("access")}
    names = (
        "PubliclyAccessible IsPubliclyAccessible PublicConnectivity PublicAccessBlockConfiguration".split()
    )
    known |= {
        (type_name, "PublicAccessBlockConfiguration")
        for type_name, name in known
        if name == "BlockPublicAcls"
    }
    missing: list[tuple[str, str]] = []
    for name in catalog.types():
        facts = catalog.entry(name)
        for block in [facts["properties"], *facts.get("definitions", {}).values()]:
            missing += [
                (name, key)
                for key, of in block.items()
                if key in names and not of.get("read_only") and (name, key) not in known
            ]
    assert not missing


# -- laws

ALPHABET = "ab"
TEXTS = ["".join(letters) for length in range(5) for letters in product("abx", repeat=length)]

patterns = st.text(alphabet="ab*?", max_size=4)
sets = st.builds(
    lambda found, others: Texts(tuple(map(pattern, found)), others),
    st.lists(patterns, min_size=1, max_size=3),
    st.booleans(),
)


def matches(text: str, words: Pattern) -> bool:
    """Whether a text matches, by another route: a regular expression."""
    made = "".join(
        {0: ".*", 1: "."}[token] if isinstance(token, int) else re.escape(str(token)) for token in words
    )
    return re.fullmatch(made, text) is not None


def members(one: Texts) -> set[str]:
    return {text for text in TEXTS if any(matches(text, words) for words in one.patterns) != one.others}


@given(patterns, patterns)
@settings(max_examples=300, deadline=None)
def test_a_pattern_holds_only_what_it_matches(outer: str, inner: str) -> None:
    one, other = pattern(outer), pattern(inner)
    if holds(one, other):
        assert all(matches(text, one) for text in TEXTS if matches(text, other))


@given(sets, st.lists(sets, max_size=3))
@settings(max_examples=400, deadline=None)
def test_a_set_is_within_others_exactly_where_every_text_is(inner: Texts, outers: list[Texts]) -> None:
    # Patterns of four letters differ on texts of four, one letter of which is in no pattern.
    counted = members(inner) <= set().union(*map(members, outers))
    assert not within(inner, outers) or counted
    if not within(inner, outers):
        longer = {"".join(letters) for letters in product("abx", repeat=6)}
        left = [
            text
            for text in [*TEXTS, *sorted(longer)]
            if any(matches(text, words) for words in inner.patterns) != inner.others
            and not any(
                any(matches(text, words) for words in outer.patterns) != outer.others for outer in outers
            )
        ]
        # What is left may be longer still, where only stars are.
        assert left or any(STAR in words for words in inner.patterns) or inner.others


KEYS = ["k", "l"]
REQUESTS = [
    (who, what, which, dict(zip(KEYS, values, strict=True)))
    for who in ("p", "q")
    for what in ("s:a", "s:b", "t:a")
    for which in ("x", "y", "z")
    for values in product("12", repeat=2)
]

constraints = st.builds(
    lambda negated, key, values: Constraint(
        "StringNotEquals" if negated else "StringEquals", key, tuple(map(literal, sorted(values)))
    ),
    st.booleans(),
    st.sampled_from(KEYS),
    st.sets(st.sampled_from("12"), min_size=1),
)


def side(choices: list[str], universe: Pattern) -> st.SearchStrategy[Texts]:
    return st.builds(
        lambda found, others: Texts(tuple(pattern(one) for one in sorted(found)), others, universe),
        st.sets(st.sampled_from(choices), min_size=1, max_size=2),
        st.booleans(),
    )


statements = st.builds(
    Statement,
    side(["p", "q", "*"], (STAR,)),
    side(["s:a", "s:b", "s:*", "t:*", "*:*"], ANY_ACTION),
    side(["x", "y", "?", "*"], (STAR,)),
    st.lists(constraints, max_size=2).map(tuple),
)


def granted(one: Statement) -> set[int]:
    found: set[int] = set()
    for place, (who, what, which, keys) in enumerate(REQUESTS):
        inside = all(
            any(matches(text, words) for words in texts.patterns) != texts.others
            for text, texts in zip((who, what, which), one.sides, strict=True)
        )
        if inside and all(
            any(literal(keys[c.key]) == value for value in c.values) != c.negated for c in one.conditions
        ):
            found.add(place)
    return found


@given(statements, st.lists(statements, max_size=4))
@settings(max_examples=500, deadline=None)
def test_nothing_is_held_that_an_enumeration_finds_outside(one: Statement, others: list[Statement]) -> None:
    left = left_over(one, others)
    outside = granted(one) - set().union(*map(granted, others))
    # Every request outside is in a box that is left over.
    assert outside <= set().union(*map(granted, left))


plain_statements = st.builds(
    Statement,
    *(
        st.sets(st.sampled_from(choices), min_size=1, max_size=2).map(
            lambda found: Texts(tuple(map(literal, sorted(found))))
        )
        for choices in (["p", "q"], ["s:a", "s:b", "t:a"], ["x", "y", "z"])
    ),
)


@given(plain_statements, st.lists(plain_statements, max_size=5))
@settings(max_examples=300, deadline=None)
def test_of_names_exactly_what_is_outside_is_left(one: Statement, others: list[Statement]) -> None:
    outside = granted(one) - set().union(*map(granted, others))
    assert set().union(*map(granted, left_over(one, others))) == outside


def some_of(choices: list[str]) -> st.SearchStrategy[str]:
    chosen = st.sets(st.sampled_from(choices), min_size=1, max_size=2).map(
        lambda found: ", ".join(sorted(found))
    )
    return st.builds("{}{}".format, st.sampled_from(["", "", "not "]), chosen)


written_statements = st.builds(
    "{} {} on {}{}".format,
    st.sampled_from(["Allow", "Allow", "Deny"]),
    some_of(["s:a", "s:*", "s:?b", "t:a", "*"]),
    some_of(["x", "x*", "?", "*y", "*"]),
    st.sampled_from(["", "", " if StringEquals k=1", " if StringNotEquals k=1|2", " if StringLike k=*"]),
)
WRITTEN_REQUESTS = list(product(["s:a", "s:b", "s:bb", "t:a"], ["x", "y", "xy"], [None, "1", "3"]))


def speaks_of(words: str, what: str, which: str, value: str | None) -> bool:
    """Whether a statement is about a request, by another route: the words as they stand."""
    words, _, condition = words.partition(" if ")
    for listed, text in zip(words.partition(" ")[2].split(" on "), (what, which), strict=True):
        choices = listed.removeprefix("not ").split(", ")
        if any(fnmatchcase(text, choice) for choice in choices) == listed.startswith("not "):
            return False
    operator, _, values = condition.partition(" k=")
    if operator == "StringNotEquals":
        return value not in values.split("|")
    return not operator or (value is not None and any(fnmatchcase(value, one) for one in values.split("|")))


def allowed_by(listed: list[str]) -> set[Any]:
    by_effect = {
        effect: {
            request
            for request in WRITTEN_REQUESTS
            for words in listed
            if words.startswith(effect) and speaks_of(words, *request)
        }
        for effect in ("Allow", "Deny")
    }
    return by_effect["Allow"] - by_effect["Deny"]


@given(st.lists(written_statements, max_size=3), st.lists(written_statements, max_size=3), st.data())
@settings(max_examples=150, deadline=None)
def test_of_whole_policies_more_is_always_found_and_less_never(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    after = [*data.draw(st.lists(st.sampled_from(before)) if before else st.just([])), *after]
    if allowed_by(after) - allowed_by(before):
        assert findings(role(before), role(after))
    # What goes that allowed, and what comes that denies, is less.
    less = [words for words in before if words.startswith("Deny") or data.draw(st.booleans())]
    less += [words for words in after if words.startswith("Deny")]
    assert not findings(role(before), role(less))


@given(statements, st.lists(statements, max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_statement_is_held_by_itself_and_more_hold_no_less(one: Statement, others: list[Statement]) -> None:
    assert left_over(one, [*others, one]) == []
    some = left_over(one, others[:1])
    assert set(left_over(one, others)) <= set(some)


@given(statements, statements, statements)
@settings(max_examples=300, deadline=None)
def test_what_is_held_by_what_is_held_is_held(one: Statement, other: Statement, third: Statement) -> None:
    if not left_over(one, [other]) and not left_over(other, [third]):
        assert granted(one) <= granted(third)


@given(constraints, constraints)
@settings(max_examples=200, deadline=None)
def test_a_condition_that_implies_is_never_true_alone(one: Constraint, other: Constraint) -> None:
    everything = Texts(((STAR,),))
    if implies(one, other):
        assert granted(Statement(everything, everything, everything, (one,))) <= granted(
            Statement(everything, everything, everything, (other,))
        )


pieces: list[Token] = ["a", "b", STAR, ONE, Symbol("u"), Symbol("v")]
symbolic = st.lists(st.sampled_from(pieces), max_size=4).map(normal)
values = st.text(alphabet="abx", max_size=2)


def put(words: Pattern, u: str, v: str) -> Pattern:
    """A pattern with its unknown pieces known."""
    meaning = {"u": u, "v": v}
    return normal(
        letter
        for token in words
        for letter in (meaning[token.name] if isinstance(token, Symbol) else [token])
    )


@given(symbolic, st.lists(st.tuples(symbolic, st.booleans()), max_size=3), st.booleans(), values, values)
@settings(max_examples=800, deadline=None)
def test_what_holds_for_unknown_pieces_holds_whatever_they_are(
    inner: Pattern, outers: list[tuple[Pattern, bool]], others: bool, u: str, v: str
) -> None:
    if within(Texts((inner,), others), [Texts((words,), but) for words, but in outers]):
        known = [Texts((put(words, u, v),), but) for words, but in outers]
        assert members(Texts((put(inner, u, v),), others)) <= set().union(*map(members, known))


SIZE = 8
spans = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).map(
    lambda two: Span(min(two), max(two))
)
rules = st.builds(lambda protocols, ports, peers: Rule(protocols, ports, 4, peers), spans, spans, spans)


def passed(rule: Rule) -> set[tuple[int, ...]]:
    sides = [range(span.first, span.last + 1) for span in (rule.protocols, rule.ports, rule.peers)]
    return set(product(*sides))


@given(rules, st.lists(rules, max_size=4))
@settings(max_examples=300, deadline=None)
def test_of_a_rule_exactly_what_others_do_not_pass_is_left(rule: Rule, others: list[Rule]) -> None:
    left = rule_left_over(rule, others)
    assert set().union(*map(passed, left)) == passed(rule) - set().union(*map(passed, others))


# -- reading


def test_a_document_of_text_with_secrets_keeps_them() -> None:
    document_text = Secret('{"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "hidden"}]}')
    (line,) = read(document_text, identity=True)
    assert "hidden" not in line.words.values()


def test_an_unknown_value_is_known_by_all_of_it() -> None:
    def resource(name: str) -> dict[str, Any]:
        made = Unknown("function", "Fn::Select", (0, Unknown("parameter", name)))
        return {"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": made}]}

    (one,), (same,), (other,) = (read(resource(name), identity=True) for name in ("A", "A", "B"))
    assert left_over(one.statement, [same.statement]) == []
    assert left_over(one.statement, [other.statement])


def test_nothing_changes_nothing_is_said() -> None:
    diff: Diff = compare(role(["Allow * on *"]), role(["Allow * on *"]))
    assert not list(access.find(diff))


# -- literals and references

PLACE = {"region": "eu-west-1", "account": "111122223333"}
ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
SAME: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("Kinesis::Stream", {"Name": "clicks"}, "Arn", ARN.format("kinesis", "stream/clicks")),
    ("ECR::Repository", {"RepositoryName": "team/app"}, "Arn", ARN.format("ecr", "repository/team/app")),
    ("StepFunctions::StateMachine", {"StateMachineName": "m"}, None, ARN.format("states", "stateMachine:m")),
    ("RDS::DBCluster", {"DBClusterIdentifier": "db"}, "DBClusterArn", ARN.format("rds", "cluster:db")),
    ("Logs::LogGroup", {"LogGroupName": "/app"}, "Arn", ARN.format("logs", "log-group:/app:*")),
    ("SSM::Parameter", {"Name": "limit"}, "Arn", ARN.format("ssm", "parameter/limit")),
    ("Events::Rule", {"Name": "nightly"}, "Arn", ARN.format("events", "rule/nightly")),
    ("IAM::User", {"UserName": "ci", "Path": "/bots/"}, "Arn", "arn:aws:iam::111122223333:user/bots/ci"),
    ("IAM::ManagedPolicy", {"ManagedPolicyName": "p"}, None, "arn:aws:iam::111122223333:policy/p"),
    ("SecretsManager::Secret", {"Name": "db"}, None, ARN.format("secretsmanager", "secret:db-??????")),
    ("S3::Bucket", {"BucketName": "orders"}, "Arn", "arn:aws:s3:::orders"),
]


def of_thing(type_name: str, properties: dict[str, Any], resource: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "a:*", "Resource": resource}
    policy = {"PolicyName": "p", "Roles": ["r"], "PolicyDocument": {"Statement": [statement]}}
    return template(
        {
            "Store": {"Type": f"AWS::{type_name}", "Properties": properties},
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": policy},
        }
    )


@pytest.mark.parametrize(("type_name", "properties", "attribute", "literal"), SAME)
def test_a_literal_is_the_reference_that_it_equals(
    type_name: str, properties: dict[str, Any], attribute: str | None, literal: str
) -> None:
    reference = {"Ref": "Store"} if attribute is None else {"Fn::GetAtt": ["Store", attribute]}
    written = of_thing(type_name, properties, literal)
    referred = of_thing(type_name, properties, reference)
    pseudo = literal
    for name, value in (("AccountId", "111122223333"), ("Region", "eu-west-1"), ("Partition", ":aws:")):
        pseudo = pseudo.replace(value, f":${{AWS::{name}}}:" if value[0] == ":" else f"${{AWS::{name}}}")
    sub = of_thing(type_name, properties, {"Fn::Sub": pseudo})
    for before, after in product((written, referred, sub), repeat=2):
        assert findings(before, after, **PLACE) == []
    # Without an account, only the literal for the own account may differ: information.
    assert findings(sub, referred) == findings(referred, sub) == []
    assert {found.severity for found in findings(written, referred)} <= {"info"}
    if "1111" in literal:
        (found,) = findings(written, referred)
        assert "nothing becomes broader if the stack is in account 111122223333" in found.message
        foreign = of_thing(type_name, properties, literal.replace("1111", "2222"))
        for before, after in ((foreign, referred), (referred, foreign)):
            assert [found.severity for found in findings(before, after, **PLACE)] == ["warning"]
    other = of_thing(type_name, properties, f"{literal}x")
    assert [found.severity for found in findings(other, referred, **PLACE)] == ["warning"]


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("Events::Rule", {"Name": "nightly", "EventBusName": "orders"}),
        ("Kinesis::Stream", {}),
        ("Lex::Bot", {"Name": "nightly"}),
    ],
)
def test_a_literal_is_no_reference_of_which_the_text_is_not_known(
    type_name: str, properties: dict[str, Any]
) -> None:
    literal = of_thing(type_name, properties, ARN.format("events", "rule/nightly"))
    referred = of_thing(type_name, properties, {"Fn::GetAtt": ["Store", "Arn"]})
    assert [found.severity for found in findings(literal, referred, **PLACE)] == ["warning"]


def test_access_follows_a_resource_that_gets_another_name() -> None:
    def side(name: str, resource: Any) -> dict[str, Any]:
        return of_thing("Kinesis::Stream", {"Name": name}, resource)

    arn = {"Fn::GetAtt": ["Store", "Arn"]}
    literal = ARN.format("kinesis", "stream/a")
    assert findings(side("a", arn), side("b", arn), **PLACE) == []
    assert findings(side("a", literal), side("b", arn), **PLACE) == []
    assert findings(side("a", literal), side("b", literal), **PLACE) == []


def test_two_accounts_are_not_both_that_of_the_stack() -> None:
    def side(*resources: Any) -> dict[str, Any]:
        return of_thing("SQS::Queue", {"QueueName": "q"}, list(resources))

    arn = {"Fn::GetAtt": ["Store", "Arn"]}
    literals = [ARN.format("sqs", "q"), ARN.format("sqs", "q").replace("1111", "2222")]
    (found,) = findings(side(*literals), side(arn))
    assert found.severity == "warning"


def test_a_target_that_a_literal_names_is_the_one_that_a_reference_does() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "sqs:*", "Resource": "*"}

    def side(queue: Any) -> dict[str, Any]:
        policy = {"Queues": [queue], "PolicyDocument": {"Statement": [statement]}}
        return template(
            {
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}},
                "Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy},
            }
        )

    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/q"
    for before, after in ((url, {"Ref": "Queue"}), ({"Ref": "Queue"}, url)):
        assert findings(side(before), side(after), **PLACE) == []
    assert findings(side(f"{url}2"), side({"Ref": "Queue"}), **PLACE) != []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("arn:aws:sqs:::a", {"Ref": "Thing"}, "may allow"),
        ({"Ref": "Thing"}, "arn:aws:sqs:::a", "may allow"),
        ({"Ref": "Thing"}, {"Ref": "Other"}, "may allow"),
        ("arn:a:b", {"Fn::Sub": "arn:a:${Thing}"}, "may allow"),
        ("arn:b:b", {"Fn::Sub": "arn:a:${Thing}"}, "allows"),
        ({"Fn::GetAtt": ["Store", "StreamArn"]}, {"Fn::GetAtt": ["Store", "Arn"]}, "may allow"),
        ({"Ref": "Store"}, {"Ref": "Second"}, "allows"),
        ("arn:a/${aws:username}", "arn:a/${aws:userid}", "allows"),
        ("arn:a:x", "arn:a:*", "allows"),
        ("arn:a:*", "arn:b:*", "allows"),
    ],
)
def test_what_rests_on_unknown_values_only_may_be_broader(before: Any, after: Any, words: str) -> None:
    def side(resource: Any) -> dict[str, Any]:
        found = of_thing("DynamoDB::Table", {}, resource)
        found["Resources"]["Second"] = {"Type": "AWS::DynamoDB::Table"}
        return found

    (found,) = findings(side(before), side(after))
    assert found.message.startswith(f"statement 1 in PolicyDocument of Policy {words} more than before")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("10.0.0.0/8", {"Ref": "Thing"}, "may allow"),
        ({"Ref": "Thing"}, "10.0.0.0/8", "may allow"),
        ("10.0.0.0/8", "10.0.0.0/7", "allows"),
    ],
)
def test_traffic_of_unknown_addresses_only_may_be_more(before: Any, after: Any, words: str) -> None:
    def side(addresses: Any) -> dict[str, Any]:
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": addresses}
        properties = {"GroupDescription": "g", "SecurityGroupIngress": [rule]}
        return template({"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}})

    (found,) = findings(side(before), side(after))
    assert f" of Group {words} more traffic than before" in found.message
