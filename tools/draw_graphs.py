"""Pictures of graphs in docs/images, drawn by ``pyformation graph``.

    python tools/draw_graphs.py            draw them
    python tools/draw_graphs.py --check    list those that differ from what is drawn now

The templates are made here: an application with a given number of resources, and an update of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyformation
from pyformation import graphs
from pyformation.document import parse
from pyformation.sources import LoadedTemplate

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"

NAMES = ("Orders", "Billing", "Mail", "Search", "Users", "Stock", "Returns", "Reports")


def application(resources: int) -> dict[str, Any]:
    """A network with workers, of at most `resources` resources."""
    made: dict[str, Any] = {}

    def add(name: str, kind: str, **properties: Any) -> None:
        made[name] = {"Type": f"AWS::{kind}", "Properties": properties}

    add("Vpc", "EC2::VPC", CidrBlock="10.0.0.0/16")
    add("Gateway", "EC2::InternetGateway")
    add("Attachment", "EC2::VPCGatewayAttachment", VpcId=_ref("Vpc"), InternetGatewayId=_ref("Gateway"))
    add("Routes", "EC2::RouteTable", VpcId=_ref("Vpc"))
    add("DefaultRoute", "EC2::Route", RouteTableId=_ref("Routes"), GatewayId=_ref("Gateway"))
    made["DefaultRoute"]["DependsOn"] = "Attachment"
    for zone in "AB":
        add(f"Subnet{zone}", "EC2::Subnet", VpcId=_ref("Vpc"), CidrBlock=f"10.0.{ord(zone) - 65}.0/24")
        add(
            f"Routing{zone}",
            "EC2::SubnetRouteTableAssociation",
            SubnetId=_ref(f"Subnet{zone}"),
            RouteTableId=_ref("Routes"),
        )
    add("WorkersGroup", "EC2::SecurityGroup", VpcId=_ref("Vpc"), GroupDescription="workers")
    add("Key", "KMS::Key", KeyPolicy={})
    add("Alerts", "SNS::Topic", KmsMasterKeyId=_ref("Key"))
    number = 0
    while len(made) + 8 <= resources:
        name = NAMES[number % len(NAMES)] + (str(number // len(NAMES) + 1) if number >= len(NAMES) else "")
        _add_worker(add, name)
        number += 1
    return {"Resources": made}


def _add_worker(add: Callable[..., None], name: str) -> None:
    add(f"{name}Role", "IAM::Role", AssumeRolePolicyDocument={})
    add(f"{name}Table", "DynamoDB::Table", SSESpecification={"KMSMasterKeyId": _ref("Key")}, TableName=name)
    add(f"{name}DeadLetters", "SQS::Queue", KmsMasterKeyId=_ref("Key"))
    dead_letters = {"deadLetterTargetArn": _arn(f"{name}DeadLetters"), "maxReceiveCount": 3}
    add(f"{name}Queue", "SQS::Queue", RedrivePolicy=dead_letters)
    add(
        f"{name}Worker",
        "Lambda::Function",
        Role=_arn(f"{name}Role"),
        Code={"ZipFile": "def handler(event, context): ..."},
        Environment={"Variables": {"TABLE": _ref(f"{name}Table")}},
        VpcConfig={
            "SubnetIds": [_ref("SubnetA"), _ref("SubnetB")],
            "SecurityGroupIds": [_ref("WorkersGroup")],
        },
    )
    add(
        f"{name}Source",
        "Lambda::EventSourceMapping",
        FunctionName=_ref(f"{name}Worker"),
        EventSourceArn=_arn(f"{name}Queue"),
    )
    add(f"{name}Logs", "Logs::LogGroup", LogGroupName={"Fn::Sub": f"/aws/lambda/${{{name}Worker}}"})
    dimensions = [{"Name": "QueueName", "Value": {"Fn::GetAtt": [f"{name}DeadLetters", "QueueName"]}}]
    add(f"{name}Alarm", "CloudWatch::Alarm", AlarmActions=[_ref("Alerts")], Dimensions=dimensions)


def _ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def _arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


SMALL = """
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  DeadLetters:
    Type: AWS::SQS::Queue
    Condition: IsProd
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub orders-${Stage}
      RedrivePolicy: !If
        - IsProd
        - {deadLetterTargetArn: !GetAtt DeadLetters.Arn, maxReceiveCount: 3}
        - !Ref AWS::NoValue
  Role:
    Type: AWS::IAM::Role
  Worker:
    Type: AWS::Lambda::Function
    DependsOn: Logs
    Properties:
      Role: !GetAtt Role.Arn
      Environment: {Variables: {QUEUE: !Ref Orders}}
  Logs:
    Type: AWS::Logs::LogGroup
Outputs:
  QueueUrl: {Value: !Ref Orders}
"""


def _small() -> graphs.Graph:
    data = parse(SMALL).data
    template = LoadedTemplate("orders.yaml", data, "yaml")
    return graphs.graph(template, parameters=True, outputs=True, conditions=True)


def _update() -> graphs.Graph:
    before, after = application(35), application(43)
    resources = after["Resources"]
    resources["OrdersTable"]["Properties"]["TableName"] = "orders"
    resources["BillingDeadLetters"]["Properties"]["FifoQueue"] = True
    resources["Alerts"]["Properties"]["DisplayName"] = "Alerts"
    for name in ("BillingAlarm", "BillingLogs"):
        del resources[name]
    return graphs.graph(pyformation.diff(_named("shop.yaml", before), _named("shop.yaml", after)))


def _named(name: str, data: dict[str, Any]) -> LoadedTemplate:
    return LoadedTemplate(name, data, "yaml")


PICTURES: Mapping[str, Callable[[], graphs.Graph]] = {
    "graph-5.svg": _small,
    "graph-50.svg": lambda: graphs.graph(_named("shop.yaml", application(51))),
    "graph-300.svg": lambda: graphs.graph(_named("shop.yaml", application(300))),
    "graph-diff.svg": _update,
}


def draw(name: str) -> str:
    """One of the pictures, as it is drawn now."""
    return graphs.svg(PICTURES[name]())


def main(arguments: list[str]) -> int:
    stale: list[str] = []
    for name in PICTURES:
        path, drawn = IMAGES / name, draw(name)
        if path.exists() and path.read_text(encoding="utf-8") == drawn:
            continue
        stale.append(name)
        if arguments != ["--check"]:
            path.write_text(drawn, encoding="utf-8")
    if stale and arguments == ["--check"]:
        print(f"not what is drawn now: {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
