"""IAM policy documents: typed, checked, rendered to the JSON that properties take.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from ..plain import is_sequence
from ..resource import PropertyType, Resource, fill_class
from ..values import Expression, bad_value, lift_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal, TypeAlias

    from ._kinds import Block, Json, List, Text

    Texts: TypeAlias = Text | List[Text]
    Principal: TypeAlias = Mapping[str, Texts] | str
    Conditions: TypeAlias = Mapping[str, Mapping[str, Any]]

_TEXTS = "string|[string]"
_STATEMENT: dict[str, dict[str, Any]] = {
    "Sid": {},
    "Effect": {"required": True, "enum": ["Allow", "Deny"]},
    "Principal": {"type": "json"},
    "NotPrincipal": {"type": "json"},
    "Action": {"type": _TEXTS},
    "NotAction": {"type": _TEXTS},
    "Resource": {"type": _TEXTS},
    "NotResource": {"type": _TEXTS},
    "Condition": {"type": "json"},
}


class Statement(PropertyType):
    """One statement of a policy; `statement` makes one with less writing."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            effect: Literal["Allow", "Deny"] | Text,
            sid: Text | None = ...,
            principal: Json | None = ...,
            not_principal: Json | None = ...,
            action: Texts | None = ...,
            not_action: Texts | None = ...,
            resource: Texts | None = ...,
            not_resource: Texts | None = ...,
            condition: Json | None = ...,
            extra_properties: Mapping[str, Any] | None = ...,
        ) -> None: ...

        effect: Literal["Allow", "Deny"] | Text
        sid: Text | None
        principal: Json | None
        not_principal: Json | None
        action: Texts | None
        not_action: Texts | None
        resource: Texts | None
        not_resource: Texts | None
        condition: Json | None


class PolicyDocument(PropertyType):
    """A policy: a version and statements. Properties that take a policy take one of these."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            statement: Block[Statement, Mapping[str, Any]] | List[Block[Statement, Mapping[str, Any]]],
            version: Literal["2012-10-17", "2008-10-17"] | Text | None = ...,
            id: Text | None = ...,
            extra_properties: Mapping[str, Any] | None = ...,
        ) -> None: ...

        statement: Block[Statement, Mapping[str, Any]] | List[Block[Statement, Mapping[str, Any]]]
        version: Literal["2012-10-17", "2008-10-17"] | Text | None
        id: Text | None


fill_class(Statement, {"properties": _STATEMENT}, "Statement")
fill_class(
    PolicyDocument,
    {
        "properties": {
            "Version": {"enum": ["2012-10-17", "2008-10-17"]},
            "Id": {},
            "Statement": {"required": True, "type": "[Statement]|Statement"},
        },
        "definitions": {"Statement": _STATEMENT},
    },
    "PolicyDocument",
)
PolicyDocument._property_types["Statement"] = Statement


def statement(
    actions: Texts,
    resources: Texts | None = None,
    *,
    effect: Literal["Allow", "Deny"] = "Allow",
    principal: Principal | None = None,
    condition: Conditions | None = None,
    sid: str | None = None,
) -> Statement:
    """One statement: ``statement("s3:GetObject", f"{bucket.arn}/*")``.

    `principal` is ``"*"`` or a mapping such as ``{"AWS": role.arn}``; a resource policy needs one.
    """
    given: dict[str, Any] = {
        "sid": sid,
        "effect": effect,
        "principal": principal,
        "action": actions,
        "resource": resources,
        "condition": condition,
    }
    return Statement(**{name: value for name, value in given.items() if value is not None})


def policy_document(*statements: Statement | Mapping[str, Any]) -> PolicyDocument:
    """A policy document of the current version with these statements."""
    return PolicyDocument(version="2012-10-17", statement=list(statements))


def trust_policy(
    *services: Text,
    aws: Texts | None = None,
    federated: Texts | None = None,
    condition: Conditions | None = None,
) -> PolicyDocument:
    """The policy that lets principals take a role: ``trust_policy("lambda.amazonaws.com")``.

    `services` are service principals, `aws` accounts, roles or users (ARNs or account numbers),
    `federated` identity providers. The action follows from the kind: ``sts:AssumeRole``, with SAML or
    web identity for `federated`. Raises `InvalidValueError` if no principal is given.
    """
    for kind, given in (("aws", aws), ("federated", federated)):
        if isinstance(given, (int, float)):
            raise bad_value(
                (None, f"trust_policy.{kind}"), f"expected text, found {given!r}; write '{given}'"
            )
    principal: dict[str, Any] = {}
    if services:
        principal["Service"] = services[0] if len(services) == 1 else list(services)
    if aws is not None:
        principal["AWS"] = aws
    statements: list[Statement] = []
    if principal:
        statements.append(statement("sts:AssumeRole", principal=principal, condition=condition))
    if federated is not None:
        action = "sts:AssumeRoleWithSAML" if _is_saml(federated) else "sts:AssumeRoleWithWebIdentity"
        statements.append(statement(action, principal={"Federated": federated}, condition=condition))
    if not statements:
        raise bad_value((None, "trust_policy"), "expected at least one principal, found none")
    return policy_document(*statements)


def _is_saml(provider: Any) -> bool:
    """Whether an identity provider is one of SAML, by its ARN or as a resource."""
    if isinstance(provider, str):
        lifted = lift_text(provider)
        return ":saml-provider/" in lifted if isinstance(lifted, str) else _is_saml(lifted)
    if isinstance(provider, Resource):
        return provider.TYPE == "AWS::IAM::SAMLProvider"
    if isinstance(provider, Expression):
        return any(_is_saml(part) for part in provider._state())
    return is_sequence(provider) and any(_is_saml(each) for each in provider)
