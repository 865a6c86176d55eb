"""Why an operation failed: recorded shapes of events, and the one among them that is the cause."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import attrs
import pytest
from aws_endpoint import Endpoint
from aws_servers import new_account
from conftest import ROOT
from stack_events import START, answers, arn, events, operation_event

from pyformation.deployment import reasons
from pyformation.deployment.connection import connect
from pyformation.deployment.failures import Failure, analyze, orphans
from pyformation.deployment.records import event_of
from pyformation.deployment.statuses import State
from pyformation.deployment.watching import Silent, follow
from pyformation.sources import load, loaded

REASONS: list[dict[str, Any]] = json.loads((ROOT / "tests" / "fixtures" / "failure_reasons.json").read_text())


def found(text: str, status: str, *more: dict[str, Any], **options: Any) -> Failure:
    children = {arn(name): events(lines, name) for name, lines in options.pop("nested", {}).items()}
    failure = analyze(
        [*events(text), *map(event_of, more)],
        State("shop", status),
        nested=lambda stack: children.get(stack, ()),
        **options,
    )
    assert failure is not None
    return failure


CREATE = """
0  shop            -                CREATE_IN_PROGRESS  User Initiated
1  Database        RDS::DBInstance  CREATE_IN_PROGRESS
1  Function        Lambda::Function CREATE_IN_PROGRESS
2  Function        Lambda::Function CREATE_FAILED  The role defined for the function cannot be assumed by Lambda.
3  Database=db-1   RDS::DBInstance  CREATE_FAILED  Resource creation cancelled
4  shop            -                ROLLBACK_IN_PROGRESS  The following resource(s) failed to create: [Database, Function]. Rollback requested by user.
5  Database=db-1   RDS::DBInstance  DELETE_IN_PROGRESS
571 Database=db-1  RDS::DBInstance  DELETE_COMPLETE
571 shop           -                ROLLBACK_COMPLETE
"""


def test_the_cause_is_the_first_that_was_not_canceled() -> None:
    failure = found(CREATE, "ROLLBACK_COMPLETE")
    assert failure.cause.name == "Function"
    assert failure.cause.words == "The role defined for the function cannot be assumed by Lambda."
    assert failure.cause.property_path == "Role"
    assert failure.canceled == ("Database",)
    assert not failure.others and not failure.in_rollback
    assert failure.rolled_back == ("Database",)
    assert not failure.left and not failure.lost
    assert failure.took is not None and failure.took.total_seconds() == 571
    assert failure.next.command == "pyformation deploy SOURCE --stack-name shop"


def test_the_order_of_events_does_not_matter_nor_are_they_counted_twice() -> None:
    twice = [*reversed(events(CREATE)), *events(CREATE)]
    failure = analyze(twice, State("shop", "ROLLBACK_COMPLETE"))
    assert failure is not None and failure.cause.name == "Function" and not failure.others


def test_others_that_failed_by_themselves() -> None:
    text = CREATE.replace("Resource creation cancelled", "Cannot find version 9.9 for postgres")
    failure = found(text, "ROLLBACK_COMPLETE")
    assert failure.cause.name == "Function"
    assert [other.name for other in failure.others] == ["Database"]
    assert not failure.canceled


NESTED = """
0  shop              -                      CREATE_IN_PROGRESS  User Initiated
1  Queue             SQS::Queue             CREATE_IN_PROGRESS
1  Network=network   CloudFormation::Stack  CREATE_IN_PROGRESS
8  Queue=q           SQS::Queue             CREATE_FAILED  Internal Failure
9  Network=network   CloudFormation::Stack  CREATE_FAILED  Embedded stack arn:aws:cloudformation:eu-west-1:111111111111:stack/network/1d3a was not successfully created: The following resource(s) failed to create: [Subnet].
10 shop              -                      ROLLBACK_IN_PROGRESS  The following resource(s) failed to create: [Network, Queue].
11 shop              -                      ROLLBACK_COMPLETE
"""
CHILD = """
1  network     -            CREATE_IN_PROGRESS
2  Vpc=vpc-1   EC2::VPC     CREATE_COMPLETE
3  Subnet      EC2::Subnet  CREATE_FAILED  Value (eu-west-1z) for parameter availabilityZone is invalid. (Service: Ec2, Status Code: 400, Request ID: 1)
4  network     -            CREATE_FAILED  The following resource(s) failed to create: [Subnet].
"""


def test_nested_stacks_are_followed_and_the_earliest_counts() -> None:
    failure = found(NESTED, "ROLLBACK_COMPLETE", nested={"network": CHILD})
    assert failure.cause.name == "Network.Subnet"
    assert failure.cause.path == ("Network",)
    assert failure.cause.words == "Value (eu-west-1z) for parameter availabilityZone is invalid."
    assert failure.cause.property_path == "AvailabilityZone"
    assert [other.name for other in failure.others] == ["Queue"]


def test_a_nested_stack_in_which_everything_was_canceled_is_not_the_cause() -> None:
    child = CHILD.replace(
        "Value (eu-west-1z) for parameter availabilityZone is invalid.", "Resource creation cancelled"
    )
    child = child.replace(" (Service: Ec2, Status Code: 400, Request ID: 1)", "")
    failure = found(NESTED, "ROLLBACK_COMPLETE", nested={"network": child})
    assert failure.cause.name == "Queue"
    assert failure.canceled == ("Network.Subnet",)


def test_a_nested_stack_whose_events_are_gone() -> None:
    text = NESTED.replace("8  Queue=q           SQS::Queue             CREATE_FAILED  Internal Failure\n", "")
    failure = found(text, "ROLLBACK_COMPLETE")
    assert failure.cause.name == "Network"
    assert "[Subnet]" in failure.cause.words


def test_nested_stacks_in_nested_stacks_and_in_circles() -> None:
    inner = """
1  network      -                      CREATE_IN_PROGRESS
5  Loop=network CloudFormation::Stack  CREATE_FAILED  Embedded stack x was not successfully created: The following resource(s) failed to create: [Subnet].
6  Deep=deep    CloudFormation::Stack  CREATE_FAILED  Embedded stack y was not successfully created: The following resource(s) failed to create: [Topic].
"""
    deep = """
1  deep   -           CREATE_IN_PROGRESS
4  Topic  SNS::Topic  CREATE_FAILED  Internal Failure
"""
    failure = found(NESTED, "ROLLBACK_COMPLETE", nested={"network": inner, "deep": deep})
    assert failure.cause.name == "Network.Deep.Topic"


def test_a_nested_stack_that_was_deleted_in_the_rollback() -> None:
    """What its deletion failed on belongs to the rollback."""
    deleted = """
10  network     -            DELETE_IN_PROGRESS
11  Vpc=vpc-1   EC2::VPC     DELETE_FAILED  vpc-1 has dependencies and cannot be deleted.
12  network     -            DELETE_FAILED  The following resource(s) failed to delete: [Vpc].
"""
    text = NESTED.replace("11 shop              -                      ROLLBACK_COMPLETE", "") + (
        "12 Network=network CloudFormation::Stack DELETE_FAILED Embedded stack x was not successfully deleted: no\n"
        "13 shop - ROLLBACK_FAILED The following resource(s) failed to delete: [Network].\n"
    )
    failure = found(text, "ROLLBACK_FAILED", nested={"network": CHILD + deleted})
    assert failure.cause.name == "Network.Subnet"
    assert [cause.name for cause in failure.in_rollback] == ["Network.Vpc"]
    assert [left.name for left in failure.left] == ["Network", "Queue", "Network.Vpc"]


def test_a_failure_that_is_told_twice() -> None:
    """Once by each call, in other words."""
    told = operation_event(
        2.5,
        "Function",
        ResourceType="AWS::Lambda::Function",
        EventType="PROVISIONING_ERROR",
        ResourceStatus="CREATE_FAILED",
        ResourceStatusReason="Resource handler returned message: it cannot be assumed",
    )
    failure = found(CREATE, "ROLLBACK_COMPLETE", told)
    assert failure.cause.words == "The role defined for the function cannot be assumed by Lambda."
    assert not failure.others


def test_older_events_of_a_nested_stack_do_not_count() -> None:
    child = CHILD.replace("3  Subnet", "-90  Subnet").replace(
        "4  network     -            CREATE_FAILED", "-80 network  -  CREATE_FAILED"
    )
    failure = found(NESTED, "ROLLBACK_COMPLETE", nested={"network": child})
    assert failure.cause.name == "Queue"


STUCK = """
0  shop          -                UPDATE_IN_PROGRESS  User Initiated
1  Queue=q       SQS::Queue       UPDATE_IN_PROGRESS
2  Queue=q       SQS::Queue       UPDATE_COMPLETE
3  Table         DynamoDB::Table  CREATE_FAILED  Resource of type 'AWS::DynamoDB::Table' with identifier 'orders' already exists.
4  shop          -                UPDATE_ROLLBACK_IN_PROGRESS  The following resource(s) failed to create: [Table].
5  Queue=q       SQS::Queue       UPDATE_FAILED  Queue q does not exist (Service: Sqs, Status Code: 400, Request ID: 1)
5  Topic=t       SNS::Topic       UPDATE_FAILED  Resource update cancelled
6  shop          -                UPDATE_ROLLBACK_FAILED  The following resource(s) failed to update: [Queue].
"""


def test_what_the_rollback_failed_on_is_not_the_cause() -> None:
    failure = found(STUCK, "UPDATE_ROLLBACK_FAILED")
    assert failure.cause.name == "Table"
    assert [(cause.name, cause.words) for cause in failure.in_rollback] == [
        ("Queue", "Queue q does not exist")
    ]
    assert failure.canceled == ("Topic",)
    assert failure.next.operation == "ContinueUpdateRollback"


def test_only_the_last_attempt_to_roll_back_counts() -> None:
    again = """
7  shop      -           UPDATE_ROLLBACK_IN_PROGRESS  User Initiated
8  Queue=q   SQS::Queue  UPDATE_COMPLETE
9  Role=r    IAM::Role   UPDATE_FAILED  Role r does not exist
9  shop      -           UPDATE_ROLLBACK_FAILED  The following resource(s) failed to update: [Role].
"""
    failure = found(STUCK + again, "UPDATE_ROLLBACK_FAILED")
    assert failure.cause.name == "Table"
    assert [cause.name for cause in failure.in_rollback] == ["Role"]


def test_a_hook_has_its_own_words_and_a_warning_is_none() -> None:
    text = """
0  shop    -           CREATE_IN_PROGRESS  User Initiated
1  Bucket  S3::Bucket  CREATE_IN_PROGRESS
3  Bucket  S3::Bucket  CREATE_FAILED  The following hook(s) failed: [Acme::S3::Encryption]
4  shop    -           ROLLBACK_COMPLETE
"""
    hook = {
        "HookType": "Acme::S3::Encryption",
        "HookStatus": "HOOK_COMPLETE_FAILED",
        "HookFailureMode": "FAIL",
    }
    told = operation_event(
        2,
        "Bucket",
        ResourceType="AWS::S3::Bucket",
        HookStatusReason="Hook failed with message: no encryption",
        **hook,
    )
    warned = {
        **told,
        "EventId": "w",
        "HookType": "Acme::Warn",
        "HookFailureMode": "WARN",
        "HookStatusReason": "meh",
    }
    failure = found(text, "ROLLBACK_COMPLETE", told, warned)
    assert (failure.cause.kind, failure.cause.name) == ("hook", "Bucket")
    assert failure.cause.words == "Hook failed with message: no encryption"
    assert not failure.others
    alone = found(text, "ROLLBACK_COMPLETE")
    assert alone.cause.words == "The following hook(s) failed: [Acme::S3::Encryption]"


def test_a_validation_names_the_property() -> None:
    text = """
0  shop  -  CREATE_IN_PROGRESS  User Initiated
1  shop  -  CREATE_FAILED  Validation failed with 1 error(s). Call DescribeEvents to retrieve the full list of issues.
2  shop  -  ROLLBACK_IN_PROGRESS  Validation failure detected. See the operation's FAILED event for details.
3  shop  -  ROLLBACK_COMPLETE
"""
    told = operation_event(
        1,
        "Bucket",
        ResourceType="AWS::S3::Bucket",
        EventType="VALIDATION_ERROR",
        ValidationName="NAME_CONFLICT_VALIDATION",
        ValidationStatus="FAILED",
        ValidationFailureMode="FAIL",
        ValidationStatusReason="Resource of type 'AWS::S3::Bucket' with identifier 'orders' already exists.",
        ValidationPath="/Resources/Bucket/Properties/BucketName",
    )
    failure = found(text, "ROLLBACK_COMPLETE", told)
    assert (failure.cause.kind, failure.cause.name) == ("validation", "Bucket")
    assert failure.cause.property_path == "BucketName"
    assert "already exists" in failure.cause.words
    warned = {**told, "ValidationFailureMode": "WARN"}
    assert found(text, "ROLLBACK_COMPLETE", warned).cause.words.startswith(
        "Validation failed with 1 error(s)"
    )


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (
            """
0  shop  -  UPDATE_IN_PROGRESS  User Initiated
1  shop  -  UPDATE_ROLLBACK_IN_PROGRESS  Export net:Vpc cannot be updated as it is in use by shop-api
2  shop  -  UPDATE_ROLLBACK_COMPLETE
""",
            "UPDATE_ROLLBACK_COMPLETE",
            "Export net:Vpc cannot be updated as it is in use by shop-api",
        ),
        (
            """
0  shop  -  DELETE_IN_PROGRESS  User Initiated
1  shop  -  UPDATE_COMPLETE  Delete canceled. Cannot delete export net:Vpc as it is in use by shop-api.
""",
            "UPDATE_COMPLETE",
            "Delete canceled. Cannot delete export net:Vpc as it is in use by shop-api.",
        ),
        (
            """
0  shop  -  UPDATE_IN_PROGRESS  User Initiated
1  Queue=q  SQS::Queue  UPDATE_FAILED  Resource update cancelled
1  shop  -  UPDATE_ROLLBACK_IN_PROGRESS  User Initiated
2  shop  -  UPDATE_ROLLBACK_COMPLETE
""",
            "UPDATE_ROLLBACK_COMPLETE",
            "User Initiated",
        ),
    ],
    ids=["export", "refused deletion", "canceled by a person"],
)
def test_the_stack_itself_is_the_cause(text: str, status: str, words: str) -> None:
    failure = found(text, status)
    assert (failure.cause.kind, failure.cause.name, failure.cause.words) == ("stack", "shop", words)


REPLACED = """
0  shop     -                UPDATE_IN_PROGRESS  User Initiated
1  Table=a  DynamoDB::Table  UPDATE_IN_PROGRESS  Requested update requires the creation of a new physical resource; hence creating one.
2  Table=b  DynamoDB::Table  UPDATE_IN_PROGRESS  Resource creation Initiated
3  Table=b  DynamoDB::Table  UPDATE_COMPLETE
4  Topic    SNS::Topic       CREATE_FAILED  Internal Failure
"""


def test_the_new_resource_of_a_replacement_holds_no_data() -> None:
    """A rollback deletes it again, and the old one was never deleted."""
    text = (
        REPLACED
        + """
5  shop     -                UPDATE_ROLLBACK_IN_PROGRESS  The following resource(s) failed to create: [Topic].
6  Table=a  DynamoDB::Table  UPDATE_COMPLETE
7  shop     -                UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
8  Table=b  DynamoDB::Table  DELETE_COMPLETE
9  shop     -                UPDATE_ROLLBACK_COMPLETE
"""
    )
    failure = found(text, "UPDATE_ROLLBACK_COMPLETE")
    assert not failure.lost and not failure.left
    assert failure.rolled_back == ("Table",)
    kept = found(REPLACED + "5 shop - UPDATE_FAILED no", "UPDATE_FAILED")
    assert [(left.name, left.physical_id) for left in kept.left] == [("Table", "b")]


def test_what_is_left_if_rollback_is_disabled() -> None:
    text = """
0  shop     -           CREATE_IN_PROGRESS  User Initiated
1  Queue    SQS::Queue  CREATE_IN_PROGRESS
2  Queue=q  SQS::Queue  CREATE_COMPLETE
3  Topic    SNS::Topic  CREATE_FAILED  Internal Failure
4  shop     -           CREATE_FAILED  The following resource(s) failed to create: [Topic].
"""
    failure = found(text, "CREATE_FAILED")
    assert [(left.name, left.physical_id, left.why) for left in failure.left] == [
        ("Queue", "q", "created, and kept because rollback is disabled")
    ]
    assert not failure.rolled_back and not failure.lost


DELETED = """
0  shop        -                DELETE_IN_PROGRESS  User Initiated
1  Table=t     DynamoDB::Table  DELETE_COMPLETE
1  Db=db       RDS::DBInstance  DELETE_COMPLETE
1  Kept=k      S3::Bucket       DELETE_SKIPPED
2  Bucket=b    S3::Bucket       DELETE_FAILED  The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Request ID: 1)
3  shop        -                DELETE_FAILED  The following resource(s) failed to delete: [Bucket].
"""


def test_a_failed_deletion_says_what_is_left_and_what_is_lost() -> None:
    failure = found(DELETED, "DELETE_FAILED")
    assert failure.cause.name == "Bucket"
    assert {left.name: left.why for left in failure.left} == {
        "Kept": "retained",
        "Bucket": "could not be deleted",
    }
    assert {lost.name: lost.why for lost in failure.lost} == {
        "Table": "deleted with its data",
        "Db": "deleted; there may be a final snapshot",
    }


def test_a_deletion_policy_says_whether_data_is_lost() -> None:
    template = {
        "Resources": {
            "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {}},
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        }
    }
    failure = found(DELETED, "DELETE_FAILED", template=loaded(template))
    assert {lost.name: lost.why for lost in failure.lost}["Db"] == "deleted; there may be a final snapshot"
    template["Resources"]["Db"]["DeletionPolicy"] = "Delete"
    failure = found(DELETED, "DELETE_FAILED", template=loaded(template))
    assert {lost.name: lost.why for lost in failure.lost}["Db"] == "deleted with its data"


def test_a_failed_cleanup_leaves_orphans_and_is_no_failure() -> None:
    text = """
0  shop        -           UPDATE_IN_PROGRESS  User Initiated
1  Bucket=new  S3::Bucket  UPDATE_COMPLETE
2  shop        -           UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
3  Bucket=old  S3::Bucket  DELETE_FAILED  The bucket you tried to delete is not empty
4  Bucket=old  S3::Bucket  DELETE_FAILED  The bucket you tried to delete is not empty
5  Topic=t     SNS::Topic  DELETE_FAILED  Internal Failure
6  Topic=t     SNS::Topic  DELETE_COMPLETE
7  shop        -           UPDATE_COMPLETE
"""
    for status in ("UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"):
        assert analyze(events(text), State("shop", status)) is None
    assert [(left.name, left.physical_id) for left in orphans(events(text))] == [("Bucket", "old")]


def test_a_deletion_that_succeeds_at_last_leaves_nothing(endpoint: Endpoint) -> None:
    """AWS tries the deletions of a cleanup several times."""
    text = """
0  shop        -           UPDATE_IN_PROGRESS  User Initiated
2  shop        -           UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
3  Bucket=old  S3::Bucket  DELETE_FAILED  no
4  Topic=t     SNS::Topic  DELETE_FAILED  no
5  Bucket=old  S3::Bucket  DELETE_FAILED  no
6  Topic=t     SNS::Topic  DELETE_COMPLETE
7  shop        -           UPDATE_COMPLETE
"""
    endpoint.answer("DescribeStackEvents", {"StackEvents": list(reversed(answers(text)))})
    about = {
        "StackName": "shop",
        "StackId": arn("shop"),
        "StackStatus": "UPDATE_COMPLETE",
        "CreationTime": START,
    }
    endpoint.answer("DescribeStacks", {"Stacks": [about]})
    connection = connect(session=new_account(endpoint.address).session())
    ended = follow(connection, arn("shop"), watcher=Silent(), keep=False)
    assert [(each.name, each.event.physical_id) for each in ended.undeleted] == [("Bucket", "old")]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "CREATE_IN_PROGRESS"])
def test_nothing_failed(status: str) -> None:
    assert analyze(events(f"0 shop - CREATE_IN_PROGRESS\n1 shop - {status}"), State("shop", status)) is None
    assert analyze([], State("shop", status)) is None


# ---------------------------------------------------------------------------------------------
# What reasons mean


@pytest.mark.parametrize("case", REASONS, ids=lambda case: case["help"])
def test_reasons(case: dict[str, Any]) -> None:
    text = "0  shop  -  UPDATE_IN_PROGRESS\n1  Thing=x  Custom::Thing  UPDATE_FAILED  why"
    event = attrs.evolve(events(text)[1], type=case["type"], reason=case["reason"], physical_id="x")
    failure = analyze([events(text)[0], event], State("shop", "UPDATE_FAILED"))
    assert failure is not None
    assert failure.cause.property_path == case.get("property")
    assert len(failure.cause.help) == 1 and case["help"] in failure.cause.help[0], failure.cause.help
    if "words" in case:
        assert failure.cause.words == case["words"]


def test_every_row_is_what_some_reason_means() -> None:
    rows = json.loads((Path(reasons.__file__).parent / "failures.json").read_text())["rows"]
    assert len(rows) >= 25
    hit = {id(row) for row in rows for case in REASONS if _row_of(case) == row["pattern"]}
    assert len(hit) == len(rows), [row["pattern"] for row in rows if id(row) not in hit]


def _row_of(case: dict[str, Any]) -> str:
    return next(
        row["pattern"]
        for pattern, row in reasons._rows()
        if pattern.search(case["reason"]) and reasons._is_about(case["type"], row.get("types"))
    )


def test_a_reason_that_is_not_known_has_no_advice() -> None:
    assert reasons.advice("The moon is in the wrong house.", "AWS::SQS::Queue") == []


def test_braces_in_a_reason_are_only_text() -> None:
    assert reasons.advice("{stack} already exists in stack {0}", "AWS::SQS::Queue", stack="shop")


@pytest.mark.parametrize("character", ["a", "(", '"', " ", "[", "é", "(Service: ", "()", "at '"])
def test_long_reasons_take_no_time(character: str) -> None:
    reason = f"Resource handler returned message: {character * (200_000 // len(character))}"
    began = time.process_time()
    reasons.advice(reason, "AWS::SQS::Queue")
    reasons.property_in(reason, "AWS::SQS::Queue")
    reasons.plain_words(reason)
    assert not reasons.is_canceled(reason)
    # The longest that is looked into.
    reasons.advice(reason[:3999], "AWS::SQS::Queue")
    reasons.plain_words(reason[:3999])
    assert time.process_time() - began < 2


# ---------------------------------------------------------------------------------------------
# The lines that declare it


PROGRAM = """
from pyformation import Stack
from pyformation.aws import iam, lambda_, rds


class Shop(Stack):
    role = iam.Role(assume_role_policy_document=iam.trust_policy("ec2.amazonaws.com"))
    function = lambda_.Function(
        runtime="python3.13",
        handler="index.handler",
        role=role.arn,
        code=lambda_.Function.Code(zip_file="..."),
    )
    database = rds.DBInstance(engine="postgres", engine_version="9.9")
"""


def test_the_line_of_a_program_and_the_role_that_does_not_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("stack.py").write_text(PROGRAM)
    failure = found(CREATE, "ROLLBACK_COMPLETE", template=load("stack.py")[0])
    assert str(failure.cause.origin) == "stack.py:11"
    assert failure.cause.help == ("Role (stack.py:7) trusts ec2.amazonaws.com, not lambda.amazonaws.com",)


def test_the_line_of_a_template_and_of_a_nested_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n  Network:\n    Type: AWS::CloudFormation::Stack\n"
        "    Properties:\n      TemplateURL: network.yaml\n"
    )
    child = "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n  Subnet:\n    Type: AWS::EC2::Subnet\n    Properties:\n      AvailabilityZone: eu-west-1z\n"
    Path("network.yaml").write_text(child)
    failure = found(NESTED, "ROLLBACK_COMPLETE", nested={"network": CHILD}, template=load("shop.yaml")[0])
    assert str(failure.cause.origin) == "network.yaml:7"
    assert str(failure.others[0].origin) == "shop.yaml:2"
    Path("network.yaml").unlink()
    failure = found(NESTED, "ROLLBACK_COMPLETE", nested={"network": CHILD}, template=load("shop.yaml")[0])
    assert str(failure.cause.origin) == "shop.yaml:4"


MADE = """Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Queues:
    - Name
    - [Orders, Bills]
    - Queue${Name}:
        Type: AWS::SQS::Queue
  Api:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: x.y, InlineCode: z}
  ApiV2:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: x.y, InlineCode: z}
"""


@pytest.mark.parametrize(
    ("name", "line"), [("QueueBills", 6), ("ApiRole", 8), ("ApiV2Role", 11), ("Other", None)]
)
def test_the_line_of_what_loops_and_sam_make(
    name: str, line: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("made.yaml").write_text(MADE)
    text = f"0 shop - CREATE_IN_PROGRESS\n1 {name} SQS::Queue CREATE_FAILED no\n2 shop - ROLLBACK_COMPLETE"
    failure = found(text, "ROLLBACK_COMPLETE", template=load("made.yaml")[0])
    assert str(failure.cause.origin) == (f"made.yaml:{line}" if line else "None")


def test_a_resource_that_the_template_does_not_have() -> None:
    failure = found(CREATE, "ROLLBACK_COMPLETE", template=loaded({"Resources": {}}))
    assert failure.cause.origin is None
