"""`pyformation explain`: facts against what people wrote, names, errors, examples, the terminal; help() and IPython."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import pty
import pydoc
import re
import subprocess
import sys
from typing import Any

import pytest
from conftest import ROOT, run_command, run_python
from test_all_types import SAMPLE, TYPES, diagnose, exception_for
from test_all_types import forget_validator as forget_validator  # a fixture

import pyformation.aws
from pyformation import CatalogError, catalog, resource_class
from pyformation.aws import ec2, iam, lambda_, s3, sqs, wafv2
from pyformation.errors import nearest_names
from pyformation.explanation import explain, snippets, to_dict
from pyformation.explanation._naming import find_type
from pyformation.explanation.records import (
    PropertyExplanation,
    PropertyTypeExplanation,
    ServiceExplanation,
    TypeExplanation,
)
from pyformation.explanation.snippets import snippet, values
from pyformation.reports.explanation import layout
from pyformation.reports.terminal import plain

FACTS: list[dict[str, Any]] = json.loads((ROOT / "tests" / "fixtures" / "explain.json").read_text())["rows"]


def type_of(name: str) -> TypeExplanation:
    found = explain(name)
    assert isinstance(found, TypeExplanation)
    return found


def property_of(name: str) -> PropertyExplanation:
    found = explain(name)
    assert isinstance(found, PropertyExplanation)
    return found


# ---------------------------------------------------------------------------------------------
# Facts, against what people wrote


def test_there_are_a_hundred_types() -> None:
    names = [row["type"] for row in FACTS]
    assert len(set(names)) == len(names) > 100
    assert sum(len(row.get("properties", {})) for row in FACTS) > 200
    assert all(row["from"] for row in FACTS)


@pytest.mark.parametrize("row", FACTS, ids=lambda row: row["type"])
def test_facts(row: dict[str, Any]) -> None:
    found = type_of(row["type"])
    said = {
        "stateful": found.stateful,
        "ref": found.ref,
        "collision": found.collision,
        "protection": found.deletion_protection,
        "snapshot": found.snapshot,
        "replacement": found.replacement_strategy,
        "becomes": found.becomes,
        "deletion_default": found.deletion_default["policy"],
    }
    assert {key: row[key] for key in said if key in row} == {key: said[key] for key in said if key in row}
    text = re.sub(r"\s+", " ", plain(layout(found)))
    for part in row.get("ref", ()):
        assert re.search(rf"Ref returns [^.]*\b{re.escape(part)}\b", text)
    if "on_delete" in row:
        assert row["on_delete"] in text
    if row.get("stateful") == "data":
        assert "it holds data, which is lost when it is deleted or replaced" in text
    if row.get("protection"):
        assert f"while {row['protection']} is" in text
    for path, (behavior, phrase) in row.get("properties", {}).items():
        check_update(row["type"], path, behavior, phrase, row.get("stateful"))


def check_update(type_name: str, path: str, behavior: str, phrase: str, stateful: str | None) -> None:
    found = property_of(f"{type_name}/Properties/{path}")
    assert found.update.behavior == behavior, path
    text = re.sub(r"\s+", " ", plain(layout(found)))
    assert phrase in text, path
    assert found.update.source in text
    words = {
        "Never": "Update in place",
        "Conditionally": "Update replacement under a condition",
        "Always": "Update replacement",
    }
    assert words[behavior] in text
    if stateful == "data" and behavior != "Never":
        assert "At risk it holds data" in text


# ---------------------------------------------------------------------------------------------
# Laws


@pytest.mark.parametrize("type_name", SAMPLE)
def test_an_explanation_says_what_the_catalog_says(type_name: str) -> None:
    check_type(type_name)


@pytest.mark.slow
def test_every_type_is_explained() -> None:
    for type_name in TYPES:
        check_type(type_name)


def check_type(type_name: str) -> None:
    found = type_of(type_name)
    record = catalog.resource_type(type_name)
    assert [line.name for line in found.properties] == list(record.properties)
    assert [line.name for line in found.attributes] == list(record.attributes)
    check_lines(plain(layout(found)))
    json.dumps(to_dict(found))
    replacing = catalog.create_only_paths(type_name)
    for line in found.properties:
        one = property_of(f"{type_name}.{line.python_name}")
        assert one.path == f"/Properties/{line.name}"
        assert one.python_name == line.python_name
        assert one.update.behavior == catalog.requires_recreation(type_name, one.path)
        assert one.update.because
        assert one.update.source
        # Never optimistic: in place is said of what replaces nowhere.
        safe = not (line.read_only or record.no_update)
        safe = safe and not [p for p in replacing if f"{p}/".startswith(f"{one.path}/")]
        assert (
            line.read_only or line.update == one.update.behavior
        ) and one.name == f"{type_name}.{line.name}"
        text = plain(layout(one))
        assert bool(re.search(r"^Update +in place(?!, but|.* for some)", text, re.M)) is safe, text
        check_lines(text)
        json.dumps(to_dict(one))
        for below in one.properties:
            assert below.update == catalog.requires_recreation(
                type_name, lowest(type_name, one.path, below.name)
            ) or (below.read_only)


def lowest(type_name: str, path: str, name: str) -> str:
    """The path of a property of the block at a path, behind the keys of maps that stand between."""
    for stars in ("", "/*", "/*/*"):
        with contextlib.suppress(CatalogError):
            catalog.lookup(type_name, f"{path}{stars}/{name}")
            return f"{path}{stars}/{name}"
    raise AssertionError(f"{path} {name}")


def check_lines(text: str, width: int = 80) -> None:
    """Nothing is wider than the terminal but links, and in examples what cannot be broken."""
    head, _, example = text.partition("\nPython\n")
    for line in head.splitlines():
        assert len(line) <= width or line.lstrip().startswith("https://"), line
    for line in example.splitlines():
        assert len(line) <= width or re.fullmatch(r" *(- )?(\S+[:=] ?)?\S+|\s+\w+ = \S+", line), line
    assert not re.search(r"[ \t]$", text, re.M)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "name", ["s3.Bucket", "ec2.Instance.block_device_mappings", "ec2.Instance.Ebs", "ec2"]
)
def test_any_width(name: str, width: int) -> None:
    text = plain(layout(explain(name), width))
    head = text.partition("\nPython\n")[0]
    assert all(len(line) <= width or "https://" in line for line in head.splitlines())
    assert len(text.splitlines()) <= len(plain(layout(explain(name), 40)).splitlines())


# ---------------------------------------------------------------------------------------------
# Names

EBS = "AWS::EC2::Instance.BlockDeviceMappings.Ebs.VolumeType"
# fmt: off
NAMES = [
    ("AWS::S3::Bucket", "AWS::S3::Bucket"),
    ("aws::s3::bucket", "AWS::S3::Bucket"),
    ("S3::Bucket", "AWS::S3::Bucket"),
    ("s3.Bucket", "AWS::S3::Bucket"),
    ("s3.bucket", "AWS::S3::Bucket"),
    ("Bucket", "AWS::S3::Bucket"),
    ("  Bucket ", "AWS::S3::Bucket"),
    ("pyformation.aws.s3.Bucket", "AWS::S3::Bucket"),
    ("aws.s3.Bucket", "AWS::S3::Bucket"),
    ("lambda_.Function", "AWS::Lambda::Function"),
    ("lambda.Function", "AWS::Lambda::Function"),
    ("LogGroup", "AWS::Logs::LogGroup"),
    ("AMZN::SDC::Deployment", "AMZN::SDC::Deployment"),
    ("ask.Skill", "Alexa::ASK::Skill"),
    ("s3", "AWS::S3"),
    ("AWS::S3", "AWS::S3"),
    ("lambda", "AWS::Lambda"),
    ("config", "AWS::Config"),
    ("Config", "AWS::GroundStation::Config"),
    ("Custom::Anything", "Custom::Anything"),
    ("Custom::Anything.Some.Property", "Custom::Anything.Some.Property"),
    ("s3.Bucket.bucket_name", "AWS::S3::Bucket.BucketName"),
    ("Bucket.BucketName", "AWS::S3::Bucket.BucketName"),
    ("Bucket.Properties.BucketName", "AWS::S3::Bucket.BucketName"),
    ("Bucket.bucketname", "AWS::S3::Bucket.BucketName"),
    ("apigateway.DocumentationPart.properties", "AWS::ApiGateway::DocumentationPart.Properties"),
    ("AWS::ApiGateway::DocumentationPart/Properties/Properties", "AWS::ApiGateway::DocumentationPart.Properties"),
    ("AWS::ApiGateway::DocumentationPart/Properties/Location/Name", "AWS::ApiGateway::DocumentationPart.Location.Name"),
    ("AWS::EC2::Instance.BlockDeviceMappings.Ebs.VolumeType", EBS),
    ("ec2.Instance.block_device_mappings.ebs.volume_type", EBS),
    ("AWS::EC2::Instance.BlockDeviceMappings[0].Ebs.VolumeType", EBS),
    ("AWS::EC2::Instance/Properties/BlockDeviceMappings/*/Ebs/VolumeType", EBS),
    ("ec2.Instance/BlockDeviceMappings/0/Ebs/volume_type/", EBS),
    ("ec2.Instance.Ebs", "AWS::EC2::Instance.Ebs"),
    ("ec2.Instance.Ebs.volume_type", "AWS::EC2::Instance.Ebs.VolumeType"),
    ("ec2.Instance.BlockDeviceMapping.Ebs.VolumeType", "AWS::EC2::Instance.Ebs.VolumeType"),
    ("lambda_.Function.environment.variables.STAGE", "AWS::Lambda::Function.Environment.Variables"),
    ("iam.Role.AssumeRolePolicyDocument.Statement", "AWS::IAM::Role.AssumeRolePolicyDocument.Statement"),
    ("lambda_.Function.arn", "AWS::Lambda::Function.Arn"),
    ("lambda_.Function.Arn", "AWS::Lambda::Function.Arn"),
    ("sqs.Queue.get_att.queue_name", "AWS::SQS::Queue.QueueName"),
    ("rds.DBInstance.Endpoint.Port", "AWS::RDS::DBInstance.Endpoint.Port"),
    ("rds.DBInstance.endpoint_port", "AWS::RDS::DBInstance.Endpoint.Port"),
    ("cloudformation.Stack.Outputs.Url", "AWS::CloudFormation::Stack.Outputs.Url"),
    ("s3.Bucket.deletion_policy", "AWS::S3::Bucket.DeletionPolicy"),
    ("s3.Bucket.UpdateReplacePolicy", "AWS::S3::Bucket.UpdateReplacePolicy"),
    # A property of that name comes before the option, and its keyword has an underscore.
    ("lambda_.Alias.Name", "AWS::Lambda::Alias.Name"),
    ("iam.Role.depends_on", "AWS::IAM::Role.DependsOn"),
]
# fmt: on


@pytest.mark.parametrize(("given", "name"), NAMES, ids=[row[0] for row in NAMES])
def test_names(given: str, name: str) -> None:
    assert explain(given).name == name


def test_a_keyword_that_is_also_an_option_is_the_property() -> None:
    for type_name in TYPES:
        for keyword, slot in resource_class(type_name)._table.items():
            if keyword.endswith("_") and keyword.rstrip("_") in ("condition", "metadata", "update_policy"):
                assert property_of(f"{type_name}.{keyword}").path == f"/Properties/{slot.name}"


def test_a_short_name_says_what_else_it_may_mean() -> None:
    assert type_of("Bucket").also == ["AWS::Lightsail::Bucket", "AWS::S3Outposts::Bucket"]
    assert "may mean AWS::Lightsail::Bucket or" in plain(layout(type_of("Bucket")))
    assert type_of("s3.Bucket").also == []


def test_short_names_that_mean_one_thing() -> None:
    rows = catalog.reviewed("short_names")
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    for row in rows:
        same = [name for name in TYPES if name.endswith(f"::{row['name']}")]
        assert row["type"] in same
        assert len(same) > 1, "a name of one type needs no row"
        assert type_of(row["name"]).name == row["type"]
        assert len(row["reason"]) > 10
        assert row["source"]


def test_every_type_by_all_its_names() -> None:
    for type_name in TYPES:
        record = catalog.resource_type(type_name)
        short = type_name.split("::")[-1]
        assert find_type([record.module, short])[0] is record
        assert find_type([type_name.upper()])[0] is record


# fmt: off
ERRORS = [
    ("s3.Buckett", "s3 has no resource type 'Buckett'; the nearest are s3.Bucket, s3.BucketPolicy and s3.AccessPoint"),
    ("AWS::S3::Buckett", "there is no resource type 'AWS::S3::Buckett'; the nearest are AWS::S3::Bucket, AWS::S3::BucketPolicy and AWS::S3::AccessPoint"),
    ("s4.Bucket", "there is no resource type or service 's4'; the nearest are s3.Bucket, s3.BucketPolicy and lightsail.Bucket"),
    ("lamda", "there is no resource type or service 'lamda'; the nearest are lambda_, AWS::CloudWatch::Alarm and AWS::CloudFormation::LambdaHook"),
    ("s3.Bucket.bucket_nam", "AWS::S3::Bucket has no property or attribute 'bucket_nam'; the nearest are bucket_name, bucket_namespace and bucket_name_prefix"),
    ("AWS::S3::Bucket.BucketNam", "AWS::S3::Bucket has no property or attribute 'BucketNam'; the nearest are BucketName, BucketNamespace and BucketNamePrefix"),
    ("ec2.Instance.Ebs.VolumeTyp", "AWS::EC2::Instance.Ebs has no property 'VolumeTyp'; the nearest are VolumeType, VolumeSize and KmsKeyId"),
    ("ec2.Instance/BlockDeviceMappings/0/Ebs/VolumeTyp", "AWS::EC2::Instance.Ebs has no property 'VolumeTyp'; the nearest are VolumeType, VolumeSize and KmsKeyId"),
    ("s3.Bucket.Tags.Ky", "AWS::S3::Bucket.Tag has no property 'Ky'; the nearest are Key and Value"),
    ("s3.Bucket.BucketName.More", "AWS::S3::Bucket.BucketName has no properties, so no 'More'"),
    ("Cluster", "14 resource types have the name 'Cluster': AWS::CloudHSM::Cluster, AWS::DAX::Cluster, AWS::DSQL::Cluster, AWS::DocDBElastic::Cluster, AWS::ECS::Cluster, AWS::EKS::Cluster, AWS::EMR::Cluster, AWS::MSK::Cluster, AWS::MediaLive::Cluster, AWS::MemoryDB::Cluster, AWS::PCS::Cluster, AWS::Redshift::Cluster and 2 more; give one with its service, such as cloudhsm.Cluster"),
    ("", "'' is not a name; give a type, a property or a service, such as s3.Bucket.bucket_name or AWS::S3::Bucket"),
    ("...", "'...' is not a name; give a type, a property or a service, such as s3.Bucket.bucket_name or AWS::S3::Bucket"),
    ("s3..Bucket", "'s3..Bucket' is not a name; give a type, a property or a service, such as s3.Bucket.bucket_name or AWS::S3::Bucket"),
    ("Custom::", "'Custom::' is not a type of a custom resource: expected Custom:: and up to 60 letters, digits, _, @ and -"),
    ("Custom::Sp ace", "'Custom::Sp ace' is not a type of a custom resource: expected Custom:: and up to 60 letters, digits, _, @ and -"),
]
# fmt: on


@pytest.mark.parametrize(("name", "sentence"), ERRORS, ids=[row[0] or "empty" for row in ERRORS])
def test_wrong_names(name: str, sentence: str) -> None:
    with pytest.raises(CatalogError) as caught:
        explain(name)
    assert str(caught.value) == sentence


ODD = ["\x1b[31mred", "a\x00b", "日本::語", "ünïcode", "x" * 5000, "::", "::::", "AWS::", "/", "a/b/c", "-", "[0]", "\u202e", "~1~0"]  # fmt: skip


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_odd_names(name: str) -> None:
    with pytest.raises(CatalogError) as caught:
        explain(name)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 600


def test_nearest_names() -> None:
    names = ["bucket_name", "bucket_names", "tags", "BucketName"]
    assert nearest_names("bucketname", names) == ["bucket_name", "BucketName", "bucket_names"]
    assert nearest_names("zzz", names) == []
    assert len(nearest_names("zzz", names, 3, cutoff=0.0)) == 3
    assert nearest_names("x", [], 3, cutoff=0.0) == []


# ---------------------------------------------------------------------------------------------
# Single sentences


def text_of(name: str) -> str:
    return re.sub(r"\s+", " ", plain(layout(explain(name))))


# fmt: off
SENTENCES = [
    ("ec2.Instance.block_device_mappings.ebs.volume_type", "Because BlockDeviceMappings contains it and decides:"),
    ("ec2.Instance.block_device_mappings.ebs.volume_type", "replaced if anything but DeleteOnTermination changes"),
    ("ec2.Instance.block_device_mappings.ebs.volume_type", "AWS documentation, January 2026 (rule ec2-instance-block-devices)"),
    ("s3.Bucket.bucket_name", "AWS's schema lists it under createOnlyProperties Source registry schema of 2026-10-20"),
    ("s3.Bucket.bucket_name", "AWS identifies the resource by it"),
    ("s3.Bucket.bucket_name", "a replacement that keeps BucketName fails where you give that name"),
    ("s3.Bucket.bucket_name", "Limits at most 63 characters"),
    ("s3.Bucket.bucket_name", "aws-resource-s3-bucket.html#cfn-s3-bucket-bucketname"),
    ("ec2.Instance.block_device_mappings.ebs.volume_type", "aws-properties-ec2-instance-ebs.html#cfn-ec2-instance-ebs-volumetype"),
    ("serverless.Function.memory_size", "sam-resource-function.html#sam-function-memorysize"),
    ("rds.DBInstance.engine_version", "with interruptions"),
    ("rds.DBInstance.master_user_password", "Write-only AWS never returns it"),
    ("rds.DBInstance", "the default DeletionPolicy is Snapshot (Delete where DBClusterIdentifier is set)"),
    ("rds.DBInstance.deletion_protection", "Protection while DeletionProtection is true, a deletion fails"),
    ("lambda_.Function.role", "Takes AWS::IAM::Role.Arn"),
    ("lambda_.Function.timeout", "Kind an integer"),
    ("logs.LogGroup.retention_in_days", "Values 1, 3, 5, 7, 14, 30"),
    ("s3.Bucket.deletion_policy", "AWS::S3::Bucket does not support Snapshot"),
    ("rds.DBInstance.deletion_policy", "AWS::RDS::DBInstance supports Snapshot"),
    ("ec2.SubnetRouteTableAssociation", "the old resource is deleted before the new one is created"),
    ("serverless.Function", "Becomes AWS::Lambda::Function, under the same logical ID"),
    ("serverless.Api.cors", "it becomes AWS::ApiGateway::RestApi.Body"),
    ("serverless.Function.events", "Update replacement under a condition"),
    ("mediapackage.Asset.source_arn", "no update handler"),
    ("iam.Role.arn", "a read-only attribute"),
    ("Custom::Thing.Whatever", "replaced if the handler answers with another PhysicalResourceId"),
    ("Custom::Thing", "Ref returns the PhysicalResourceId that the handler returns"),
    ("docdb.DBCluster", "Ref returns the physical ID (attribute Id)"),
    ("lambda_.Permission", "Ref returns the property FunctionName and the physical ID (attribute Id), joined by |"),
    ("s3.BucketPolicy", "Unique one for each Bucket: another logical ID for the same collides"),
    ("secretsmanager.Secret", "Collision none on replacement: only a new Name replaces it."),
]
# fmt: on


@pytest.mark.parametrize(
    ("name", "sentence"), SENTENCES, ids=[f"{row[0]}: {row[1][:30]}" for row in SENTENCES]
)
def test_sentences(name: str, sentence: str) -> None:
    assert sentence in text_of(name)


def test_a_block_says_what_an_update_does_in_each_of_its_places() -> None:
    found = explain("wafv2.WebACL.Statement")
    assert isinstance(found, PropertyTypeExplanation)
    assert {"/Properties/Rules/Statement", "/Properties/Rules/Statement/NotStatement/Statement"} <= {
        place.path for place in found.places
    }
    # Create-only in one place, in place in another.
    type_name, block = "AWS::Batch::JobDefinition", "Environment"
    other = explain(f"{type_name}.{block}")
    assert isinstance(other, PropertyTypeExplanation)
    for place in other.places:
        assert place.update.behavior == catalog.requires_recreation(type_name, place.path)


def test_a_service_lists_its_types() -> None:
    found = explain("s3")
    assert isinstance(found, ServiceExplanation)
    assert [line.name for line in found.types] == catalog.service("s3")
    (bucket,) = [line for line in found.types if line.name == "AWS::S3::Bucket"]
    assert (bucket.python, bucket.properties, bucket.stateful) == ("s3.Bucket", 25, "data")


def test_types_that_were_registered_at_run_time() -> None:
    catalog.register(
        {
            "typeName": "Explained::Own::Thing",
            "properties": {"Name": {"type": "string"}, "Size": {"$ref": "#/definitions/Size"}},
            "definitions": {"Size": {"type": "object", "properties": {"Big": {"type": "boolean"}}}},
            "required": ["Size"],
            "createOnlyProperties": ["/properties/Name"],
            "primaryIdentifier": ["/properties/Name"],
            "additionalProperties": False,
        }
    )
    found = type_of("Explained::Own::Thing")
    assert found.python == 'resource_class("Explained::Own::Thing")'
    assert run_example(found.example.python) == found.example.yaml
    assert "was registered" in text_of("Explained::Own::Thing.name")
    assert type_of("Own::Thing").name == "Explained::Own::Thing"


# ---------------------------------------------------------------------------------------------
# Examples


def run_example(source: str) -> str:
    """The YAML of the stack in an example. A warning is an error here, as everywhere in the tests."""
    namespace: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "example.py", "exec"), namespace)
    text: str = namespace["Example"]().template.to_yaml()
    return text


def test_every_type_has_an_example_that_runs() -> None:
    for type_name in TYPES:
        found = snippet(type_name)
        assert run_example(found.python) == found.yaml, type_name
        assert found == snippet(type_name)
        assert f"    Type: {type_name}\n" in found.yaml


@pytest.mark.parametrize("type_name", SAMPLE)
def test_examples_pass_the_schema_check(type_name: str) -> None:
    check_example(type_name)


@pytest.mark.slow
def test_all_examples_pass_the_schema_check() -> None:
    for type_name in TYPES:
        check_example(type_name)


def check_example(type_name: str) -> None:
    findings = [f for f in diagnose(snippet(type_name).yaml) if exception_for(f) is None]
    assert not findings, findings


@pytest.mark.parametrize("type_name", SAMPLE)
def test_every_property_has_an_example_that_runs(type_name: str) -> None:
    check_property_examples(type_name)


@pytest.mark.slow
def test_all_properties_have_examples_that_run() -> None:
    for type_name in TYPES:
        check_property_examples(type_name)


def test_no_example_opens_anything_to_everyone() -> None:
    for type_name in TYPES:
        text = snippet(type_name).yaml
        assert not re.search(r"(Principal|AWS|Action|Resource): '?\*'?$|0\.0\.0\.0/0|::/0", text, re.M), text


def check_property_examples(type_name: str) -> None:
    for name in catalog.resource_type(type_name).properties:
        found = property_of(f"{type_name}/Properties/{name}").example
        if found is not None:
            assert run_example(found.python) == found.yaml, name
            assert name in values(type_name, f"/Properties/{name}")


def test_an_example_reaches_the_property_that_was_asked_for() -> None:
    found = property_of("ec2.Instance.block_device_mappings.ebs.volume_type").example
    assert found is not None
    assert 'ebs=ec2.Instance.Ebs(volume_type="gp2")' in found.python
    assert "          VolumeType: gp2\n" in found.yaml


def test_rows_for_examples_are_used() -> None:
    rows = catalog.reviewed("snippets")
    places = [(row["type"], row["path"]) for row in rows]
    assert places == sorted(set(places))
    for row in rows:
        assert len(row["reason"]) > 20
        assert row["source"]
        catalog.lookup(row["type"], row["path"])
        if "value" in row:
            assert row["value"] in list(leaves(values(row["type"]))), row


def test_rows_for_examples_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a row that the schema is the source of, the schema check has something to say."""
    all_rows = catalog.reviewed("snippets")
    for row in all_rows:
        if row["source"].startswith("registry schema"):
            others = {r["path"]: r for r in all_rows if r["type"] == row["type"] and r is not row}
            monkeypatch.setattr(snippets, "_rows", lambda _type_name, others=others: others)
            findings = [f for f in diagnose(snippet(row["type"]).yaml) if exception_for(f) is None]
            assert findings, row


def leaves(value: Any) -> Any:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(item)


# ---------------------------------------------------------------------------------------------
# JSON

KEYS = {
    "type": "version kind name python documentation import_line ref ref_returns identifier physical_name collision stateful"
    " on_delete snapshot deletion_default deletion_protection unique_by replacement_strategy no_update becomes"
    " tags facts required properties property_types attributes any_attribute example also",
    "property": "version kind name python documentation type path python_name meaning value required read_only write_only"
    " deprecated update values limits pattern key_pattern default takes facts properties attribute example",
    "property type": "version kind name python documentation type required properties places more_places example",
    "property of a property type": "version kind name python documentation type path python_name meaning value required"
    " read_only write_only deprecated update values limits pattern key_pattern default takes facts properties"
    " attribute example places more_places",
    "attribute": "version kind name python documentation type value mirrors text",
    "option": "version kind name python documentation type text",
    "service": "version kind name python documentation import_line types",
}
UPDATE = (
    "behavior summary because source decided_by rule replaced_if in_place_if in_practice exact interrupts"
    " not_supported no_update below"
)
ONE_EACH = ["s3.Bucket", "s3.Bucket.tags", "s3.Bucket.Tag", "s3.Bucket.Tag.Key", "s3.Bucket.arn", "s3.Bucket.metadata", "s3"]  # fmt: skip


def test_the_keys_of_the_json_are_a_promise() -> None:
    found = [to_dict(explain(name)) for name in ONE_EACH]
    assert {each["kind"]: list(each) for each in found} == {kind: keys.split() for kind, keys in KEYS.items()}
    assert all(each["version"] == 1 for each in found)
    assert list(found[1]["update"]) == UPDATE.split()
    assert list(found[2]["places"][0]) == ["path", "update"]
    lines = "name python_name kind required update below read_only deprecated meaning"
    assert list(found[0]["properties"][0]) == lines.split()


def test_the_document_names_every_key() -> None:
    text = (ROOT / "docs" / "explain.md").read_text()
    for key in {*" ".join(KEYS.values()).split(), *UPDATE.split()}:
        assert f"`{key}`" in text, key


# ---------------------------------------------------------------------------------------------
# The command


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_command("explain", *arguments, env=environment)


def test_text_where_there_is_no_terminal() -> None:
    result = run("s3.Bucket", COLUMNS="200", FORCE_COLOR="1")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == plain(layout(explain("s3.Bucket"), 80))
    assert "\x1b" not in result.stdout


def test_json() -> None:
    result = run("ec2.Instance.Ebs", "--format", "json")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == json.loads(json.dumps(to_dict(explain("ec2.Instance.Ebs"))))


@pytest.mark.parametrize(
    "name", ["s3.Buckett", "Cluster", "", "...", "\x1b[31mred", "x" * 5000, "日本::語"], ids=ascii
)
def test_a_wrong_name_is_one_sentence_and_status_1(name: str) -> None:
    for form in ("text", "json"):
        result = run(name, "--format", form)
        assert (result.returncode, result.stdout) == (1, "")
        (sentence,) = result.stderr.splitlines()
        assert sentence.startswith("error: ")
        assert sentence.isprintable()
    assert "(see" not in sentence


def test_a_wrong_call() -> None:
    assert run("s3.Bucket", "--format", "yaml").returncode == 1
    assert run().returncode == 1
    assert "Missing argument 'NAME'" in run().stderr


def test_the_reader_may_go_early() -> None:
    command = f"{sys.executable} -m pyformation explain rds.DBInstance --format json | head -c 10"
    result = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "Traceback" not in result.stderr
    assert result.stdout == '{\n  "versi'


def in_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """What the command writes into a terminal of so many columns."""
    import fcntl
    import struct
    import termios

    inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "pyformation", "explain", *arguments],
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts: list[bytes] = []
    with contextlib.suppress(OSError):
        while part := os.read(ours, 65536):
            parts.append(part)
    os.close(ours)
    assert process.wait(60) == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def without_color(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    "name", ["s3.Bucket", "ec2.Instance.block_device_mappings.ebs", "ec2.Instance.Ebs", "ec2"]
)
def test_in_a_terminal(name: str) -> None:
    colored = in_terminal(name)
    assert "\x1b[1m" in colored
    shown = without_color(colored)
    assert "\x1b" not in shown
    check_lines("\n".join(line.rstrip() for line in shown.splitlines()))
    assert [line.rstrip() for line in shown.splitlines()] == plain(layout(explain(name), 80)).splitlines()


def test_replacement_stands_out_in_a_terminal() -> None:
    assert "\x1b[1;31mreplacement" in in_terminal("s3.Bucket.bucket_name")
    assert "\x1b[32min place" in in_terminal("s3.Bucket.tags")
    assert "\x1b[33mreplacement under a condition" in in_terminal("ec2.Instance.instance_type")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=lambda e: next(iter(e)))
def test_no_color_when_nobody_wants_it(environment: dict[str, str]) -> None:
    assert "\x1b" not in in_terminal("s3.Bucket", **environment)


def test_a_wide_terminal_is_used() -> None:
    wide = without_color(in_terminal("s3.Bucket", columns=120)).splitlines()
    assert any(80 < len(line.rstrip()) <= 120 and "https:" not in line for line in wide)
    assert len(wide) < len(plain(layout(explain("s3.Bucket"), 80)).splitlines())


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("AWS::S3::Buc", "AWS::S3::Bucket"),
        ("s3.Buc", "s3.Bucket"),
        ("lam", "lambda_"),
        ("lambda_.Func", "lambda_.Function"),
    ],
)
def test_completion_in_a_shell(typed: str, offered: str) -> None:
    result = run_python(
        "-c",
        "from pyformation.cli import main; main()",
        env={
            "_PYFORMATION_COMPLETE": "fish_complete",
            "COMP_WORDS": f"pyformation explain {typed}",
            "COMP_CWORD": typed,
        },
    )
    assert offered in [line.rpartition(",")[2] for line in result.stdout.splitlines()]


def test_rich_is_not_loaded_where_there_is_no_terminal() -> None:
    result = run_python("-X", "importtime", "-m", "pyformation", "explain", "s3.Bucket")
    assert result.returncode == 0
    assert "rich" not in {
        line.rpartition("|")[2].strip().split(".")[0] for line in result.stderr.splitlines()
    }


# ---------------------------------------------------------------------------------------------
# The same facts at run time


def test_help_of_a_type() -> None:
    text = pydoc.render_doc(s3.Bucket, renderer=pydoc.plaintext)
    for heading, sentence in catalog_sentences("AWS::S3::Bucket"):
        assert f"{heading}: {sentence}" in text
    for line in (
        "bucket_name: BucketName: Name, unique in all of AWS; text; update: replacement; data at risk; at most 63 characters",
        "Arn: text; read-only, known once deployed",
        "DeletionPolicy: what happens to the resource",
    ):
        assert line in text
    assert " _copy(" not in text
    assert (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"
        in text
    )


def catalog_sentences(type_name: str) -> list[tuple[str, str]]:
    return [(fact.heading, fact.text) for fact in type_of(type_name).facts]


@pytest.mark.parametrize("cls", [ec2.Instance, wafv2.WebACL, lambda_.Function], ids=lambda cls: cls.TYPE)
def test_help_is_short(cls: Any) -> None:
    text = pydoc.render_doc(cls, renderer=pydoc.plaintext)
    assert 100 < len(text.splitlines()) < 1500


def test_help_of_a_property_and_of_a_property_type() -> None:
    assert inspect.getdoc(s3.Bucket.bucket_name) == "BucketName: Name, unique in all of AWS; text; update: replacement; data at risk; at most 63 characters"  # fmt: skip
    assert "elsewhere" not in (ec2.Instance.Ebs.volume_type.__doc__ or "")
    text = pydoc.render_doc(ec2.Instance.Ebs, renderer=pydoc.plaintext)
    assert "volume_type: VolumeType: text; update: replacement under a condition" in text
    assert "aws-properties-ec2-instance-ebs.html" in text
    # A block that is in place itself, with parts that replace, is not called in place.
    partly = next(
        (type_name, line.python_name)
        for type_name in TYPES
        for line in type_of(type_name).properties
        if line.update == "Never" and line.below == "Always"
    )
    doc = getattr(resource_class(partly[0]), partly[1]).__doc__
    assert "but replacement for some nested properties" in doc


def test_help_of_a_service() -> None:
    text = pydoc.render_doc(ec2, renderer=pydoc.plaintext)
    assert "AWS::EC2: " in text
    assert re.search(r"Instance: \d+ properties; data at risk", text)
    assert "user_data(" in text
    assert len(text.splitlines()) < 300
    assert "Role: 9 properties; identity at risk" in pydoc.render_doc(iam, renderer=pydoc.plaintext)
    assert len(pydoc.render_doc(pyformation.aws, renderer=pydoc.plaintext).splitlines()) < 1000


def test_the_signature_says_what_is_taken() -> None:
    signature = inspect.signature(lambda_.Function)
    assert str(signature).startswith(
        "(*, code: Value[Function.Code | Asset], role: Value[str], architectures: "
    )
    required = [p.default is inspect.Parameter.empty for p in signature.parameters.values()]
    assert required == sorted(required, reverse=True)
    names = list(signature.parameters)
    assert names[2 : names.index("condition")] == [
        name for name, slot in lambda_.Function._table.items() if slot.name not in ("Code", "Role")
    ]
    shown = {name: repr(p.annotation) for name, p in inspect.signature(sqs.Queue).parameters.items()}
    assert shown["delay_seconds"] == "Value[int]"
    assert shown["fifo_queue"] == "Value[bool]"
    assert shown["tags"] == "Value[list[Queue.Tag]]"
    assert shown["redrive_policy"] == "Value[Queue.RedrivePolicy | str]"
    assert repr(inspect.signature(ec2.Instance.Ebs).parameters["volume_size"].annotation) == "Value[int]"
    assert "Literal['gp2'," in str(inspect.signature(ec2.Instance.Ebs))


def test_every_signature_can_be_shown() -> None:
    for type_name in TYPES:
        text = str(inspect.signature(resource_class(type_name)))
        assert "Value[" in text or "*, " in text
        assert resource_class(type_name).__doc__


def test_dir() -> None:
    bucket = s3.Bucket()
    assert {"bucket_name", "Tag", "arn", "deletion_policy", "get_att"} <= set(dir(s3.Bucket))
    assert {"bucket_name", "arn", "deletion_policy", "get_att"} <= set(dir(bucket))
    assert "Tag" not in dir(bucket)
    assert {"arn", "domain_name"} <= set(dir(bucket.get_att))
    assert {"Bucket", "BucketPolicy"} <= set(dir(s3))
    assert {"s3", "lambda_", "ec2"} <= set(dir(pyformation.aws))


COMPLETIONS = [
    ("s3.Bu", "Bucket"),
    ("s3.Bucket(bucket_n", "bucket_name="),
    ("bucket.bu", "bucket_name"),
    ("bucket.get_att.", "domain_name"),
    ("bucket.get_att.dom", "domain_name"),
    ("s3.Bucket.Ver", "VersioningConfiguration"),
    ("s3.Bucket.Tag(ke", "key="),
    ("pyformation.aws.lam", "lambda_"),
    ("from pyformation.aws import lam", "lambda_"),
    ("from pyformation.aws.s3 import Buc", "Bucket"),
]


@pytest.fixture(scope="module")
def ipython() -> Any:
    shell = pytest.importorskip("IPython.core.interactiveshell")
    made = shell.InteractiveShell()
    made.run_cell("import pyformation.aws\nfrom pyformation.aws import s3\nbucket = s3.Bucket()")
    return made


@pytest.mark.parametrize("jedi", [True, False], ids=["jedi", "no jedi"])
@pytest.mark.parametrize(("typed", "offered"), COMPLETIONS, ids=[row[0] for row in COMPLETIONS])
def test_completion_in_ipython(ipython: Any, typed: str, offered: str, jedi: bool) -> None:
    from IPython.core.completer import provisionalcompleter

    ipython.Completer.use_jedi = jedi
    with provisionalcompleter():
        found = [each.text.lstrip(".") for each in ipython.Completer.completions(typed, len(typed))]
    assert offered in found


def test_a_question_mark_in_ipython(ipython: Any) -> None:
    found = ipython.object_inspect("s3.Bucket")
    assert "bucket_name: Value[str] = None" in found["init_definition"] or found["definition"]
    assert found["docstring"].startswith("AWS::S3::Bucket\n")
    assert "Ref returns: the property BucketName" in found["docstring"]
    assert ipython.object_inspect("s3.Bucket.bucket_name")["docstring"].startswith(
        "BucketName: Name, unique in all of AWS; text; update: replacement"
    )
    assert ipython.object_inspect("s3")["docstring"].startswith("AWS::S3: 10 resource types")


# ---------------------------------------------------------------------------------------------
# The codes of findings


def test_the_code_of_a_finding() -> None:
    shown = run_command("explain", "pf101")
    assert shown.returncode == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == "PF101: Data is deleted"
    assert lines[2:4] == ["Kind            data-loss", "Severity        error"]
    assert lines[-1] == "Documentation   docs/findings.md#pf101"
    assert max(map(len, lines)) <= 80
    data = json.loads(run_command("explain", "PF101", "--format", "json").stdout)
    assert (data["version"], data["kind"], data["finding_kind"]) == (1, "code", "data-loss")
    assert data["text"].startswith("A resource that stores data is removed or replaced")


def test_a_code_that_is_none() -> None:
    shown = run_command("explain", "PF999")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr.startswith("error: there is no code 'PF999'; did you mean 'PF7")


def test_what_a_property_means() -> None:
    found = explain("sqs.Queue.redrive_policy")
    assert isinstance(found, PropertyExplanation)
    assert found.meaning == "Dead-letter queue, and after how many tries"
    assert found.value == "Queue.RedrivePolicy or text"
    whole = explain("AWS::SQS::Queue")
    assert isinstance(whole, TypeExplanation)
    assert all(line.meaning for line in whole.properties)
    nested = explain("AWS::SQS::Queue.RedrivePolicy.maxReceiveCount")
    assert isinstance(nested, PropertyExplanation) and nested.meaning is None
