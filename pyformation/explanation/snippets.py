"""A smallest valid example of a type or a property: the Python, and the YAML that it renders to.

Only what is required is in it, with values made from the catalog's facts: the first of an enum, text that fits
the pattern, a number within its bounds, an ARN of the kind that the property takes. What the facts do not say
(one of two properties must be given, a pattern that is too hard) stands in `catalog/reviewed/snippets.json`.
The same type gives the same example every time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import attrs

from .. import catalog
from ..catalog._lookup import is_index
from ..catalog.patterns import compiled, plainest, texts_for
from ..errors import CatalogError
from ..names import module_name, pascal_case, snake_case
from ..pointers import steps_of
from ..resource import AnyResource, Properties, resource_class
from ..template import Template

# As wide as a line of the example may be: what shows it indents it by two, in a terminal of 80 columns.
WIDTH = 78

_ACCOUNT = "arn:aws:{0}:us-east-1:123456789012:{1}"
_KEY = "12345678-1234-1234-1234-123456789012"
# What a property is meant to be given, and how that looks.
_TAKEN = {
    "AWS::CertificateManager::Certificate.Id": _ACCOUNT.format("acm", f"certificate/{_KEY}"),
    "AWS::EC2::SecurityGroup.GroupId": "sg-0123456789abcdef0",
    "AWS::EC2::SecurityGroup.Id": "sg-0123456789abcdef0",
    "AWS::EC2::Subnet.SubnetId": "subnet-0123456789abcdef0",
    "AWS::EC2::VPC.VpcId": "vpc-0123456789abcdef0",
    "AWS::IAM::Role.Arn": "arn:aws:iam::123456789012:role/example",
    "AWS::KMS::Key.Arn": _ACCOUNT.format("kms", f"key/{_KEY}"),
    "AWS::KMS::Key.KeyId": _KEY,
    "AWS::Lambda::Function.Arn": _ACCOUNT.format("lambda", "function:example"),
    "AWS::S3::Bucket.Arn": "arn:aws:s3:::example-bucket",
    "AWS::SNS::Topic.TopicArn": _ACCOUNT.format("sns", "example"),
    "AWS::SQS::Queue.Arn": _ACCOUNT.format("sqs", "example"),
}
# How a property's name ends, and what it then holds: the first that fits its pattern is taken.
_NAMED = (
    ("RoleArn|Role|RoleARN", _TAKEN["AWS::IAM::Role.Arn"]),
    ("KmsKeyArn|KMSKeyArn|KmsKeyId|KMSKeyId", _TAKEN["AWS::KMS::Key.Arn"]),
    ("CertificateArn", _TAKEN["AWS::CertificateManager::Certificate.Id"]),
    ("(Function|Lambda|Handler)Arn|ServiceToken", _TAKEN["AWS::Lambda::Function.Arn"]),
    ("TopicArn|TopicARN", _TAKEN["AWS::SNS::Topic.TopicArn"]),
    ("QueueArn", _TAKEN["AWS::SQS::Queue.Arn"]),
    ("BucketArn|BucketARN", _TAKEN["AWS::S3::Bucket.Arn"]),
    ("StreamArn|StreamARN", _ACCOUNT.format("kinesis", "stream/example")),
    ("SecretArn|SecretsManagerArn", _ACCOUNT.format("secretsmanager", "secret:example")),
    ("ClusterArn", _ACCOUNT.format("ecs", "cluster/example")),
    ("TableArn", _ACCOUNT.format("dynamodb", "table/example")),
    ("Bucket|BucketName", "example-bucket"),
    ("SubnetIds?|Subnets?", "subnet-0123456789abcdef0"),
    ("SecurityGroupIds?|SecurityGroups", "sg-0123456789abcdef0"),
    ("VpcId|VPCId|VpcID", "vpc-0123456789abcdef0"),
    ("InstanceId", "i-0123456789abcdef0"),
    ("ImageId", "ami-0123456789abcdef0"),
    ("NetworkInterfaceId", "eni-0123456789abcdef0"),
    ("VolumeId", "vol-0123456789abcdef0"),
    ("TransitGatewayId", "tgw-0123456789abcdef0"),
    ("RouteTableId", "rtb-0123456789abcdef0"),
    ("AvailabilityZone", "us-east-1a"),
    ("Regions?|RegionName", "us-east-1"),
    ("AccountIds?|AwsAccountId|AccountID", "123456789012"),
    ("CidrBlock|Cidr|CIDR|CidrIp", "10.0.0.0/16"),
    ("IpAddress|IPAddress|Ip", "10.0.0.4"),
    ("Email|EmailAddress", "someone@example.com"),
    ("Domain|DomainName|HostName|Hostname|Host", "example.com"),
    ("Ur[il]|UR[IL]|Endpoint", "https://example.com"),
    ("ScheduleExpression|Schedule", "rate(1 day)"),
    ("InstanceType", "t3.micro"),
    ("Arn|ARN|Arns", _ACCOUNT.format("service", "example")),
)
_PLAIN = (
    "example",
    "Example",
    "example-1",
    "1",
    "/example",
    "example.com",
    "10.0.0.0/16",
    "https://example.com",
)
_NAMED_PATTERNS = tuple((re.compile(f"(?:{ends})$"), text) for ends, text in _NAMED)
# Narrow, as examples are copied.
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::example-bucket/*",
        }
    ],
}


class Block(dict[str, Any]):
    """The value of a property type, by CloudFormation's names."""

    def __init__(self, property_type: str, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self.property_type = property_type


@attrs.frozen
class Snippet:
    """An example: a stack in Python, and the template in YAML that it renders to."""

    python: str
    yaml: str


def snippet(type_name: str, path: str | None = None) -> Snippet:
    """The smallest valid example of a type; with a path, of the property that stands there.

    >>> print(snippet("AWS::SNS::Topic").python)
    from pyformation import Stack
    from pyformation.aws import sns
    <BLANKLINE>
    <BLANKLINE>
    class Example(Stack):
        topic = sns.Topic()
    <BLANKLINE>
    """
    cls = resource_class(type_name)
    members = values(type_name, path)
    imports, spelled = _spelling(type_name)
    name = _attribute(type_name, spelled)
    template = Template()
    template.add(pascal_case(name), cls(**_keywords(cls, members)))
    call = _call(spelled, cls, members, WIDTH - 4, f"{name} = ")
    body = "\n".join(f"    {line}" if line else "" for line in f"{name} = {call}".splitlines())
    python = f"{imports}\n\n\nclass Example(Stack):\n{body}\n"
    return Snippet(python, template.to_yaml())


def values(type_name: str, path: str | None = None) -> dict[str, Any]:
    """The properties of the smallest valid example, by CloudFormation's names."""
    record = catalog.resource_type(type_name)
    wanted = [] if path is None else steps_of(path)[1:]
    return _Maker(record).members(record.properties, "/Properties", wanted, 0, {})


def _attribute(type_name: str, spelled: str) -> str:
    """The name of the resource in the example: the type's, or the end of it where a line would be too long."""
    words = snake_case(re.sub("[^A-Za-z0-9_]", "_", type_name.split("::")[-1])).split("_")
    while len(words) > 1 and len("_".join(words)) + len(spelled) > WIDTH - 8:
        del words[0]
    name = "_".join(words)
    # A stack's own public names, and names that are none.
    return f"the_{name}" if name in ("main", "template") or not name[:1].isalpha() else name


# ---------------------------------------------------------------------------------------------
# Values


def _rows(type_name: str) -> dict[str, dict[str, Any]]:
    """What the facts do not say, by path."""
    return {row["path"]: row for row in catalog.reviewed("snippets") if row["type"] == type_name}


class _Maker:
    """Makes the values of one type's example."""

    def __init__(self, record: catalog.ResourceType) -> None:
        self.record = record
        self.rows = _rows(record.name)

    def members(
        self,
        properties: Mapping[str, catalog.Property],
        path: str,
        wanted: Sequence[str],
        depth: int,
        facts: Mapping[str, Any],
        variant: int = 0,
    ) -> dict[str, Any]:
        """What a resource or block needs, and the property that is wanted."""
        if depth > 30:
            raise CatalogError("required blocks never end", path=f"{self.record.name} {path}")
        paths = self.record.paths

        def is_given(name: str) -> bool:
            found = properties[name]
            return not (found.read_only or paths.get(f"{path}/{name}", {}).get("read_only"))

        chosen = [
            name
            for name, found in properties.items()
            if is_given(name)
            and (found.required or f"{path}/{name}" in self.rows or (wanted and wanted[0] == name))
        ]
        missing = facts.get("min_properties", 0) - len(chosen)
        if missing > 0:
            chosen += [name for name in properties if is_given(name) and name not in chosen][:missing]
        result: dict[str, Any] = {}
        for name in chosen:
            found = properties[name]
            rest = wanted[1:] if wanted and wanted[0] == name else ()
            result[name] = self.value(found.type, found.facts, f"{path}/{name}", rest, depth, variant)
        return result

    def value(
        self,
        kind: catalog.Type,
        facts: Mapping[str, Any],
        path: str,
        wanted: Sequence[str],
        depth: int,
        variant: int,
    ) -> Any:
        """One value; `variant` counts the items of a list, which may have to differ."""
        row = self.rows.get(path)
        if row is not None and "value" in row and not wanted:
            return self._spelt(kind, row["value"], path)
        if kind.kind == "union":
            return self.value(self._option(kind, wanted), facts, path, wanted, depth, variant)
        if facts.get("enum"):
            fitting = [v for v in facts["enum"] if _is_of(v, kind.name)] or facts["enum"]
            return fitting[variant % len(fitting)]
        if kind.kind == "definition":
            record = self.record.definition(str(kind.name))
            members = self.members(record.properties, path, wanted, depth + 1, facts, variant)
            return Block(record.name, members)
        if kind.kind == "list":
            assert kind.item is not None
            inner = {**facts.get("items", {}), **({"takes": facts["takes"]} if "takes" in facts else {})}
            size = min(max(facts.get("min_items", 0), 1), facts.get("max_items", 10**6))
            below = wanted[1:] if wanted and is_index(wanted[0]) else wanted
            return [
                self.value(kind.item, inner, path, below if i == 0 else (), depth, variant + i)
                for i in range(size)
            ]
        if kind.kind == "map":
            assert kind.item is not None
            size = min(max(facts.get("min_properties", 0), 1), facts.get("max_properties", 10**6))
            keys = _keys(facts.get("key_pattern"))
            below = wanted[1:]
            return {
                keys[i]: self.value(
                    kind.item, facts.get("items", {}), path + "/*", below if i == 0 else (), depth, i
                )
                for i in range(size)
            }
        if kind.kind in ("json", "any"):
            return _free(path.rpartition("/")[2], facts, kind.kind)
        if kind.name == "string":
            return text(path.replace("/*", "").rpartition("/")[2], facts, variant)
        return True if kind.name == "boolean" else number(facts, kind.name == "integer") + variant

    def _option(self, kind: catalog.Type, wanted: Sequence[str]) -> catalog.Type:
        """The alternative that has what is wanted; else the first, text last."""
        steps = [step for step in wanted if not is_index(step)]
        if steps:
            for option in kind.options:
                if any(steps[0] in self.record.definition(d).properties for d in option.definitions()):
                    return option
        return min(kind.options, key=lambda option: (option.kind in ("json", "any"), option.name == "string"))

    def _spelt(self, kind: catalog.Type, value: Any, path: str) -> Any:
        """A value of a row, its blocks as property types."""
        options = kind.options if kind.kind == "union" else (kind,)
        for option in options:
            if option.kind == "definition" and isinstance(value, dict):
                given = cast("dict[str, Any]", value)
                members = self.record.definition(str(option.name)).properties
                if given.keys() <= members.keys():
                    return Block(
                        str(option.name),
                        {n: self._spelt(members[n].type, v, f"{path}/{n}") for n, v in given.items()},
                    )
            if option.kind == "list" and option.item is not None and isinstance(value, list):
                items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
                return [self._spelt(option.item, item, path) for item in items]
            if option.kind == "map" and option.item is not None and isinstance(value, dict):
                mapping = cast("dict[str, Any]", value)
                return {n: self._spelt(option.item, v, f"{path}/*") for n, v in mapping.items()}
        return cast("Any", value)


def _is_of(value: object, scalar: str | None) -> bool:
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    return isinstance(value, kinds.get(scalar or "", object))


def _keys(pattern: str | None) -> list[str]:
    usual = ["example", "other", "third", "Example", "1", "10", "/example"]
    if pattern is None:
        return usual
    matcher = compiled(pattern)
    fitting = [key for key in usual if matcher is not None and matcher.search(key)]
    made = [key for key in (plainest(pattern), *texts_for(pattern)) if key is not None]
    return list(dict.fromkeys([*fitting, *made])) or usual


def _free(name: str, facts: Mapping[str, Any], kind: str) -> Any:
    """A value for free-form data."""
    if facts.get("max_properties") == 0:
        return {}
    if re.search("Policy(Document)?$", name):
        return _POLICY
    return {"Key": "value"} if kind == "json" else "example"


def text(name: str, facts: Mapping[str, Any], variant: int = 0) -> str:
    """Text for a property of some name, within its facts."""
    shortest: int = facts.get("min_length", 0)
    longest: int = facts.get("max_length", 10**6)
    pattern: str | None = facts.get("pattern")
    matcher = None if pattern is None else compiled(pattern)

    def fits(candidate: str) -> bool:
        return shortest <= len(candidate) <= longest and (
            pattern is None or (matcher is not None and matcher.search(candidate) is not None)
        )

    found = [t for t in _likely(name, facts) if fits(t)]
    if variant and found:
        first = found[0]
        numbered = [*(f"{first}-{n}" for n in range(2, 12)), *(f"{first[:-1]}{n}" for n in range(1, 10))]
        found = list(dict.fromkeys([first, *filter(fits, numbered), *found]))
    if pattern is not None and len(found) <= variant:
        made = plainest(pattern, shortest, facts.get("max_length"))
        found += [] if made is None else [made]
        if len(found) <= variant:
            found += [t for t in texts_for(pattern, shortest, facts.get("max_length")) if t not in found]
    if not found:
        found = [("example-" * (shortest // 8 + 1))[: max(shortest, 7)][:longest]]
    return found[variant % len(found)]


def _likely(name: str, facts: Mapping[str, Any]) -> Iterable[str]:
    """Texts that a property of this name may hold, the likeliest first."""
    for target in facts.get("takes", ()):
        if target in _TAKEN:
            yield _TAKEN[target]
    for ending, found in _NAMED_PATTERNS:
        if ending.search(name):
            yield found
    yield from _PLAIN


def number(facts: Mapping[str, Any], integer: bool) -> int | float:
    """A number within its bounds: 1 where that fits, else the least."""
    low, high = facts.get("minimum"), facts.get("maximum")
    above, below = facts.get("exclusive_minimum"), facts.get("exclusive_maximum")
    step = facts.get("multiple_of")

    def fits(n: float) -> bool:
        return (
            (low is None or n >= low)
            and (high is None or n <= high)
            and (above is None or n > above)
            and (below is None or n < below)
            and (step is None or n % step == 0)
        )

    ends = [
        1,
        low,
        high,
        step,
        0,
        *(n + d for n in (above, low) if n is not None for d in (1, 0.1, step or 1)),
    ]
    ends += [n - 1 for n in (below, high) if n is not None]
    for n in ends:
        if n is not None and fits(n) and (not integer or int(n) == n):
            return int(n) if int(n) == n else n
    return 1


# ---------------------------------------------------------------------------------------------
# Spelling


def _keywords(cls: Any, members: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a class for values by CloudFormation's names; blocks as mappings, which are checked too."""
    names = cls._by_name
    return {names[name].python_name: _plain(value) for name, value in members.items()}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _spelling(type_name: str) -> tuple[str, str]:
    """The import lines of an example, and how it calls the class."""
    namespace, *_, name = type_name.split("::")
    if namespace in ("AWS", "AMZN", "Alexa"):
        module = module_name(type_name)
        return f"from pyformation import Stack\nfrom pyformation.aws import {module}", f"{module}.{name}"
    return "from pyformation import Stack, resource_class", f'resource_class("{type_name}")'


def _call(spelled: str, cls: type[Properties], members: Mapping[str, Any], width: int, before: str) -> str:
    """The call of a class as a formatter would lay it out; it stands behind `before`."""

    def flat(value: Any) -> str:
        if isinstance(value, (Block, dict, list)):
            start, parts, end = opened(value)
            return start + ", ".join(head + flat(item) for head, item in parts) + end
        return _literal(value)

    def opened(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
        """How a value begins, what is in it, how it ends."""
        if isinstance(value, Block) and spelled[-1] != ")":
            inner = cls._root._property_type(value.property_type)
            parts = [(f"{inner._by_name[n].python_name}=", item) for n, item in value.items()]
            return f"{spelled}.{value.property_type}(", parts, ")"
        if isinstance(value, dict):
            given = cast("dict[str, Any]", value)
            return "{", [(f"{_literal(key)}: ", item) for key, item in given.items()], "}"
        items: list[Any] = value
        return "[", [("", item) for item in items], "]"

    def lay(start: str, parts: list[tuple[str, Any]], end: str, room: int, ahead: int) -> str:
        """On one line if `room` allows after `ahead` characters, else on several."""
        line = start + ", ".join(head + flat(item) for head, item in parts) + end
        if len(line) + ahead <= room or not parts:
            return line
        rows: list[str] = []
        for head, item in parts:
            inside = room - 4
            if isinstance(item, Block) and len(head) + len(opened(item)[0]) > inside:
                item = _plain(item)  # A mapping, where the name of the property type takes the whole line.
            if isinstance(item, (dict, list)):
                value = lay(*opened(item), inside, len(head) + 1)
            elif isinstance(item, str) and len(head) + len(_literal(item)) + 1 > inside:
                value = _folded(item, inside)
            else:
                value = _literal(item)
            rows += f"{head}{value},".splitlines()
        return "\n".join([start, *(f"    {row}" for row in rows), end])

    parts = [(f"{cls._by_name[n].python_name}=", item) for n, item in members.items()]
    return lay(f"{spelled}(", parts, ")", width, len(before))


def _folded(value: str, room: int) -> str:
    """A long text as several, which Python puts together."""
    size = max(room - 6, 20)
    if len(value) <= size:
        return f"(\n    {_literal(value)}\n)"
    lines = "".join(f"    {_literal(value[i : i + size])}\n" for i in range(0, len(value), size))
    return f"(\n{lines})"


def _literal(value: Any) -> str:
    """A scalar in Python, text in double quotes unless it has some itself."""
    if not isinstance(value, str) or ('"' in value and "'" not in value):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def custom_snippet(type_name: str) -> Snippet:
    """The example of a custom resource of a name of one's own, such as ``Custom::Thing``."""
    name = _attribute(type_name, "")
    token = _TAKEN["AWS::Lambda::Function.Arn"]
    template = Template()
    template.add(pascal_case(name), AnyResource(type_name, {"ServiceToken": token}))
    python = (
        "from pyformation import AnyResource, Stack\n\n\nclass Example(Stack):\n"
        f"    {name} = AnyResource(\n        {_literal(type_name)},\n"
        f'        {{"ServiceToken": {_literal(token)}}},\n    )\n'
    )
    return Snippet(python, template.to_yaml())
