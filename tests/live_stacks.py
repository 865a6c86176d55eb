"""Stacks on ministack for tests: created, updated and stuck, without waiting longer than they take."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from aws_servers import Account, until

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue"}
# Fails after a second.
WAIT: dict[str, Any] = {
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    "Wait": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "1", "Count": 1},
    },
}
# Fails as soon as the queue exists.
BROKEN: dict[str, Any] = {
    "Type": "AWS::SNS::Topic",
    "Properties": {"DisplayName": {"Fn::ImportValue": "nowhere"}},
    "DependsOn": "Queue",
}


def template(**resources: Any) -> str:
    return json.dumps({"Resources": resources})


def status(account: Account, name: str, region: str | None = None) -> str:
    """The status of a stack after its operation."""
    client = account.client(region=region)
    found = ""
    for _ in until(f"the operation of {name} goes on"):
        found = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if not found.endswith("_IN_PROGRESS") or found == "REVIEW_IN_PROGRESS":
            break
    return found


def create(account: Account, name: str, text: str, region: str | None = None, **options: Any) -> str:
    """Create a stack, and wait: its ARN."""
    client = account.client(region=region)
    arn: str = client.create_stack(StackName=name, TemplateBody=text, **options)["StackId"]
    status(account, name, region)
    return arn


def update(account: Account, name: str, text: str, **options: Any) -> str:
    """Update a stack, and wait: its status."""
    account.client().update_stack(StackName=name, TemplateBody=text, **options)
    return status(account, name)


def policy(role: str, action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "inline", "Roles": [role], "PolicyDocument": document},
    }


def fail(account: Account, name: str) -> None:
    """Let the wait condition of a stack fail now, once it waits."""
    client = account.client()
    for _ in until(f"{name} does not wait"):
        with contextlib.suppress(client.exceptions.ClientError):
            client.signal_resource(
                StackName=name, LogicalResourceId="Wait", UniqueId="test", Status="FAILURE"
            )
            return


def stick(account: Account, name: str) -> str:
    """A stack in UPDATE_ROLLBACK_FAILED: the role of its policy was deleted while the stack was updated."""
    iam = account.client("iam")
    iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument="{}")
    arn = create(account, name, template(Policy=policy(f"{name}-role", "s3:GetObject"), Queue=QUEUE))
    waiting = {**WAIT["Wait"]["Properties"], "Timeout": "60"}
    wait = {**WAIT, "Wait": {**WAIT["Wait"], "Properties": waiting, "DependsOn": "Policy"}}
    changed = template(Policy=policy(f"{name}-role", "s3:PutObject"), Queue=QUEUE, **wait)
    account.client().update_stack(StackName=name, TemplateBody=changed, Capabilities=["CAPABILITY_IAM"])
    for _ in until(f"the policy of {name} is not updated"):
        if "PutObject" in str(iam.get_role_policy(RoleName=f"{name}-role", PolicyName="inline")):
            break
    iam.delete_role_policy(RoleName=f"{name}-role", PolicyName="inline")
    iam.delete_role(RoleName=f"{name}-role")
    fail(account, name)
    assert status(account, name) == "UPDATE_ROLLBACK_FAILED"
    return arn


def fill(account: Account, name: str) -> None:
    """A stack with a repository that is not empty, and a queue."""
    create(account, name, template(Repository={"Type": "AWS::ECR::Repository"}, Queue=QUEUE))
    images = account.client("ecr")
    (repository,) = images.describe_repositories()["repositories"]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}
    images.put_image(
        repositoryName=repository["repositoryName"], imageManifest=json.dumps(manifest), imageTag="one"
    )


def resources(account: Account, name: str) -> dict[str, str]:
    found = account.client().describe_stack_resources(StackName=name)["StackResources"]
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in found}


def exists(account: Account, name: str, region: str | None = None) -> bool:
    client = account.client(region=region)
    try:
        return client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] != "DELETE_COMPLETE"
    except client.exceptions.ClientError:
        return False
