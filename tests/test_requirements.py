"""What `validate` says of the shape, the expressions and the combinations of properties of a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from pyformation import catalog, document
from pyformation.errors import DocumentError
from pyformation.evaluation import Given
from pyformation.evaluation.checking import Checked, checked, unknown_parameters
from pyformation.validation import attributes, kinds, requirements, statements, structure, validate

ROOT = Path(__file__).parent.parent
EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "fixtures" / "requirements" / "examples.json").read_text(encoding="utf-8")
)
TEMPLATES = ROOT.parent / "shared" / "data" / "templates"
RULES = ROOT.parent / "shared" / "data" / "rules.json"


def template(type_name: str, given: dict[str, Any]) -> dict[str, Any]:
    """A template with one resource; attributes begin with ``@``."""
    attributes = {key[1:]: value for key, value in given.items() if key[0] == "@"}
    properties = {key: value for key, value in given.items() if key[0] != "@"}
    return {"Resources": {"It": {"Type": type_name, "Properties": properties, **attributes}}}


def said(data: dict[str, Any], given: dict[str, Any] | None = None) -> list[str]:
    parameters = unknown_parameters(data) if given is None else given
    return [found.message for found in requirements.broken({None: checked(data, Given(parameters))})]


# -- rules over several properties ------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one['type']}: {one['says'][:40]}")
def test_a_rule(example: dict[str, Any]) -> None:
    sentence = f"It: {example['says']}"
    assert sentence in said(template(example["type"], example["broken"]))
    assert said(template(example["type"], example["fine"])) == []


def test_every_rule_has_an_example_and_a_source() -> None:
    rows = catalog.reviewed("requirements")
    assert {(row["type"], row["says"]) for row in rows if "type" in row} == {
        (one["type"], one["says"]) for one in EXAMPLES
    }
    for row in rows:
        assert row["reason"] and row["source"].startswith("https://docs.aws.amazon.com/"), row
        assert row.get("code", "PF719") == "PF719"
        if "named" in row:
            continue
        assert catalog.find(row["type"]) is not None
        counted = [one if isinstance(one, str) else next(iter(one)) for one in row["if"].get("count", ())]
        # Every item of a list or mapping is like its first one.
        below = (
            "".join(f"/{step}" for step in row["each"].replace("*", "0").split("/")[1:]) + "/0"
            if "each" in row
            else ""
        )
        for path in [*(path for path in row["if"] if path[0] == "/"), *counted]:
            if path[:2] != "/@":
                found = catalog.find_property(row["type"], f"/Properties{below}{path}")
                assert found is not None, (row["type"], below, path)


@pytest.mark.parametrize(
    ("type_name", "properties", "path"),
    [
        ("AWS::DMS::Endpoint", {"EndpointType": "source", "EngineName": "mysql", "Port": 70_000}, "Port"),
        ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Name": "a", "Image": "b", "PortMappings": [{"HostPort": "65536"}]}]}, "ContainerDefinitions/0/PortMappings/0/HostPort"),
        ("AWS::EC2::SecurityGroup", {"GroupDescription": "g", "SecurityGroupIngress": [{"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 1, "ToPort": 65_536}]}, "SecurityGroupIngress/0/ToPort"),
        ("AWS::RDS::DBCluster", {"Engine": "aurora-mysql", "Port": 65_535}, None),
        ("AWS::Lambda::Function", {"Runtime": "r", "Handler": "h", "Code": {"ZipFile": "x"}, "Environment": {"Variables": {"DatabasePort": "70000"}}}, None),
        ("AWS::DMS::Endpoint", {"EndpointType": "source", "EngineName": "mysql", "Port": {"Ref": "Stage"}}, None),
    ],
)  # fmt: skip
def test_a_rule_about_a_property_of_any_type(
    type_name: str, properties: dict[str, Any], path: str | None
) -> None:
    data = {**template(type_name, properties), "Parameters": {"Stage": {"Type": "Number"}}}
    given = Given(unknown_parameters(data))
    found = [
        one for one in requirements.broken({None: checked(data, given)}) if "at most 65,535" in one.message
    ]
    assert [one.path for one in found] == ([] if path is None else [f"/Resources/It/Properties/{path}"])


MAYBE = {"Fn::If": ["Unknown", "x", {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("AWS::Lambda::Function", {"Runtime": "r", "Handler": "h", "Code": {"ZipFile": MAYBE, "ImageUri": MAYBE}}),
        ("AWS::Lambda::Function", {"Runtime": "r", "Handler": "h", "Code": {"ZipFile": "x"}, "MemorySize": {"Ref": "Stage"}}),
        ("AWS::Lambda::Function", {"Runtime": "r", "Handler": "h", "Code": {"Fn::Transform": {"Name": "M"}}}),
        ("AWS::EC2::VPC", {"CidrBlock": MAYBE}),
        ("AWS::EC2::VPC", {"CidrBlock": {"Fn::ImportValue": "cidr"}}),
        ("AWS::S3::Bucket", {"BucketName": {"Fn::Sub": "My_${Stage}"}}),
        ("AWS::S3::Bucket", {"BucketName": "{{resolve:ssm:/Name:1}}"}),
        ("AWS::SQS::Queue", {"FifoQueue": True, "QueueName": {"Ref": "Stage"}}),
        ("AWS::Route53::RecordSet", {"HostedZoneId": MAYBE, "HostedZoneName": MAYBE, "TTL": "1", "ResourceRecords": ["a"], "Type": {"Ref": "Stage"}}),
        ("AWS::DynamoDB::Table", {"BillingMode": {"Ref": "Stage"}}),
        ("AWS::Route53::RecordSet", {"HostedZoneId": "Z", "Name": "a", "Type": "A", "TTL": "1", "ResourceRecords": ["a"], "Weight": 1, "SetIdentifier": "s", "MultiValueAnswer": {"Ref": "Stage"}}),
        ("AWS::Route53::RecordSet", {"HostedZoneId": "Z", "Name": "a", "Type": "A", "TTL": "1", "ResourceRecords": ["a"], "Weight": 1, "SetIdentifier": "s", "MultiValueAnswer": False}),
        ("AWS::RDS::DBInstance", {"Engine": "mysql", "MasterUsername": "u", "ManageMasterUserPassword": True, "StorageType": "io1", "AllocatedStorage": {"Ref": "Stage"}, "Iops": 9000, "PreferredBackupWindow": {"Ref": "Stage"}}),
        ("AWS::RDS::DBInstance", {"Engine": "mysql", "MasterUsername": "u", "ManageMasterUserPassword": True, "PreferredBackupWindow": "23:45-0:15", "PreferredMaintenanceWindow": "Sat:22:00-SUN:1:00"}),
        ("AWS::CloudWatch::Dashboard", {"DashboardBody": {"Fn::Sub": "{${Stage}"}}),
        ("AWS::CloudWatch::Dashboard", {"DashboardBody": "{{resolve:ssm:/dashboard:1}}"}),
        ("AWS::EC2::VPNConnection", {"Type": "ipsec.1", "VpnTunnelOptionsSpecifications": [{"PreSharedKey": "{{resolve:secretsmanager:key}}"}]}),
        ("AWS::CodeCommit::Repository", {"RepositoryName": "r", "Triggers": [{"Events": ["all", {"Fn::If": ["Unknown", "updateReference", {"Ref": "AWS::NoValue"}]}]}]}),
        ("AWS::WAFv2::WebACL", {"Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "Rules": [{"Action": {"Allow": {}}, "Statement": {"AndStatement": {"Statements": [{"RateBasedStatement": {}}, MAYBE]}}}]}),
        ("AWS::ElastiCache::CacheCluster", {"PreferredAvailabilityZones": ["us-east-1a", {"Ref": "Stage"}]}),
        ("AWS::EC2::Volume", {"SourceVolumeId": "vol-1"}),
        ("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [{"Fn::If": ["Unknown", {"IpProtocol": "tcp"}, {"Ref": "AWS::NoValue"}]}]}),
    ],
)  # fmt: skip
def test_what_is_unknown_breaks_no_rule(type_name: str, properties: dict[str, Any]) -> None:
    data = template(type_name, properties)
    data["Parameters"] = {"Stage": {"Type": "String"}}
    data["Conditions"] = {"Unknown": {"Fn::Equals": [{"Ref": "Stage"}, "x"]}}
    assert said(data) == []


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason="needs the collection of templates beside the project")
def test_real_templates_break_no_rule() -> None:
    for file in sorted(TEMPLATES.rglob("*.yaml")):
        try:
            data = document.read(str(file)).data
        except DocumentError:
            continue
        for given in (unknown_parameters(data), {}):
            assert said(data, given) == [], file.name


# -- shape and expressions ----------------------------------------------------------------------------

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue"}


def whole(value: Any = None, **sections: Any) -> dict[str, Any]:
    queue = QUEUE if value is None else {**QUEUE, "Properties": {"QueueName": value}}
    return {"Resources": {"Q": QUEUE, "X": queue}, **sections}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (whole(Outputs={"O": {"Value": "x", "Description": None}}), "/Outputs/O/Description"),
        (whole({"Fn::Join": ["", [None]]}), "/Resources/X/Properties/QueueName/Fn::Join/1/0"),
        (whole(Metadata={"a": [None]}), "/Metadata/a/0"),
        (whole(Outputs={"O": {"Description": "x"}}), "/Outputs/O"),
        (whole(Outputs={"O": {"Value": "x", "Export": {}}}), "/Outputs/O/Export"),
        (whole(Mappings={"M": {"a": {"b": {"Ref": "AWS::Region"}}}}), "/Mappings/M/a/b"),
        (whole(Mappings={"M": {"a": {"b": [{"Fn::Sub": "x"}]}}}), "/Mappings/M/a/b/0"),
        (whole(Parameters={"P": {"Type": "CommaDelimitedList", "Default": ["a"]}}), "/Parameters/P/Default"),
        (whole(Mappings={"M": {"a": {"b": {"c": "d"}}}}), "/Mappings/M/a/b"),
        (whole(Outputs={"O": {"Value": "x", "Description": {"Ref": "AWS::Region"}}}), "/Outputs/O/Description"),
        (whole(Outputs={"O": {"Value": {"Fn::GetAZs": ""}}}), "/Outputs/O/Value"),
        (whole(Outputs={"O": {"Value": {"Fn::If": ["C", "a", {"Fn::Split": [",", "a,b"]}]}}}), "/Outputs/O/Value"),
        (
            whole(
                Parameters={"P": {"Type": "List<AWS::EC2::Subnet::Id>"}}, Outputs={"O": {"Value": {"Ref": "P"}}}
            ),
            "/Outputs/O/Value",
        ),
        (whole({"Fn::Equals": ["a", "b"]}), "/Resources/X/Properties/QueueName"),
        (whole({"Fn::If": [{"Fn::Not": [{"Condition": "C"}]}, "a", "b"]}), "/Resources/X/Properties/QueueName/Fn::If/0"),
        (whole({"Ref": {"Ref": "AWS::Region"}}), "/Resources/X/Properties/QueueName"),
        (
            whole({"Fn::Join": ["", [{"Fn::GetAtt": [{"Ref": "AWS::Region"}, "Arn"]}]]}),
            "/Resources/X/Properties/QueueName/Fn::Join/1/0",
        ),
        (whole(Conditions={"C": True}), "/Conditions/C"),
        ({"Resources": {"Q": {**QUEUE, "DeletionPolicy": {"Ref": "AWS::Region"}}}}, "/Resources/Q/DeletionPolicy"),
        ({"Resources": {"Q": {**QUEUE, "Properties": []}}}, "/Resources/Q/Properties"),
        ({"Resources": {"Q": {**QUEUE, "Metadata": "x"}}}, "/Resources/Q/Metadata"),
        (whole(Conditions={"C": {"Fn::Equals": [{"Ref": "Q"}, "x"]}}), "/Conditions/C/Fn::Equals/0"),
        (
            whole(Conditions={"C": {"Fn::Not": [{"Fn::Equals": [{"Fn::GetAtt": ["Q", "Arn"]}, "x"]}]}}),
            "/Conditions/C/Fn::Not/0/Fn::Equals/0",
        ),
    ],
)  # fmt: skip
def test_malformed(data: dict[str, Any], path: str) -> None:
    assert [(found.code, found.path) for found in structure.malformed(data)] == [("PF714", path)]


def test_functions_that_a_transform_takes() -> None:
    named = {"Fn::GetAtt": [{"Ref": "AWS::Region"}, "Arn"]}
    resource = {**QUEUE, "DeletionPolicy": {"Ref": "AWS::Region"}, "Properties": {"QueueName": named}}
    for transform in ("AWS::LanguageExtensions", ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]):
        assert [*structure.malformed({"Transform": transform, "Resources": {"Q": resource}})] == []


def test_well_formed() -> None:
    data = whole(
        "x",
        Parameters={"P": {"Type": "CommaDelimitedList", "Default": "a,b"}},
        Mappings={"M": {"a": {"b": ["c"]}}},
        Conditions={"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "D": {"Condition": "C"}},
        Outputs={"O": {"Value": "x", "Export": {"Name": "n"}}, "M": {"Fn::Transform": {"Name": "X"}}},
    )
    assert list(structure.malformed(data)) == []


# -- policies of resources ------------------------------------------------------------------------------

ROLLING = "UpdatePolicy.AutoScalingRollingUpdate"
POLICIES: list[tuple[str, dict[str, Any], str, str]] = [
    ("UpdatePolicy", {"AutoScalingRollingUpdate": {"MaxBatchSiz": 1}}, "/AutoScalingRollingUpdate/MaxBatchSiz", f"{ROLLING} has no key 'MaxBatchSiz'; did you mean 'MaxBatchSize'?"),
    ("UpdatePolicy", {"AutoScalingRollingUpdate": {"MinInstancesInService": "one"}}, "/AutoScalingRollingUpdate/MinInstancesInService", "is a whole number, found 'one'"),
    ("UpdatePolicy", {"AutoScalingRollingUpdate": {"MinSuccessfulInstancesPercent": 101}}, "/AutoScalingRollingUpdate/MinSuccessfulInstancesPercent", "is at most 100, found 101"),
    ("UpdatePolicy", {"AutoScalingRollingUpdate": {"WaitOnResourceSignals": "maybe"}}, "/AutoScalingRollingUpdate/WaitOnResourceSignals", "is true or false, found 'maybe'"),
    ("UpdatePolicy", {"AutoScalingRollingUpdate": {"SuspendProcesses": "Launch"}}, "/AutoScalingRollingUpdate/SuspendProcesses", "is a list, found 'Launch'"),
    ("UpdatePolicy", {"AutoScalingRollingUpdate": True}, "/AutoScalingRollingUpdate", f"{ROLLING} is a mapping, found True"),
    ("UpdatePolicy", {"AutoScalingReplacingUpdate": {"WillReplace": ["true"]}}, "/AutoScalingReplacingUpdate/WillReplace", "is one value, found a list"),
    ("UpdatePolicy", {"CodeDeployLambdaAliasUpdate": {"ApplicationName": "a"}}, "/CodeDeployLambdaAliasUpdate", "needs DeploymentGroupName"),
    ("UpdatePolicy", {"AutoScalingInstanceRefresh": {"Strategy": "Rollin"}}, "/AutoScalingInstanceRefresh/Strategy", "did you mean 'Rolling'?"),
    ("UpdatePolicy", {"UseOnlineResharding": {"Fn::If": ["C", "maybe", True]}}, "/UseOnlineResharding", "is true or false"),
    ("CreationPolicy", {"ResourceSignals": {}}, "/ResourceSignals", "did you mean 'ResourceSignal'?"),
    ("CreationPolicy", {"AutoScalingCreationPolicy": {"MinSuccessfulInstancesPercent": -1}}, "/AutoScalingCreationPolicy/MinSuccessfulInstancesPercent", "is at least 0, found -1"),
    ("CreationPolicy", {"ResourceSignal": {"Count": 1.5}}, "/ResourceSignal/Count", "is a whole number, found 1.5"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "given", "path", "sentence"), POLICIES)
def test_policies_of_resources(key: str, given: dict[str, Any], path: str, sentence: str) -> None:
    data = template("AWS::AutoScaling::AutoScalingGroup", {f"@{key}": given})
    data["Parameters"] = {"Text": {"Type": "String"}}
    data["Conditions"] = {"C": {"Fn::Equals": [{"Ref": "Text"}, "x"]}}
    (found,) = attributes.wrong({None: checked(data, Given(unknown_parameters(data)))})
    assert (found.code, found.path) == ("PF715", f"/Resources/It/{key}{path}")
    assert sentence in found.message
    assert found in [attrs.evolve(one, origin=None) for one in validate(data).findings]


def test_a_rule_about_a_policy_stands_in_the_policy() -> None:
    given = {"@UpdatePolicy": {"AutoScalingRollingUpdate": {"PauseTime": "5 minutes"}}}
    data = template("AWS::AutoScaling::AutoScalingGroup", {"MaxSize": "1", **given})
    found = requirements.broken({None: checked(data, Given({}))})
    assert "/Resources/It/UpdatePolicy/AutoScalingRollingUpdate/PauseTime" in [one.path for one in found]


@pytest.mark.parametrize(
    "given",
    [
        {"AutoScalingRollingUpdate": {"MinInstancesInService": "1", "WaitOnResourceSignals": "true", "MaxBatchSize": {"Ref": "Text"}}},
        {"AutoScalingRollingUpdate": {"Fn::If": ["C", {"MaxBatchSize": 1}, {"Ref": "AWS::NoValue"}]}},
        {"AutoScalingRollingUpdate": {"Fn::Transform": {"Name": "M"}, "Foo": 1}},
        {"AutoScalingInstanceRefresh": {"Strategy": "Rolling", "Preferences": {"Anything": 1}}},
    ],
)  # fmt: skip
def test_policies_of_resources_that_are_right(given: dict[str, Any]) -> None:
    data = template("AWS::AutoScaling::AutoScalingGroup", {"@UpdatePolicy": given})
    data["Parameters"] = {"Text": {"Type": "String"}}
    data["Conditions"] = {"C": {"Fn::Equals": [{"Ref": "Text"}, "x"]}}
    assert list(attributes.wrong({None: checked(data, Given(unknown_parameters(data)))})) == []


# -- values of another kind ----------------------------------------------------------------------------

SPLIT = {"Fn::Split": [",", {"Ref": "Text"}]}
KINDS: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("AWS::SQS::Queue", {"QueueName": SPLIT}, "QueueName", "takes one value, found a list, which Fn::Split gives; Fn::Join"),
    ("AWS::SQS::Queue", {"QueueName": {"Fn::GetAZs": ""}}, "QueueName", "found a list, which Fn::GetAZs gives"),
    ("AWS::SQS::Queue", {"QueueName": {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}}, "QueueName", "takes one value, found a list"),
    ("AWS::SQS::Queue", {"QueueName": {"Ref": "List"}}, "QueueName", "takes one value, found a list"),
    ("AWS::SQS::Queue", {"QueueName": {"Ref": "Stored"}}, "QueueName", "takes one value, found a list"),
    ("AWS::SQS::Queue", {"QueueName": {"Fn::FindInMap": ["M", "a", "b"]}}, "QueueName", "takes one value, found a list"),
    ("AWS::SQS::Queue", {"DelaySeconds": {"Fn::If": ["C", SPLIT, 1]}}, "DelaySeconds", "takes one value, found a list"),
    ("AWS::S3::Bucket", {"Tags": [{"Key": "a", "Value": SPLIT}]}, "Tags/0/Value", "Value takes one value, found a list"),
    ("AWS::S3::Bucket", {"Tags": {"Fn::Sub": "${Text}"}}, "Tags", "Tags takes a list, found one value"),
    ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": {"Ref": "Text"}}}, "VpcConfig/SubnetIds", "takes a list, found one value"),
    ("AWS::Lambda::Function", {"Environment": {"Variables": {"A": {"Ref": "List"}}}}, "Environment/Variables/A", "takes one value, found a list"),
    ("AWS::S3::Bucket", {"VersioningConfiguration": {"Fn::Join": ["", ["a"]]}}, "VersioningConfiguration", "takes a mapping, found one value"),
    # What is right, and what nobody knows.
    ("AWS::SQS::Queue", {"QueueName": {"Fn::Join": ["", {"Ref": "List"}]}, "DelaySeconds": {"Ref": "Text"}}, None, ""),
    ("AWS::SQS::Queue", {"QueueName": {"Fn::Select": [0, SPLIT]}, "Tags": {"Fn::ImportValue": "tags"}}, None, ""),
    ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": {"Ref": "List"}, "SecurityGroupIds": SPLIT}}, None, ""),
    ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": {"Ref": "Commas"}, "SecurityGroupIds": {"Ref": "Stored"}}}, None, ""),
    ("AWS::SQS::Queue", {"QueueName": {"Ref": "Commas"}}, "QueueName", "takes one value, found a list"),
    ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": "{{resolve:ssm:/subnets:1}}"}, "Tags": {"Fn::Transform": {"Name": "M"}}}, None, ""),
    ("AWS::IAM::Policy", {"PolicyDocument": {"Statement": SPLIT}, "PolicyName": {"Ref": "AWS::NoValue"}}, None, ""),
    ("AWS::Serverless::Function", {"CodeUri": SPLIT}, None, ""),
    ("Custom::Anything", {"Name": SPLIT}, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "properties", "path", "sentence"), KINDS)
def test_values_of_another_kind(
    type_name: str, properties: dict[str, Any], path: str | None, sentence: str
) -> None:
    data = {
        **template(type_name, properties),
        "Parameters": {
            "Text": {"Type": "String"},
            "List": {"Type": "List<Number>"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<List<String>>"},
            "Commas": {"Type": "AWS::SSM::Parameter::Value<CommaDelimitedList>", "Default": "/names"},
        },
        "Mappings": {"M": {"a": {"b": ["c"]}}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "Text"}, "x"]}},
    }
    found = list(kinds.wrong(data, {None: checked(data, Given(unknown_parameters(data)))}))
    assert [one.path for one in found] == ([] if path is None else [f"/Resources/It/Properties/{path}"])
    assert path is None or (found[0].code == "PF720" and sentence in found[0].message)


def test_a_literal_of_another_kind_is_reported_once() -> None:
    data = template("AWS::SQS::Queue", {"QueueName": ["a"], "KmsMasterKeyId": {"Ref": "List"}})
    data["Parameters"] = {"List": {"Type": "CommaDelimitedList"}}
    found = {(one.code, one.path) for one in validate(data).findings if one.severity != "info"}
    at = "/Resources/It/Properties/"
    assert found == {("F3012", f"{at}QueueName"), ("PF720", f"{at}KmsMasterKeyId")}


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason="needs the collection of templates beside the project")
def test_real_templates_have_values_of_the_right_kind() -> None:
    for file in sorted(TEMPLATES.rglob("*.yaml")):
        try:
            data = document.read(str(file)).data
        except DocumentError:
            continue
        for given in (unknown_parameters(data), {}):
            found = kinds.wrong(data, {None: checked(data, Given(given))})
            # Code in a folder: `validate` puts a location in S3 in its place.
            assert [one for one in found if not (one.path or "").endswith("/Properties/Code")] == [], (
                file.name
            )


def exported(name: Any, other: Any = "other", **facts: Any) -> dict[str, Any]:
    outputs = {
        "O": {"Value": "x", "Export": {"Name": name}},
        "P": {"Value": "x", "Export": {"Name": other}, **facts},
    }
    parameters = {"Text": {"Type": "String"}, "Hidden": {"Type": "String", "NoEcho": True, "Default": "a b"}}
    return whole(
        Outputs=outputs, Parameters=parameters, Conditions={"C": {"Fn::Equals": [{"Ref": "Text"}, "x"]}}
    )


CUSTOM = {"Type": "Custom::Thing", "Properties": {"ServiceToken": "arn"}}
OUT_OF_PLACE: list[tuple[dict[str, Any], str | None, str]] = [
    (exported({"Fn::GetAtt": ["Q", "Arn"]}), "/Outputs/O/Export/Name", "depends on the resource Q"),
    (exported({"Fn::Sub": "${AWS::StackName}-${Q}"}), "/Outputs/O/Export/Name", "depends on the resource Q"),
    (exported({"Fn::Join": ["", [{"Fn::ImportValue": "a"}]]}), "/Outputs/O/Export/Name/Fn::Join/1/0", "depends on Fn::ImportValue"),
    (exported({"Fn::Select": [0, {"Fn::GetAZs": ""}]}), "/Outputs/O/Export/Name/Fn::Select/1", "depends on Fn::GetAZs"),
    (exported("a_b"), "/Outputs/O/Export/Name", "letters, digits, colons and hyphens only, found '_'"),
    (exported({"Fn::Sub": "${Text}/b"}), "/Outputs/O/Export/Name", "found '/'"),
    (exported("a", "a"), "/Outputs/P/Export/Name", "the outputs O and P export the same name"),
    (exported({"Fn::Sub": "${AWS::StackName}-${Text}"}, {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, {"Ref": "Text"}]]}), "/Outputs/P/Export/Name", "export the same name"),
    (exported("a", "a", Condition="C"), None, ""),
    (exported({"Ref": "Text"}, {"Fn::Sub": "${Text}-b"}), None, ""),
    (exported({"Fn::Sub": "${AWS::StackName}:a-1"}, {"Ref": "Hidden"}), None, ""),
    (exported({"Fn::Transform": {"Name": "M"}}), None, ""),
    (whole({"Fn::ImportValue": {"Ref": "Q"}}), "/Resources/X/Properties/QueueName/Fn::ImportValue", "the name of an import depends on the resource Q"),
    (whole({"Fn::Join": ["", [{"Fn::ImportValue": {"Fn::Sub": "${Q.Arn}-x"}}]]}), "/Resources/X/Properties/QueueName/Fn::Join/1/0/Fn::ImportValue", "the name of an import"),
    (whole({"Fn::FindInMap": ["M", {"Ref": "Q"}, "b"]}), "/Resources/X/Properties/QueueName/Fn::FindInMap/1", "a key of a mapping depends on the resource Q"),
    (whole({"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": {"Ref": "Q"}}]}), None, ""),
    (whole(Parameters={"P": {"Type": "String", "AllowedValues": [{"Ref": "AWS::Region"}]}}), "/Parameters/P/AllowedValues/0", "is a function, and parameters have values only"),
    (whole(Rules={"R": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Q"}, "a"]}}]}}), "/Rules/R/Assertions/0/Assert/Fn::Equals/0", "the rule R refers to the resource Q"),
    ({"Resources": {"C": {**CUSTOM, "Type": "Custom::My Thing"}}}, "/Resources/C/Type", "found 'Custom::My Thing'"),
    ({"Resources": {"C": {**CUSTOM, "Type": f"Custom::{'x' * 61}"}}}, "/Resources/C/Type", "up to 60"),
    ({"Resources": {"C": {"Type": "Custom::Thing"}}}, "/Resources/C", "a custom resource needs ServiceToken"),
    ({"Resources": {"C": CUSTOM, "D": {"Type": "Custom::A-b_c@1", "Properties": {"Fn::Transform": {"Name": "M"}}}}}, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "sentence"), OUT_OF_PLACE)
def test_what_is_read_before_there_are_resources(
    data: dict[str, Any], path: str | None, sentence: str
) -> None:
    values: dict[str | None, Checked] = {None: checked(data, Given(unknown_parameters(data)))}
    found = [*structure.out_of_place(data), *structure.exports(values)]
    assert [one.path for one in found] == ([] if path is None else [path])
    assert path is None or (found[0].code == "PF714" and sentence in found[0].message)
    assert path is None or (found[0].code, path) in [(one.code, one.path) for one in validate(data).findings]
    # A macro may rewrite all of it.
    rewritten = [one for one in validate({**data, "Transform": "Mine"}).findings if one.code == "PF714"]
    assert not any(sentence in one.message for one in rewritten if sentence)


VALUELESS: list[tuple[Any, str]] = [
    ({"Fn::Join": ["", "a", "b"]}, "Fn::Join takes a list of 2 arguments"),
    ({"Fn::Join": ["", "a"]}, "Fn::Join takes a list, found 'a'"),
    ({"Fn::Select": [5, ["a"]]}, "there is no item '5'"),
    ({"Fn::Sub": ["x"]}, "Fn::Sub takes a text, or a text and a mapping"),
    ({"Fn::Sub": ["x", {}, "y"]}, "Fn::Sub takes a text, or a text and a mapping"),
    ({"Fn::Sub": {"a": "b"}}, "Fn::Sub takes a text, or a text and a mapping"),
    ({"Fn::ImportValue": ["a"]}, "Fn::ImportValue takes the name of an export"),
    ({"Fn::FindInMap": ["a", "b"]}, "Fn::FindInMap takes a list of 3 or 4 arguments"),
    ({"Fn::Split": [","]}, "Fn::Split takes a list of 2 arguments"),
    ({"Fn::Base64": ["a"]}, "Fn::Base64 takes a text"),
]


@pytest.mark.parametrize(("value", "sentence"), VALUELESS)
def test_expressions_that_have_no_value(value: Any, sentence: str) -> None:
    # Beside another one, and whatever the parameters are.
    data = whole(value, Parameters={"P": {"Type": "String", "Default": "x"}})
    data["Resources"]["Y"] = {**QUEUE, "Properties": {"QueueName": {"Fn::Cidr": ["a"]}}}
    errors = checked(data, Given(unknown_parameters(data))).errors
    assert [error.path for error in errors] == [
        "Resources.X.Properties.QueueName",
        "Resources.Y.Properties.QueueName",
    ]
    assert sentence in errors[0].message


def test_an_error_stands_at_the_innermost_expression() -> None:
    tags = [
        {"Key": "a", "Value": "b"},
        {"Key": "c", "Value": {"Fn::Join": ["", [{"Fn::Select": [4, ["a"]]}]]}},
    ]
    data = whole({"Fn::Sub": ["${a}", {"a": {"Fn::If": ["Nope", "x", "y"]}}]})
    data["Resources"]["Q"] = {**QUEUE, "Properties": {"Tags": tags}}
    found = {one.path for one in validate(data).findings if one.code == "PF713"}
    assert found == {
        "/Resources/Q/Properties/Tags/1/Value/Fn::Join/1/0",
        "/Resources/X/Properties/QueueName/Fn::Sub/1/a",
    }


def test_an_error_in_a_loop_stands_in_the_loop() -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Join": ["", "a", "b"]}}}
    loop = {"Fn::ForEach::Topics": ["X", ["a", "b"], {"T${X}": topic}]}
    data = {"Transform": "AWS::LanguageExtensions", "Resources": loop}
    (found,) = [one for one in validate(data).findings if one.code == "PF713"]
    assert found.path == "/Resources/Fn::ForEach::Topics/2/T${X}/Properties/TopicName"
    assert found.message.startswith("Ta: Fn::Join takes a list of 2 arguments")
    topic["Properties"] = {"TopicName": "x.fifo"}
    (found,) = [one for one in validate(data).findings if one.code == "PF715"]
    assert (found.path or "").startswith("/Resources/Fn::ForEach::Topics/2/T${X}/Properties")


def test_an_error_for_given_values_only() -> None:
    data = whole(
        {"Fn::FindInMap": ["M", {"Ref": "Stage"}, "name"]},
        Parameters={"Stage": {"Type": "String", "Default": "dev"}},
        Mappings={"M": {"dev": {"name": "x"}}},
    )
    assert checked(data, Given(unknown_parameters(data))).errors == []
    assert checked(data, Given()).errors == []
    (error,) = checked(data, Given({"Stage": "prod"})).errors
    assert "prod" in error.message


# -- IAM ------------------------------------------------------------------------------------------------


def policy(**statement: Any) -> dict[str, Any]:
    one = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    document_ = {"Version": "2012-10-17", "Statement": [one]}
    return template("AWS::IAM::ManagedPolicy", {"PolicyDocument": document_})


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ({"Fn::If": ["C", ["s3:GetObjekt"], "s3:*"]}, "s3 has no action 'GetObjekt'; did you mean 'getobject'?"),
        ("s3:GetObjekt", "s3 has no action 'GetObjekt'; did you mean 'getobject'?"),
        ("s3:Gt*", "no action of s3 matches 's3:Gt*'"),
        ("dynamodbb:GetItem", "no service has the prefix 'dynamodbb' of the action 'dynamodbb:GetItem'; did you mean 'dynamodb'?"),
        ("GetObject", "'GetObject' is not an action"),
        (["sqs:SendMessage", "sqs:SendMessages"], "sqs has no action 'SendMessages'; did you mean 'sendmessage'?"),
        ("s3:[a-z]*", "no action of s3 matches"),
    ],
)  # fmt: skip
def test_actions_that_no_service_has(action: Any, sentence: str) -> None:
    for key in ("Action", "NotAction"):
        data = policy(**{"Action": "s3:GetObject", key: action})
        (found,) = statements.unknown_actions(data)
        assert found.code == "PF717" and sentence in found.message
        assert found.path is not None and f"/Statement/0/{key}" in found.path


@pytest.mark.parametrize(
    "action",
    ["*", "s3:*", "S3:getobject", "s3:Get*", "s3:Get?bject", "sqs:*Message*", "{{resolve:ssm:/a:1}}", {"Ref": "P"}, "*:*"],
)  # fmt: skip
def test_actions_that_exist_or_of_which_nothing_is_known(action: Any) -> None:
    assert list(statements.unknown_actions(policy(Action=action))) == []


def test_effects() -> None:
    (found,) = statements.unknown_actions(policy(Effect="NotAllow"))
    assert found.code == "PF715" and "Allow or Deny, not 'NotAllow'; did you mean 'Allow'?" in found.message
    assert list(statements.unknown_actions(policy(Effect={"Ref": "P"}))) == []


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason="needs the collection of templates beside the project")
def test_real_templates_have_actions_that_exist() -> None:
    found: set[str] = set()
    for file in sorted(TEMPLATES.rglob("*.json")):
        try:
            data = document.read(str(file)).data
        except DocumentError:
            continue
        found |= {one.message.partition(": ")[2] for one in statements.unknown_actions(data)}
    # Its author meant s3:ReplicateTags.
    (sentence,) = found
    assert sentence.startswith("s3 has no action 'ReplicationTags'")
