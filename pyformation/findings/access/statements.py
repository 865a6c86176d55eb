"""Policy documents, as plain data or JSON text, read as sets of requests.

What cannot be read is `Unreadable`, never an empty policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ...errors import PyformationError
from ...evaluation.secrets import MASK, Secret, opened
from ...evaluation.unknowns import Unknown, folded, inside, mapped, masked, scalar_text
from ...names import in_braces
from ...plain import is_list, is_mapping, is_sequence
from .containment import (
    ALL,
    STAR,
    Constraint,
    Pattern,
    Statement,
    Symbol,
    Texts,
    Token,
    literal,
    network,
    normal,
    plain,
    takes_wildcards,
)

# The kinds of unknown values that are the name, the ID or the ARN of a resource: no two of them are equal.
NAMES = frozenset({"reference", "attribute"})
# Every action has a service: ``*`` is ``*:*``.
ANY_ACTION: Pattern = (STAR, ":", STAR)

_ELEMENTS = frozenset(
    "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split()
)
_ACCOUNT = re.compile("[0-9]{12}")
# A name such as lambda.amazonaws.com in a property that takes accounts, ARNs and services.
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")

# Keys that bind a request to somebody, so that ``*`` does not mean everybody.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_TYING = frozenset(
    """aws:sourcearn aws:sourceaccount aws:sourceowner aws:sourceorgid aws:sourceorgpaths aws:sourcevpc
    aws:sourcevpce aws:sourceip aws:vpcsourceip aws:principalaccount aws:principalarn aws:principalorgid
    aws:principalorgpaths aws:userid aws:username kms:calleraccount s3:dataaccesspointaccount
    s3:dataaccesspointarn sns:endpoint lambda:eventsourcetoken""".split()
)
# A shorter prefix is a large part of the internet; the same page has these limits.
_CERTAIN_PREFIX = {4: 8, 6: 32}


class Unreadable(PyformationError):
    """A policy that this module does not understand."""


@attrs.frozen
class Line:
    """A statement of a document: its effect, its path, and its parts as written."""

    allow: bool
    statement: Statement
    place: int | None
    words: Mapping[Pattern, str] = attrs.field(eq=False, factory=dict[Pattern, str])

    @property
    def public(self) -> bool:
        """Whether it grants access to everybody."""
        principals = self.statement.principals
        if not self.allow or not (principals.others or ALL in principals.patterns):
            return False
        return not any(_ties(constraint) for constraint in self.statement.conditions)

    @property
    def unlimited(self) -> bool:
        """Whether it allows every action on everything."""
        statement = self.statement
        return (
            self.allow
            and not statement.conditions
            and Texts((ANY_ACTION,)).holds(statement.actions)
            and statement.actions.holds(Texts((ANY_ACTION,)))
            and statement.resources.holds(Texts((ALL,)))
        )


def _ties(constraint: Constraint) -> bool:
    """Whether only certain principals can meet a condition; each value must restrict it, as any of them is enough."""
    certain = _certain_network if constraint.family == "networks" else _certain_text
    return (
        constraint.key in _TYING
        and not constraint.negated
        and constraint.operator != "Null"
        and not constraint.if_exists
        and constraint.quantifier != "ForAllValues"
        and all(map(certain, constraint.values))
    )


def _certain_network(value: Pattern) -> bool:
    """Whether a block of addresses is small enough not to count as public for S3."""
    text = plain(value)
    block = None if text is None else network(text)
    return block is None or block.prefixlen >= _CERTAIN_PREFIX[block.version]


def _certain_text(value: Pattern) -> bool:
    """Whether a value names somebody: the account of an ARN, or the text up to the first ``/`` or ``:``, has no
    wildcard and no variable.

    For an ARN without an account, such as a bucket's, the name may end with a wildcard.
    """
    fields = _fields(value)
    if len(fields) >= 6 and fields[0] == literal("arn"):
        head = fields[4] or fields[5][:1]
    else:
        end = next((place for place, token in enumerate(value) if token in ("/", ":")), len(value))
        head = value[:end]
    return bool(head) and not any(
        isinstance(token, int) or (isinstance(token, Symbol) and token.name.startswith("${"))
        for token in head
    )


EVERYTHING = Line(True, Statement(Texts((ALL,)), Texts((ANY_ACTION,)), Texts((ALL,))), None)


def name_of(value: Any) -> str:
    """A text that identifies a value, which may be unknown."""
    return str(folded(value, _identity))


def _identity(value: Any, inner: list[str]) -> str:
    """A text that identifies a value, made of those for the values inside it."""
    if isinstance(value, Unknown):
        return f"{value.kind}:{value.name}({','.join(inner)})"
    if isinstance(value, Secret):
        return f"secret'{value.tag}'"
    if is_mapping(value):
        return "{" + ",".join(sorted(f"{key}={item}" for key, item in zip(value, inner, strict=True))) + "}"
    if is_sequence(value):
        return f"[{','.join(inner)}]"
    return f"'{value!s}'" if isinstance(value, str) else f"{type(value).__name__}'{value}'"


# ---------------------------------------------------------------------------------------------
# Texts


def tokens(value: Any, *, wildcards: bool = True, variables: bool = True) -> Pattern:
    """The pattern of a text that may have unknown pieces, wildcards and policy variables."""
    found: list[Token] = []
    for piece in value.parts if isinstance(value, Unknown) and value.kind == "text" else (value,):
        if isinstance(piece, Unknown):
            found.append(Symbol(name_of(piece), "name" if piece.kind in NAMES else "input"))
        elif isinstance(piece, Secret):  # Its letters would be shown.
            found.append(Symbol(name_of(piece), "input"))
        elif isinstance(piece, (str, int, float)):
            found += _letters(scalar_text(piece), wildcards, variables)
        else:
            raise Unreadable(f"expected text, found {_kind(piece)}")
    return normal(found) if wildcards else tuple(found)


def _letters(text: str, wildcards: bool, variables: bool) -> Iterator[Token]:
    place = 0
    for match in in_braces(text) if variables else ():
        yield from _plain(text[place : match.start()], wildcards)
        name = match[1]
        yield from name if name in ("*", "?", "$") else (Symbol(f"${{{name.lower()}}}", "variable"),)
        place = match.end()
    yield from _plain(text[place:], wildcards)


def _plain(text: str, wildcards: bool) -> Iterator[Token]:
    for letter in text:
        yield {"*": STAR, "?": 1}.get(letter, letter) if wildcards else letter


def _kind(value: Any) -> str:
    if isinstance(value, Unknown):
        return f"an unknown value ({masked(value)})"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, (list, tuple)) else shown(value)


def _lower(value: Pattern) -> Pattern:
    return tuple(token.lower() if isinstance(token, str) else token for token in value)


def listed(value: Any) -> list[Any]:
    """One or several values as a list."""
    return list(inside(value)) if isinstance(value, (list, tuple)) else [value]


def shown(value: Any) -> str:
    """A value for a sentence, without secrets."""
    if isinstance(value, Secret):
        return MASK
    return scalar_text(value) if isinstance(value, bool) else str(masked(value))


# ---------------------------------------------------------------------------------------------
# Principals


def principal(kind: str, value: Any) -> Pattern:
    """The pattern of a principal. An account, which can be written in three ways, includes everything in it."""
    if value == "*":
        return ALL
    found = tokens(value, wildcards=False, variables=False)
    if kind == "Service":
        found = _lower(found)
    if kind != "AWS":
        return (*literal(f"{kind}:"), *found)
    start = literal("AWS:")
    if _is_account(value):
        return (*start, *found, ":", STAR)
    fields = _fields(found)
    if len(fields) >= 6 and fields[0] == literal("arn") and fields[2] in (literal("iam"), literal("sts")):
        account, rest = fields[4], found[sum(len(field) + 1 for field in fields[:5]) :]
        if rest == literal("root"):
            return (*start, *account, ":", STAR)
        return (*start, *account, ":", *rest)
    return (*start, *found)


def _is_account(value: Any) -> bool:
    if isinstance(value, Unknown):
        return value.kind == "pseudo" and value.name == "AWS::AccountId"
    return _ACCOUNT.fullmatch(scalar_text(value)) is not None


def _fields(value: Pattern) -> list[Pattern]:
    found: list[list[Token]] = [[]]
    for token in value:
        if token == ":":
            found.append([])
        else:
            found[-1].append(token)
    return [tuple(field) for field in found]


def _principals(value: Any, words: dict[Pattern, str]) -> tuple[Pattern, ...]:
    if isinstance(value, str):
        # ``*`` is the only valid text here; AWS refuses any other.
        value = {"AWS": value}
    if not is_mapping(value):
        raise Unreadable(f"expected principals, found {_kind(value)}")
    found: list[Pattern] = []
    for kind, names in value.items():
        for name in listed(names):
            made = principal(kind, name)
            words[made] = shown(name)
            found.append(made)
    return tuple(found)


# ---------------------------------------------------------------------------------------------
# Documents


def read(document: Any, *, identity: bool) -> list[Line]:
    """The statements of a document. With `identity`, the document belongs to the acting principal and names none."""
    content = parsed(document)
    if not is_mapping(content):
        raise Unreadable(f"expected a policy document, found {_kind(content)}")
    if not content:
        return []
    if "Statement" not in content:
        raise Unreadable("the policy document has no Statement")
    # Only the newer version of the language has variables.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    variables = content.get("Version") != "2008-10-17" and "Version" in content
    found = content["Statement"]
    if is_list(found):
        return [
            read_statement(one, place, identity=identity, variables=variables)
            for place, one in enumerate(found)
        ]
    return [read_statement(found, None, identity=identity, variables=variables)]


def read_statement(
    statement: Any, place: int | None = None, *, identity: bool = False, variables: bool = True
) -> Line:
    """One statement."""
    if not is_mapping(statement):
        raise Unreadable(f"expected a statement, found {_kind(statement)}")
    given = statement
    strange = sorted(given.keys() - _ELEMENTS)
    if strange:
        raise Unreadable(f"a statement has the unknown element {strange[0]}")
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise Unreadable(f"expected the Effect Allow or Deny, found {_kind(effect)}")
    words: dict[Pattern, str] = {}

    def side(name: str, make: Any, absent: Texts | None, universe: Pattern) -> Texts:
        if name in given and f"Not{name}" in given:
            raise Unreadable(f"a statement has {name} and Not{name}")
        if name in given:
            return Texts(make(given[name]))
        if f"Not{name}" in given:
            return Texts(make(given[f"Not{name}"]), True, universe)
        if absent is None:
            raise Unreadable(f"a statement has no {name}")
        return absent

    def actions(value: Any) -> tuple[Pattern, ...]:
        found: list[Pattern] = []
        for one in listed(value):
            made = _lower(tokens(one, variables=False))
            made = ANY_ACTION if made == ALL else made
            words[made] = shown(one)
            found.append(made)
        return tuple(found)

    def resources(value: Any) -> tuple[Pattern, ...]:
        found: list[Pattern] = []
        for one in listed(value):
            made = tokens(one, variables=variables)
            words[made] = shown(one)
            found.append(made)
        return tuple(found)

    return Line(
        effect == "Allow",
        Statement(
            side(
                "Principal",
                lambda value: _principals(value, words),  # pyright: ignore[reportUnknownLambdaType]
                Texts((ALL,)) if identity else None,
                ALL,
            ),
            side("Action", actions, None, ANY_ACTION),
            side("Resource", resources, Texts((ALL,)), ALL),
            tuple(_constraints(given.get("Condition"), variables)),
        ),
        place,
        words,
    )


def _constraints(condition: Any, variables: bool) -> Iterator[Constraint]:
    if condition is None:
        return
    if not is_mapping(condition):
        raise Unreadable(f"expected conditions, found {_kind(condition)}")
    for operator, keys in condition.items():
        if not is_mapping(keys):
            raise Unreadable(f"expected the keys of {operator}, found {_kind(keys)}")
        for key, values in keys.items():
            yield constraint(operator, key, values, variables)


def constraint(operator: str, key: str, values: Any, variables: bool = True) -> Constraint:
    """One line of a Condition."""
    quantifier, colon, base = operator.rpartition(":")
    if colon and quantifier not in ("ForAllValues", "ForAnyValue"):
        raise Unreadable(f"unknown operator {operator}")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    found = [tokens(one, wildcards=takes_wildcards(base), variables=variables) for one in listed(values)]
    if base in ("Bool", "Null"):
        found = [_lower(one) for one in found]
    return Constraint(base, key.lower(), tuple(found), if_exists, quantifier)


def permission(given: Mapping[str, Any], fields: Mapping[str, Any]) -> Line | None:
    """A statement that a resource type spreads over its properties, or None if it names no principal.

    `fields` says what the properties are: ``principal``, ``action``, ``resource``, ``effect``, and under
    ``conditions`` the operator and key of a property.
    """
    named: list[Any] = [name for name in listed(given.get(fields["principal"])) if name is not None]
    if not named:
        return None
    words: dict[Pattern, str] = {}
    principals: list[Pattern] = []
    for name in named:
        kind = "Service" if isinstance(name, str) and _SERVICE.fullmatch(name) else "AWS"
        made = principal(kind, name)
        words[made] = shown(name)
        principals.append(made)

    def texts(field: str) -> Texts:
        values = given.get(fields.get(field, ""))
        if values is None:
            return Texts((ANY_ACTION if field == "action" else ALL,))
        found: list[Pattern] = []
        for one in listed(values):
            made = tokens(one, variables=False)
            if field == "action":
                made = ANY_ACTION if made == ALL else _lower(made)
            words[made] = shown(one)
            found.append(made)
        return Texts(tuple(found))

    conditions: list[Constraint] = []
    for name, meaning in fields.get("conditions", {}).items():
        if given.get(name) is None:
            continue
        if meaning == "block":
            block = given[name]
            if not isinstance(block, Mapping):
                raise Unreadable(f"expected a condition, found {_kind(block)}")
            conditions.append(constraint(block.get("Type", ""), block.get("Key", ""), block.get("Value")))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            continue
        operator, key = meaning.split()
        conditions.append(constraint(operator, key, given[name]))
    effect = given.get(fields.get("effect", ""), "Allow")
    if effect not in ("Allow", "Deny"):
        raise Unreadable(f"expected the Effect Allow or Deny, found {_kind(effect)}")
    statement = Statement(Texts(tuple(principals)), texts("action"), texts("resource"), tuple(conditions))
    return Line(effect == "Allow", statement, None, words)


def parsed(document: Any) -> Any:
    """A document as data; JSON text is parsed, even if its strings have unknown pieces."""
    if isinstance(document, Unknown) and document.kind == "function" and document.name == "Fn::ToJsonString":
        return document.parts[0] if len(document.parts) == 1 else document
    pieces: dict[str, Unknown] = {}
    secret = isinstance(document, Secret)
    text: Any = opened(document) if isinstance(document, Secret) else document
    if isinstance(document, Unknown) and document.kind == "text":
        text = ""
        for part in document.parts:
            if isinstance(part, Unknown):
                mark = f"\ue000{len(pieces)}\ue001"
                pieces[mark] = part
                text += mark
            elif isinstance(part, str):
                text += opened(part)
                secret = secret or isinstance(part, Secret)
            else:
                return document
    if not isinstance(text, str):
        return document
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("the policy document is not JSON") from None
    return _lifted(found, pieces, secret)


_MARK = re.compile("(\ue000[0-9]+\ue001)")


def _lifted(value: Any, pieces: Mapping[str, Unknown], secret: bool) -> Any:
    """Data parsed from JSON, with the unknown pieces put back."""

    def lifted(part: Any) -> Any:
        if not isinstance(part, str):
            return part
        texts = [text for text in _MARK.split(part) if text]
        if not any(text in pieces for text in texts):
            return Secret(part) if secret else part
        found = tuple(pieces.get(text, Secret(text) if secret else text) for text in texts)
        return found[0] if len(found) == 1 else Unknown("text", "", found)

    # The keys are those of the policy language or of conditions; others are not shown.
    return mapped(value, lifted)
