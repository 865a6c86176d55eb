"""Graphs: what refers to what, as records and as text; layout, escaping, the command, the page in a real browser."""

from __future__ import annotations

import copy
import itertools
import json
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs
import pytest
from conftest import ROOT, run_command, run_python
from hypothesis import given
from hypothesis import strategies as st
from test_reports import browser

import pyformation
from pyformation import graphs
from pyformation.document import parse
from pyformation.graphs.layout import Layout, Line, lay_out
from pyformation.graphs.picture import shortened, text_width

FIXTURES = ROOT / "tests" / "fixtures" / "graphs"
SMALL, BEFORE, AFTER = (FIXTURES / f"{name}.yaml" for name in ("small", "before", "after"))
TEMPLATES = ROOT.parent / "shared" / "data" / "templates"
SVG = "{http://www.w3.org/2000/svg}"
ALL: dict[str, Any] = {"parameters": True, "outputs": True, "conditions": True}


def run(*arguments: object, cwd: Path | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    return run_command("graph", *map(str, arguments), cwd=cwd, **options)


def edges(graph: graphs.Graph) -> list[str]:
    """``Orders -> Failed: RedrivePolicy.deadLetterTargetArn (Arn)``, readable enough to be written by hand."""
    arrows = {"reference": "->", "depends_on": "..>", "condition": "?>"}
    short = {node.id: node.name for node in graph.nodes}
    return [
        f"{short[edge.source]} {arrows[edge.kind]} {short[edge.target]}: {', '.join(map(str, edge.links))}"
        + (" !" if edge.cascades else "")
        for edge in graph.edges
    ]


# ---------------------------------------------------------------------------------------------
# Records


def test_edges_are_references_depends_on_and_conditions() -> None:
    assert edges(graphs.graph(SMALL, **ALL)) == [
        "IsProd -> Stage: ",
        "IsLoud ?> IsProd: ",
        "Failed ?> IsProd: Condition",
        "Orders -> Stage: QueueName",
        "Orders ?> IsProd: RedrivePolicy",
        "Orders -> Failed: RedrivePolicy.deadLetterTargetArn (Arn)",
        "Worker -> Role: Role (Arn)",
        "Worker -> Orders: Environment.Variables.QUEUE, Environment.Variables.ADDRESS (QueueName), "
        "Environment.Variables.ADDRESS (Arn)",
        "Worker ..> Logs: ",
        "Url -> Orders: Value",
        "Url ?> IsLoud: Condition",
    ]


def test_without_conditions_parameters_are_reached_through_them() -> None:
    found = edges(graphs.graph(SMALL, parameters=True))
    assert "Failed ?> Stage: Condition IsProd" in found
    assert "Orders ?> Stage: Condition IsProd" in found


def test_resources_alone() -> None:
    found = graphs.graph(SMALL)
    assert [node.id for node in found.nodes] == [
        f"Resources.{name}" for name in ("Failed", "Orders", "Role", "Worker", "Logs")
    ]
    assert list(found.groups()) == ["AWS::SQS", "AWS::IAM", "AWS::Lambda", "AWS::Logs"]
    assert found.node("Failed").condition == "IsProd"
    assert found.node("Resources.Role").type == "AWS::IAM::Role"
    assert str(found.node("Worker").origin).endswith("small.yaml:21")
    with pytest.raises(KeyError):
        found.node("Nobody")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "A"}, ["X -> A: V"]),
        ({"Fn::GetAtt": "A.Endpoint.Port"}, ["X -> A: V (Endpoint.Port)"]),
        ({"Fn::GetAtt": ["A", {"Ref": "P"}]}, ["X -> A: V (*)", "X -> P: V"]),
        ({"Fn::Sub": "${A}-${A.Arn}-${!B}-${AWS::Region}"}, ["X -> A: V, V (Arn)"]),
        ({"Fn::Sub": ["${A}${W}", {"A": "x", "W": {"Ref": "B"}}]}, ["X -> B: V"]),
        ({"Fn::Join": ["", ["x", {"Ref": "A"}, {"Fn::Base64": {"Ref": "B"}}]]}, ["X -> A: V", "X -> B: V"]),
        ({"Fn::FindInMap": ["M", {"Ref": "P"}, "k"]}, ["X -> P: V"]),
        ({"Fn::Select": [0, [{"Ref": "A"}]]}, ["X -> A: V"]),
        ([{"Ref": "A"}, {"Deep": [{"Ref": "B"}]}], ["X -> A: V[0]", "X -> B: V[1].Deep[0]"]),
        ({"Ref": "AWS::Region"}, []),
        ({"Ref": "X"}, ["X -> X: V"]),
        ({"Condition": "IsIt"}, []),
        ({"Fn::GetAtt": 1}, []),
        ({"Fn::Sub": [1]}, []),
        ({"Fn::If": ["IsIt", {"Ref": "A"}, {"Ref": "B"}]}, ["X ?> IsIt: V", "X -> A: V", "X -> B: V"]),
    ],
)
def test_references_of_every_kind(value: Any, expected: list[str]) -> None:
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"IsIt": {"Fn::Equals": [1, 1]}},
        "Resources": {
            "A": {"Type": "AWS::SNS::Topic"},
            "B": {"Type": "AWS::SNS::Topic"},
            "X": {"Type": "AWS::SQS::Queue", "Properties": {"V": value}},
        },
    }
    assert edges(graphs.graph(template, parameters=True, conditions=True)) == expected


def test_what_nobody_can_evaluate_is_drawn_all_the_same() -> None:
    template = {
        "Transform": "SomeMacro",
        "Parameters": {"Needed": {"Type": "AWS::SSM::Parameter::Value<String>"}},
        "Resources": {
            "A": {"Type": "My::Own::Thing", "Properties": {"X": {"Fn::Brandnew": [{"Ref": "B"}]}}},
            "B": {"Type": "Custom::Thing", "Properties": {"Y": {"Ref": "MadeByTheMacro"}}},
        },
    }
    found = graphs.graph(template)
    assert edges(found) == ["A -> B: X", "B -> MadeByTheMacro: Y"]
    assert found.node("MadeByTheMacro").kind == "missing"
    assert found.notes == ()
    assert [node.group for node in found.nodes] == ["My::Own", "Custom", None]


def test_references_that_lead_nowhere() -> None:
    found = graphs.graph({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"A": {"Ref": "Queu"}},
                                                  "Condition": "IsProd"}}})  # fmt: skip
    assert found.notes == (
        "Resources.Queue refers to 'Queu', which does not exist in this template; did you mean 'Queue'?",
        "Resources.Queue has the condition 'IsProd', which does not exist in this template",
    )
    assert found.edges[0].target == "?.Queu"


def test_loops_are_written_out_where_their_collection_is_known() -> None:
    loop = ["Name", ["A", "B"], {"Topic${Name}": {"Type": "AWS::SNS::Topic"}}]
    template: dict[str, Any] = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Names": {"Type": "CommaDelimitedList"}},
        "Resources": {"Fn::ForEach::T": loop, "Q": {"Type": "AWS::SQS::Queue", "DependsOn": "TopicA"}},
    }
    found = graphs.graph(template)
    assert [node.name for node in found.nodes] == ["TopicA", "TopicB", "Q"]
    loop[1] = {"Ref": "Names"}
    assert [node.name for node in graphs.graph(template).nodes][:2] == ["Topic${Name}", "Q"]
    # Each of the loops in a loop is drawn once as well.
    inner = [{f"{kind}${{Name}}": {"Type": "AWS::SNS::Topic"}} for kind in "XY"]
    loop[2] = {f"Fn::ForEach::{number}": ["Again", ["C"], body] for number, body in enumerate(inner)}
    assert [node.name for node in graphs.graph(template).nodes][:3] == ["X${Name}", "Y${Name}", "Q"]


MODULE = """
from pyformation import Component, Parameter, Stack
from pyformation.aws import sqs

class Inbox(Component):
    def __init__(self):
        self.failed = sqs.Queue()
        self.queue = sqs.Queue(redrive_policy={"deadLetterTargetArn": self.failed.arn, "maxReceiveCount": 3})

class Shop(Stack):
    def __init__(self):
        self.mail = Inbox()
        self.inboxes = {"orders": Inbox()}
        self.other = sqs.Queue(queue_name=f"x-{self.mail.queue.queue_name}")
"""


def test_groups_are_components_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text(MODULE)
    found = graphs.graph(tmp_path / "stack.py", group_by="component")
    assert {group: [node.name for node in nodes] for group, nodes in found.groups().items()} == {
        "Mail": ["MailFailed", "MailQueue"],
        "InboxesOrders": ["InboxesOrdersFailed", "InboxesOrdersQueue"],
        None: ["Other"],
    }
    assert list(graphs.graph(tmp_path / "stack.py").groups()) == ["AWS::SQS"]
    assert list(graphs.graph(tmp_path / "stack.py", group_by="none").groups()) == [None]


# ---------------------------------------------------------------------------------------------
# A diff


def test_a_diff_is_drawn_on_its_graph() -> None:
    found = graphs.graph(pyformation.diff(BEFORE, AFTER), parameters=True)
    assert {node.name: node.change and node.change.word for node in found.nodes} == {
        "Name": "updated",
        "Users": "replaced",
        "Reader": "updated",
        "Same": None,
        "New": "added",
        "Old": "removed",
    }
    assert edges(found) == [
        "Users -> Name: TableName !",
        "Reader -> Users: PolicyDocument.Statement[0].Resource (Arn) !",
        "New ..> Same: ",
        "Old -> Users: Dimensions[0].Value",
    ]
    change = found.node("Users").change
    assert change is not None
    assert change.sentence == "must be replaced; the old resource is deleted"
    assert change.properties[0].startswith('TableName: "users" -> "people"')


def test_a_diff_through_a_condition_cascades_along_the_parameter() -> None:
    template: dict[str, Any] = {
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Fn::If": ["IsProd", 1, 2]}}}
        },
    }
    diff = pyformation.diff(template, template, before_parameters={}, parameters={"Stage": "prod"})
    assert edges(graphs.graph(diff, parameters=True)) == ["Q ?> Stage: Condition IsProd !"]
    assert edges(graphs.graph(diff, conditions=True)) == ["Q ?> IsProd: DelaySeconds !"]


def test_secrets_are_not_shown() -> None:
    template = {
        "Parameters": {"Key": {"Type": "String", "NoEcho": True, "Default": "hunter2", "AllowedValues": ["hunter2"]}},
        "Resources": {"Q": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Key"}}}},
    }  # fmt: skip
    diff = pyformation.diff({}, template, parameters={"Key": "hunter2"})
    for subject in (template, diff):
        found = graphs.graph(subject, parameters=True)
        for write in (graphs.mermaid, graphs.dot, graphs.svg, graphs.html):
            assert "hunter2" not in write(found)
    assert found.node("Key").body["Default"] == "****"


# ---------------------------------------------------------------------------------------------
# Text

MERMAID = """\
flowchart LR
  subgraph g0["AWS::SQS"]
    r_Failed["Failed<br/>Queue, if IsProd"]
    r_Orders["Orders<br/>Queue"]
  end
  subgraph g1["AWS::IAM"]
    r_Role["Role<br/>Role"]
  end
  subgraph g2["AWS::Lambda"]
    r_Worker["Worker<br/>Function"]
  end
  subgraph g3["AWS::Logs"]
    r_Logs["Logs<br/>LogGroup"]
  end
  r_Orders -->|"RedrivePolicy (Arn)"| r_Failed
  r_Worker -->|"Role (Arn)"| r_Role
  r_Worker -->|"Environment (QueueName, Arn)"| r_Orders
  r_Worker -.-> r_Logs
"""

MERMAID_ALL = """\
flowchart LR
  p_Stage(["Stage<br/>String"])
  c_IsProd{{"IsProd<br/>condition"}}
  c_IsLoud{{"IsLoud<br/>condition"}}
  r_Failed["Failed<br/>AWS::SQS::Queue, if IsProd"]
  r_Orders["Orders<br/>AWS::SQS::Queue"]
  r_Role["Role<br/>AWS::IAM::Role"]
  r_Worker["Worker<br/>AWS::Lambda::Function"]
  r_Logs["Logs<br/>AWS::Logs::LogGroup"]
  o_Url>"Url<br/>output, if IsLoud"]
  c_IsProd --> p_Stage
  c_IsLoud -.-o c_IsProd
  r_Failed -.-o c_IsProd
  r_Orders -->|"QueueName"| p_Stage
  r_Orders -.-o|"RedrivePolicy"| c_IsProd
  r_Orders -->|"RedrivePolicy (Arn)"| r_Failed
  r_Worker -->|"Role (Arn)"| r_Role
  r_Worker -->|"Environment (QueueName, Arn)"| r_Orders
  r_Worker -.-> r_Logs
  o_Url -->|"Value"| r_Orders
  o_Url -.-o c_IsLoud
"""

MERMAID_DIFF = """\
flowchart LR
  subgraph g0["AWS::DynamoDB"]
    r_Users["Users<br/>Table<br/>replaced"]:::replaced
  end
  subgraph g1["AWS::IAM"]
    r_Reader["Reader<br/>ManagedPolicy<br/>updated"]:::updated
  end
  subgraph g2["AWS::SNS"]
    r_Same["Same<br/>Topic"]
  end
  subgraph g3["AWS::SQS"]
    r_New["New<br/>Queue<br/>added"]:::added
  end
  subgraph g4["AWS::CloudWatch"]
    r_Old["Old<br/>Alarm<br/>removed"]:::removed
  end
  r_Reader -->|"PolicyDocument (Arn)"| r_Users
  r_New -.-> r_Same
  r_Old -->|"Dimensions"| r_Users
  subgraph legend["Legend"]
    legend_replaced["1 replaced"]:::replaced
    legend_removed["1 removed"]:::removed
    legend_updated["1 updated"]:::updated
    legend_added["1 added"]:::added
    legend_cascade["thick: a reference that causes a change"]
  end
  classDef replaced fill:#ffebe9,stroke:#cf222e,color:#67060c,stroke-width:2px
  classDef removed fill:#ffebe9,stroke:#cf222e,color:#67060c,stroke-width:2px,stroke-dasharray:5 3
  classDef updated fill:#ddf0ff,stroke:#0969da,color:#0a2a52,stroke-width:2px
  classDef added fill:#dafbe1,stroke:#1a7f37,color:#0b3d1a,stroke-width:2px
  linkStyle 0 stroke:#cf222e,stroke-width:3px
"""

DOT = """\
digraph "small" {
  rankdir=LR
  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=11]
  edge [fontname="Helvetica", fontsize=9]
  subgraph cluster_0 {
    label="Parameters"
    style="rounded"
    p_Stage [label="Stage\\nString", shape=ellipse]
  }
  subgraph cluster_1 {
    label="AWS::SQS"
    style="rounded"
    r_Failed [label="Failed\\nQueue, if IsProd"]
    r_Orders [label="Orders\\nQueue"]
  }
  subgraph cluster_2 {
    label="AWS::IAM"
    style="rounded"
    r_Role [label="Role\\nRole"]
  }
  subgraph cluster_3 {
    label="AWS::Lambda"
    style="rounded"
    r_Worker [label="Worker\\nFunction"]
  }
  subgraph cluster_4 {
    label="AWS::Logs"
    style="rounded"
    r_Logs [label="Logs\\nLogGroup"]
  }
  subgraph cluster_5 {
    label="Outputs"
    style="rounded"
    o_Url [label="Url\\nif IsLoud", shape=cds]
  }
  r_Failed -> p_Stage [label="Condition IsProd", style=dotted, arrowhead=odot]
  r_Orders -> p_Stage [label="QueueName"]
  r_Orders -> p_Stage [label="Condition IsProd", style=dotted, arrowhead=odot]
  r_Orders -> r_Failed [label="RedrivePolicy (Arn)"]
  r_Worker -> r_Role [label="Role (Arn)"]
  r_Worker -> r_Orders [label="Environment (QueueName, Arn)"]
  r_Worker -> r_Logs [style=dashed]
  o_Url -> r_Orders [label="Value"]
  o_Url -> p_Stage [label="Condition IsLoud", style=dotted, arrowhead=odot]
}
"""

DOT_DIFF = """\
  r_Old [label="Old\\nAWS::CloudWatch::Alarm\\nremoved", style="rounded,filled,dashed", fillcolor="#ffebe9", \
color="#cf222e", fontcolor="#67060c", penwidth=2]
  r_Reader -> r_Users [label="PolicyDocument (Arn)", color="#cf222e", penwidth=2.5]
  r_New -> r_Same [style=dashed]
  r_Old -> r_Users [label="Dimensions"]
  subgraph cluster_legend {
    label="Legend"
    legend_replaced [label="1 replaced", fillcolor="#ffebe9", color="#cf222e", fontcolor="#67060c", penwidth=2]
"""


def test_mermaid() -> None:
    assert graphs.mermaid(graphs.graph(SMALL)) == MERMAID
    assert graphs.mermaid(graphs.graph(SMALL, group_by="none", **ALL)) == MERMAID_ALL
    assert graphs.mermaid(graphs.graph(pyformation.diff(BEFORE, AFTER))) == MERMAID_DIFF
    assert graphs.mermaid(graphs.graph({})) == "flowchart LR\n"


def test_dot() -> None:
    assert graphs.dot(graphs.graph(SMALL, parameters=True, outputs=True)) == DOT
    assert DOT_DIFF in graphs.dot(graphs.graph(pyformation.diff(BEFORE, AFTER), group_by="none"))


def test_many_edges_have_no_labels() -> None:
    queues = {
        f"Q{n}": {"Type": "AWS::SQS::Queue", "Properties": {"A": {"Ref": f"Q{n - 1}"}}} for n in range(1, 70)
    }
    found = graphs.graph({"Resources": {"Q0": {"Type": "AWS::SQS::Queue"}, **queues}})
    assert "|" not in graphs.mermaid(found)
    assert '[edgetooltip="A"]' in graphs.dot(found)


# What each language could take for something of its own.
HOSTILE = [
    "end", 'x"];click a "javascript:alert(1)"', "a<b>&c", "`md`", '%%{init: {"theme":"x"}}%%', "back\\", "line\nbreak",
    "style a:b#35;", "subgraph", "-->|x|", "}}", "1. list", "\u202eflip", "\x1b[31m", "</script><script>alert(1)</script>",
    "direction LR", "&lt;", "\\N", "#quot;", "a;b", "--><!--", "]]>", "é", "W" * 300, "x", "o", "${x}", "'\"",
]  # fmt: skip


def hostile() -> graphs.Graph:
    count = len(HOSTILE)
    template = {
        "Parameters": {f"P{name}": {"Type": name} for name in HOSTILE},
        "Conditions": {name: {"Fn::Equals": ["a", {"Ref": f"P{name}"}]} for name in HOSTILE},
        "Resources": {
            name: {
                "Type": f"AWS::{name}::Queue",
                "Condition": name,
                "DependsOn": HOSTILE[number - 1],
                "Properties": {
                    name: {"Ref": HOSTILE[(number + 3) % count]},
                    "x": {"Fn::GetAtt": [name, name]},
                },
            }
            for number, name in enumerate(HOSTILE)
        },
        "Outputs": {name: {"Value": {"Ref": name}} for name in HOSTILE},
    }
    found = graphs.graph(template, **ALL)
    return attrs.evolve(found, name='"\\</title><script>x', notes=("<img src=x onerror=alert(1)>",))


def test_hostile_names_stay_inside_their_quotes() -> None:
    whole = hostile()
    for found in (whole, attrs.evolve(whole, edges=whole.edges[:40])):
        quoted = r'"(?:[A-Za-z0-9 _.:,()+/-]|#\d+;|<br/>)*"'
        line = re.compile(
            rf"flowchart LR|  subgraph g\d+\[{quoted}\]|  end|    [rpco]_\w+(?:\[{quoted}\]|\(\[{quoted}\]\)|"
            rf"\{{\{{{quoted}\}}\}}|>{quoted}\])|  [rpco]_\w+ (?:-->|-\.->|-\.-o)(?:\|{quoted}\|)? [rpco]_\w+",
            re.ASCII,
        )
        for text in graphs.mermaid(found).splitlines():
            assert line.fullmatch(text), text
            assert not re.search(r"direction\s", text)
        text = graphs.dot(found)
        # Without the texts between quotes, nothing of the names is left.
        bare = re.sub(r'"(?:[^"\\\n]|\\.)*"', "''", text)
        assert '"' not in bare and "\\" not in bare and "<" not in bare
        assert bare.count("{") == bare.count("}")
        assert not re.search(r"&(?!amp;)", text)


def test_hostile_names_are_text_in_pictures() -> None:
    found = hostile()
    tree = ElementTree.fromstring(graphs.svg(found))
    assert {node.tag.removeprefix(SVG) for node in tree.iter()} == {
        "svg", "style", "defs", "marker", "path", "rect", "text", "g", "title",
    }  # fmt: skip
    assert all(
        not name.startswith("on") and "href" not in name for node in tree.iter() for name in node.attrib
    )
    page = graphs.html(found)
    assert len(re.findall(r"<script", page)) == 2 and len(re.findall(r"</script", page)) == 2
    assert "<img" not in page and "\x1b" not in page and "\u202e" not in page
    assert "http://www.w3.org/2000/svg" in page
    assert re.findall(r"https?://[^\"' )]*", page) == ["http://www.w3.org/2000/svg"]


# ---------------------------------------------------------------------------------------------
# Pictures


def test_texts_are_shortened_in_the_middle() -> None:
    assert shortened("Orders", 13, 200) == "Orders"
    short = shortened("AVeryLongLogicalIdOfARouteTableAssociation", 13, 120)
    assert short.startswith("AVery") and short.endswith("ation") and "…" in short
    assert text_width(short, 13) <= 120


def test_svg_has_everything_with_titles() -> None:
    found = graphs.graph(pyformation.diff(BEFORE, AFTER), parameters=True)
    tree = ElementTree.fromstring(graphs.svg(found))
    nodes = [node for node in tree.iter(f"{SVG}g") if node.get("data-id")]
    assert [node.get("data-id") for node in nodes] == [node.id for node in found.nodes]
    titles = ["".join(node.find(f"{SVG}title").itertext()) for node in nodes]  # type: ignore[union-attr]
    assert titles[1] == "Users\nAWS::DynamoDB::Table\nmust be replaced; the old resource is deleted"
    assert [node.get("class") for node in nodes][-1] == "node resource bad removed"
    drawn = [node for node in tree.iter(f"{SVG}g") if node.get("data-from")]
    assert len(drawn) == len(found.edges)
    assert sum("cascades" in (node.get("class") or "") for node in drawn) == 2
    text = " ".join("".join(node.itertext()) for node in tree.iter(f"{SVG}text"))
    assert "-/+ 1 replaced" in text and "a reference that causes a change" in text


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[tuple[bool, list[str]]], list[Line]]:
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    groups: list[tuple[bool, list[str]]] = []
    names: list[str] = []
    for number, size in enumerate(sizes):
        members = [f"n{number}_{index}" for index in range(size)]
        groups.append((draw(st.booleans()), members))
        names += members
    ends = st.sampled_from(names)
    kinds = st.sampled_from(["", "dashed"])
    labels = st.sampled_from([0.0, 0.0, 60.0])
    lines = draw(st.lists(st.builds(Line, ends, ends, kinds, labels), max_size=40))
    return groups, lines


def assert_sound(groups: list[tuple[bool, list[str]]], lines: list[Line], found: Layout) -> None:
    boxes = list(found.nodes.items())
    assert set(found.nodes) == {name for _, members in groups for name in members}
    for index, (one, box) in enumerate(boxes):
        for other, its_box in boxes[index + 1 :]:
            assert not box.overlaps(its_box), (one, other)
        assert box.x >= 0 and box.y >= 0
        assert box.x + box.width <= found.width and box.y + box.height <= found.height
    frames = list(found.groups.items())
    for index, (number, frame) in enumerate(frames):
        assert not any(frame.overlaps(other) for _, other in frames[index + 1 :])
        inside = set(groups[number][1])
        for name, box in boxes:
            # A group has its own nodes inside of it, and no others.
            assert frame.overlaps(box) == (name in inside)
            if name in inside:
                assert frame.x <= box.x and box.x + box.width <= frame.x + frame.width
                assert frame.y <= box.y and box.y + box.height <= frame.y + frame.height
    assert len(found.routes) == len(lines)
    for line, points in zip(lines, found.routes, strict=True):
        for name, (x, y) in ((line.source, points[0]), (line.target, points[-1])):
            box = found.nodes[name]
            assert x in (pytest.approx(box.x), pytest.approx(box.x + box.width))
            assert box.y < y < box.y + box.height
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            # Straight on or straight up, and through the inside of no node.
            assert x == pytest.approx(to_x) or y == pytest.approx(to_y)
            left, right, top, bottom = min(x, to_x), max(x, to_x), min(y, to_y), max(y, to_y)
            for name, box in boxes:
                hidden = (
                    left < box.x + box.width - 0.1
                    and right > box.x + 0.1
                    and top < box.y + box.height - 0.1
                    and bottom > box.y + 0.1
                )
                assert not hidden, (line, name)


@given(drawings())
def test_layouts_are_sound(drawing: tuple[list[tuple[bool, list[str]]], list[Line]]) -> None:
    found = lay_out(*drawing)
    assert_sound(*drawing, found)
    assert lay_out(*drawing) == found


def test_nothing_to_lay_out() -> None:
    assert lay_out([], []).nodes == {}
    ElementTree.fromstring(graphs.svg(graphs.graph({})))
    assert "0 nodes" in graphs.html(graphs.graph({"Resources": {}}))


def test_a_long_chain_needs_no_stack() -> None:
    names = [f"n{number}" for number in range(3000)]
    lines = [Line(one, other) for one, other in itertools.pairwise(names)]
    assert len(lay_out([(True, names)], lines).nodes) == 3000


# ---------------------------------------------------------------------------------------------
# Real templates


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason="the shared templates are not here")
def test_every_shared_template_is_drawn() -> None:
    drawn = 0
    for path in sorted(TEMPLATES.rglob("*")):
        if path.suffix not in (".yaml", ".yml", ".json", ".template") or not path.is_file():
            continue
        try:
            found = graphs.graph(path, **ALL)
        except pyformation.PyformationError as error:
            assert "unknown tag '!Rain::" in str(error) or "is not a template" in str(error), path
            continue
        ids = {node.id for node in found.nodes}
        assert all(edge.source in ids and edge.target in ids for edge in found.edges)
        assert graphs.mermaid(found).startswith("flowchart LR\n")
        ElementTree.fromstring(graphs.svg(found))
        graphs.html(found)
        drawn += 1
    assert drawn > 150


JUNK: list[Any] = [
    None, 1, True, "", "x", [], {}, [1], {"Ref": 1}, {"Ref": {"Ref": "Stage"}}, {"Fn::GetAtt": []}, {"Fn::Sub": ["${a}", 1]},
    {"Fn::If": []}, {"Fn::If": [{"x": 1}, 2, 3]}, {"Fn::ForEach::x": [1]}, {"Condition": 5}, [[[]]],
    {"Fn::ForEach::L": ["X", ["a"], {"K${X}": {"Type": "T"}}]}, {"Fn::ForEach::L": ["X", {"Ref": "Z"}, {"K": {"Type": "T"}}]},
]  # fmt: skip


@given(st.data())
def test_damaged_templates_are_drawn_or_refused(data: st.DataObject) -> None:
    template: Any = parse(SMALL.read_text()).data
    for _ in range(data.draw(st.integers(1, 3))):
        place = template
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys)) if keys else None
            if key is None or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
                break
            place = place[key]
        if key is not None:
            place[key] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    try:
        found = graphs.graph(template, **ALL)
    except pyformation.PyformationError:
        return
    for write in (graphs.mermaid, graphs.dot, graphs.svg, graphs.html):
        assert write(found).endswith("\n")


# ---------------------------------------------------------------------------------------------
# The command


def test_the_command_prints_mermaid(tmp_path: Path) -> None:
    result = run(SMALL)
    assert (result.stdout, result.stderr, result.returncode) == (MERMAID, "", 0)
    assert run("-", input=SMALL.read_text()).stdout == MERMAID
    assert (
        run(SMALL, "--group-by", "none", "--show-parameters", "--show-outputs", "--show-conditions").stdout
        == MERMAID_ALL
    )
    assert run(AFTER, "--before", BEFORE).stdout == MERMAID_DIFF
    same = run(AFTER, "--before", BEFORE, "-P", "Name=users", "--format", "dot").stdout
    assert "replaced" not in same and "1 removed" in same


@pytest.mark.parametrize(
    ("name", "begin"),
    [("x.svg", "<svg "), ("x.html", "<!DOCTYPE html>"), ("x.dot", "digraph"), ("x.md", "flowchart")],
)
def test_the_name_of_the_output_says_the_format(tmp_path: Path, name: str, begin: str) -> None:
    result = run(SMALL, "-o", tmp_path / name)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    assert (tmp_path / name).read_text().startswith(begin)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_stack_modules_and_revisions(tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text(MODULE)
    result = run("stack.py:Shop", "--group-by", "component", cwd=tmp_path)
    assert 'subgraph g0["Mail"]' in result.stdout
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert run("git:HEAD:stack.py", "--group-by", "component", cwd=tmp_path).stdout == result.stdout
    assert "note: no resource is in a component" in run(SMALL, "--group-by", "component").stderr


def test_notes_stand_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Resources: {Queue: {Type: AWS::SQS::Queue, DependsOn: Queu}}")
    result = run("t.yaml", cwd=tmp_path)
    assert result.returncode == 0
    assert 'm_Queu["Queu<br/>not in this template"]:::missing' in result.stdout
    assert result.stderr == (
        "note: Resources.Queue refers to 'Queu', which does not exist in this template; did you mean 'Queue'?\n"
    )
    queues = {f"Q{n}": {"Type": "AWS::SQS::Queue", "DependsOn": "Q0"} for n in range(600)}
    (tmp_path / "big.json").write_text(json.dumps({"Resources": queues}))
    assert "note: Mermaid draws at most 500 edges" in run("big.json", cwd=tmp_path).stderr
    assert run("big.json", "--format", "svg", cwd=tmp_path).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.yaml"], "there is no file 'missing.yaml'"),
        (["t.yam"], "there is no file 't.yam'; did you mean 't.yaml'?"),
        (
            ["."],
            "this is not YAML: did not find expected node content while parsing a flow node (cut.yaml:1)",
        ),
        (["other.json"], "other.json is not a template: `Resources` is missing; found 'a', 'b'"),
        (["bad.yaml"], "Resources.Queue: expected a mapping, found 'x' (bad.yaml:1)"),
        (
            ["parameters.yaml", "--show-parameters"],
            "Parameters: expected a mapping, found [] (parameters.yaml:1)",
        ),
        (["t.yaml", "-P", "A=b"], "parameter values need --before (see 'pyformation graph --help')"),
        (
            ["-", "--before", "-"],
            "only one of FILE and --before can be standard input (see 'pyformation graph --help')",
        ),
        (["t.yaml", "--before", "none.yaml"], "there is no file 'none.yaml'; did you mean 't.yaml'?"),
        (["t.yaml", "--before", "t.yaml", "-P", "A=b"], None),
        (["t.yaml", "--format", "png"], None),
        (["two.py"], "two.py has several stacks (A, B); name one (two.py:A)"),
        (["t.yaml", "-o", "no/such/x.svg"], "cannot write 'no/such/x.svg': No such file or directory"),
        (["cut.yaml"], None),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str | None) -> None:
    files = {
        "t.yaml": "Resources: {Queue: {Type: AWS::SQS::Queue}}",
        "other.json": '{"a": 1, "b": 2}',
        "bad.yaml": "Resources: {Queue: x}",
        "parameters.yaml": "Parameters: []\nResources: {}",
        "cut.yaml": "Resources: {Queue: [",
        "two.py": "from pyformation import Stack\nclass A(Stack): pass\nclass B(Stack): pass\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    for output in ([], ["-o", "out.svg"]):
        if "-o" in arguments and output:
            continue
        result = run(*arguments, *output, cwd=tmp_path)
        assert result.returncode == 1
        assert result.stdout == ""
        assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
        if sentence is not None:
            assert result.stderr == f"error: {sentence}\n"
        assert not (tmp_path / "out.svg").exists()


def test_the_same_bytes_every_time() -> None:
    for form in ("mermaid", "dot", "svg", "html"):
        outputs = {
            run(
                AFTER, "--before", BEFORE, "--show-parameters", "--format", form, env={"PYTHONHASHSEED": seed}
            ).stdout
            for seed in ("1", "2")
        }
        assert len(outputs) == 1


def test_text_formats_need_no_diff_and_pictures_no_click(tmp_path: Path) -> None:
    program = (
        "import sys; from pyformation import graphs; graphs.mermaid(graphs.graph({'Resources': {}})); "
        "print([m for m in ('click', 'boto3', 'rich', 'pyformation.prediction', 'pyformation.graphs.layout') if m in sys.modules])"
    )
    assert run_python("-c", program).stdout == "[]\n"


# ---------------------------------------------------------------------------------------------
# A real browser

# Uses the page as a reader does, and writes down what came of it.
PROBE = """<script>
(async () => {
  const $ = id => document.getElementById(id), told = {};
  const key = (target, key) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const svg = document.querySelector("#view svg");
  told.nodes = document.querySelectorAll("#view .node[data-id]").length;
  told.edges = document.querySelectorAll("#view .edge[data-from]").length;
  told.panel = $("panel").hidden;
  $("search").value = "dynamodb"; $("search").dispatchEvent(new Event("input"));
  told.hits = $("hits").textContent;
  told.found = [...document.querySelectorAll(".node.found")].map(g => g.dataset.id);
  key($("search"), "Enter");
  told.name = $("name").textContent;
  told.change = $("change").textContent;
  told.about = $("about").textContent;
  told.body = $("body").textContent;
  told.from = [...document.querySelectorAll("#from li")].map(li => li.textContent);
  told.near = document.querySelectorAll(".edge.near").length;
  const box = svg.getAttribute("viewBox");
  document.querySelector("#from button").click();
  told.next = $("name").textContent;
  told.moved = box !== svg.getAttribute("viewBox");
  key(document.body, "Escape");
  told.closed = $("panel").hidden;
  const node = document.querySelector('.node[data-id="Resources.Same"]');
  node.focus(); key(node, "Enter");
  told.keyboard = $("name").textContent;
  const before = svg.viewBox.baseVal.width;
  $("in").click();
  told.zoomed = svg.viewBox.baseVal.width < before;
  const x = svg.viewBox.baseVal.x;
  $("view").focus(); key($("view"), "ArrowRight");
  told.panned = svg.viewBox.baseVal.x > x;
  key(document.body, "/");
  told.search = document.activeElement === $("search");
  told.images = document.images.length; told.scripts = document.scripts.length;
  told.overflow = document.documentElement.scrollWidth > innerWidth;
  told.back = getComputedStyle(document.body).backgroundColor;
  document.title = JSON.stringify(told);
})();
</script></body>"""


def title_of(tmp_path: Path, page: str, *options: str) -> str:
    (tmp_path / "graph.html").write_text(page, encoding="utf-8")
    result = subprocess.run(
        [
            browser(), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,800",
            f"--user-data-dir={tmp_path / 'profile'}", *options, "--dump-dom", (tmp_path / "graph.html").as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    found = re.search(r"<title>(.*?)</title>", result.stdout, re.DOTALL)
    assert found is not None
    return found[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize(
    ("scheme", "back"), [("1", "rgb(255, 255, 255)"), ("0", "rgb(13, 17, 23)")], ids=["light", "dark"]
)
def test_the_page_in_a_browser(tmp_path: Path, scheme: str, back: str) -> None:
    found = graphs.graph(pyformation.diff(BEFORE, AFTER))
    # Its own policy allows no script but its own; the probe is another.
    page = re.sub(r"<meta http-equiv=[^>]*>", "", graphs.html(found)).replace("</body>", PROBE)
    told = json.loads(title_of(tmp_path, page, f"--blink-settings=preferredColorScheme={scheme}"))
    assert told == {
        "nodes": 5, "edges": 3, "panel": True, "hits": "1 found", "found": ["Resources.Users"],
        "name": "Users", "change": "-/+ must be replaced; the old resource is deleted",
        "about": told["about"],
        "body": "Users:\n  Type: AWS::DynamoDB::Table\n  Properties:\n    TableName: !Ref Name",
        "from": ["ReaderPolicyDocument.Statement[0].Resource (Arn): a reference that causes a change",
                 "OldDimensions[0].Value"],
        "near": 2, "next": "Reader", "moved": True, "closed": True, "keyboard": "Same", "zoomed": True,
        "panned": True, "search": True, "images": 0, "scripts": 3, "overflow": False, "back": back,
    }  # fmt: skip
    assert told["about"].startswith("Resource · AWS::DynamoDB::Table · ")


def test_the_policy_of_the_page_allows_its_own_script_only(tmp_path: Path) -> None:
    page = graphs.html(graphs.graph(SMALL))
    foreign = page.replace("</body>", "<script>document.title = 'foreign'</script></body>")
    assert title_of(tmp_path, foreign) == "small"
    # Its own did run.
    dom = subprocess.run(
        [
            browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom", f"{written(tmp_path, page)}#Resources.Orders",
        ],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    assert 'class="js"' in dom and '<h2 id="name">Orders</h2>' in dom


def written(tmp_path: Path, page: str) -> str:
    (tmp_path / "other.html").write_text(page, encoding="utf-8")
    return (tmp_path / "other.html").as_uri()


def test_hostile_names_in_a_browser(tmp_path: Path) -> None:
    page = re.sub(r"<meta http-equiv=[^>]*>", "", graphs.html(hostile()))
    probe = """<script>document.title = JSON.stringify([document.querySelectorAll("#view .node[data-id]").length,
      document.scripts.length, document.images.length, document.querySelectorAll("#view a, #view script").length]);</script></body>"""
    found = json.loads(title_of(tmp_path, page.replace("</body>", probe)))
    assert found == [4 * len(HOSTILE), 3, 0, 0]
