"""`convert`: programs that give the same template again, that a reviewer would approve, and that hold nothing
but declarations, whatever stands in the template."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import need_checker
from converting import check_shape, executed, in_order
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_templates import TEXTS, odd_templates

from pyformation import PyformationError, SourceError, Template, TemplateError, document
from pyformation.conversion import Converted, Style, convert
from pyformation.testing import strategies

TEMPLATES = Path("/work/shared/data/templates")
STYLES: list[Style] = ["class", "flat"]
styles = pytest.mark.parametrize("style", STYLES)
needs_samples = pytest.mark.skipif(not TEMPLATES.is_dir(), reason=f"{TEMPLATES} is not there")


def program(
    source: str | dict[str, Any], style: Style = "class", name: str = "orders.yaml", **options: Any
) -> str:
    """The program of a template, which was run here and gives the template again, in its order if that is asked for."""
    text = json.dumps(source) if isinstance(source, dict) else textwrap.dedent(source)
    read = document.parse(text, name=name)
    written = convert(read, style=style, check=False, **dict[str, Any](keep_order=True) | options).text
    assert in_order(executed(written)) == in_order(read.data)
    return written


def body(source: str | dict[str, Any], **options: Any) -> str:
    """What stands in the class, without its indentation."""
    text = program(source, **options)
    inside = text.partition("class OrdersStack")[2].partition("\n")[2].partition("\n\n\nif __name__")[0]
    return textwrap.dedent(inside)


def resource(type_name: str, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"A": {"Type": type_name, "Properties": properties}}}


# ---------------------------------------------------------------------------------------------
# Real templates


def samples() -> dict[str, document.Document]:
    """The templates that CloudFormation takes."""
    found: dict[str, document.Document] = {}
    for path in sorted(TEMPLATES.rglob("*")):
        if path.suffix not in (".yaml", ".yml", ".json", ".template"):
            continue
        if "!Rain::" in path.read_text(encoding="utf-8") or path.name == "event_bad.json":
            continue  # data/README.md: no template that CloudFormation takes
        found[path.relative_to(TEMPLATES).as_posix()] = document.read(path)
    return found


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program of every sample, in both styles."""
    folder = tmp_path_factory.mktemp("programs")
    for number, read in enumerate(samples().values()):
        for style in STYLES:
            text = convert(read, style=style, check=False, keep_order=True).text
            (folder / f"{style}_{number}.py").write_text(text, encoding="utf-8")
    return folder


LOCAL = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Globals: {Function: {CodeUri: src/}}
Conditions: {C: !Equals [!Ref AWS::Region, us-east-1]}
Resources:
  Plain: {Type: AWS::Lambda::Function, Properties: {Role: r, Code: src/}}
  Either: {Type: AWS::Lambda::Function, Properties: {Role: r, Code: !If [C, ./src, other.zip]}}
  Layer: {Type: AWS::Lambda::LayerVersion, Properties: {Content: src}}
  Serverless: {Type: AWS::Serverless::Function, Properties: {CodeUri: ./src/, Handler: i.h}}
  Elsewhere: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, Handler: i.h}}
  NoFile: {Type: AWS::Serverless::Function, Properties: {CodeUri: gone, Handler: i.h}}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: gone.json}}
  Unknown: {Type: AWS::Lambda::Function, Properties: {Role: {Not: [a, role]}, New: [1], Code: src/}}
  Fn::ForEach::Loop:
    - Name
    - [a, b]
    - Function${Name}: {Type: AWS::Lambda::Function, Properties: {Role: r, Code: src/}}
"""


@styles
def test_local_files_are_assets(style: Style, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "t.yaml").write_text(LOCAL)
    read = document.read(str(tmp_path / "t.yaml"))
    text = convert(read, style=style).text
    assert text.count("Asset(") == 9 and 'If(c, Asset("./src"), Asset("other.zip"))' in text
    assert 'code_uri="gone"' in text and 'Asset("gone.json")' in text and 'Raw("' not in text
    assert in_order(executed(text)) == in_order(read.data)
    # Beside the template and in another folder, the program prints the paths of the same files.
    for place, path in (("stack.py", "src/"), ("infra/stack.py", "../src/")):
        command = ["convert", "t.yaml", "--style", style, "-o", place]
        made = subprocess.run([sys.executable, "-m", "pyformation", *command], cwd=tmp_path, check=False)
        assert made.returncode == 0
        assert f'Asset("{path}")' in (tmp_path / place).read_text()
        command = [place, "--format", "json", "-o", f"{Path(place).parent}/t.json"]
        subprocess.run([sys.executable, *command], cwd=tmp_path, check=True)
        printed = json.loads((tmp_path / place).with_name("t.json").read_text())
        assert printed["Resources"]["Plain"]["Properties"]["Code"] == path
        assert (tmp_path / place).parent.joinpath(printed["Globals"]["Function"]["CodeUri"]).is_dir()
    assert in_order(json.loads((tmp_path / "t.json").read_text())) == in_order(read.data)


def test_a_description_of_several_lines_imports_nothing(tmp_path: Path) -> None:
    read = document.parse(
        '{"Description": "one\\ntwo\\n  three", "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    )
    (tmp_path / "stack.py").write_text(convert(read).text)
    assert '"""one\n    two' in convert(read).text
    run_ruff(tmp_path)


@needs_samples
def test_every_sample_is_the_same_again(programs: Path) -> None:
    found = samples()
    assert len(found) > 150
    for number, (name, read) in enumerate(found.items()):
        for style in STYLES:
            made = executed((programs / f"{style}_{number}.py").read_text(encoding="utf-8"))
            assert in_order(made) == in_order(read.data), (name, style)


@needs_samples
def test_every_sample_is_the_same_once_loaded() -> None:
    for name, read in samples().items():
        template = Template.from_dict(read.data)
        assert in_order(template.to_dict()) == in_order(read.data), name
        again = document.parse(template.to_yaml())
        assert in_order(again.data) == in_order(read.data), name


@needs_samples
def test_every_sample_passes_ruff(programs: Path) -> None:
    run_ruff(programs)


def run_ruff(folder: Path) -> None:
    pytest.importorskip("ruff")
    for command in (["check"], ["format", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[:4000] + done.stderr[-500:]


@pytest.mark.slow
@needs_samples
def test_every_sample_passes_pyright(programs: Path) -> None:
    need_checker("pyright")
    root = Path(__file__).parent.parent
    settings = {
        "include": ["*.py"],
        "typeCheckingMode": "standard",
        "pythonVersion": "3.11",
        "extraPaths": [str(root)],
    }
    (programs / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [
        sys.executable,
        "-m",
        "pyright",
        "-p",
        str(programs),
        "--pythonpath",
        sys.executable,
        "--outputjson",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] > 300
    assert [each["message"] for each in report["generalDiagnostics"]] == []


@needs_samples
def test_the_proof_is_run(tmp_path: Path) -> None:
    """Without `check=False` the program runs in a process of its own; its numbers are told."""
    path = TEMPLATES / "S3" / "compliant-bucket.yaml"
    path = path if path.exists() else next(TEMPLATES.rglob("*.yaml"))
    found = convert(document.read(path))
    assert isinstance(found, Converted)
    assert found.resources == len(document.read(path).data["Resources"])


# ---------------------------------------------------------------------------------------------
# Drawn templates


@given(odd_templates(), st.sampled_from(STYLES), st.booleans())
@settings(max_examples=60)
def test_odd_templates_survive(data: dict[str, Any], style: Style, yaml: bool) -> None:
    text = document.to_yaml(data) if yaml else json.dumps(data)
    odd = document.parse(text, name="odd.yaml")
    written = convert(odd, style=style, check=False, keep_order=True).text
    assert in_order(executed(written)) == in_order(data)


@given(odd_templates())
@settings(max_examples=60)
def test_odd_templates_survive_tidying(data: dict[str, Any]) -> None:
    from pyformation.conversion import _difference

    written = convert(document.parse(json.dumps(data)), tidy=True, check=False).text
    assert _difference(executed(written), data, True, keep_order=False) is None


@given(strategies.templates(), st.sampled_from(STYLES))
@settings(max_examples=40)
def test_templates_of_the_catalog_survive(template: Template, style: Style) -> None:
    data = json.loads(template.to_json())
    written = convert(document.parse(json.dumps(data)), style=style, check=False, keep_order=True).text
    assert in_order(executed(written)) == in_order(data)
    assert in_order(Template.from_dict(data).to_dict()) == in_order(data)


@pytest.mark.slow
def test_odd_programs_are_laid_out_as_ruff_does(tmp_path: Path) -> None:
    number = 0

    @given(odd_templates(), st.sampled_from(STYLES))
    @settings(max_examples=300, database=None)
    def write(data: dict[str, Any], style: Style) -> None:
        nonlocal number
        number += 1
        text = convert(document.parse(json.dumps(data)), style=style, check=False).text
        (tmp_path / f"odd_{number}.py").write_text(text, encoding="utf-8")

    write()
    run_ruff(tmp_path)


@pytest.mark.parametrize("width", range(55, 95))
def test_long_names_are_laid_out_as_ruff_does(width: int, tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    data: dict[str, Any] = {"Resources": {}}
    for number, properties in enumerate(
        ({}, {"QueueName": "a" * 20}, {"QueueName": "a" * 90}, {"QueueName": "a\nb\n"})
    ):
        data["Resources"][f"A{number}" + "x" * (width - 8)] = {
            "Type": "AWS::SQS::Queue",
            "Properties": properties,
        }
    for style in STYLES:
        (tmp_path / f"{style}.py").write_text(program(data, style))
    run_ruff(tmp_path)


# ---------------------------------------------------------------------------------------------
# Nothing becomes code


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "description": lambda t: {"Description": t, **resource("AWS::SQS::Queue")},
    "property": lambda t: resource("AWS::SQS::Queue", QueueName=t),
    "sub": lambda t: resource("AWS::SQS::Queue", QueueName={"Fn::Sub": t}),
    "sub with a reference": lambda t: resource(
        "AWS::SQS::Queue", QueueName={"Fn::Sub": t + "${AWS::Region}" + t}
    ),
    "sub with variables": lambda t: resource("AWS::SQS::Queue", QueueName={"Fn::Sub": [t, {t: t}]}),
    "key of a mapping": lambda t: resource("AWS::SQS::Queue", RedrivePolicy={t: t}),
    "unknown property": lambda t: resource("AWS::SQS::Queue", **{t: t}),
    "unknown type": lambda t: resource(f"AWS::SQS::{t}", A=t),
    "type": lambda t: {"Resources": {"A": {"Type": t}}},
    "metadata": lambda t: {"Metadata": {t: {t: t}}, **resource("AWS::SQS::Queue")},
    "metadata of a resource": lambda t: {"Resources": {"A": {"Type": "AWS::SQS::Queue", "Metadata": {t: t}}}},
    "attribute": lambda t: {"Resources": {"A": {"Type": "AWS::SQS::Queue", t: t}}},
    "condition of a resource": lambda t: {"Resources": {"A": {"Type": "AWS::SQS::Queue", "Condition": t}}},
    "dependency": lambda t: {"Resources": {"A": {"Type": "AWS::SQS::Queue", "DependsOn": [t, t + "x"]}}},
    "mapping": lambda t: {"Mappings": {"M": {t: {t: [t]}}}, **resource("AWS::SQS::Queue")},
    "parameter": lambda t: {
        "Parameters": {"P": {"Type": "String", "Default": t, "AllowedValues": [t], "Description": t}},
        **resource("AWS::SQS::Queue"),
    },
    "parameter type": lambda t: {"Parameters": {"P": {"Type": t}}, **resource("AWS::SQS::Queue")},
    "condition": lambda t: {
        "Conditions": {"C": {"Fn::Equals": [t, {"Ref": t}]}},
        **resource("AWS::SQS::Queue"),
    },
    "reference": lambda t: resource("AWS::SQS::Queue", QueueName={"Ref": t}, Tags={"Fn::GetAtt": [t, t]}),
    "function": lambda t: resource("AWS::SQS::Queue", QueueName={f"Fn::{t}": t}),
    "output": lambda t: {
        "Outputs": {"O": {"Value": t, "Description": t, "Export": {"Name": t}}},
        **resource("AWS::SQS::Queue"),
    },
    "section": lambda t: {f"Custom{t}": {t: t}, **resource("AWS::SQS::Queue")},
    "transform": lambda t: {"Transform": [t], **resource("AWS::SQS::Queue")},
    "rule": lambda t: {
        "Rules": {"R": {"Assertions": [{"Assert": {"Fn::Equals": [t, t]}, "AssertDescription": t}]}},
        **resource("AWS::SQS::Queue"),
    },
    "loop": lambda t: {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {"Fn::ForEach::A": [t, [t], {t: {"Type": "AWS::SQS::Queue"}}]},
    },
    "label": lambda t: {
        "Metadata": {
            "AWS::CloudFormation::Interface": {
                "ParameterGroups": [{"Label": {"default": t}, "Parameters": ["P"]}]
            }
        },
        "Parameters": {"P": {"Type": "String"}},
        **resource("AWS::SQS::Queue"),
    },
    "policy": lambda t: resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": t}, "Action": "sts:AssumeRole"}],
        },
    ),
    "user data": lambda t: resource("AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": t}}),
    "element": lambda t: {"Resources": {f"Fn::{t}": {"Type": "AWS::SQS::Queue"}}},
}
TOKENS = re.compile("[\ue000\ue001\u2063]")


@pytest.mark.parametrize("place", PLACES)
@styles
def test_text_is_only_ever_text(place: str, style: Style) -> None:
    for text in TEXTS:
        data = PLACES[place](text)
        if place in ("section", "element") and TOKENS.search(text):
            with pytest.raises(TemplateError, match="characters that a name cannot have"):
                program(data, style)
        else:
            program(data, style)


@pytest.mark.parametrize(
    "name",
    [
        '"""\nimport os\n"""',
        'a"""; import os; """.yaml',
        "x\\",
        "{x}.yaml",
        "\\N{BULLET}.yaml",
        "-.yaml",
        "1.yaml",
        "class.yaml",
        "日本.yaml",
        "a\nb.yaml",
        "\u202egpj.yaml",
        "# type: ignore.yaml",
        "<stdin>",
        "template.yaml",
        "",
        "..",
        "a" * 300,
    ],
)
@styles
def test_names_of_files_are_only_ever_names(name: str, style: Style) -> None:
    written = program(resource("AWS::SQS::Queue"), style, name=name)
    assert written.startswith('"""The template ')
    assert re.fullmatch(r'"""The template [\w .()+-]* as a program\."""', written.split("\n")[0], re.ASCII)


@pytest.mark.parametrize(
    "name", ["", "lower", "A B", "A;B", "1A", "A.B", "A\n", "Stack:", "None", "True", "__A", "Stack", "Raw"]
)
def test_the_name_of_the_class_is_one(name: str) -> None:
    with pytest.raises(SourceError, match="expected the name of a class, such as NetworkStack, found "):
        convert(document.parse(json.dumps(resource("AWS::SQS::Queue"))), name=name, check=False)


# ---------------------------------------------------------------------------------------------
# What a reviewer reads


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("network.yaml", "NetworkStack"),
        ("a/vpc-peering.template.json", "VpcPeeringStack"),
        ("my_stack.yml", "MyStack"),
        ("2tier.yaml", "Template2tierStack"),
        ("shop/template.yaml", "ShopStack"),
        ("<stdin>", "ConvertedStack"),
        ("日本.yaml", "TemplateStack"),
        ("stack.yaml", None),
    ],
)
def test_the_class_is_called_after_the_file(
    name: str, expected: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    found = convert(document.parse('{"Resources": {}}', name=name), check=False)
    assert found.stack == (expected or found.stack)
    assert f"class {found.stack}(Stack, format_version=None):" in found.text


def test_names_that_are_hard_to_say() -> None:
    names = [
        "class",
        "Class",
        "print",
        "S3",
        "Sqs",
        "1st",
        "MyMyMy",
        "myMyMy",
        "my-x",
        "Fn::Transform",
        "Queue",
        "queue",
        "Template",
        "Main",
    ]
    written = body({"Resources": {name: {"Type": "AWS::SQS::Queue"} for name in names}})
    assert re.findall(r"^(\w+) = ", written, re.MULTILINE) == [
        "class_",
        "class_resource",
        "print_",
        "s3",
        "sqs_",
        "resource_1st",
        "my_my_my",
        "my_my_my_",
        "my_x",
        "fn_transform",
        "queue",
        "queue_",
        "template_",
        "main_",
    ]


def test_references_are_attributes() -> None:
    assert body(
        """\
        Parameters:
          Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
        Mappings:
          Sizes: {dev: {Memory: 128}}
        Conditions:
          IsProd: !Equals [!Ref Stage, prod]
          IsDev: !Not [!Condition IsProd]
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: !Sub "${AWS::StackName}-${Stage}"
              AssumeRolePolicyDocument:
                Version: "2012-10-17"
                Statement:
                  - Effect: Allow
                    Principal: {Service: lambda.amazonaws.com}
                    Action: sts:AssumeRole
          Function:
            Type: AWS::Lambda::Function
            Condition: IsProd
            DependsOn: [Role]
            Properties:
              Role: !GetAtt Role.Arn
              MemorySize: !FindInMap [Sizes, !Ref Stage, Memory]
              Timeout: !If [IsProd, 10, !Ref AWS::NoValue]
              Handler: index.handler
              Runtime: python3.13
              Code:
                ZipFile: |
                  def handler(event, context):
                      print("hello")
              Environment:
                Variables:
                  REGION: !Sub "${AWS::Region}"
                  BRACES: !Sub '{"a": "${Stage}"}'
                  BOTH: !Sub ["${a}-${Stage}", {a: !GetAtt Role.RoleId}]
                  SECRET: "{{resolve:secretsmanager:db:SecretString:password}}"
                  NAME: "{{resolve:ssm:/name:1}}"
          Queue:
            Type: AWS::SQS::Queue
            DeletionPolicy: Retain
            Properties: {QueueName: !GetAtt Function.Nope, DelaySeconds: "5"}
        Outputs:
          Url: {Value: !Ref Queue, Export: {Name: !Sub "${Stage}-url"}, Condition: IsDev}
        """
    ) == textwrap.dedent('''\
        stage = Parameter(str, default="dev", allowed_values=["dev", "prod"])

        sizes = Mapping({"dev": {"Memory": 128}})

        is_prod = Equals(stage, "prod")
        is_dev = Not(is_prod)

        role = iam.Role(
            role_name=f"{StackName}-{stage}",
            assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
        )

        function = lambda_.Function(
            role=role.arn,
            memory_size=sizes.find(stage, "Memory"),
            timeout=If(is_prod, 10, NoValue),
            handler="index.handler",
            runtime="python3.13",
            code=lambda_.Function.Code(
                zip_file=dedent("""\\
                    def handler(event, context):
                        print("hello")
                    """),
            ),
            environment=lambda_.Function.Environment(
                variables={
                    "REGION": Sub("${AWS::Region}"),
                    "BRACES": Sub('{"a": "${Stage}"}'),
                    "BOTH": Sub("${a}-${Stage}", {"a": role.role_id}),
                    "SECRET": resolve_secret("db", "password"),
                    "NAME": resolve_ssm("/name", 1),
                },
            ),
            condition=is_prod,
            depends_on=[role],
        )

        queue = sqs.Queue(
            queue_name=GetAtt(function, "Nope"),
            delay_seconds=Raw("5"),
            deletion_policy="Retain",
        )

        url = Output(queue, export=f"{stage}-url", condition=is_dev)
        ''').rstrip("\n")


def test_white_space_at_the_end_of_a_line_can_be_seen() -> None:
    query = "fields a \n| sort b\t\n| limit 5"
    data = {"Resources": {"Query": resource("AWS::Logs::QueryDefinition", Name="q", QueryString=query)}}
    text = program(data)
    assert "fields a\\x20\n" in text and "sort b\\x09\n" in text
    assert not re.search("[ \t]$", text, re.MULTILINE)
    assert executed(text)["Resources"] == data["Resources"]


def test_references_forward_come_first_and_the_order_is_kept() -> None:
    source = """\
        Resources:
          Function:
            Type: AWS::SNS::Topic
            Properties: {TopicName: !GetAtt Queue.QueueName}
          Queue:
            Type: AWS::SQS::Queue
          Last:
            Type: AWS::SQS::Queue
        """
    assert re.findall(r"^(\w+) = ", body(source), re.MULTILINE) == ["queue", "function", "last"]
    assert 'class OrdersStack(Stack, format_version=None, order={"Queue": "Function"}):' in program(source)
    for style in STYLES:
        assert list(executed(program(source, style))["Resources"]) == ["Function", "Queue", "Last"]


def test_a_dynamic_reference_is_text_wherever_functions_need_a_transform() -> None:
    secret = "{{resolve:ssm:/name:1}}"
    found = {"Fn::FindInMap": ["M", secret, "k"]}
    queue = {"Type": "AWS::SQS::Queue", "DeletionPolicy": secret, "Properties": {"QueueName": found}}
    text = program({"Mappings": {"M": {"a": {"k": "v"}}}, "Resources": {"Q": queue}})
    assert 'resolve_ssm("/name", 1)' in text and "transform" not in text


def test_the_order_of_resources_is_kept_only_where_it_is_asked_for() -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Q"}}}
    data = {"Resources": {"T": topic, "Q": {"Type": "AWS::SQS::Queue"}}}
    found = convert(document.parse(json.dumps(data), name="orders.yaml"))
    assert found.reordered and "order=" not in found.text
    assert list(executed(found.text)["Resources"]) == ["Q", "T"]
    kept = convert(document.parse(json.dumps(data), name="orders.yaml"), keep_order=True)
    assert not kept.reordered and list(executed(kept.text)["Resources"]) == ["T", "Q"]
    data["Resources"] = dict(reversed(list(data["Resources"].items())))
    assert not convert(document.parse(json.dumps(data), name="orders.yaml")).reordered


EVENTS = {
    "Api": "ApiEvent", "Schedule": "ScheduleEvent", "HttpApi": "HttpApiEvent", "SQS": "SQSEvent", "S3": "S3Event",
    "ScheduleV2": "ScheduleV2Event", "EventBridgeRule": "EventBridgeRuleEvent", "CloudWatchLogs": "CloudWatchLogsEvent",
}  # fmt: skip


def test_of_several_classes_the_one_that_fits_is_taken() -> None:
    events: dict[str, Any] = {f"E{kind}": {"Type": kind, "Properties": {}} for kind in EVENTS}
    function = resource("AWS::Serverless::Function", Events={**events, "New": {"Type": "New"}})
    text = program(function)
    for kind, name in EVENTS.items():
        assert re.search(rf'"E{kind}": serverless.Function.{name}\(\s*type="{kind}"', text), text
    assert '"New": Raw({"Type": "New"})' in text
    interfaces = [
        {"Type": "OBD_INTERFACE", "InterfaceId": "1", "ObdInterface": {"Name": "n", "RequestMessageId": "1"}}
    ]
    manifest = resource(
        "AWS::IoTFleetWise::DecoderManifest", Name="n", ModelManifestArn="m", NetworkInterfaces=interfaces
    )
    assert "DecoderManifest.ObdNetworkInterface(" in program(manifest)
    # No property says which class it is, so the keys do.
    authorizers = {
        "Users": {"UserPoolArn": "x"},
        "Code": {"FunctionArn": "x", "FunctionPayloadType": "REQUEST"},
        "Token": {"FunctionArn": "x"},
    }
    text = program(resource("AWS::Serverless::Api", StageName="x", Auth={"Authorizers": authorizers}))
    assert '"Users": serverless.Api.CognitoAuthorizer(' in text
    assert '"Code": serverless.Api.LambdaRequestAuthorizer(' in text
    assert '"Token": serverless.Api.Lambda' in text


@pytest.mark.parametrize(
    ("type_name", "name", "value", "written"),
    [
        ("AWS::IAM::InstanceProfile", "Roles", {"Ref": "Other"}, "roles=Raw(other)"),
        ("AWS::IAM::InstanceProfile", "Roles", {"Fn::Sub": "a-${Other}"}, 'roles=Raw(f"a-{other}")'),
        (
            "AWS::AutoScaling::AutoScalingGroup",
            "VPCZoneIdentifier",
            {"Fn::Sub": ["${A},${Other}", {"A": "x"}]},
            'vpc_zone_identifier=Raw(Sub("${A},${Other}", {"A": "x"}))',
        ),
        ("AWS::AutoScaling::AutoScalingGroup", "AvailabilityZones", "eu-west-1a", 'availability_zones=Raw("eu-west-1a")'),
        ("AWS::EC2::Instance", "CpuOptions", {"Fn::Sub": "${Other}"}, "cpu_options=Raw("),
        ("AWS::S3::Bucket", "Tags", {"Fn::GetAtt": ["Other", "QueueName"]}, "tags=Raw(other.get_att.queue_name)"),
    ],
)  # fmt: skip
def test_what_the_catalog_refuses_is_raw(type_name: str, name: str, value: Any, written: str) -> None:
    other = {"Type": "AWS::SQS::Queue"}
    sizes = {"MinSize": "1", "MaxSize": "1"} if "Scaling" in type_name else {}
    data = {"Resources": {"Other": other, "It": {"Type": type_name, "Properties": {**sizes, name: value}}}}
    assert written in re.sub(r"\s+", " ", program(data))
    convert(document.parse(json.dumps(data), name="orders.yaml"))  # And the proof is run.


def test_the_statement_of_one_resource() -> None:
    source = """\
        Resources:
          Orders:
            Type: AWS::SQS::Queue
          # Tells the others.
          News:
            Type: AWS::SNS::Topic
            Properties: {TopicName: !Sub "${Orders}-x"}
        """
    read = document.parse(textwrap.dedent(source), name="orders.yaml")
    found = convert(read, resource="News")
    assert found.text == (
        'from pyformation.aws import sns\n\n# Tells the others.\nnews = sns.Topic(topic_name=f"{orders}-x")\n'
    )
    assert found.refers_to == ("orders",)
    with pytest.raises(TemplateError, match=r"orders\.yaml has no resource 'New'; did you mean 'News'"):
        convert(read, resource="New")


def test_circles_are_named() -> None:
    """What Python cannot say with attributes is said by name: in circles, and of itself."""
    data: dict[str, Any] = {
        "Resources": {
            "A": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "B"}}},
            "B": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "${A}x"}}},
            "C": {"Type": "AWS::SNS::Topic", "DependsOn": "D", "Properties": {"TopicName": {"Ref": "C"}}},
            "D": {"Type": "AWS::SNS::Topic", "DependsOn": ["C"]},
        }
    }
    for style in STYLES:
        assert "check_references=False" in program(data, style)
    only_depends = {
        "Resources": {"A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"}, "B": {"Type": "AWS::SNS::Topic"}}
    }
    assert "check_references" not in program(only_depends)
    assert 'depends_on="B"' in program(only_depends)


def test_long_chains_of_references() -> None:
    data: dict[str, Any] = {"Resources": {}}
    for number in range(1200):
        data["Resources"][f"Q{number}"] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Ref": f"Q{number + 1}"}},
        }
    data["Resources"]["Q1200"] = {"Type": "AWS::SQS::Queue"}
    for style in STYLES:
        assert "limits=False" in program(data, style)


def test_what_stands_for_the_template_as_a_whole_refers_by_name() -> None:
    written = program(
        {
            "Metadata": {"A": {"Ref": "P"}, "B": {"Fn::Sub": "x${P}"}},
            "Parameters": {"P": {"Type": "String"}},
            "Transform": "AWS::Serverless-2016-10-31",
            "Globals": {"Function": {"Timeout": {"Ref": "P"}}},
            "Custom": {"Ref": "P"},
            "Resources": {},
        }
    )
    assert 'globals={"Function": {"Timeout": Ref("P")}}' in written


@pytest.mark.parametrize(
    "data",
    [
        {"Resources": {"Fn::ForEach::L": ["X", ["a"], {"Q${X}": {"Type": "AWS::SQS::Queue"}}]}},
        {"Resources": {"F": {"Type": "AWS::Serverless::Function"}}},
        {"Transform": {"Name": "AWS::Include"}, "Resources": {"F": {"Type": "AWS::Serverless::Function"}}},
        {
            "Transform": ["Mine"],
            "Resources": {"Q": {"Type": "AWS::SQS::Queue", "DeletionPolicy": {"Ref": "P"}}},
        },
    ],
)
@styles
def test_no_macro_is_added(data: dict[str, Any], style: Style) -> None:
    program(data, style)
    assert in_order(Template.from_dict(data).to_dict()) == in_order(data)


def test_sam() -> None:
    written = program(
        """\
        Transform: AWS::Serverless-2016-10-31
        Globals: {Function: {Timeout: 10}}
        Resources:
          Api:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: src/
              Handler: app.handler
              Runtime: python3.13
              Events: {Get: {Type: Api, Properties: {Path: /, Method: get}}}
        """
    )
    assert "serverless.Function(" in written
    assert 'transform="AWS::Serverless-2016-10-31"' in written


def test_tidy() -> None:
    data = {
        "Parameters": {
            "N": {"Type": "Number", "Default": "20", "MinValue": "1"},
            "E": {"Type": "String", "NoEcho": "true", "Default": 5},
        },
        **resource("AWS::SQS::Queue", DelaySeconds="5", FifoQueue="true", QueueName=12),
    }
    written = convert(document.parse(json.dumps(data), name="orders.yaml"), tidy=True).text
    assert 'delay_seconds=5, fifo_queue=True, queue_name="12"' in written
    assert "n = Parameter(int, default=20, min_value=1)" in written
    assert 'e = Parameter(str, default="5", no_echo=True)' in written
    assert "Raw" not in written
    kept = program(data)
    assert 'delay_seconds=Raw("5"), fifo_queue=Raw("true")' in kept


def test_helpers_only_where_they_are_exact() -> None:
    def policy(*statements: dict[str, Any], version: Any = "2012-10-17", **more: Any) -> str:
        return body(
            resource(
                "AWS::IAM::ManagedPolicy",
                PolicyDocument={"Version": version, "Statement": list(statements), **more},
            )
        )

    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    assert 'iam.policy_document(iam.statement("s3:*", "*"))' in policy(allow)
    for document_ in (
        policy(allow, version="2008-10-17"),
        policy(allow, Id="x"),
        policy({**allow, "NotResource": "x"}),
        policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
        policy({**allow, "Action": 1}),
        policy({**allow, "Sid": {"Ref": "AWS::Region"}}),
        policy({"Fn::If": ["C", allow, {"Ref": "AWS::NoValue"}]}),
        policy(),
        body(
            resource("AWS::IAM::ManagedPolicy", PolicyDocument={"Version": "2012-10-17", "Statement": allow})
        ),
    ):
        assert "iam.statement" not in document_, document_


@pytest.mark.parametrize(
    "properties",
    [
        {"Tags": {"Fn::If": ["C", [{"Key": "a", "Value": "b"}], {"Ref": "AWS::NoValue"}]}},
        {
            "Tags": [
                {"Fn::If": ["C", {"Key": "a", "Value": "b"}, {"Ref": "AWS::NoValue"}]},
                {"Ref": "AWS::NoValue"},
            ]
        },
        {"Tags": [{"Key": "a", "Value": {"Fn::If": ["C", "x", {"Ref": "AWS::NoValue"}]}}]},
        {"Tags": {"Ref": "P"}},
        {"Tags": [{"Fn::Transform": {"Name": "M"}}]},
        {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}, "QueueName": "x"},
        {"Tags": [{"Fn::Transform": [{"Name": "M"}]}]},
        {"Tags": [{"Key": "a", "Value": "b", "Fn::Transform": {"Name": "M"}}]},
        {
            "RedrivePolicy": {
                "Fn::If": [
                    "C",
                    {"deadLetterTargetArn": {"Fn::GetAtt": ["B", "Arn"]}},
                    {"Ref": "AWS::NoValue"},
                ]
            }
        },
        {"QueueName": {"Fn::If": ["C", {"Fn::If": ["D", "a", "b"]}, {"Fn::Sub": "${AWS::Region}-x"}]}},
        {"QueueName": {"Fn::Select": ["0", {"Ref": "P"}]}},
        {
            "QueueName": {
                "Fn::Select": [0, {"Fn::Split": [",", {"Fn::ImportValue": {"Fn::Sub": "${AWS::Region}-x"}}]}]
            }
        },
        {"QueueName": {"Fn::Join": ["", {"Ref": "P"}]}},
        {"QueueName": {"Fn::GetAtt": ["B", "Outputs.Nested.Value"]}},
        {"QueueName": {"Fn::GetAtt": "B.Arn"}},
        {"QueueName": {"Fn::GetAtt": ["B", {"Ref": "P"}]}},
        {"QueueName": {"Fn::Sub": "${B.Outputs.X}/${AWS::URLSuffix}"}},
        {"QueueName": {"Fn::FindInMap": [{"Ref": "P"}, "a", {"Ref": "AWS::Region"}]}},
        {"QueueName": {"Fn::FindInMap": [{"Ref": "B"}, {"Ref": "B"}, {"Ref": "B"}]}},
        {"QueueName": {"Ref": "AWS::NotificationARNs"}},
        {"QueueName": 1e3, "DelaySeconds": 10**30, "FifoQueue": "yes"},
        {"QueueName": None},
        {},
    ],
)
@styles
def test_functions_in_all_places(properties: dict[str, Any], style: Style) -> None:
    data = {
        "Transform": ["M", "AWS::LanguageExtensions"],
        "Parameters": {"P": {"Type": "CommaDelimitedList"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}, "D": {"Condition": "C"}},
        "Resources": {
            "B": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "x"}},
            "A": {"Type": "AWS::SQS::Queue", "Properties": properties},
        },
    }
    program(data, style)


@pytest.mark.parametrize("depth", [20, 60, 190, 400, 3000])
@styles
def test_deep_nesting(depth: int, style: Style) -> None:
    lists = "[" * depth + '"x"' + "]" * depth
    mappings = '{"k": ' * depth + "1" + "}" * depth
    statements = '{"NotStatement": {"Statement": ' * (depth // 2) + "{}" + "}}" * (depth // 2)
    acl = '{"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": [{"Statement": ' + statements + "}]}}"
    for source in (
        '{"Resources": {"A": {"Type": "Custom::A", "Properties": {"P": ' + lists + "}}}}",
        '{"Metadata": {"P": ' + mappings + '}, "Resources": {}}',
        '{"Resources": {"A": ' + acl + "}}",
    ):
        try:
            program(source, style)
        except PyformationError as error:
            assert "nested" in str(error), error
            assert depth > 60


def test_a_thousand_resources() -> None:
    data: dict[str, Any] = {"Resources": {}}
    for number in range(1000):
        data["Resources"][f"Queue{number}"] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": {"Fn::Sub": f"${{AWS::StackName}}-{number}"},
                "Tags": [{"Key": "a", "Value": "b"}],
            },
        }
    assert convert(document.parse(json.dumps(data)), check=False).resources == 1000


def test_a_program_that_renders_something_else_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyformation.conversion import writing

    def louder(text: str, prefix: str = "") -> str:
        return f'{prefix}"{text}!"'

    monkeypatch.setattr(writing, "literal", louder)
    with pytest.raises(
        TemplateError,
        match=r"^orders.yaml cannot be converted: the program that was written renders another Resources\.A$",
    ):
        convert(document.parse(json.dumps(resource("AWS::SQS::Queue", QueueName="a")), name="orders.yaml"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "orders.yaml is not a template: `Resources` is missing; found nothing"),
        ({"openapi": "3.0"}, "orders.yaml is not a template: `Resources` is missing; found 'openapi'"),
        (
            {"Parameters": {"A": {"Type": "String"}}, **resource("AWS::SQS::Queue")},
            "orders.yaml is not a template: 'A' is the name of a parameter and of a resource",
        ),
    ],
)
def test_what_is_no_template(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TemplateError) as caught:
        program(data)
    assert str(caught.value) == sentence


def test_empty_templates() -> None:
    assert program({"Resources": {}}, name="empty.yaml") == textwrap.dedent('''\
        """The template empty.yaml as a program."""

        from pyformation import Stack


        class EmptyStack(Stack, format_version=None):
            pass


        if __name__ == "__main__":
            EmptyStack().main()
        ''')
    for style in STYLES:
        check_shape(program({"Resources": {}, "Description": "Nothing."}, style))
        program({"Resources": None}, style)
        program({"Resources": [], "Outputs": {}, "Parameters": None, "Conditions": {}}, style)


# ---------------------------------------------------------------------------------------------
# Loops

SIMILAR = """\
Parameters: {Stage: {Type: String}}
Resources:
  # Three of them.
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Stage}-a", DelaySeconds: 5}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Stage}-b", DelaySeconds: 5}}
  C: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Stage}-c", DelaySeconds: 5}}
  D: {Type: AWS::SQS::Queue, Properties: {QueueName: d, DelaySeconds: 6}}
  T1: {Type: AWS::SNS::Topic, Properties: {TopicName: t, DisplayName: t}}
  T2: {Type: AWS::SNS::Topic, Properties: {TopicName: u, DisplayName: u}}
  T3: {Type: AWS::SNS::Topic, Properties: {TopicName: v, DisplayName: w}}
  N1: {Type: AWS::SNS::Topic}
  N2: {Type: AWS::SNS::Topic}
  N3: {Type: AWS::SNS::Topic, DependsOn: N2}
Outputs:
  One: {Value: !Ref B}
  Two: {Value: !Sub "x-${C.Arn}"}
"""


@styles
def test_similar_resources_become_loops(style: Style) -> None:
    assert "for " not in program(SIMILAR, style)
    text = program(SIMILAR, style, loops=True)
    assert text.count("for logical_id") == 3
    assert "# Three of them." in text and "for logical_id, queue_name in [" in text
    assert 'for logical_id, topic_name in [("T1", "t"), ("T2", "u")]:' in text
    assert 'for logical_id in ["N1", "N2"]:' in text
    # What is referred to is an item of the list; what something else refers to by name stays outside.
    assert "Output(queues[1])" in text and 'Output(f"x-{queues[2].arn}")' in text
    assert "depends_on=topics" in text
    assert (
        text
        == convert(document.parse(SIMILAR, name="orders.yaml"), style=style, loops=True, keep_order=True).text
    )


@needs_samples
@styles
def test_samples_with_loops_are_the_same(style: Style) -> None:
    loops = 0
    for name, read in samples().items():
        text = convert(read, style=style, check=False, keep_order=True, loops=True).text
        assert in_order(executed(text)) == in_order(read.data), name
        loops += text.count("for logical_id")
    assert loops > 10


@given(strategies.templates(), st.sampled_from(STYLES), st.integers(2, 4))
@settings(max_examples=25)
def test_copies_with_loops_survive(template: Template, style: Style, copies: int) -> None:
    data = json.loads(template.to_json())
    resources: dict[str, Any] = {}
    for name, one in data["Resources"].items():
        resources |= {name if number == 0 else f"{name}{number}": one for number in range(copies)}
    data = {**data, "Resources": dict(list(resources.items())[:400])}
    read = document.parse(json.dumps(data))
    text = convert(read, style=style, check=False, keep_order=True, loops=True).text
    assert in_order(executed(text)) == in_order(data)
