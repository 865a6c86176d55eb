"""Resources and property types: what constructors check, what can be read, changed and asked."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import keyword
import pickle
import pydoc
import re
import warnings
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from conftest import rendered, run_python

from pyformation import (
    AnyResource,
    CatalogError,
    CatalogWarning,
    Component,
    CreationPolicy,
    Equals,
    FrozenError,
    GetAtt,
    If,
    InvalidValueError,
    LogicalIdError,
    Mapping,
    MissingPropertyError,
    NoValue,
    Output,
    Parameter,
    PropertyType,
    PyformationError,
    Raw,
    Ref,
    Region,
    Resource,
    Template,
    TemplateMapping,
    TokenError,
    UnknownAttributeError,
    UnknownPropertyError,
    UnresolvedReferenceError,
    UpdatePolicy,
    catalog,
    keywords_of,
    resource_class,
)
from pyformation.aws import (
    autoscaling,
    cognito,
    dynamodb,
    ec2,
    efs,
    elasticloadbalancingv2,
    iam,
    lambda_,
    logs,
    rds,
    s3,
    sqs,
    ssm,
    wafv2,
)


def one(resource: Resource, **others: Any) -> Any:
    """The rendered resource."""
    template = Template()
    for name, element in others.items():
        template.add(name, element)
    template.add("It", resource)
    return template.to_dict()["Resources"]["It"]


# ---------------------------------------------------------------------------------------------
# Errors at the user's line, word for word. {T} is the type of the row.

SQS, LAMBDA, EC2, S3 = "AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::EC2::Instance", "AWS::S3::Bucket"
ERRORS: list[tuple[Any, type[Exception], str]] = [
    # Wrong types
    (lambda: s3.Bucket(bucket_name=3), InvalidValueError, f"{S3}.BucketName: expected text, found 3; write '3'"),
    (lambda: s3.Bucket(bucket_name=True), InvalidValueError, f"{S3}.BucketName: expected text, found True; write 'true'"),
    (lambda: s3.Bucket(bucket_name=["a"]), InvalidValueError, f"{S3}.BucketName: expected text, found ['a']"),
    (lambda: s3.Bucket(bucket_name=b"x"), InvalidValueError, f"{S3}.BucketName: expected text, found b'x'"),
    (lambda: s3.Bucket(bucket_name={"a": 1}), InvalidValueError, f"{S3}.BucketName: expected text, found {{'a': 1}}"),
    (lambda: sqs.Queue(delay_seconds="big"), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found 'big'"),
    (lambda: sqs.Queue(delay_seconds=""), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found ''"),
    (lambda: sqs.Queue(delay_seconds="1_0"), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found '1_0'"),
    (lambda: sqs.Queue(delay_seconds=" 1"), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found ' 1'"),
    (lambda: sqs.Queue(delay_seconds="٣"), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found '٣'"),
    (lambda: sqs.Queue(delay_seconds="1.5"), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found '1.5'"),
    (lambda: sqs.Queue(delay_seconds=1.0), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found 1.0"),
    (lambda: sqs.Queue(delay_seconds=True), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found True"),
    (lambda: sqs.Queue(fifo_queue=1), InvalidValueError, f"{SQS}.FifoQueue: expected a boolean, found 1"),
    (lambda: sqs.Queue(fifo_queue="yes"), InvalidValueError, f"{SQS}.FifoQueue: expected a boolean, found 'yes'"),
    (lambda: ec2.Instance(volumes={"a": "b"}), InvalidValueError, "AWS::EC2::Instance.Volumes: expected a list of Volume, found {'a': 'b'}"),
    (lambda: sqs.Queue(tags="a"), InvalidValueError, f"{SQS}.Tags: expected a list of Tag, found 'a'"),
    (lambda: sqs.Queue(tags=[3]), InvalidValueError, f"{SQS}.Tags[0]: expected {SQS}.Tag or a mapping, found 3"),
    (lambda: sqs.Queue(tags=[{"Key": "a", "Value": 3}]), InvalidValueError, f"{SQS}.Tags[0].Value: expected text, found 3; write '3'"),
    (lambda: sqs.Queue(tags={1}), InvalidValueError, f"{SQS}.Tags: expected a list of Tag, found {{1}}"),
    (lambda: lambda_.Function(code={}, role="r", layers="x"), InvalidValueError,
     f"{LAMBDA}.Layers: expected a list of text, found 'x'; put it into a list: [...]"),
    (lambda: lambda_.Function(code={}, role="r", layers=sqs.Queue()), InvalidValueError,
     f"{LAMBDA}.Layers: expected a list of text, found Queue(); put it into a list: [...]"),
    (lambda: lambda_.Function(code={}, role="r", layers=Parameter(str)), InvalidValueError,
     f"{LAMBDA}.Layers: expected a list of text, found Parameter(type='String'); put it into a list: [...]"),
    (lambda: lambda_.Function(code={}, role="r", layers=["a", None]), InvalidValueError,
     f"{LAMBDA}.Layers[1]: expected text, found None; leave it out, or use NoValue"),
    (lambda: lambda_.Function(code={}, role=Parameter(list[str])), InvalidValueError,
     f"{LAMBDA}.Role: expected text, found a list (Parameter(type='CommaDelimitedList'))"),
    (lambda: lambda_.Function(code={}, role="r", environment={"Variables": {"A": []}}), InvalidValueError,
     f"{LAMBDA}.Environment.Variables.A: expected text or a number or a boolean, found []"),
    (lambda: lambda_.Function(code={}, role="r", environment={"Variables": [1]}), InvalidValueError,
     f"{LAMBDA}.Environment.Variables: expected a mapping, found [1]"),
    (lambda: lambda_.Function(code={}, role="r", environment={"Variables": {3: "a"}}), InvalidValueError,
     f"{LAMBDA}.Environment.Variables: expected text as a key, found 3"),
    (lambda: lambda_.Function(code=s3.Bucket.VersioningConfiguration(status="Enabled"), role="r"), InvalidValueError,
     f"{LAMBDA}.Code: expected {LAMBDA}.Code or a mapping, found {S3}.VersioningConfiguration"),
    (lambda: s3.Bucket(bucket_name=lambda_.Function.Code()), InvalidValueError,
     f"{S3}.BucketName: expected text, found {LAMBDA}.Code"),
    (lambda: s3.Bucket(bucket_name=Equals("a", "b")), InvalidValueError,
     f"{S3}.BucketName: expected text, found a condition; use If(condition, ..., ...)"),
    (lambda: ec2.Instance(block_device_mappings=[{"DeviceName": "x", "Ebs": {"Iops": "many"}}]), InvalidValueError,
     f"{EC2}.BlockDeviceMappings[0].Ebs.Iops: expected an integer, found 'many'"),
    (lambda: ec2.Instance.Ebs(iops=[]), InvalidValueError, f"{EC2}.Ebs.Iops: expected an integer, found []"),
    (lambda: iam.Role(assume_role_policy_document={"a": object}), InvalidValueError,
     "AWS::IAM::Role.AssumeRolePolicyDocument.a: expected text, a number, a boolean, a list or a mapping, found <class 'object'>"),
    (lambda: iam.Role(assume_role_policy_document={"a": [{"b": None}]}), InvalidValueError,
     "AWS::IAM::Role.AssumeRolePolicyDocument.a[0].b: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    # Branches of If are checked like the value itself
    (lambda: sqs.Queue(delay_seconds=If("C", "x", 1)), InvalidValueError, f"{SQS}.DelaySeconds: expected an integer, found 'x'"),
    (lambda: sqs.Queue(delay_seconds=If("C", 1, If("D", NoValue, "x"))), InvalidValueError,
     f"{SQS}.DelaySeconds: expected an integer, found 'x'"),
    (lambda: lambda_.Function(code={}, role="r", layers=[If("C", 3, "x")]), InvalidValueError, f"{LAMBDA}.Layers[0]: expected text, found 3; write '3'"),
    (lambda: lambda_.Function(code={}, role="r", layers=If("C", ["a", 3], ["b"])), InvalidValueError, f"{LAMBDA}.Layers[1]: expected text, found 3; write '3'"),
    (lambda: ec2.Instance(block_device_mappings=[If("C", {"DeviceNme": "x"}, NoValue)]), UnknownPropertyError,
     f"{EC2}.BlockDeviceMappings[0]: {EC2}.BlockDeviceMapping has no property 'DeviceNme'; did you mean 'DeviceName'?"),
    # Unknown and missing names
    (lambda: sqs.Queue(queue_nme="x"), UnknownPropertyError, f"{SQS} has no property 'queue_nme'; did you mean 'queue_name'?"),
    (lambda: sqs.Queue(QueueName="x"), UnknownPropertyError, f"{SQS} has no property 'QueueName'; did you mean 'queue_name'?"),
    (lambda: sqs.Queue(depend_on="x"), UnknownPropertyError, f"{SQS} has no property 'depend_on'; did you mean 'depends_on'?"),
    (lambda: sqs.Queue(arn="x"), UnknownPropertyError, f"{SQS} has no property 'arn'; it is a read-only attribute, known once deployed"),
    (lambda: sqs.Queue(zzz=1), UnknownPropertyError,
     f"{SQS} has no property 'zzz'; a property that the catalog does not know goes into extra_properties={{...}}"),
    (lambda: lambda_.Function.Code(zip="x"), UnknownPropertyError, f"{LAMBDA}.Code has no property 'zip'; did you mean 'zip_file'?"),
    (lambda: sqs.Queue(tags=[{"Key": "a", "Vale": "b"}]), UnknownPropertyError,
     f"{SQS}.Tags[0]: {SQS}.Tag has no property 'Vale'; did you mean 'Value'?"),
    (lambda: sqs.Queue(redrive_policy={"maxReceiveCuont": 3}), UnknownPropertyError,
     f"{SQS}.RedrivePolicy has no property 'maxReceiveCuont'; did you mean 'maxReceiveCount'?"),
    (lambda: lambda_.Function(), MissingPropertyError, f"{LAMBDA} needs 'code', 'role'"),
    (lambda: lambda_.Function(code={}), MissingPropertyError, f"{LAMBDA} needs 'role'"),
    (lambda: sqs.Queue(tags=[{"Key": "a"}]), MissingPropertyError, f"{SQS}.Tags[0]: {SQS}.Tag needs 'Value'"),
    (lambda: sqs.Queue.Tag(key="a"), MissingPropertyError, f"{SQS}.Tag needs 'value'"),
    (lambda: lambda_.Function(code=None, role="x"), InvalidValueError, f"{LAMBDA}.Code: is required, found None"),
    (lambda: lambda_.Function(code={}, role="x").evolve(role=None), InvalidValueError, f"{LAMBDA}.Role: is required, found None"),
    # Options
    (lambda: s3.Bucket(deletion_policy="Retian"), InvalidValueError,
     f"{S3}.deletion_policy: expected one of 'Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot', found 'Retian'; did you mean 'Retain'?"),
    (lambda: s3.Bucket(update_replace_policy="RetainExceptOnCreate"), InvalidValueError,
     f"{S3}.update_replace_policy: expected one of 'Delete', 'Retain', 'Snapshot', found 'RetainExceptOnCreate'"),
    (lambda: sqs.Queue(prevent_deletion=1), InvalidValueError, f"{SQS}.prevent_deletion: expected True or False, found 1"),
    (lambda: sqs.Queue(prevent_replacement="yes"), InvalidValueError, f"{SQS}.prevent_replacement: expected True or False, found 'yes'"),
    (lambda: sqs.Queue(inherit_tags=0), InvalidValueError, f"{SQS}.inherit_tags: expected True or False, found 0"),
    (lambda: sqs.Queue(logical_id="a-b"), LogicalIdError, "the logical ID 'a-b' may hold only the letters A to Z, a to z and digits"),
    (lambda: sqs.Queue(logical_id=""), LogicalIdError, "the logical ID '' is empty"),
    (lambda: sqs.Queue(logical_id="ä"), LogicalIdError, "the logical ID 'ä' may hold only the letters A to Z, a to z and digits"),
    (lambda: sqs.Queue(logical_id=3), InvalidValueError, f"{SQS}.logical_id: expected text, found 3"),
    (lambda: sqs.Queue(creation_policy={"ResourceSignl": {}}), UnknownPropertyError,
     f"{SQS}.creation_policy: CreationPolicy has no property 'ResourceSignl'; did you mean 'ResourceSignal'?"),
    (lambda: sqs.Queue(creation_policy=3), InvalidValueError, f"{SQS}.creation_policy: expected CreationPolicy or a mapping, found 3"),
    (lambda: sqs.Queue(update_policy=CreationPolicy()), InvalidValueError,
     f"{SQS}.update_policy: expected UpdatePolicy or a mapping, found CreationPolicy"),
    (lambda: sqs.Queue(update_policy={"AutoScalingRollingUpdate": {"MaxBatchSize": "x"}}), InvalidValueError,
     f"{SQS}.update_policy.AutoScalingRollingUpdate.MaxBatchSize: expected an integer, found 'x'"),
    (lambda: sqs.Queue(metadata=3), InvalidValueError, f"{SQS}.metadata: expected a mapping, found 3"),
    (lambda: sqs.Queue(extra_properties=3), InvalidValueError, f"{SQS}.extra_properties: expected a mapping, found 3"),
    (lambda: sqs.Queue(extra_attributes="x"), InvalidValueError, f"{SQS}.extra_attributes: expected a mapping, found 'x'"),
    (lambda: sqs.Queue(condition=3), InvalidValueError, f"{SQS}.condition: expected a condition or its name, found 3"),
    (lambda: Resource(), InvalidValueError,
     "Resource itself is not a type; use a class of pyformation.aws, AnyResource(type, ...), or subclass it with type=\"Custom::Thing\""),
    (lambda: AnyResource("X", {"A": None}), InvalidValueError,
     "AnyResource.A: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    # Reading and setting
    (lambda: sqs.Queue().queue_nam, UnknownAttributeError, f"{SQS} has no property or attribute 'queue_nam'; did you mean 'queue_name'?"),
    (lambda: sqs.Queue().get_att.quename, UnknownAttributeError, f"{SQS} has no attribute 'quename'; did you mean 'queue_name'?"),
    (lambda: lambda_.Functon, UnknownAttributeError, "pyformation.aws.lambda_ has no resource type 'Functon'; did you mean 'Function'?"),
    (lambda: setattr(sqs.Queue(), "queue_name", "x"), FrozenError, f"{SQS} is frozen; use evolve(queue_name=...), which gives a new one"),
    (lambda: setattr(sqs.Queue(), "foo", "x"), FrozenError, f"{SQS} is frozen, so 'foo' cannot be set; use evolve(), which gives a new one"),
    (lambda: setattr(sqs.Queue(), "arn", "x"), FrozenError, f"{SQS} is frozen, so 'arn' cannot be set; use evolve(), which gives a new one"),
    (lambda: delattr(sqs.Queue(), "queue_name"), FrozenError, f"{SQS} is frozen; use evolve(queue_name=None)"),
    (lambda: setattr(ec2.Instance.Ebs(), "iops", 1), FrozenError, f"{EC2}.Ebs is frozen; use evolve(iops=...), which gives a new one"),
]  # fmt: skip


@pytest.mark.parametrize("row", ERRORS, ids=[row[2][:70] for row in ERRORS])
def test_errors(row: Any) -> None:
    make, error, message = row
    line = make.__code__.co_firstlineno
    with pytest.raises(error) as caught:
        make()
    text, _, place = str(caught.value).rpartition(" (")
    assert text == message
    # The lambda may go over two lines.
    assert re.fullmatch(rf"\S*test_resources\.py:({line}|{line + 1})\)", place), place
    assert isinstance(caught.value, PyformationError)
    assert caught.value.origin is not None
    assert caught.value.origin.file == __file__
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)


# (make, warnings, what is kept)
WARNINGS: list[tuple[Any, list[str], Any]] = [
    (lambda: sqs.Queue(delay_seconds="20"), [f"{SQS}.DelaySeconds: expected an integer, found the text '20', which CloudFormation converts"], "20"),
    (lambda: sqs.Queue(fifo_queue="true"), [f"{SQS}.FifoQueue: expected a boolean, found the text 'true', which CloudFormation converts"], "true"),
    (lambda: sqs.Queue(fifo_queue="False"), [f"{SQS}.FifoQueue: expected a boolean, found the text 'False', which CloudFormation converts"], "False"),
    (lambda: sqs.Queue(delay_seconds=901), [f"{SQS}.DelaySeconds: expected at most 900, found 901"], 901),
    (lambda: sqs.Queue(delay_seconds=-1), [f"{SQS}.DelaySeconds: expected at least 0, found -1"], -1),
    (lambda: lambda_.Function(role="r", runtime="python9", code={}),
     [f"{LAMBDA}.Runtime: expected one of 'dotnet10', 'dotnet6', 'dotnet8', 'dotnetcore1.0', 'dotnetcore2.0', 'dotnetcore2.1', 'dotnetcore3.1', 'go1.x', ..., found 'python9'; did you mean 'python3.9'?"],
     {"Role": "r", "Runtime": "python9", "Code": {}}),
    (lambda: dynamodb.Table(key_schema=[{"AttributeName": "a", "KeyType": "HASHH"}]),
     ["AWS::DynamoDB::Table.KeySchema[0].KeyType: expected one of 'HASH', 'RANGE', found 'HASHH'; did you mean 'HASH'?"],
     [{"AttributeName": "a", "KeyType": "HASHH"}]),
    (lambda: sqs.Queue(delay_seconds=If("C", "5", 1)), [f"{SQS}.DelaySeconds: expected an integer, found the text '5', which CloudFormation converts"], None),
    (lambda: sqs.Queue(delay_seconds=If("C", 1000, If("D", -1, NoValue))),
     [f"{SQS}.DelaySeconds: expected at most 900, found 1000", f"{SQS}.DelaySeconds: expected at least 0, found -1"], None),
    (lambda: s3.Bucket(deletion_policy="Snapshot"), [f"{S3}.deletion_policy: {S3} takes no snapshot; CloudFormation would delete it instead"], None),
    (lambda: UpdatePolicy.AutoScalingRollingUpdate(suspend_processes=["Lunch"]),
     ["UpdatePolicy.AutoScalingRollingUpdate.SuspendProcesses[0]: expected one of 'Launch', 'Terminate', 'AddToLoadBalancer', 'AlarmNotification', 'AZRebalance', 'HealthCheck', 'InstanceRefresh', 'ReplaceUnhealthy', ..., found 'Lunch'; did you mean 'Launch'?"],
     None),
]  # fmt: skip


@pytest.mark.parametrize("row", WARNINGS, ids=[row[1][0][:70] for row in WARNINGS])
def test_warnings(row: Any) -> None:
    make, messages, kept = row
    with pytest.warns(CatalogWarning) as caught:
        made = make()
    assert [str(w.message) for w in caught] == messages
    lines = range(make.__code__.co_firstlineno, make.__code__.co_firstlineno + 2)
    assert all(w.filename == __file__ and w.lineno in lines for w in caught)
    if kept is not None and not isinstance(kept, dict):
        (value,) = made._props.values()
        assert value == kept
        assert type(value) in (type(kept), type(value))
    if isinstance(made, Resource):
        template = Template()
        template.add("It", made)
        found = [sentence for sentence, origin in template.doubts() if origin is not None]
        # Deletion policies are options; properties are doubted again, word for word.
        assert found == [m for m in messages if "deletion_policy" not in m]


def test_warnings_of_nested_types_are_doubts_too() -> None:
    with pytest.warns(CatalogWarning, match="expected one of"):
        made = ec2.Instance(block_device_mappings=[ec2.Instance.BlockDeviceMapping(device_name="x", ebs=ec2.Instance.Ebs(volume_type="gp9"))])  # fmt: skip
    assert len(made._doubts()) == 1
    assert "VolumeType: expected one of" in made._doubts()[0]


GOOD: list[tuple[Any, dict[str, Any]]] = [
    (lambda: sqs.Queue(), {}),
    (lambda: sqs.Queue(queue_name=None, delay_seconds=None), {}),
    (lambda: sqs.Queue(delay_seconds=Ref("X")), {"DelaySeconds": {"Ref": "X"}}),
    (lambda: sqs.Queue(delay_seconds={"Ref": "X"}), {"DelaySeconds": {"Ref": "X"}}),
    (lambda: sqs.Queue(delay_seconds={"Fn::New": []}), {"DelaySeconds": {"Fn::New": []}}),
    (lambda: sqs.Queue(delay_seconds=Raw("anything")), {"DelaySeconds": "anything"}),
    (lambda: sqs.Queue(delay_seconds=If("C", 1, NoValue)), {"DelaySeconds": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}}),
    (lambda: sqs.Queue(tags=()), {"Tags": []}),
    (lambda: sqs.Queue(tags=[]), {"Tags": []}),
    (lambda: sqs.Queue(tags=[sqs.Queue.Tag(key="a", value="b"), {"Key": "c", "Value": "d"}, {"Fn::If": ["C", {"Key": "e"}, {"Ref": "AWS::NoValue"}]}]),
     {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}, {"Fn::If": ["C", {"Key": "e"}, {"Ref": "AWS::NoValue"}]}]}),
    (lambda: sqs.Queue(tags=({"Value": "d", "Key": "c"},)), {"Tags": [{"Value": "d", "Key": "c"}]}),
    (lambda: sqs.Queue(tags=If("C", [{"Key": "a", "Value": "b"}], NoValue)),
     {"Tags": {"Fn::If": ["C", [{"Key": "a", "Value": "b"}], {"Ref": "AWS::NoValue"}]}}),
    (lambda: sqs.Queue(tags=Ref("P")), {"Tags": {"Ref": "P"}}),
    (lambda: sqs.Queue(redrive_policy={"maxReceiveCount": 3, "deadLetterTargetArn": "a"}), {"RedrivePolicy": {"maxReceiveCount": 3, "deadLetterTargetArn": "a"}}),
    (lambda: sqs.Queue(redrive_policy="{}"), {"RedrivePolicy": "{}"}),
    (lambda: sqs.Queue(redrive_allow_policy={"any": [1, {"thing": True}]}), {"RedriveAllowPolicy": {"any": [1, {"thing": True}]}}),
    (lambda: sqs.Queue(extra_properties={"New": 1, "QueueName": Region}), {"New": 1, "QueueName": {"Ref": "AWS::Region"}}),
    (lambda: sqs.Queue(tags=[{"Fn::Transform": {"Name": "M"}}]), {"Tags": [{"Fn::Transform": {"Name": "M"}}]}),
    (lambda: ec2.Instance(block_device_mappings=[ec2.Instance.BlockDeviceMapping(device_name="x", ebs=ec2.Instance.Ebs(iops=3, extra_properties={"New": 1}))]),
     {"BlockDeviceMappings": [{"DeviceName": "x", "Ebs": {"Iops": 3, "New": 1}}]}),
    (lambda: lambda_.Function(code={"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}}, role="r"),
     {"Code": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}}, "Role": "r"}),
    (lambda: lambda_.Function(role="r", code={"ZipFile": "x", "Fn::Transform": {"Name": "M"}}), {"Role": "r", "Code": {"ZipFile": "x", "Fn::Transform": {"Name": "M"}}}),
    (lambda: lambda_.Function(role="r", code={}, environment={"Variables": {"A": If("C", "x", "y"), "Fn::Transform": {"Name": "M"}}}),
     {"Role": "r", "Code": {}, "Environment": {"Variables": {"A": {"Fn::If": ["C", "x", "y"]}, "Fn::Transform": {"Name": "M"}}}}),
    (lambda: rds.DBInstance(multi_az=False, allocated_storage="20"), {"MultiAZ": False, "AllocatedStorage": "20"}),
    (lambda: autoscaling.AutoScalingGroup(min_size="1", max_size="2"), {"MinSize": "1", "MaxSize": "2"}),
    (lambda: iam.Role(assume_role_policy_document=iam.trust_policy("a")),
     {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "a"}, "Action": "sts:AssumeRole"}]}}),
]  # fmt: skip


@pytest.mark.parametrize("row", GOOD, ids=range(len(GOOD)))
def test_good_values(row: Any) -> None:
    make, expected = row
    resource = make()
    template = Template(transform="Macro")  # The names C, D, P and X come from the macro.
    template.add("It", resource)
    found = template.to_dict()["Resources"]["It"]
    assert found == {"Type": resource.TYPE} | ({"Properties": expected} if expected else {})
    assert list(found.get("Properties", {})) == list(expected)
    for again in (
        pickle.loads(pickle.dumps(resource)),
        copy.deepcopy(resource),
        copy.copy(resource),
        resource.evolve(),
    ):
        assert type(again) is type(resource)
        assert again is not resource
        other = Template(transform="Macro")
        other.add("It", again)
        assert other.to_dict()["Resources"]["It"] == found
        assert again._origin() == resource._origin()


# ---------------------------------------------------------------------------------------------
# Reading back


def test_properties_read_back_as_given() -> None:
    queue = sqs.Queue()
    role = iam.Role(assume_role_policy_document={})
    function = lambda_.Function(
        code=lambda_.Function.Code(zip_file="x"), role=role.arn, layers=["a"], memory_size=512, environment={"Variables": {"Q": queue}}
    )  # fmt: skip
    assert function.code == lambda_.Function.Code(zip_file="x")
    assert function.code.zip_file == "x"
    assert function.code.s3_key is None
    assert function.role == GetAtt(role, "Arn") == role.arn
    assert function.layers == ["a"]
    assert function.memory_size == 512
    assert function.handler is None
    assert function.environment == {"Variables": {"Q": Ref(queue)}}
    assert function.tags is None
    assert function.condition is None
    assert function.depends_on is None
    with pytest.raises(InvalidValueError, match="frozen"):
        function.layers.append("b")


def test_what_was_given_may_change_later() -> None:
    layers, variables = ["a"], {"A": "x"}
    function = lambda_.Function(code={}, role="r", layers=layers, environment={"Variables": variables})
    layers.append("b")
    variables["B"] = "y"
    assert function.layers == ["a"]
    assert function.environment == {"Variables": {"A": "x"}}


def test_attributes_that_are_properties_too() -> None:
    named, unnamed = sqs.Queue(queue_name="x"), sqs.Queue()
    assert named.queue_name == "x"
    assert unnamed.queue_name is None
    template = Template()
    template.add("Q", named)
    template.add(
        "O",
        Output(
            [
                named.get_att.queue_name,
                named.get_att["QueueName"],
                named.arn,
                named.get_att.arn,
                named.get_att["Any.Thing"],
            ]
        ),
    )
    assert template.to_dict()["Outputs"]["O"]["Value"] == [
        {"Fn::GetAtt": ["Q", name]} for name in ("QueueName", "QueueName", "Arn", "Arn", "Any.Thing")
    ]
    assert set(dir(unnamed.get_att)) >= {"arn", "queue_name", "queue_url"}
    with pytest.raises(UnknownAttributeError):
        unnamed.get_att.nope  # noqa: B018


def test_nested_attributes_have_dots() -> None:
    found = catalog.resource_type("AWS::RDS::DBInstance").facts["attributes"]
    assert "Endpoint.Address" in found
    database = rds.DBInstance()
    assert rendered(database.endpoint_address, Db=database) == {"Fn::GetAtt": ["Db", "Endpoint.Address"]}


def test_a_resource_is_a_value_that_means_ref() -> None:
    queue = sqs.Queue()
    assert rendered([queue, f"{queue}", {"a": queue}], Q=queue) == [
        {"Ref": "Q"},
        {"Ref": "Q"},
        {"a": {"Ref": "Q"}},
    ]
    function = lambda_.Function(code={}, role=queue)
    assert function.role == Ref(queue)


# ---------------------------------------------------------------------------------------------
# Equality, evolving, copying


def test_resources_are_equal_by_identity_property_types_by_structure() -> None:
    one_queue, other = sqs.Queue(queue_name="a"), sqs.Queue(queue_name="a")
    assert one_queue == one_queue
    assert one_queue != other
    assert len({one_queue, other}) == 2
    assert one_queue.arn == one_queue.arn != other.arn
    left, right = sqs.Queue.Tag(key="a", value="b"), sqs.Queue.Tag(value="b", key="a")
    assert left == right
    assert hash(left) == hash(right)
    assert left != sqs.Queue.Tag(key="a", value="c")
    assert left != s3.Bucket.Tag(key="a", value="b")
    # A mapping with CloudFormation's names says the same, and reads back as a property type.
    assert left == {"Key": "a", "Value": "b"} != {"Key": "a", "Value": "c"} != left
    given = sqs.Queue(tags=[{"Key": "a", "Value": Region}], redrive_policy={"maxReceiveCount": 5})
    assert given.tags == [sqs.Queue.Tag(key="a", value=Region)] == [{"Key": "a", "Value": Region}]
    assert (given.tags[0].value, given.tags[0]["Value"], "Key" in given.tags[0]) == (Region, Region, True)
    assert given.redrive_policy.max_receive_count == 5 and list(given.redrive_policy) == ["maxReceiveCount"]
    assert isinstance(given.redrive_policy, sqs.Queue.RedrivePolicy) and given.redrive_policy.evolve()
    assert hash(lambda_.Function.Environment(variables={"a": "b"})) == hash(
        lambda_.Function.Environment(variables={"a": "b"})
    )


def test_evolve() -> None:
    first = sqs.Queue(queue_name="a", delay_seconds=3, deletion_policy="Retain", extra_properties={"New": 1})
    second = first.evolve(
        delay_seconds=5, queue_name=None, fifo_queue=True, deletion_policy=None, condition="C"
    )
    assert (first.queue_name, first.delay_seconds, first.deletion_policy) == ("a", 3, "Retain")
    assert (second.queue_name, second.delay_seconds, second.deletion_policy, second.condition) == (
        None,
        5,
        None,
        "C",
    )
    assert list(second._props) == ["DelaySeconds", "New", "FifoQueue"]  # Old properties keep their place.
    assert first.evolve(extra_properties={"New": 2, "More": 3})._props["New"] == 2
    assert first.__replace__(delay_seconds=4).delay_seconds == 4
    for wrong in ({"nope": 1}, {"delay_seconds": "x"}, {"deletion_policy": "x"}):
        with pytest.raises(PyformationError):
            first.evolve(**wrong)
    ebs = ec2.Instance.Ebs(iops=1, volume_size=2)
    assert ebs.evolve(iops=None, volume_type="gp3") == ec2.Instance.Ebs(volume_size=2, volume_type="gp3")
    other = AnyResource("A::B::C", {"X": 1}, condition="C")
    assert other.evolve(properties={"Y": 2})._props == {"Y": 2}
    assert other.evolve(condition=None).condition is None
    assert other.evolve(condition=None).TYPE == "A::B::C"


def test_evolving_a_property_type_accepts_what_its_constructor_does() -> None:
    tag = sqs.Queue.Tag(key="a", value="b")
    with pytest.raises(InvalidValueError, match=f"{SQS}.Tag.Value: is required, found None"):
        tag.evolve(value=None)
    assert tag.evolve(extra_properties={"New": 1}) == sqs.Queue.Tag(
        key="a", value="b", extra_properties={"New": 1}
    )


@pytest.mark.skipif(not hasattr(copy, "replace"), reason="Python 3.13")
def test_copy_replace() -> None:
    assert copy.replace(sqs.Queue(queue_name="a"), queue_name="b").queue_name == "b"  # type: ignore[attr-defined]


def test_everything_is_frozen() -> None:
    queue = sqs.Queue(queue_name="x", metadata={"a": [1]}, depends_on=["A"])
    for name in (
        "queue_name",
        "delay_seconds",
        "condition",
        "metadata",
        "logical_id",
        "_props",
        "_options",
        "TYPE",
        "anything",
    ):
        with pytest.raises(FrozenError, match="frozen"):
            setattr(queue, name, 1)
        with pytest.raises(FrozenError, match="frozen"):
            delattr(queue, name)
    with pytest.raises(InvalidValueError, match="frozen"):
        queue.metadata["a"].append(2)
    assert isinstance(queue.depends_on, tuple)


# ---------------------------------------------------------------------------------------------
# Attributes of resources


def test_every_resource_attribute() -> None:
    other = sqs.Queue()
    queue = sqs.Queue(
        queue_name="x",
        condition="C",
        depends_on=[other, "Named"],
        metadata={"a": [other]},
        deletion_policy="RetainExceptOnCreate",
        update_replace_policy="Retain",
        logical_id="Mine",
        prevent_replacement=True,
        prevent_deletion=True,
        suppress={"PF101": "a cache"},
        inherit_tags=False,
        extra_attributes={"NewAttribute": other},
        creation_policy=CreationPolicy(
            resource_signal=CreationPolicy.ResourceSignal(count=1, timeout="PT15M")
        ),
        update_policy=UpdatePolicy(use_online_resharding=True),
    )
    template = Template()
    template.add("Other", other)
    template.add("Named", sqs.Queue())
    template.add("C", Equals(Region, "x"))
    assert template.add("Ignored", queue) is queue
    expected = {
        "Type": SQS,
        "Condition": "C",
        "DependsOn": ["Other", "Named"],
        "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT15M"}},
        "UpdatePolicy": {"UseOnlineResharding": True},
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Metadata": {"a": [{"Ref": "Other"}]},
        "NewAttribute": {"Ref": "Other"},
        "Properties": {"QueueName": "x"},
    }
    found = template.to_dict()["Resources"]["Mine"]
    assert found == expected
    assert list(found) == list(expected)
    assert "revent" not in template.to_yaml() + template.to_json()
    assert "uppress" not in template.to_yaml() + template.to_json()
    assert queue.suppress == {"PF101": "a cache"}
    assert (queue.prevent_replacement, queue.prevent_deletion, queue.inherit_tags, queue.logical_id) == (
        True,
        True,
        False,
        "Mine",
    )
    assert queue.depends_on == (other, "Named")
    assert queue.condition == "C"


UPDATE_POLICIES = [
    (UpdatePolicy(auto_scaling_replacing_update=UpdatePolicy.AutoScalingReplacingUpdate(will_replace=True)), {"AutoScalingReplacingUpdate": {"WillReplace": True}}),
    (UpdatePolicy(auto_scaling_rolling_update=UpdatePolicy.AutoScalingRollingUpdate(min_instances_in_service=1, max_batch_size=2, pause_time="PT5M", wait_on_resource_signals=True, suspend_processes=["AZRebalance"])),
     {"AutoScalingRollingUpdate": {"MinInstancesInService": 1, "MaxBatchSize": 2, "PauseTime": "PT5M", "WaitOnResourceSignals": True, "SuspendProcesses": ["AZRebalance"]}}),
    (UpdatePolicy(auto_scaling_scheduled_action={"IgnoreUnmodifiedGroupSizeProperties": True}), {"AutoScalingScheduledAction": {"IgnoreUnmodifiedGroupSizeProperties": True}}),
    ({"CodeDeployLambdaAliasUpdate": {"ApplicationName": "a", "DeploymentGroupName": Region}}, {"CodeDeployLambdaAliasUpdate": {"ApplicationName": "a", "DeploymentGroupName": {"Ref": "AWS::Region"}}}),
    ({"EnableVersionUpgrade": True}, {"EnableVersionUpgrade": True}),
    (Raw({"New": 1}), {"New": 1}),
    (If("C", UpdatePolicy(enable_version_upgrade=True), NoValue), {"Fn::If": ["C", {"EnableVersionUpgrade": True}, {"Ref": "AWS::NoValue"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "expected"), UPDATE_POLICIES, ids=range(len(UPDATE_POLICIES)))
def test_update_policies(policy: Any, expected: Any) -> None:
    found = one(sqs.Queue(update_policy=policy), C=Equals(Region, "x"))
    assert found["UpdatePolicy"] == expected


def test_creation_policies() -> None:
    rows = [
        (CreationPolicy(auto_scaling_creation_policy=CreationPolicy.AutoScalingCreationPolicy(min_successful_instances_percent=50)), {"AutoScalingCreationPolicy": {"MinSuccessfulInstancesPercent": 50}}),
        ({"ResourceSignal": {"Count": Parameter(int, logical_id="N"), "Timeout": "PT1M"}}, None),
        (CreationPolicy(start_fleet={"Type": True}), {"StartFleet": {"Type": True}}),
    ]  # fmt: skip
    for policy, expected in rows:
        if expected is not None:
            assert one(sqs.Queue(creation_policy=policy))["CreationPolicy"] == expected
    number = Parameter(int)
    found = one(sqs.Queue(creation_policy={"ResourceSignal": {"Count": number}}), N=number)
    assert found["CreationPolicy"] == {"ResourceSignal": {"Count": {"Ref": "N"}}}


def test_deletion_policies_may_be_computed_with_language_extensions() -> None:
    stage = Parameter(str)
    for option, key in (
        ("deletion_policy", "DeletionPolicy"),
        ("update_replace_policy", "UpdateReplacePolicy"),
    ):
        template = Template()
        template.add("Stage", stage)
        template.add("C", Equals(stage, "p"))
        template.add("Q", sqs.Queue(**{option: If("C", "Retain", "Delete")}))
        document = template.to_dict()
        assert document["Resources"]["Q"][key] == {"Fn::If": ["C", "Retain", "Delete"]}
        assert document["Transform"] == "AWS::LanguageExtensions"
        plain = Template()
        plain.add("Q", sqs.Queue(**{option: "Retain"}))
        assert "Transform" not in plain.to_dict()
        with pytest.raises(InvalidValueError, match=r"expected one of 'Delete', 'Retain'.*found 'Keep'"):
            sqs.Queue(**{option: If("C", "Keep", "Delete")})
        plain = Template()
        plain.add("Stage", stage)
        plain.add("Q", sqs.Queue(**{option: f"{stage}"}))
        assert plain.to_dict()["Resources"]["Q"][key] == {"Ref": "Stage"}


@pytest.mark.parametrize("option", ["creation_policy", "update_policy", "metadata"])
def test_other_attributes_may_be_computed_without_language_extensions(option: str) -> None:
    template = Template()
    template.add("C", Equals(Region, "eu-west-1"))
    template.add("Q", sqs.Queue(**{option: If("C", {}, NoValue)}))
    assert "Transform" not in template.to_dict()


DEPENDS = [("A", "A"), (["A"], ["A"]), (("A", "B"), ["A", "B"])]


@pytest.mark.parametrize(("given", "expected"), DEPENDS)
def test_depends_on(given: Any, expected: Any) -> None:
    assert one(sqs.Queue(depends_on=given), A=sqs.Queue(), B=sqs.Queue())["DependsOn"] == expected


def test_depends_on_a_parameter_or_nothing_is_an_error() -> None:
    with pytest.raises(
        UnresolvedReferenceError, match=r"Resources\.It: refers to the resource 'P', which is not in"
    ):
        one(sqs.Queue(depends_on="P"), P=Parameter(str))
    with pytest.raises(
        UnresolvedReferenceError, match=r"refers to the resource 'Qeue', .*; did you mean 'Queue'\?"
    ):
        one(sqs.Queue(depends_on="Qeue"), Queue=sqs.Queue())


# ---------------------------------------------------------------------------------------------
# Names: keywords and clashes


def test_keyword_named_properties() -> None:
    seen = set()
    for type_name in catalog.types():
        facts = catalog.resource_type(type_name).facts
        for block, properties in {"": facts["properties"], **facts.get("definitions", {})}.items():
            for name in properties:
                if keyword.iskeyword(name.lower()):
                    cls = getattr(resource_class(type_name), block) if block else resource_class(type_name)
                    assert cls._table[f"{name.lower()}_"].name == name
                    seen.add(name.lower())
    assert seen == {"and", "else", "from", "global", "lambda", "not", "or"}
    statement = wafv2.RuleGroup.Statement
    assert {"and_statement", "not_statement"} <= set(statement._table)
    budgets = resource_class("AWS::Budgets::Budget")
    assert {"and_", "or_", "not_"} <= set(budgets.Expression._table)
    made = budgets.Expression(not_={"Tags": {"Key": "x"}})
    assert made.not_ is not None
    assert made._props.keys() == {"Not"}


def test_options_win_over_properties_of_the_same_name() -> None:
    clashes = {
        (t, name)
        for t in catalog.types()
        for name in catalog.resource_type(t).facts["properties"]
        if name in ("Condition", "Metadata", "UpdatePolicy")
    }
    assert len(clashes) == 10
    for type_name, name in sorted(clashes):
        cls = resource_class(type_name)
        keyword = {"Condition": "condition_", "Metadata": "metadata_", "UpdatePolicy": "update_policy_"}[name]
        assert cls._table[keyword].name == name
        assert keyword[:-1] not in cls._table
    permission = resource_class("AWS::Events::EventBusPolicy")
    made = permission(
        statement_id="x", condition="C", condition_={"Key": "k", "Type": "StringEquals", "Value": "v"}
    )
    assert made.condition == "C"
    assert made.condition_ == {"Key": "k", "Type": "StringEquals", "Value": "v"}
    assert one(made, C=Equals(Region, "a")) == {
        "Type": "AWS::Events::EventBusPolicy",
        "Condition": "C",
        "Properties": {"StatementId": "x", "Condition": {"Key": "k", "Type": "StringEquals", "Value": "v"}},
    }
    # Property types have no options, so nothing clashes there.
    assert "condition" in iam.Statement._table


# ---------------------------------------------------------------------------------------------
# Escape hatches


def test_any_resource() -> None:
    queue = sqs.Queue()
    thing = AnyResource(
        "Custom::Thing", {"ServiceToken": queue.arn, "Nested": {"a": [f"{queue}-x", {"b": queue}]}}, depends_on=queue, deletion_policy="Retain", metadata={"m": 1}
    )  # fmt: skip
    assert one(thing, Q=queue) == {
        "Type": "Custom::Thing",
        "DependsOn": "Q",
        "DeletionPolicy": "Retain",
        "Metadata": {"m": 1},
        "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["Q", "Arn"]},
            "Nested": {"a": [{"Fn::Sub": "${Q}-x"}, {"b": {"Ref": "Q"}}]},
        },
    }
    assert thing.properties["Nested"] == {"a": [thing.properties["Nested"]["a"][0], {"b": Ref(queue)}]}
    assert rendered(GetAtt(thing, "Answer"), T=thing, Q=queue) == {"Fn::GetAtt": ["T", "Answer"]}
    assert rendered(thing.get_att["Answer.Deep"], T=thing, Q=queue) == {"Fn::GetAtt": ["T", "Answer.Deep"]}
    assert one(AnyResource("AWS::New::Thing")) == {"Type": "AWS::New::Thing"}
    again = pickle.loads(pickle.dumps(thing))
    assert again.TYPE == "Custom::Thing"
    assert again.deletion_policy == "Retain"
    assert type(again) is AnyResource
    for wrong in (
        lambda: AnyResource("T", {"a": {1, 2}}),
        lambda: AnyResource("T", nope=1),
        lambda: AnyResource(3),
        lambda: AnyResource("T", [1]),
    ):
        with pytest.raises(PyformationError, match=r"test_resources\.py:\d+\)$"):
            wrong()


def test_unknown_types_name_the_nearest() -> None:
    with pytest.raises(
        CatalogError, match=r"there is no resource type 'AWS::S3::Buckte'; did you mean 'AWS::S3::Bucket'\?"
    ):
        resource_class("AWS::S3::Buckte")


def test_a_registered_type() -> None:
    catalog.register(
        {
            "typeName": "My::Team::Thing",
            "properties": {"Name": {"type": "string"}, "Size": {"type": "integer"}, "Arn": {"type": "string"}, "Block": {"$ref": "#/definitions/Block"}},
            "definitions": {"Block": {"type": "object", "properties": {"On": {"type": "boolean"}}, "additionalProperties": False}},
            "required": ["Name"],
            "readOnlyProperties": ["/properties/Arn"],
            "createOnlyProperties": ["/properties/Name"],
            "additionalProperties": False,
        }
    )  # fmt: skip
    cls = resource_class("My::Team::Thing")
    thing = cls(name="x", size=3, block=cls.Block(on=True))
    assert rendered([thing.arn, thing], T=thing) == [{"Fn::GetAtt": ["T", "Arn"]}, {"Ref": "T"}]
    assert one(thing)["Properties"] == {"Name": "x", "Size": 3, "Block": {"On": True}}
    with pytest.raises(MissingPropertyError, match="My::Team::Thing needs 'name'"):
        cls()
    assert catalog.requires_recreation("My::Team::Thing", "/Properties/Name") == "Always"
    assert pickle.loads(pickle.dumps(thing)).block == cls.Block(on=True)
    import pyformation.catalog as module

    module._registered.pop("My::Team::Thing", None)


# ---------------------------------------------------------------------------------------------
# Presets


class PrivateBucket(s3.Bucket):
    """A bucket of ours."""

    public_access_block_configuration = s3.Bucket.PublicAccessBlockConfiguration(block_public_acls=True)
    deletion_policy = "Retain"
    object_lock_enabled = False

    def hello(self) -> str:
        return f"hello {self.bucket_name}"


class VersionedBucket(PrivateBucket):
    versioning_configuration = {"Status": "Enabled"}  # noqa: RUF012
    object_lock_enabled = None
    _private = 3


class NamedQueue(sqs.Queue):
    def __init__(self, name: str, **more: Any) -> None:
        super().__init__(queue_name=f"{name}-queue", **more)


def test_presets() -> None:
    bucket = PrivateBucket(bucket_name="x")
    assert one(bucket) == {
        "Type": S3,
        "DeletionPolicy": "Retain",
        "Properties": {
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
            "ObjectLockEnabled": False,
            "BucketName": "x",
        },
    }
    assert bucket.hello() == "hello x"
    assert bucket.deletion_policy == "Retain"
    assert bucket.public_access_block_configuration.block_public_acls is True
    versioned = VersionedBucket(deletion_policy=None, public_access_block_configuration=None)
    assert one(versioned) == {"Type": S3, "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
    assert VersionedBucket().object_lock_enabled is None
    assert VersionedBucket().hello() == "hello None"
    assert isinstance(versioned, s3.Bucket)
    assert "deletion_policy" not in one(s3.Bucket(bucket_name="x"))
    assert one(s3.Bucket()) == {"Type": S3}
    assert versioned.evolve(bucket_name="y").bucket_name == "y"
    assert type(versioned.evolve()) is VersionedBucket


def test_presets_with_their_own_constructor() -> None:
    queue = NamedQueue("a", delay_seconds=3)
    assert one(queue)["Properties"] == {"QueueName": "a-queue", "DelaySeconds": 3}
    assert queue._origin().line == inspect.currentframe().f_lineno - 2  # type: ignore[union-attr]
    for again in (pickle.loads(pickle.dumps(queue)), copy.copy(queue), queue.evolve(delay_seconds=4)):
        assert type(again) is NamedQueue
        assert again.queue_name == "a-queue"
    assert list(inspect.signature(NamedQueue).parameters) == ["name", "more"]


class KeptLogs(logs.LogGroup):
    deletion_policy = "Retain"

    @keywords_of(logs.LogGroup)
    def __init__(self, days: int, **properties: Any) -> None:
        super().__init__(retention_in_days=days, **properties)


def test_presets_that_say_which_keywords_they_take() -> None:
    group = KeptLogs(30, log_group_name="access")
    assert (group.retention_in_days, group.log_group_name, group.deletion_policy) == (30, "access", "Retain")
    assert group._origin().line == inspect.currentframe().f_lineno - 2  # type: ignore[union-attr]
    expected = ["days", *inspect.signature(logs.LogGroup).parameters]
    assert list(inspect.signature(KeptLogs).parameters) == expected
    with pytest.raises(UnknownPropertyError, match="did you mean 'log_group_name'"):
        KeptLogs(30, log_group_nam="access")
    with pytest.raises(
        InvalidValueError, match=r"keywords_of needs .*\*\*properties, and .*__init__ takes none"
    ):

        class _Fixed(logs.LogGroup):
            @keywords_of(logs.LogGroup)
            def __init__(self) -> None: ...


def test_presets_travel() -> None:
    for bucket in (PrivateBucket(), VersionedBucket(bucket_name="x")):
        again = pickle.loads(pickle.dumps(bucket))
        assert type(again) is type(bucket)
        assert again._props == bucket._props
        assert again._options == bucket._options


PRESET_ERRORS = [
    ("bucket_nam = 'x'", UnknownPropertyError, f"{S3} has no property 'bucket_nam'; did you mean 'bucket_name'?"),
    ("bucket_name = 3", InvalidValueError, f"{S3}.BucketName: expected text, found 3; write '3'"),
    ("deletion_policy = 'x'", InvalidValueError, f"{S3}.deletion_policy: expected one of 'Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot', found 'x'"),
    ("versioning_configuration = {'Stats': 'x'}", UnknownPropertyError, f"{S3}.VersioningConfiguration has no property 'Stats'; did you mean 'Status'?"),
    ("arn = 'x'", UnknownPropertyError, f"{S3} has no property 'arn'; it is a read-only attribute, known once deployed"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "error", "message"), PRESET_ERRORS, ids=[row[0] for row in PRESET_ERRORS])
def test_misspelt_presets_are_refused_when_the_class_is_made(line: str, error: Any, message: str) -> None:
    with pytest.raises(error) as caught:
        exec(compile(f"class P(s3.Bucket):\n    {line}\n", "presets.py", "exec"), {"s3": s3})
    assert str(caught.value).rpartition(" (")[0] == message
    assert str(caught.value).endswith("presets.py:1)")


def test_a_preset_of_a_property_type() -> None:
    class OurEbs(ec2.Instance.Ebs):
        volume_type = "gp3"

    assert OurEbs(iops=3)._props == {"VolumeType": "gp3", "Iops": 3}
    found = one(ec2.Instance(block_device_mappings=[{"DeviceName": "x", "Ebs": OurEbs(iops=3)}]))
    assert found["Properties"] == {
        "BlockDeviceMappings": [{"DeviceName": "x", "Ebs": {"VolumeType": "gp3", "Iops": 3}}]
    }


def test_two_presets_do_not_meet() -> None:
    class One(sqs.Queue):
        delay_seconds = 1

    class Two(sqs.Queue):
        delay_seconds = 2

    assert (One().delay_seconds, Two().delay_seconds, sqs.Queue().delay_seconds) == (1, 2, None)
    assert [f.name for f in attrs.fields(One)] == [f.name for f in attrs.fields(sqs.Queue)]


# ---------------------------------------------------------------------------------------------
# Asked from outside


def test_attrs() -> None:
    queue = sqs.Queue(queue_name="x", tags=[sqs.Queue.Tag(key="a", value="b")])
    assert attrs.has(sqs.Queue)
    assert attrs.has(sqs.Queue.Tag)
    assert attrs.has(PrivateBucket)
    assert [field.name for field in attrs.fields(sqs.Queue.Tag)] == ["key", "value"]
    assert attrs.fields(sqs.Queue).queue_name.name == "queue_name"
    as_dict = attrs.asdict(queue)
    assert as_dict["queue_name"] == "x"
    assert as_dict["tags"] == [{"key": "a", "value": "b"}]
    assert as_dict["fifo_queue"] is None
    assert {f.name for f in attrs.fields(VersionedBucket)} == {f.name for f in attrs.fields(s3.Bucket)}


def test_signature() -> None:
    parameters = inspect.signature(lambda_.Function).parameters
    assert list(parameters)[:2] == ["code", "role"]
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values())
    assert parameters["code"].default is inspect.Parameter.empty
    assert parameters["handler"].default is None
    assert {"condition", "depends_on", "deletion_policy", "extra_properties", "prevent_deletion"} <= set(
        parameters
    )
    assert "condition" not in inspect.signature(lambda_.Function.Code).parameters
    bound = inspect.signature(lambda_.Function).bind(code={}, role="r")
    assert bound.arguments == {"code": {}, "role": "r"}


def test_help() -> None:
    text = pydoc.render_doc(sqs.Queue, renderer=pydoc.plaintext)
    assert "DelaySeconds: Seconds before a message can be seen; an integer; update: in place" in text
    assert "RedrivePolicy: Dead-letter queue, and after how many tries; Queue.RedrivePolicy or text;" in text
    assert "Attributes (Fn::GetAtt): " in text
    assert "https://docs.aws.amazon.com/" in text
    assert "replacement" in (s3.Bucket.bucket_name.__doc__ or "")
    assert "a bucket of ours" in (PrivateBucket.__doc__ or "").lower()
    assert (ec2.Instance.Ebs.__doc__ or "").startswith(f"{EC2}.Ebs")
    pydoc.render_doc(ec2.Instance.Ebs, renderer=pydoc.plaintext)


def test_dir() -> None:
    assert {"queue_name", "arn", "evolve", "get_att", "depends_on"} <= set(dir(sqs.Queue()))
    assert {"key", "value", "evolve"} <= set(dir(sqs.Queue.Tag(key="a", value="b")))
    assert "Tag" in dir(sqs.Queue) and sqs.Queue().Tag is sqs.Queue.Tag
    # Among the properties of an instance, property types are in the way.
    for shown in (sqs.Queue(), NamedQueue("a"), sqs.Queue.Tag(key="a", value="b")):
        assert {"Tag", "RedrivePolicy"}.isdisjoint(dir(shown))
    assert {"Queue", "QueuePolicy", "QueueInlinePolicy"} <= set(dir(sqs))


def test_repr() -> None:
    queue = sqs.Queue(queue_name="x", tags=[{"Key": "a", "Value": "b"}], deletion_policy="Retain")
    text = repr(queue).replace("\u2063", "")
    assert text == "Queue(queue_name='x', tags=[Queue.Tag(key='a', value='b')], deletion_policy='Retain')"
    assert repr(ec2.Instance.Ebs(iops=1)).replace("\u2063", "") == "Instance.Ebs(iops=1)"
    assert repr(AnyResource("A", {"b": 1})).replace("\u2063", "") == "AnyResource('A', {'b': 1})"


def test_classes_are_what_they_seem() -> None:
    assert sqs.Queue is resource_class(SQS)
    assert sqs.Queue.TYPE == SQS
    assert (sqs.Queue.__module__, sqs.Queue.__qualname__) == ("pyformation.aws.sqs", "Queue")
    assert (ec2.Instance.Ebs.__module__, ec2.Instance.Ebs.__qualname__) == (
        "pyformation.aws.ec2",
        "Instance.Ebs",
    )
    assert ec2.Instance.Ebs is ec2.Instance.Ebs
    assert issubclass(ec2.Instance.Ebs, PropertyType)
    assert pickle.loads(pickle.dumps(sqs.Queue)) is sqs.Queue
    assert pickle.loads(pickle.dumps(ec2.Instance.Ebs)) is ec2.Instance.Ebs


def test_a_component_is_no_value() -> None:
    class Part(Component):
        queue = sqs.Queue()

    for make in (
        lambda: lambda_.Function(code={}, role=Part()),
        lambda: sqs.Queue(tags=[Part()]),
        lambda: iam.Role(assume_role_policy_document={"a": Part()}),
    ):
        with pytest.raises(
            InvalidValueError, match="the component Part is not a value; use one of its resources"
        ):
            make()


def test_wrong_text_is_seen_in_every_option() -> None:
    for make in (
        lambda: sqs.Queue(depends_on=f"{Region!r}"),
        lambda: sqs.Queue(logical_id=f"{sqs.Queue()}".upper()),
    ):
        with pytest.raises(TokenError):
            make()


def test_every_type_of_the_catalog_is_a_class() -> None:
    names = catalog.types()
    assert len(set(names) - set(catalog._registered)) == 1898
    for name in names:
        cls = resource_class(name)
        assert name == cls.TYPE
        assert issubclass(cls, Resource)
        assert len(cls._table) == len(cls._by_name) == len(catalog.resource_type(name).facts["properties"])
        if not cls._required:
            assert name == cls().TYPE
        else:
            with pytest.raises(MissingPropertyError):
                cls()


def test_every_property_type_can_be_made() -> None:
    for name in catalog.types():
        facts = catalog.resource_type(name).facts
        cls = resource_class(name)
        for nested in facts.get("definitions", ()):
            found = getattr(cls, nested)
            assert issubclass(found, PropertyType), (name, nested)
            if not found._required:
                assert found() == found()


@pytest.mark.parametrize(
    "statement",
    [
        "from pyformation.aws.ec2 import Instance",
        "import pyformation.aws.ec2 as x; Instance = x.Instance",
        "import pyformation.aws.ec2; Instance = pyformation.aws.ec2.Instance",
        "from pyformation.aws import ec2; Instance = ec2.Instance",
        "import pyformation as pf; Instance = pf.resource_class('AWS::EC2::Instance')",
        "from pyformation.aws.ec2 import *; Instance = __import__('pyformation.aws.ec2', fromlist=['x']).Instance",
        "import importlib; Instance = importlib.import_module('pyformation.aws.ec2').Instance",
    ],
)
def test_ways_to_import(statement: str) -> None:
    result = run_python("-c", f"{statement}; print(Instance.TYPE, Instance.Ebs(iops=1).iops)")
    assert (result.stdout, result.stderr) == ("AWS::EC2::Instance 1\n", "")


def test_missing_names_of_modules() -> None:
    for code, message in (
        ("from pyformation.aws.ec2 import Instanse", "cannot import name 'Instanse'"),
        ("from pyformation.aws import ecc2", "ecc2"),
        ("import pyformation; pyformation.Bucket", "has no attribute 'Bucket'"),
        ("from pyformation import Stak", "cannot import name 'Stak'"),
    ):
        result = run_python("-c", code)
        assert result.returncode == 1
        assert message in result.stderr.splitlines()[-1]


def test_warnings_can_be_errors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", CatalogWarning)
        with pytest.raises(CatalogWarning, match="expected at most 900, found 901"):
            sqs.Queue(delay_seconds=901)
        # And after it everything is checked as before.
        with pytest.raises(InvalidValueError):
            sqs.Queue(redrive_policy=3)


def test_a_union_warns_of_nothing_that_an_exact_kind_takes() -> None:
    unions = 0
    for name in ("AWS::SQS::Queue", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::Serverless::Function"):
        unions += sum(
            "|" in facts.get("type", "") for facts in catalog.resource_type(name).facts["properties"].values()
        )
    assert unions
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        iam.statement(["a", "b"], "c")
        sqs.Queue(redrive_policy="{}")


def test_lists_of_lists_and_maps_of_lists() -> None:
    kinds = {
        (name, prop, facts["type"])
        for name in catalog.types()
        for prop, facts in catalog.resource_type(name).facts["properties"].items()
        if facts.get("type", "").startswith(("[[string", "{[string"))
    }
    for name, prop, kind in sorted(kinds):
        slot = resource_class(name)._by_name[prop]
        good = [["a"], ["b", Region]] if kind[0] == "[" else {"k": ["a", Region]}
        assert slot.accept(good, None) == good
        with pytest.raises(InvalidValueError):
            slot.accept(["a"] if kind[0] == "[" else {"k": "a"}, None)


def test_resources_in_modules_of_the_same_name_differ() -> None:
    assert elasticloadbalancingv2.LoadBalancer.TYPE == "AWS::ElasticLoadBalancingV2::LoadBalancer"
    assert logs.LogGroup.TYPE == "AWS::Logs::LogGroup"


def test_functions_among_other_keys_bring_what_they_need() -> None:
    loop = {"Fn::ForEach::Names": ["Name", ["a"], {"${Name}": {"Ref": "Stage"}}]}
    for bucket in (
        s3.Bucket(bucket_name="x", extra_properties=loop),
        s3.Bucket(bucket_name="x", metadata={"Kept": 1, **loop}),
        s3.Bucket(bucket_name="x", versioning_configuration={"Status": "Enabled", **loop}),
    ):
        template = Template()
        template.add("Stage", Parameter(str))
        template.add("Bucket", bucket)
        rendered = template.to_dict()
        assert rendered["Transform"] == "AWS::LanguageExtensions"
        assert '["Name", ["a"], {"${Name}": {"Ref": "Stage"}}]' in json.dumps(rendered)


@pytest.mark.parametrize("value", [3, 2.5, True])
def test_a_document_is_no_number(value: Any) -> None:
    with pytest.raises(InvalidValueError, match="AssumeRolePolicyDocument: expected a mapping, found"):
        iam.Role(assume_role_policy_document=value)


def test_what_aws_sets_is_doubted_and_what_is_resolved_later_is_not() -> None:
    with pytest.warns(CatalogWarning, match=r"Destination\.TableNamespace|TableNamespace: is set by AWS"):
        s3.Bucket(
            metadata_table_configuration={
                "S3TablesDestination": {"TableBucketArn": "a", "TableName": "b", "TableNamespace": "c"}
            }
        )
    s3.Bucket(access_control="{{resolve:ssm:acl}}")


def test_an_attribute_that_is_one_text_is_no_list() -> None:
    group = ec2.SecurityGroup(group_description="Web")
    with pytest.raises(
        InvalidValueError,
        match=r"SecurityGroupIds: expected a list of text, found .*; put it into a list: \[...\]",
    ):
        ec2.Instance(security_group_ids=group.group_id)  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="SecurityGroupIds"):
        ec2.Instance(security_group_ids=If("IsProd", group.group_id, ["sg-1"]))
    assert ec2.Instance(security_group_ids=[group.group_id]).security_group_ids is not None
    # What the catalog does not know, or knows as a list, may be one.
    assert ec2.Instance(security_group_ids=group.get_att["Unheard"]).security_group_ids is not None
    endpoint = ec2.VPCEndpoint(vpc_id="vpc-1", service_name="x")
    assert ec2.Instance(security_group_ids=endpoint.network_interface_ids).security_group_ids is not None


TAGS: list[tuple[Any, dict[str, Any], Any]] = [
    (s3.Bucket, {"tags": {"a": "b", "c": Region}}, {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": {"Ref": "AWS::Region"}}]}),
    (s3.Bucket, {"tags": MappingProxyType({"a": f"x{Region}"})}, {"Tags": [{"Key": "a", "Value": {"Fn::Sub": "x${AWS::Region}"}}]}),
    (s3.Bucket, {"tags": {}}, {"Tags": []}),
    (s3.Bucket, {"tags": {"Ref": "AWS::Region"}}, {"Tags": {"Ref": "AWS::Region"}}),
    (ssm.Parameter, {"type": "String", "value": "x", "tags": {"a": "b"}}, {"Type": "String", "Value": "x", "Tags": {"a": "b"}}),
    (autoscaling.AutoScalingGroup, {"min_size": "1", "max_size": "2", "tags": {"a": "b"}}, {"MinSize": "1", "MaxSize": "2", "Tags": [{"Key": "a", "Value": "b", "PropagateAtLaunch": True}]}),
    (efs.FileSystem, {"tags": {"a": "b"}}, {"FileSystemTags": [{"Key": "a", "Value": "b"}]}),
    (efs.FileSystem, {"file_system_tags": {"a": "b"}}, {"FileSystemTags": [{"Key": "a", "Value": "b"}]}),
    (cognito.UserPool, {"tags": {"a": "b"}}, {"UserPoolTags": {"a": "b"}}),
    (ec2.LaunchTemplate, {"launch_template_data": {}, "tags": {"a": "b"}}, {"LaunchTemplateData": {}, "TagSpecifications": [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "given", "expected"), TAGS)
def test_tags_are_a_mapping(cls: Any, given: dict[str, Any], expected: Any) -> None:
    template = Template()
    resource = template.add("X", cls(**given))
    assert template.to_dict()["Resources"]["X"]["Properties"] == expected
    name = next(name for name in expected if "Tag" in name)
    again = {"X": resource.evolve(tags={"n": "o"}), "Y": resource.evolve(tags=None)}
    assert "n" in str(again["X"]._props[name]) and name not in again["Y"]._props

    class Preset(cls):  # type: ignore[misc]
        tags = given.get("tags", {"p": "q"})

    if "tags" in given:
        required = {key: value for key, value in given.items() if key != "tags"}
        assert Preset(**required)._props[name] == resource._props[name]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: s3.Bucket(tags={"Key": "a", "Value": "b"}), "AWS::S3::Bucket.Tags: expected a list of tags, or a mapping like {'name': 'value'}"),
        (lambda: s3.Bucket(tags={"a": 1}), "AWS::S3::Bucket.Tags[0].Value: expected text, found 1; write '1'"),
        (lambda: efs.FileSystem(tags={"a": "b"}, file_system_tags={}), "AWS::EFS::FileSystem: give tags or file_system_tags, not both"),
        (lambda: s3.BucketPolicy(bucket="b", policy_document={}, tags={"a": "b"}), "AWS::S3::BucketPolicy has no property 'tags'"),
        (lambda: ec2.LaunchTemplate(tags="a", launch_template_data={}), "AWS::EC2::LaunchTemplate.tags: expected a mapping of tags, found 'a'"),
    ],
)  # fmt: skip
def test_tags_that_are_none(make: Any, message: str) -> None:
    with pytest.raises(PyformationError) as caught:
        make()
    assert str(caught.value).startswith(message)


def test_every_taggable_type_takes_a_mapping() -> None:
    for name in catalog.types():
        facts = catalog.entry(name).get("tags")
        cls = resource_class(name) if facts else None
        if cls is None or cls._required:
            continue
        given = cls(tags={"team": "shop"})._props[facts["property"]]
        assert {
            "list": [
                {
                    facts.get("key", "Key"): "team",
                    facts.get("value", "Value"): "shop",
                    **facts.get("extra", {}),
                }
            ],
            "map": {"team": "shop"},
        }.get(facts["shape"], given) == given


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("from pyformation.aws import dynamo", "cannot import name 'dynamo' from 'pyformation.aws'; did you mean 'dynamodb'?"),
        ("from pyformation.aws import sqs, cloudwach", "cannot import name 'cloudwach' from 'pyformation.aws'; did you mean 'cloudwatch'?"),
        ("from pyformation.aws.s3 import Buckett as B", "cannot import name 'Buckett' from 'pyformation.aws.s3'; did you mean 'Bucket'?"),
        ("from pyformation import Stak", "cannot import name 'Stak' from 'pyformation'; did you mean 'Stack'?"),
    ],
)  # fmt: skip
def test_an_import_suggests_the_nearest_name(statement: str, message: str) -> None:
    with pytest.raises(ImportError) as caught:
        exec(statement)
    assert str(caught.value) == message
    _, name, _, module, *_ = message.split("'")
    assert not hasattr(importlib.import_module(module), name)


def test_mapping_has_a_name_that_collides_with_nothing() -> None:
    assert TemplateMapping is Mapping
