"""A connection to AWS: what exists, retries that are shown, and refusals in one sentence."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from aws_endpoint import EXPIRED, SKEWED, THROTTLED, UNAVAILABLE, Endpoint, Failure, Lost, denied
from aws_servers import Account

from pyformation import DeploymentError, PyformationError
from pyformation.deployment import Retry, connect
from pyformation.deployment.stacks import (
    describe,
    existing,
    exports,
    importers,
    resources,
    stack_policy,
    template,
)

TEMPLATE = """
Parameters:
  Name: {Type: String, Default: orders}
  Secret: {Type: String, NoEcho: true, Default: hush}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}
Outputs:
  Url: {Value: !Ref Queue, Export: {Name: queue-url}}
"""


def test_a_stack_and_what_is_in_it(account: Account) -> None:
    client = account.client()
    client.create_stack(StackName="shop", TemplateBody=TEMPLATE, Tags=[{"Key": "team", "Value": "a"}])
    client.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
    connection = connect()
    stack = describe(connection, "shop")
    assert stack is not None
    assert (stack.name, stack.region, stack.account) == ("shop", account.region, account.number)
    assert connection.account == account.number
    assert stack.status == "CREATE_COMPLETE" and stack.created is not None
    assert stack.parameters["Name"].value == "orders" and not stack.parameters["Name"].hidden
    assert stack.parameters["Secret"].hidden and stack.parameters["Secret"].value is None
    assert stack.tags == {"team": "a"} and stack.outputs["Url"].export == "queue-url"
    assert template(connection, "shop") == TEMPLATE
    found = resources(connection, "shop")
    assert list(found) == ["Queue"] and found["Queue"].type == "AWS::SQS::Queue"
    assert found["Queue"].physical_id == stack.outputs["Url"].value
    assert exports(connection)["queue-url"].stack_id == stack.id
    assert importers(connection, "queue-url") == []
    assert stack_policy(connection, "shop") is None
    assert describe(connection, stack.id) == stack
    assert describe(connection.at("us-east-1"), "shop") is None
    client.delete_stack(StackName="shop")
    client.get_waiter("stack_delete_complete").wait(StackName=stack.id, WaiterConfig={"Delay": 1})
    assert describe(connection, "shop") is None
    gone = describe(connection, stack.id)
    assert gone is not None and gone.status == "DELETE_COMPLETE"
    with pytest.raises(DeploymentError, match=r"the stack 'shop' does not exist in eu-west-1$"):
        existing(connection, "shop")


def test_the_nearest_stack_is_named(endpoint: Endpoint) -> None:
    endpoint.answer("DescribeStacks", Failure("ValidationError", "Stack with id shpo does not exist"))
    stack = {"StackName": "shop", "StackStatus": "CREATE_COMPLETE", "CreationTime": 0}
    stack["StackId"] = "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/1"
    endpoint.answer("ListStacks", {"StackSummaries": [stack]})
    with pytest.raises(
        DeploymentError, match="'shpo' does not exist in eu-west-1; did you mean 'shop'"
    ) as found:
        existing(connect(), "shpo")
    assert found.value.kind == "missing"


def test_all_pages_are_read(endpoint: Endpoint) -> None:
    items = [
        {"LogicalResourceId": f"R{n}", "ResourceType": "T", "ResourceStatus": "S", "LastUpdatedTimestamp": 0}
        for n in range(250)
    ]
    endpoint.pages("ListStackResources", "StackResourceSummaries", items, 100)
    assert list(resources(connect(), "shop")) == [f"R{n}" for n in range(250)]
    assert endpoint.called("ListStackResources") == 3


def test_retries_are_shown(endpoint: Endpoint) -> None:
    endpoint.fault("ListExports", THROTTLED, Lost())
    endpoint.answer("ListExports", {"Exports": []})
    seen: list[Retry] = []
    assert exports(connect(on_retry=seen.append)) == {}
    assert [(retry.operation, retry.attempt) for retry in seen] == [("ListExports", 2), ("ListExports", 3)]
    assert seen[0].reason == "Rate exceeded"
    assert "Connection was closed" in seen[1].reason


REFUSALS = [
    (EXPIRED, "expired", "the AWS credentials have expired; renew them and run the command again"),
    (
        Failure("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        "credentials",
        "AWS does not accept the credentials: The security token included in the request is invalid.",
    ),
    (
        SKEWED,
        "credentials",
        f"AWS refuses the time of the request; set the clock of this machine ({SKEWED.message})",
    ),
    (
        denied("cloudformation:ListExports"),
        "denied",
        "access denied: arn:aws:iam::111111111111:user/dev needs permission for cloudformation:ListExports on "
        "resource: * because no identity-based policy allows the cloudformation:ListExports action",
    ),
    (
        Failure("AccessDenied", "Access Denied", 403),
        "denied",
        "access denied: ListExports needs permission for cloudformation:ListExports: AWS says Access Denied",
    ),
    (THROTTLED, "throttled", "AWS throttles ListExports, also after several attempts: Rate exceeded"),
    (
        UNAVAILABLE,
        "unreachable",
        "AWS cannot answer ListExports now, also after several attempts: Service is unable to handle request.",
    ),
    (
        Failure("ValidationError", "Template format error: no"),
        "refused",
        "AWS says Template format error: no",
    ),
]


@pytest.mark.parametrize(("failure", "kind", "sentence"), REFUSALS, ids=[row[0].code for row in REFUSALS])
def test_refusals(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, failure: Failure, kind: str, sentence: str
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    endpoint.answer("ListExports", failure)
    with pytest.raises(DeploymentError) as found:
        exports(connect())
    assert (found.value.kind, found.value.code, str(found.value)) == (kind, failure.code, sentence)
    again: Any = pickle.loads(pickle.dumps(found.value))
    assert (again.kind, again.code, str(again)) == (kind, failure.code, sentence)


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (
            lambda: connect().call("create_change_set", StackName="shop", ChangeSetName="a", RoleARN="short"),
            "refused",
            "the request is not valid: Invalid length for parameter RoleARN, value: 5, valid min length: 20",
        ),
        (
            lambda: connect().call("delete_stack", StackName=None),
            "refused",
            'the request is not valid: Missing required parameter in input: "StackName"',
        ),
        (
            lambda: connect("bad region").call("list_stacks"),
            "region",
            "expected the name of a region (eu-west-1), found 'bad region'",
        ),
    ],
    ids=["length", "missing", "region"],
)
def test_what_botocore_refuses_is_one_sentence(
    endpoint: Endpoint, call: Any, kind: str, sentence: str
) -> None:
    with pytest.raises(DeploymentError) as found:
        call()
    assert (found.value.kind, str(found.value)) == (kind, sentence) and not endpoint.requests


def test_an_unknown_region_that_does_not_answer_has_a_hint(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(
        DeploymentError, match=r"; boto3 knows no region 'eu-wst-1'; did you mean 'eu-west-1'\?$"
    ):
        exports(connect("eu-wst-1"))


def test_nobody_answers(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(
        DeploymentError, match=r'^AWS cannot be reached: Could not connect to the endpoint URL: "[^"]*"$'
    ) as found:
        exports(connect())
    assert found.value.kind == "unreachable"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(DeploymentError, match=r"^no AWS credentials were found") as found:
        exports(connect())
    assert found.value.kind == "credentials"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(DeploymentError, match=r"^no region was given") as found:
        connect()
    assert found.value.kind == "region"


def test_a_request_passes_through_the_proxy(proxy: Endpoint, account: Account) -> None:
    """The proxy parses what boto3 sends, and the server behind it answers; a lost answer took effect."""
    client = account.at(proxy.address).client()
    proxy.fault("CreateStack", Lost(after=True))
    with pytest.raises(Exception, match="already exists"):  # botocore sent it again, without a token.
        client.create_stack(
            StackName="shop",
            TemplateBody=TEMPLATE,
            Parameters=[{"ParameterKey": "Name", "ParameterValue": "x"}],
        )
    assert proxy.called("CreateStack") == 2
    sent = proxy.arguments("CreateStack")[0]
    assert sent["Parameters"] == [{"ParameterKey": "Name", "ParameterValue": "x"}]
    assert describe(connect(), "shop") is not None


CONFIGURATIONS = [
    ({"AWS_PROFILE": "prd"}, "there is no profile 'prd' in the AWS configuration; did you mean 'prod'?"),
    (
        {"AWS_CONFIG_FILE": "broken"},
        "the AWS configuration cannot be read: Unable to parse config file: broken",
    ),
    ({"AWS_ENDPOINT_URL": "local"}, "the AWS configuration cannot be used: Invalid endpoint: local"),
    (
        {"AWS_MAX_ATTEMPTS": "many"},
        "the AWS configuration cannot be used: invalid literal for int() with base 10: 'many'",
    ),
    ({"AWS_DEFAULT_REGION": "eu west"}, "expected the name of a region (eu-west-1), found 'eu west'"),
    ({"AWS_SECRET_ACCESS_KEY": ""}, "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"),
]


@pytest.mark.parametrize(
    ("variables", "sentence"), CONFIGURATIONS, ids=[next(iter(row[0])) for row in CONFIGURATIONS]
)
def test_configurations_that_do_not_work(
    endpoint: Endpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    sentence: str,
) -> None:
    (tmp_path / "config").write_text("[profile prod]\nregion = eu-west-1\n")
    (tmp_path / "broken").write_text("[profile prod\n")
    endpoint.answer("ListExports", {"Exports": []})
    monkeypatch.chdir(tmp_path)
    for name, value in {"AWS_CONFIG_FILE": "config", **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PyformationError) as found:
        exports(connect())
    assert str(found.value) == sentence
