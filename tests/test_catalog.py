"""The catalog through its public functions: fixed facts, laws, errors, types registered at run time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyformation import Template, catalog, resource_class
from pyformation.errors import CatalogError

STRENGTH = {"Never": 0, "Conditionally": 1, "Always": 2}
# Tests of other modules may have registered types of their own by now.
TYPES = tuple(name for name in catalog.types() if name.startswith(("AWS::", "AMZN::", "Alexa::")))

# type, path, what an update does. Written by hand from AWS's documentation, recorded change sets and
# CloudFormation's handlers, not from our data.
BEHAVIOUR = [
    "",
    "AWS::RDS::DBInstance /Properties/DBInstanceIdentifier Always",
    "AWS::RDS::DBInstance /Properties/DBName Always",
    "AWS::RDS::DBInstance /Properties/Engine Conditionally",
    "AWS::RDS::DBInstance /Properties/AvailabilityZone Conditionally",
    "AWS::RDS::DBInstance /Properties/StorageType Conditionally",
    "AWS::RDS::DBInstance /Properties/LicenseModel Conditionally",
    "AWS::RDS::DBInstance /Properties/VPCSecurityGroups Conditionally",
    "AWS::RDS::DBInstance /Properties/PerformanceInsightsKMSKeyId Conditionally",
    "AWS::RDS::DBInstance /Properties/DBInstanceClass Never",
    "AWS::RDS::DBInstance /Properties/EngineVersion Never",
    "AWS::RDS::DBCluster /Properties/Engine Conditionally",
    "AWS::RDS::DBCluster /Properties/GlobalClusterIdentifier Conditionally",
    "AWS::EC2::Instance /Properties/InstanceType Conditionally",
    "AWS::EC2::Instance /Properties/UserData Conditionally",
    "AWS::EC2::Instance /Properties/SecurityGroupIds Conditionally",
    "AWS::EC2::Instance /Properties/ImageId Always",
    "AWS::EC2::Instance /Properties/KeyName Always",
    "AWS::EC2::Instance /Properties/PrivateIpAddress Always",
    "AWS::EC2::Instance /Properties/BlockDeviceMappings/0/Ebs/VolumeType Conditionally",
    "AWS::EC2::Instance /Properties/Tags/0/Value Never",
    "AWS::EC2::SecurityGroup /Properties/GroupDescription Always",
    "AWS::EC2::SecurityGroup /Properties/SecurityGroupIngress Never",
    "AWS::EC2::VPC /Properties/InstanceTenancy Conditionally",
    "AWS::EC2::VPC /Properties/CidrBlock Always",
    "AWS::EC2::VPNConnection /Properties/CustomerGatewayId Conditionally",
    "AWS::EC2::TransitGatewayConnectPeer /Properties/ConnectPeerConfiguration/BgpConfigurations/*/PeerAsn Always",
    "AWS::S3::Bucket /Properties/BucketName Always",
    "AWS::S3::Bucket /Properties/ObjectLockEnabled Never",
    "AWS::S3::Bucket /Properties/Tags Never",
    "AWS::Lambda::Function /Properties/FunctionName Always",
    "AWS::Lambda::Function /Properties/PackageType Always",
    "AWS::Lambda::Function /Properties/MemorySize Never",
    "AWS::Lambda::Function /Properties/DurableConfig Conditionally",
    "AWS::Lambda::Function /Properties/Environment/Variables/FOO Never",
    "AWS::DynamoDB::Table /Properties/KeySchema Conditionally",
    "AWS::DynamoDB::Table /Properties/KeySchema/0/AttributeName Conditionally",
    "AWS::DynamoDB::Table /Properties/AttributeDefinitions Conditionally",
    "AWS::DynamoDB::Table /Properties/LocalSecondaryIndexes Always",
    "AWS::DynamoDB::Table /Properties/LocalSecondaryIndexes/0/Projection/NonKeyAttributes Always",
    "AWS::DynamoDB::Table /Properties/GlobalSecondaryIndexes Never",
    "AWS::DynamoDB::GlobalTable /Properties/LocalSecondaryIndexes/0/KeySchema Always",
    "AWS::DynamoDB::Table /Properties/TableName Always",
    "AWS::DynamoDB::Table /Properties/BillingMode Never",
    "AWS::ElastiCache::ReplicationGroup /Properties/NumNodeGroups Conditionally",
    "AWS::ElastiCache::ReplicationGroup /Properties/NodeGroupConfiguration Conditionally",
    "AWS::ElastiCache::ReplicationGroup /Properties/AuthToken Conditionally",
    "AWS::ElastiCache::CacheCluster /Properties/NumCacheNodes Conditionally",
    "AWS::OpenSearchService::Domain /Properties/EngineVersion Conditionally",
    "AWS::OpenSearchService::Domain /Properties/VPCOptions Conditionally",
    "AWS::OpenSearchService::Domain /Properties/VPCOptions/SubnetIds Conditionally",
    "AWS::OpenSearchService::Domain /Properties/EncryptionAtRestOptions/KmsKeyId Conditionally",
    "AWS::Elasticsearch::Domain /Properties/ElasticsearchVersion Conditionally",
    "AWS::Elasticsearch::Domain /Properties/VPCOptions/SubnetIds Conditionally",
    "AWS::Glue::Database /Properties/DatabaseInput/Name Always",
    "AWS::Glue::Database /Properties/DatabaseInput/Description Never",
    "AWS::AppSync::GraphQLApi /Properties/ApiType Conditionally",
    "AWS::AppSync::GraphQLApi /Properties/Visibility Conditionally",
    "AWS::AutoScaling::AutoScalingGroup /Properties/LaunchTemplate/Version Conditionally",
    "AWS::AutoScaling::AutoScalingGroup /Properties/LaunchConfigurationName Conditionally",
    "AWS::AutoScaling::AutoScalingGroup /Properties/MinSize Never",
    "AWS::ElasticLoadBalancing::LoadBalancer /Properties/Subnets Conditionally",
    "AWS::ElasticLoadBalancing::LoadBalancer /Properties/HealthCheck Conditionally",
    "AWS::SES::DedicatedIpPool /Properties/ScalingMode Conditionally",
    "AWS::SNS::Subscription /Properties/Region Conditionally",
    "AWS::SNS::Topic /Properties/TopicName Always",
    "AWS::SNS::Topic /Properties/DisplayName Never",
    "AWS::SSM::Parameter /Properties/Name Always",
    "AWS::SSM::Parameter /Properties/Value Never",
    "AWS::SSM::Document /Properties/Content Conditionally",
    "AWS::Batch::ComputeEnvironment /Properties/ComputeResources Never",
    "AWS::Batch::ComputeEnvironment /Properties/ComputeResources/Ec2KeyPair Conditionally",
    "AWS::Batch::ComputeEnvironment /Properties/ComputeResources/Tags/Name Conditionally",
    "AWS::Batch::ComputeEnvironment /Properties/EksConfiguration/EksClusterArn Always",
    "AWS::CertificateManager::Certificate /Properties/DomainValidationOptions Always",
    "AWS::ECS::Service /Properties/LaunchType Conditionally",
    "AWS::ECS::CapacityProvider /Properties/ManagedInstancesProvider Conditionally",
    "AWS::ECS::CapacityProvider /Properties/AutoScalingGroupProvider/AutoScalingGroupArn Always",
    "AWS::LakeFormation::DataLakeSettings /Properties/Parameters Conditionally",
    "AWS::Events::EventBusPolicy /Properties/Condition Conditionally",
    "AWS::KMS::Key /Properties/KeySpec Conditionally",
    "AWS::KMS::Key /Properties/KeyUsage Conditionally",
    "AWS::MWAA::Environment /Properties/NetworkConfiguration Conditionally",
    "AWS::MSK::Replicator /Properties/ReplicationInfoList/*/SourceKafkaClusterArn Always",
    "AWS::MPA::ApprovalTeam /Properties/Policies/*/PolicyArn Always",
    "AWS::Route53::RecordSet /Properties/Name Always",
    "AWS::Route53::RecordSet /Properties/Type Always",
    "AWS::Route53::RecordSet /Properties/SetIdentifier Always",
    "AWS::Route53::RecordSet /Properties/TTL Never",
    "AWS::Route53::RecordSetGroup /Properties/RecordSets/0/Name Conditionally",
    "AWS::FSx::FileSystem /Properties/LustreConfiguration/DeploymentType Conditionally",
    "AWS::CDK::Metadata /Properties/Analytics Conditionally",
    "AWS::CloudFormation::CustomResource /Properties/ServiceToken Always",
    "AWS::CloudFormation::CustomResource /Properties/Anything Conditionally",
    "Custom::NeverDeclared /Properties/ServiceToken Always",
    "Custom::NeverDeclared /Properties/ServiceTimeout Conditionally",
    "Custom::NeverDeclared /Properties/Nested/Deep/0 Conditionally",
    "My::Unknown::Type /Properties/Name Conditionally",
    "AWS::S3::Bucket /Properties/NotYetKnown Conditionally",
    "AWS::S3::Bucket /Properties/Arn Conditionally",
    "AWS::S3::Bucket /Properties Conditionally",
    "AWS::S3::Bucket /Metadata/Note Never",
    "AWS::S3::Bucket /DeletionPolicy Never",
    "My::Unknown::Type /UpdatePolicy Never",
    "AWS::Serverless::Function /Properties/FunctionName Always",
    "AWS::Serverless::Function /Properties/CodeUri Never",
    "AWS::Serverless::Function /Properties/Handler Never",
    "AWS::Serverless::Function /Properties/Events Conditionally",
    "AWS::Serverless::SimpleTable /Properties/PrimaryKey Always",
    "AWS::Serverless::SimpleTable /Properties/PrimaryKey/Type Always",
    "AWS::Serverless::LayerVersion /Properties/ContentUri Always",
    "AWS::Serverless::StateMachine /Properties/Name Always",
    "AWS::Serverless::HttpApi /Properties/Auth Conditionally",
    "",
][1:-1]


@pytest.mark.parametrize("row", BEHAVIOUR)
def test_requires_recreation(row: str) -> None:
    type_name, path, expected = row.split()
    assert catalog.requires_recreation(type_name, path) == expected


# type, property path, facts that must hold
FACTS = [
    ("AWS::EC2::Instance", "BlockDeviceMappings/*/Ebs/VolumeType", {"python_name": "volume_type"}),
    ("AWS::EC2::Instance", "BlockDeviceMappings", {"rule": "ec2-instance-block-devices"}),
    ("AWS::RDS::DBInstance", "MultiAZ", {"python_name": "multi_az", "required": False}),
    ("AWS::RDS::DBInstance", "DBInstanceClass", {"python_name": "db_instance_class", "interrupts": True}),
    ("AWS::RDS::DBInstance", "MasterUserPassword", {"write_only": True}),
    ("AWS::SQS::Queue", "DelaySeconds", {"minimum": 0, "maximum": 900}),
    ("AWS::EC2::SecurityGroup", "GroupDescription", {"required": True, "update": "Always"}),
    ("AWS::EC2::SecurityGroup", "SecurityGroupIngress", {"unordered": True}),
    ("AWS::DynamoDB::Table", "KeySchema/0/KeyType", {"enum": ["HASH", "RANGE"], "required": True}),
    ("AWS::DynamoDB::Table", "GlobalSecondaryIndexes/KeySchema/KeyType", {"enum": ["HASH", "RANGE"]}),
    ("AWS::Evidently::Feature", "Variations/VariationName", {"required": True}),
    ("AWS::Evidently::Feature", "Variations/StringValue", {"required": False}),
    ("AWS::ImageBuilder::ContainerRecipe", "ParentImage", {"required": True}),
    ("AWS::ImageBuilder::ContainerRecipe", "DockerfileTemplateUri", {"required": False}),
    ("AWS::CloudWatch::Alarm", "EvaluationWindow/SlidingWindow", {"max_properties": 0}),
    ("AWS::DataZone::PolicyGrant", "Detail/CreateEnvironment", {"max_properties": 0}),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument", {"max_properties": None}),
    ("AWS::Lambda::Function", "Role", {"takes": ["AWS::IAM::Role.Arn"], "required": True}),
    ("AWS::Lambda::Function", "Environment/Variables/FOO", {"name": "FOO"}),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument/Statement/0/Effect", {"name": "Effect"}),
]


@pytest.mark.parametrize(("type_name", "path", "facts"), FACTS)
def test_lookup(type_name: str, path: str, facts: dict[str, object]) -> None:
    found = catalog.lookup(type_name, f"/Properties/{path}")
    assert {name: getattr(found, name) for name in facts} == facts


TYPE_TEXTS = [
    "",
    "AWS::S3::Bucket Tags [Tag]",
    "AWS::IAM::Role AssumeRolePolicyDocument json",
    "AWS::IAM::Role Policies/PolicyDocument json",
    "AWS::Lambda::Function Environment/Variables {string|number|boolean}",
    "AWS::CodeBuild::Project Triggers/FilterGroups [[WebhookFilter]]",
    "AWS::DynamoDB::Table KeySchema [KeySchema]",
    "AWS::DynamoDB::Table GlobalSecondaryIndexes/KeySchema [KeySchema]",
    "AWS::DynamoDB::Table LocalSecondaryIndexes/KeySchema [KeySchema]",
    "AWS::DynamoDB::GlobalTable GlobalSecondaryIndexes/KeySchema [KeySchema]",
    "AWS::AppFlow::Flow SourceFlowConfig/SourceConnectorProperties/CustomConnector/DataTransferApi DataTransferApi",
    "AWS::AppFlow::Flow SourceFlowConfig/SourceConnectorProperties/Salesforce/DataTransferApi string",
    "AWS::EC2::VerifiedAccessTrustProvider SseSpecification SseSpecification",
    "AWS::Lex::Bot DataPrivacy DataPrivacy",
    "AWS::Serverless::Function LoggingConfig LoggingConfig",
    "AWS::SQS::Queue RedrivePolicy RedrivePolicy|string",
    "AWS::Serverless::Function CodeUri CodeUri|string",
    "AWS::Serverless::Function Role string",
    "AWS::Serverless::Function Tags json",
    "AWS::Serverless::Function Policies json",
    "AWS::Serverless::Function MemorySize integer",
    "AWS::CloudFormation::GuardHook Options/InputParams S3Location|[S3Location]",
    "",
][1:-1]


@pytest.mark.parametrize("row", TYPE_TEXTS)
def test_types_of_properties(row: str) -> None:
    type_name, path, text = row.split()
    assert catalog.lookup(type_name, f"/Properties/{path}").type.text == text


def test_parse_type() -> None:
    found = catalog.parse_type("Rule|[{string|integer}]|json")
    assert [(t.kind, t.text) for t in found.options] == [
        ("definition", "Rule"),
        ("list", "[{string|integer}]"),
        ("json", "json"),
    ]
    inner = found.options[1].item
    assert inner is not None
    assert inner.kind == "map"
    assert inner.item is not None
    assert [t.name for t in inner.item.options] == ["string", "integer"]
    assert found.definitions() == ("Rule",)
    assert catalog.parse_type("Rule") is catalog.parse_type("Rule")


def test_facts_on_types() -> None:
    bucket = catalog.resource_type("AWS::S3::Bucket")
    assert (bucket.module, bucket.ref, bucket.physical_name) == ("s3", ["BucketName"], "BucketName")
    assert (bucket.stateful, bucket.tags) == ("data", {"property": "Tags", "shape": "list"})
    assert bucket.on_delete is not None
    assert bucket.documentation.endswith("/aws-resource-s3-bucket.html")
    assert catalog.resource_type("AWS::Lambda::Function").module == "lambda_"

    database = catalog.resource_type("AWS::RDS::DBInstance")
    assert database.deletion_protection == "DeletionProtection"
    assert database.deletion_protection_values == [True]
    balancer = catalog.resource_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer.deletion_protection_where == {"Key": "deletion_protection.enabled"}
    assert database.snapshot
    assert database.deletion_default == {"policy": "Snapshot", "unless": "DBClusterIdentifier"}
    assert bucket.deletion_default == {"policy": "Delete"}
    assert database.attribute("Endpoint.Port").mirrors == "/Properties/Port"
    assert database.attribute("Endpoint.Address").mirrors is None
    assert database.attribute("Endpoint.Port").python_name == "endpoint_port"
    assert "MasterUserPassword" not in database.attributes

    assert catalog.resource_type("AWS::SQS::Queue").ref == ["QueueUrl"]
    assert catalog.resource_type("AWS::SQS::Queue").attribute("QueueName").mirrors == "/Properties/QueueName"
    assert catalog.resource_type("AWS::SQS::Queue").attribute("Arn").mirrors is None
    assert catalog.resource_type("AWS::EC2::EIP").ref == ["PublicIp"]
    assert catalog.resource_type("AWS::EC2::EIP").identifier == ["PublicIp", "AllocationId"]
    assert catalog.resource_type("AWS::EC2::EIP").stateful == "identity"
    assert catalog.resource_type("AWS::IAM::Policy").stateful is None
    assert catalog.resource_type("AWS::EC2::EIPAssociation").replacement_strategy == "delete_then_create"
    assert catalog.resource_type("AWS::S3::BucketPolicy").unique_by == ["Bucket"]
    assert catalog.resource_type("AWS::GuardDuty::Detector").unique_by == []
    assert catalog.resource_type("AWS::S3::Bucket").unique_by is None

    stack = catalog.resource_type("AWS::CloudFormation::Stack")
    assert stack.attribute("Outputs.Url").name == "Outputs.Url"
    with pytest.raises(CatalogError):
        stack.attribute("Outputs.")
    custom = catalog.resource_type("Custom::NeverDeclared")
    assert custom.open
    assert custom.attribute("Anything").name == "Anything"

    function = catalog.resource_type("AWS::Serverless::Function")
    assert function.becomes == "AWS::Lambda::Function"
    assert function.ref == ["FunctionName"]
    assert "Arn" in function.attributes
    assert function.documentation.endswith("/sam-resource-function.html")


TAGS = [
    ("AWS::EC2::Instance", {"property": "Tags", "shape": "list"}),
    ("AWS::SSM::Parameter", {"property": "Tags", "shape": "map"}),
    ("AWS::Serverless::Function", {"property": "Tags", "shape": "map"}),
    ("AWS::Cognito::UserPool", {"property": "UserPoolTags", "shape": "map"}),
    ("AWS::Backup::BackupVault", {"property": "BackupVaultTags", "shape": "map"}),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        {"property": "Tags", "shape": "list", "extra": {"PropagateAtLaunch": True}},
    ),
    (
        "AWS::EC2::LaunchTemplate",
        {"property": "TagSpecifications", "shape": "specifications", "resource_type": "launch-template"},
    ),
    ("AWS::S3::BucketPolicy", None),
    ("AWS::IAM::Policy", None),
    ("AWS::Lambda::Permission", None),
    ("AWS::Serverless::Connector", None),
]


@pytest.mark.parametrize(("type_name", "tags"), TAGS)
def test_tags(type_name: str, tags: dict[str, object] | None) -> None:
    assert catalog.resource_type(type_name).tags == tags


def test_every_type_is_there() -> None:
    assert len(TYPES) == 1898
    assert list(TYPES) == sorted(TYPES)
    assert sum(name.startswith("AWS::Serverless::") for name in TYPES) == 14
    assert sorted(name for module in catalog.modules() for name in catalog.service(module)) == list(TYPES)
    assert catalog.service("s3") == [name for name in TYPES if name.startswith("AWS::S3::")]
    assert catalog.service("lambda") == catalog.service("lambda_") != []
    assert catalog.service("nothing") == catalog.service("../s3") == []


def _classes(name: str) -> list[catalog.ResourceType | catalog.Definition]:
    resource = catalog.resource_type(name)
    return [resource, *(resource.definition(d) for d in resource.definitions)]


# AWS has given one resource two attributes that differ in a dot only.
SAME_PYTHON_NAME = {("AWS::EKS::Cluster", "certificate_authority_data")}
# An attribute that is called as a property in Python: the property has the name, get_att has the attribute.
HIDDEN_ATTRIBUTES = {
    ("AWS::QuickSight::Dashboard", "Version.Description"),
    ("AWS::QuickSight::Template", "Version.Description"),
    ("AWS::QuickSight::Theme", "Version.Description"),
}


def _rendered(resource: Any, value: Any) -> Any:
    template = Template()
    template.add("It", resource)
    return value._render(template._scope)


def test_the_documented_attribute_has_the_python_name() -> None:
    names = list(catalog.resource_type("AWS::EKS::Cluster").attributes)
    assert names.index("CertificateAuthority.Data") < names.index(
        "CertificateAuthorityData"
    )  # The last counts.
    cluster = resource_class("AWS::EKS::Cluster")(role_arn="arn", resources_vpc_config={"SubnetIds": ["a"]})
    for value in (cluster.certificate_authority_data, cluster.get_att.certificate_authority_data):
        assert _rendered(cluster, value) == {"Fn::GetAtt": ["It", "CertificateAuthorityData"]}
    value = cluster.get_att["CertificateAuthority.Data"]
    assert _rendered(cluster, value) == {"Fn::GetAtt": ["It", "CertificateAuthority.Data"]}


def test_every_type_holds_together() -> None:
    untyped = free_form = 0
    for name in TYPES:
        resource = catalog.resource_type(name)
        used: set[str] = set()
        for each in _classes(name):
            assert len(each.by_python_name) == len(each.properties), each
            assert set(each.required) <= set(each.properties)
            for member in each.properties.values():
                assert member.python_name.isidentifier(), (name, member)
                mentioned = member.type.definitions()
                used.update(mentioned)
                assert not (member.read_only and member.required)
                for definition in mentioned:
                    assert resource.definition(definition).properties, (name, definition)
                assert member.update in STRENGTH
                untyped += member.type.kind == "any"
                free_form += member.type.kind == "json"
                for source in member.takes:
                    giver = catalog.resource_type(source.partition(".")[0])
                    attribute = source.partition(".")[2]
                    assert attribute in giver.attributes or attribute in giver.properties, (name, source)
        assert used == set(resource.definitions), name
        python_names = [a.python_name for a in resource.attributes.values()]
        twice = {n for n in python_names if python_names.count(n) > 1}
        assert {(name, n) for n in twice} <= SAME_PYTHON_NAME
        for attribute in resource.attributes.values():
            assert "*" not in attribute.name
            same = resource.by_python_name.get(attribute.python_name)
            if same is not None and same.name != attribute.name:
                assert (name, attribute.name) in HIDDEN_ATTRIBUTES
            if attribute.mirrors:
                assert not catalog.lookup(name, attribute.mirrors).read_only
        for fact in (*resource.ref, *resource.identifier):
            first = fact.partition("/")[0]
            known = {*resource.properties, *resource.attributes}
            assert first in known or any(a.startswith(f"{first}.") for a in known), (name, fact)
        for path in (resource.physical_name, resource.deletion_protection, *(resource.unique_by or ())):
            assert path is None or catalog.lookup(name, f"/Properties/{path}")
        for path in resource.paths:
            assert catalog.lookup(name, path)
        if resource.tags is not None:
            assert resource.tags["property"] in resource.properties
    # Types that say nothing block nobody, but help nobody either: there must not be more of them.
    assert untyped <= 160
    assert free_form <= 420


def _paths(name: str) -> list[str]:
    """All paths of a type, each property type followed once."""
    resource = catalog.resource_type(name)
    found: list[str] = []

    def visit(here: str, each: catalog.ResourceType | catalog.Definition, inside: tuple[str, ...]) -> None:
        for member in each.properties.values():
            path = f"{here}/{member.name}"
            found.append(path)
            for kind in member.type.options or (member.type,):
                below = path + "/key" * kind.text.count("{")
                for definition in kind.definitions():
                    if definition not in inside and len(inside) < 4:
                        visit(below, resource.definition(definition), (*inside, definition))

    visit("/Properties", resource, ())
    return found


@st.composite
def _any_path(draw: st.DrawFn) -> tuple[str, str]:
    name = draw(st.sampled_from(TYPES).filter(lambda n: bool(catalog.resource_type(n).properties)))
    return name, draw(st.sampled_from(_paths(name)))


@given(_any_path(), st.lists(st.sampled_from(["0", "*", "Name", "Foo", "1"]), max_size=3))
def test_a_longer_path_is_never_weaker(place: tuple[str, str], more: list[str]) -> None:
    name, path = place
    steps = (path + "".join(f"/{m}" for m in more)).split("/")
    strengths = [
        STRENGTH[catalog.requires_recreation(name, "/".join(steps[:end]))] for end in range(3, len(steps) + 1)
    ]
    assert strengths == sorted(strengths)


@given(_any_path(), st.sampled_from(["0", "17", "*"]))
def test_places_in_lists_do_not_matter(place: tuple[str, str], index: str) -> None:
    name, path = place
    steps = path.split("/")[1:]
    indexed = "/Properties"
    for end, step in enumerate(steps[1:], start=2):
        kind = catalog.lookup(name, "/" + "/".join(steps[:end])).type.text
        indexed += f"/{step}" + f"/{index}" * (kind.count("[") if kind[0] == "[" else 0)
    assert catalog.requires_recreation(name, indexed) == catalog.requires_recreation(name, path)
    if "|" not in path:
        assert catalog.lookup(name, indexed).update == catalog.lookup(name, path).update


@given(_any_path())
def test_lookup_and_requires_recreation_agree(place: tuple[str, str]) -> None:
    name, path = place
    found = catalog.lookup(name, path)
    if not found.read_only:
        assert found.update == catalog.requires_recreation(name, path)
    for below, update in catalog.create_only_paths(name, path).items():
        assert STRENGTH[update] <= STRENGTH[catalog.requires_recreation(name, below)]


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_has_an_answer(type_name: str, path: str) -> None:
    assert catalog.requires_recreation(type_name, path) in STRENGTH
    assert catalog.requires_recreation("AWS::S3::Bucket", path) in STRENGTH


def test_create_only_paths_of_a_block() -> None:
    found = catalog.create_only_paths("AWS::Batch::ComputeEnvironment", "/Properties/ComputeResources")
    assert found["/Properties/ComputeResources/Ec2KeyPair"] == "Conditionally"
    assert found["/Properties/ComputeResources/SpotIamFleetRole"] == "Always"
    assert "/Properties/ComputeResources" not in found
    assert catalog.create_only_paths("AWS::S3::Bucket")["/Properties/BucketName"] == "Always"
    assert catalog.create_only_paths("AWS::S3::Bucket", "/Properties/Tags") == {}
    assert catalog.create_only_paths("AWS::S3::Bucket", "/Metadata") == {}


# Each: what is asked, and the whole message.
ERRORS = [
    (
        lambda: catalog.lookup("AWS::S3::Bucket", "/Properties/BuketName"),
        "AWS::S3::Bucket /Properties/BuketName: AWS::S3::Bucket has no property 'BuketName'; "
        "did you mean 'BucketName'?",
    ),
    (
        lambda: catalog.lookup("AWS::EC2::Instance", "/Properties/BlockDeviceMappings/*/Ebs/VolumType"),
        "AWS::EC2::Instance /Properties/BlockDeviceMappings/*/Ebs/VolumType: Ebs has no property 'VolumType'; "
        "did you mean 'VolumeType'?",
    ),
    (
        lambda: catalog.lookup("AWS::S3::Bucket", "/Properties/BucketName/Deeper"),
        "AWS::S3::Bucket /Properties/BucketName/Deeper: /Properties/BucketName has no properties, so not 'Deeper'",
    ),
    (
        lambda: catalog.lookup("AWS::S3::Bucket", "/Metadata/x"),
        "AWS::S3::Bucket: a path starts with /Properties/, but this is '/Metadata/x'",
    ),
    (
        lambda: catalog.resource_type("AWS::S3::Buckett"),
        "there is no resource type 'AWS::S3::Buckett'; did you mean 'AWS::S3::Bucket'? "
        "(catalog.types() lists all; register() adds one)",
    ),
    (
        lambda: catalog.resource_type("AWS::S4::Bucket"),
        "there is no resource type 'AWS::S4::Bucket'; did you mean 'AWS::S3::Bucket'? "
        "(catalog.types() lists all; register() adds one)",
    ),
    (
        lambda: catalog.resource_type("AWS::EC2::Instance").definition("EBS"),
        "AWS::EC2::Instance has no property type 'EBS'; did you mean 'Ebs'?",
    ),
    (
        lambda: catalog.resource_type("AWS::SQS::Queue").attribute("ARN"),
        "AWS::SQS::Queue has no attribute 'ARN'; did you mean 'Arn'?",
    ),
    (
        lambda: catalog.reviewed("update"),
        "there is no reviewed table 'update'; did you mean 'updates'?",
    ),
    (
        lambda: catalog.register({"typeName": "Thing", "properties": {}}),
        "not a registry schema: expected a typeName such as 'My::Org::Thing', found 'Thing'",
    ),
    (
        lambda: catalog.register({"typeName": "My::Org::Thing"}),
        "My::Org::Thing: not a registry schema: `properties` is not an object",
    ),
    (
        lambda: catalog.register("/nowhere/schema.json"),
        "/nowhere/schema.json: the schema cannot be read: No such file or directory",
    ),
]


@pytest.mark.parametrize(("ask", "message"), ERRORS, ids=range(len(ERRORS)))
def test_errors(ask: object, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        ask()  # type: ignore[operator]
    assert str(caught.value) == message


# -- types registered at run time -----------------------------------------------------------------

SCHEMA = {
    "typeName": "My::Org::Thing",
    "properties": {
        "Name": {"type": "string", "minLength": 3},
        "Color": {"$ref": "#/definitions/Color"},
        "Rules": {"type": "array", "insertionOrder": False, "items": {"$ref": "#/definitions/rule"}},
        "Labels": {"type": "object", "patternProperties": {"^[a-z]+$": {"type": "string"}}},
        "Inline": {"type": "object", "properties": {"Size": {"type": "integer"}}, "required": ["Size"]},
        "Shape": {
            "oneOf": [
                {"type": "object", "properties": {"Circle": {"type": "number"}}, "required": ["Circle"]},
                {"type": "object", "properties": {"Square": {"type": "number"}}, "required": ["Square"]},
            ]
        },
        "Tree": {"$ref": "#/definitions/Node"},
        "Odd": {"not": {"type": "string"}},
        "Tags": {"type": "array", "items": {"$ref": "#/definitions/Tag"}},
        "Arn": {"type": "string"},
        "Status": {"type": "object", "properties": {"Code": {"type": "integer"}}},
    },
    "definitions": {
        "Color": {"type": "string", "enum": ["red", "blue"]},
        "rule": {"type": "object", "properties": {"Port": {"type": "integer"}}},
        "Node": {"type": "object", "properties": {"Next": {"$ref": "#/definitions/Node"}}},
        "Tag": {"type": "object", "properties": {"Key": {"type": "string"}, "Value": {"type": "string"}}},
    },
    "required": ["Name"],
    "createOnlyProperties": ["/properties/Name", "/properties/Rules/*/Port"],
    "conditionalCreateOnlyProperties": ["/properties/Color"],
    "readOnlyProperties": ["/properties/Arn", "/properties/Status"],
    "primaryIdentifier": ["/properties/Arn"],
}


@pytest.fixture
def thing() -> catalog.ResourceType:
    return catalog.register(SCHEMA)


def test_register(thing: catalog.ResourceType) -> None:
    assert catalog.resource_type("My::Org::Thing") is thing
    assert thing.required == ("Name",)
    assert sorted(thing.properties) == sorted(set(SCHEMA["properties"]) - {"Arn", "Status"})  # type: ignore[call-overload]
    assert {n: p.type.text for n, p in thing.properties.items()} == {
        "Name": "string",
        "Color": "string",
        "Rules": "[Rule]",
        "Labels": "{string}",
        "Inline": "Inline",
        "Shape": "Shape",
        "Tree": "Node",
        "Odd": "any",
        "Tags": "[Tag]",
    }
    assert thing.property("Color").enum == ["red", "blue"]
    assert thing.property("Rules").unordered
    assert thing.property("Labels").key_pattern == "^[a-z]+$"
    assert thing.definition("Inline").required == ("Size",)
    assert thing.definition("Shape").required == ()
    assert thing.tags == {"property": "Tags", "shape": "list"}
    assert {n: a.type.text for n, a in thing.attributes.items()} == {
        "Arn": "string",
        "Status": "json",
        "Status.Code": "integer",
    }
    assert catalog.requires_recreation("My::Org::Thing", "/Properties/Name") == "Always"
    assert catalog.requires_recreation("My::Org::Thing", "/Properties/Rules/3/Port") == "Always"
    assert catalog.requires_recreation("My::Org::Thing", "/Properties/Rules/Port") == "Always"
    assert catalog.requires_recreation("My::Org::Thing", "/Properties/Color") == "Conditionally"
    assert catalog.requires_recreation("My::Org::Thing", "/Properties/Tree/Next/Next/Next") == "Never"
    assert catalog.requires_recreation("My::Org::Thing", "/Properties/Labels/x") == "Never"
    assert "My::Org::Thing" in catalog.types()


def test_inline_objects_have_the_short_name() -> None:
    """A definition's name where they differ in constraints only, or where nothing else is called so."""

    def pair(**more: object) -> dict[str, object]:
        text = {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "a", "enum": ["a"], **more}
        members = {"Text": text, "List": {"type": "array", "maxItems": 2, "items": text}}
        return {"type": "object", "properties": members, "required": ["Text", "List"]}

    def holder(**properties: object) -> dict[str, object]:
        return {"type": "object", "properties": properties}

    apart = pair() | {"properties": {"Text": {"type": "integer"}}}
    found = catalog.register(
        {
            "typeName": "My::Org::Names",
            "definitions": {
                "Pair": pair(),
                "Scalar": {"type": "string", "minLength": 1},
                "Unused": holder(Other={"type": "string"}),
                "Deep": holder(
                    Pair=pair(minLength=0, maxLength=9, pattern="b", enum=["b"]) | {"required": ["List"]}
                ),
            },
            "properties": {
                "Pair": {"$ref": "#/definitions/Pair"},
                "Text": {"$ref": "#/definitions/Scalar"},
                "First": holder(Pair=pair(), Scalar=pair(), Twice=pair(), Two=pair()),
                "Second": holder(Pair=apart, Unused=pair(), Twice=pair(maxLength=5), Two=apart),
                "Deep": {"$ref": "#/definitions/Deep"},
            },
            "createOnlyProperties": ["/properties/First/Pair/Text"],
        }
    )
    assert {
        d: {n: p.type.text for n, p in found.definition(d).properties.items()} for d in found.definitions
    } == {
        "Deep": {"Pair": "Pair"},
        "First": {"Pair": "Pair", "Scalar": "Scalar", "Twice": "Twice", "Two": "FirstTwo"},
        "FirstTwo": {"List": "[string]", "Text": "string"},
        "Pair": {"List": "[string]", "Text": "string"},
        "Scalar": {"List": "[string]", "Text": "string"},
        "Second": {"Pair": "SecondPair", "Twice": "Twice", "Two": "SecondTwo", "Unused": "Unused"},
        "SecondPair": {"Text": "integer"},
        "SecondTwo": {"Text": "integer"},
        "Twice": {"List": "[string]", "Text": "string"},
        "Unused": {"List": "[string]", "Text": "string"},
    }
    assert found.facts["definitions"]["Pair"] == {
        "List": {
            "type": "[string]",
            "required": True,
            "max_items": 2,
            "items": {"max_length": 9, "enum": ["a", "b"]},
        },
        "Text": {"max_length": 9, "enum": ["a", "b"]},
    }
    assert found.definition("Twice").property("Text").max_length == 5
    asked = [f"/Properties/{path}/Text" for path in ("First/Pair", "Deep/Pair", "Pair")]
    assert [catalog.requires_recreation("My::Org::Names", path) for path in asked] == [
        "Always",
        "Never",
        "Never",
    ]


def test_what_every_branch_requires_is_required() -> None:
    def needs(*names: str) -> dict[str, object]:
        return {"required": list(names)}

    members = {name: {"type": "string"} for name in ("A", "B", "C", "D", "E")}
    found = catalog.register(
        {
            "typeName": "My::Org::Branches",
            "properties": {
                **members,
                "Block": {
                    "type": "object",
                    "properties": members,
                    "anyOf": [needs("A"), {"allOf": [needs("A")]}],
                },
                "Open": {"type": "object", "properties": members, "oneOf": [needs("A"), {"type": "object"}]},
            },
            "allOf": [
                {"required": ["D"], "oneOf": [needs("A", "B"), needs("A", "C")]},
                {"if": needs("B"), "then": needs("C")},
            ],
            "oneOf": [needs("E"), needs("B", "E")],
            "readOnlyProperties": ["/properties/E"],
        }
    )
    assert found.required == ("A", "D")
    assert "E" not in found.properties
    assert list(found.attributes) == ["E"]
    assert found.definition("Block").required == ("A",)
    assert found.definition("Open").required == ()


def test_an_object_that_may_have_no_property() -> None:
    empty = {"type": "object", "additionalProperties": False}
    found = catalog.register(
        {
            "typeName": "My::Org::Empty",
            "definitions": {"Empty": empty},
            "properties": {
                "Empty": empty,
                "Reference": {"$ref": "#/definitions/Empty"},
                "Free": {"type": "object"},
                "Text": {**empty, "type": ["object", "string"]},
                "Keys": {**empty, "patternProperties": {"a": {}}},
            },
        }
    )
    facts = {name: (p.type.text, p.max_properties) for name, p in found.properties.items()}
    assert facts == {
        "Empty": ("json", 0),
        "Reference": ("json", 0),
        "Free": ("json", None),
        "Text": ("json", None),
        "Keys": ("{any}", None),
    }


def test_register_again_replaces(thing: catalog.ResourceType, tmp_path: Path) -> None:
    file = tmp_path / "thing.json"
    file.write_text(json.dumps({"typeName": "My::Org::Thing", "properties": {"Other": {"type": "string"}}}))
    again = catalog.register(file)
    assert again is not thing
    assert sorted(catalog.resource_type("My::Org::Thing").properties) == ["Other"]
    file.write_text("[]")
    with pytest.raises(CatalogError, match="not a JSON object"):
        catalog.register(str(file))
    file.write_text("{")
    with pytest.raises(CatalogError, match="not JSON"):
        catalog.register(str(file))


def test_a_fact_of_a_path_stays_on_that_path() -> None:
    catalog.register(
        {
            "typeName": "My::Org::Paths",
            "properties": {
                "First": {"$ref": "#/definitions/Block"},
                "Second": {"$ref": "#/definitions/Block"},
                "Third": {"type": "object", "patternProperties": {".*": {"$ref": "#/definitions/Block"}}},
            },
            "definitions": {"Block": {"type": "object", "properties": {"Size": {"type": "integer"}}}},
            "createOnlyProperties": ["/properties/First/Size", "/properties/Third/*/Size"],
        }
    )
    asked = {
        path: catalog.requires_recreation("My::Org::Paths", f"/Properties/{path}")
        for path in ("First", "First/Size", "Second/Size", "Third/key", "Third/key/Size")
    }
    assert asked == {
        "First": "Never",
        "First/Size": "Always",
        "Second/Size": "Never",
        "Third/key": "Never",
        "Third/key/Size": "Always",
    }
    assert catalog.lookup("My::Org::Paths", "/Properties/First/Size").update == "Always"


KEYWORDS = st.sampled_from(
    [
        "$ref",
        "type",
        "properties",
        "items",
        "oneOf",
        "anyOf",
        "allOf",
        "enum",
        "required",
        "patternProperties",
        "additionalProperties",
        "A",
    ]
)
OPTIONAL_KEYS = [
    "definitions",
    "required",
    "readOnlyProperties",
    "createOnlyProperties",
    "primaryIdentifier",
    "tagging",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("#/definitions/A"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.fixed_dictionaries({"properties": JSON}, optional=dict.fromkeys(OPTIONAL_KEYS, JSON)))
def test_no_json_is_more_than_a_catalog_error(schema: dict[str, object]) -> None:
    try:
        found = catalog.register({"typeName": "My::Fuzzed::Thing", **schema})
    except CatalogError:
        return
    for each in _classes("My::Fuzzed::Thing"):
        for member in each.properties.values():
            assert all(found.definition(name) for name in member.type.definitions())
    assert isinstance(catalog.create_only_paths(found.name), dict)


def test_declare() -> None:
    catalog.declare("Custom::Declared", {"properties": {"Size": {"type": "integer", "update": "Always"}}})
    assert catalog.requires_recreation("Custom::Declared", "/Properties/Size") == "Always"
    assert catalog.requires_recreation("Custom::Declared", "/Properties/Other") == "Conditionally"
    assert catalog.resource_type("Custom::Declared").tags is None


# -- reviewed tables ------------------------------------------------------------------------------

TABLES = "attributes credentials forms identity_defaults name_scopes names one_slot protection refs reserved_keys restored runtimes sam slots snapshots stable stateful tags types uniqueness".split()


@pytest.mark.parametrize("table", [*TABLES, "updates"])
def test_reviewed_rows_say_why(table: str) -> None:
    rows = catalog.reviewed(table)
    assert rows
    for row in rows:
        assert row["type"] in TYPES
        assert row["reason"].endswith(".") or table == "names"
        assert row["source"]


def test_every_place_that_a_slot_names_is_there() -> None:
    slots: dict[str, set[int]] = {}
    for row in catalog.reviewed("slots"):
        slots.setdefault(row["slot"], set()).add(len(row["key"]))
        assert row.get("create", "fails") in ("fails", "overwrites")
        assert set(row.get("domain_names", ())) <= set(row["key"])
        for path in (*row["key"], row.get("by", "@")):
            for part in path.partition(">")[0].rstrip("?").split("|"):
                if part.startswith("*"):
                    part = f"{row['items']}/{part}"
                assert part == "@" or catalog.find_property(row["type"], f"/Properties/{part}"), (row, part)
        for name in row.get("itself", ["Ref"]):
            assert name == "Ref" or name in catalog.resource_type(row["type"]).attributes
    # Keys of one slot are compared part by part.
    assert all(len(lengths) == 1 for lengths in slots.values())


def test_reviewed_updates() -> None:
    rows = catalog.reviewed("updates")
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["update"] in ("Conditionally", "Always")
        if row.get("exact") and row["update"] == "Conditionally":
            assert row.get("replaced_if") or row.get("in_place_if"), row["id"]
        for path in row["paths"]:
            found = catalog.lookup(row["type"], path)
            assert STRENGTH[found.update] >= STRENGTH[row["update"]], (row["id"], path)
            assert found.rule == row["id"], path
            if row.get("replaced_if"):
                assert found.condition is not None
                assert row["replaced_if"] in found.condition


# -- reading --------------------------------------------------------------------------------------

LEAN = """
import sys
from pyformation import catalog
read = []
import builtins
real = builtins.open
def spy(path, *rest, **options):
    read.append(str(path).replace(chr(92), "/").rpartition("/")[2])
    return real(path, *rest, **options)
builtins.open = spy
catalog.resource_type("AWS::SQS::Queue").by_python_name
catalog.resource_type("AWS::SQS::QueuePolicy").attributes
catalog.requires_recreation("AWS::SQS::Queue", "/Properties/QueueName")
print(read, [m for m in ("attr", "typing", "dataclasses", "inspect", "pathlib", "click") if m in sys.modules])
"""


def test_reading_is_lazy_and_light() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAN],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout == "['sqs.json'] []\n"


def test_every_deletion_protection_of_the_catalog_has_a_row() -> None:
    name = re.compile(
        "DeletionProtection(Enabled)?|DeletionProtected|DeleteProtection|TerminationProtect(ed|ionEnabled)"
    )
    missing: list[tuple[str, str]] = []
    for type_name in catalog.types():
        facts = catalog.entry(type_name)
        protection = catalog.resource_type(type_name).deletion_protection or ""
        for block in [facts["properties"], *facts.get("definitions", {}).values()]:
            missing += [
                (type_name, key)
                for key, of in block.items()
                if name.fullmatch(key) and not of.get("read_only") and key not in protection.split("/")
            ]
    assert not missing


def test_find_gives_none_for_what_the_catalog_does_not_know() -> None:
    assert catalog.find("AWS::S3::Bucket") is catalog.resource_type("AWS::S3::Bucket")
    assert catalog.find("Custom::Thing") is not None
    assert catalog.find("AWS::S3::Buckett") is None
    assert catalog.find("") is None


@pytest.mark.parametrize(
    ("type_name", "path", "known"),
    [
        ("AWS::S3::Bucket", "/Properties/BucketName", True),
        ("AWS::S3::Bucket", "/Properties/BucketNam", False),
        ("AWS::S3::Bucket", "/Metadata", False),
        ("AWS::S3::Buckett", "/Properties/BucketName", False),
    ],
)
def test_find_property(type_name: str, path: str, known: bool) -> None:
    found = catalog.find_property(type_name, path)
    assert (found is not None) is known
    if found is not None:
        assert found.name == catalog.lookup(type_name, path).name


@pytest.mark.parametrize(
    ("type_name", "path", "update"),
    [
        ("AWS::EMR::Cluster", "Instances/Ec2SubnetId", "Always"),
        ("AWS::EMR::Cluster", "Instances/MasterInstanceGroup/InstanceType", "Always"),
        ("AWS::EMR::Cluster", "Instances/CoreInstanceGroup/InstanceType", "Always"),
        ("AWS::EMR::Cluster", "Instances/CoreInstanceGroup/InstanceCount", "Never"),
        ("AWS::EMR::Cluster", "Instances/CoreInstanceFleet/TargetSpotCapacity", "Never"),
        ("AWS::EMR::Cluster", "Instances/TaskInstanceGroups/0/InstanceCount", "Conditionally"),
        ("AWS::EMR::Cluster", "Instances/TerminationProtected", "Never"),
        ("AWS::FSx::FileSystem", "LustreConfiguration/ImportPath", "Always"),
        ("AWS::FSx::FileSystem", "LustreConfiguration/WeeklyMaintenanceStartTime", "Never"),
        ("AWS::FSx::FileSystem", "WindowsConfiguration/ActiveDirectoryId", "Always"),
        ("AWS::FSx::FileSystem", "WindowsConfiguration/ThroughputCapacity", "Never"),
        ("AWS::KinesisAnalyticsV2::ApplicationOutput", "Output/Name", "Always"),
        ("AWS::Glue::Database", "CatalogId", "Always"),
        ("AWS::Glue::Database", "DatabaseInput/Description", "Never"),
    ],
)
def test_what_schemas_leave_out_of_their_create_only_properties(
    type_name: str, path: str, update: str
) -> None:
    # The schemas of types from before the registry name create-only properties of the first level only.
    assert catalog.requires_recreation(type_name, f"/Properties/{path}") == update
