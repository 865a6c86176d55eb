"""Templates that ask for more work than there is, by kind and size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Files = dict[str, Any]
KINDS: dict[str, Callable[[int], Files]] = {}


def kind(make: Callable[[int], Files]) -> Callable[[int], Files]:
    KINDS[make.__name__] = make
    return make


def queues(properties: Callable[[int], Any], count: int = 1) -> dict[str, Any]:
    return {f"Q{i}": {"Type": "AWS::SQS::Queue", "Properties": properties(i)} for i in range(count)}


def unknown_conditions(count: int) -> dict[str, Any]:
    return {
        "Parameters": {f"P{i}": {"Type": "String"} for i in range(count)},
        "Conditions": {f"C{i}": {"Fn::Equals": [{"Ref": f"P{i}"}, "x"]} for i in range(count)},
    }


def nested(function: str, inner: Any, count: int) -> Any:
    for _ in range(count):
        inner = {function: inner}
    return inner


@kind
def allowed_pattern(n: int) -> Files:
    facts = {"Type": "String", "Default": "a" * n + "!", "AllowedPattern": "((a+))+"}
    return {
        "t.json": {"Parameters": {"P": facts}, "Resources": queues(lambda _: {"QueueName": {"Ref": "P"}})}
    }


@kind
def many_patterns(n: int) -> Files:
    facts = {"Type": "String", "Default": "a" * 50, "AllowedPattern": r"(?=(a+)+)(a|aa)*\2"}
    return {"t.json": {"Parameters": {f"P{i}": facts for i in range(n)}, "Resources": queues(lambda _: {})}}


@kind
def nested_base64(n: int) -> Files:
    return {"t.json": {"Resources": queues(lambda _: {"QueueName": nested("Fn::Base64", "x", n)})}}


@kind
def nested_json(n: int) -> Files:
    node: Any = {"a": '"'}
    for _ in range(n):
        node = {"Fn::ToJsonString": [node]}
    return {
        "t.json": {"Transform": "AWS::LanguageExtensions", "Resources": queues(lambda _: {"QueueName": node})}
    }


@kind
def list_doubling(n: int) -> Files:
    buckets = {
        f"B{i}": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": [{"Ref": f"B{i - 1}"}] * 2 if i else "b"},
        }
        for i in range(n)
    }
    return {"t.json": {"Resources": buckets}}


@kind
def text_doubling(n: int) -> Files:
    buckets = {
        f"B{i}": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": {"Fn::Sub": f"${{B{i - 1}}}-${{B{i - 1}}}"} if i else "b"},
        }
        for i in range(n)
    }
    return {"t.json": {"Resources": buckets}}


@kind
def unknown_doubling(n: int) -> Files:
    made = text_doubling(n)["t.json"]
    made["Parameters"] = {"P": {"Type": "String"}}
    made["Resources"]["B0"]["Properties"]["BucketName"] = {"Ref": "P"}
    return {"t.json": made}


@kind
def choice_chain(n: int) -> Files:
    buckets = {
        f"B{i}": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": {
                    "Fn::If": [f"C{i}", {"Fn::Sub": f"a${{B{i - 1}}}"}, {"Fn::Sub": f"c${{B{i - 1}}}"}]
                }
                if i
                else "b"
            },
        }
        for i in range(n)
    }
    return {"t.json": {**unknown_conditions(n), "Resources": buckets}}


@kind
def choices_in_a_text(n: int) -> Files:
    pieces = [{"Fn::If": [f"C{i}", f"a{i}", f"b{i}"]} for i in range(n)]
    return {
        "t.json": {
            **unknown_conditions(n),
            "Resources": queues(lambda _: {"QueueName": {"Fn::Join": ["", pieces]}, "Tags": pieces}),
        }
    }


@kind
def nested_ifs(n: int) -> Files:
    node: Any = "z"
    for i in range(n):
        node = {"Fn::If": [f"C{i}", node, {"Fn::Sub": f"x{i}"}]}
    return {"t.json": {**unknown_conditions(n), "Resources": queues(lambda _: {"QueueName": node})}}


@kind
def conditions_on_conditions(n: int) -> Files:
    made = unknown_conditions(4)
    for i in range(n):
        one, two = (f"Z{i - 1}", f"Z{max(i - 2, 0)}") if i else ("C0", "C1")
        made["Conditions"][f"Z{i}"] = {
            ("Fn::And", "Fn::Or")[i % 2]: [{"Condition": one}, {"Fn::Not": [{"Condition": two}]}]
        }
    resources = {
        f"Q{i}": {"Type": "AWS::SQS::Queue", "Condition": f"Z{i}", "Properties": {"QueueName": {"Ref": f"Q{max(i - 1, 0)}"}} if i else {}}
        for i in range(n)
    }  # fmt: skip
    return {"t.json": {**made, "Resources": resources}}


@kind
def chosen_conditions(n: int) -> Files:
    made = unknown_conditions(n)
    for i in range(n):
        before = {"Fn::If": [f"Z{i - 1}", "a", "b"]} if i else "a"
        made["Conditions"][f"Z{i}"] = {"Fn::Equals": [before, {"Fn::If": [f"C{i}", before, "c"]}]}
    return {
        "t.json": {**made, "Resources": queues(lambda i: {"QueueName": {"Fn::If": [f"Z{i}", "x", "y"]}}, n)}
    }


@kind
def unclosed_braces(n: int) -> Files:
    return {
        "t.json": {
            "Resources": queues(
                lambda _: {"QueueName": {"Fn::Sub": "${" * n}, "Tags": [{"Key": "k", "Value": "${" * n}]}
            )
        }
    }


@kind
def unclosed_dynamic_references(n: int) -> Files:
    return {"t.json": {"Resources": queues(lambda _: {"QueueName": "{{resolve:ssm:" * n + "\n}}"})}}


@kind
def misspelt_references(n: int) -> Files:
    made = {
        **queues(lambda i: {"QueueName": {"Ref": f"Qeue{i}"}}, n),
        **{f"Queue{i}": {"Type": "AWS::SQS::Queue"} for i in range(n)},
    }
    return {"t.json": {"Resources": made}}


@kind
def misspelt_references_of_one(n: int) -> Files:
    tags = [{"Key": f"k{i}", "Value": {"Ref": f"Qeue{i}"}} for i in range(n)]
    return {"t.json": {"Resources": queues(lambda _: {"Tags": tags})}}


@kind
def conditions_in_a_circle(n: int) -> Files:
    conditions = {f"C{i}": {"Fn::Not": [{"Condition": f"C{(i + 1) % n}"}]} for i in range(n)}
    made = {f"Q{i}": {"Type": "AWS::SQS::Queue", "Condition": f"C{i}"} for i in range(n)}
    return {"t.json": {"Conditions": conditions, "Resources": made}}


@kind
def misspelt_types(n: int) -> Files:
    return {"t.json": {"Resources": {f"Q{i}": {"Type": f"AWS::SQS::Queuee{i}"} for i in range(n)}}}


@kind
def misspelt_properties(n: int) -> Files:
    return {"t.json": {"Resources": queues(lambda _: {f"QueueNam{i}": "x" for i in range(n)})}}


@kind
def a_long_name(n: int) -> Files:
    name = "N" * n
    return {
        "t.json": {
            "Resources": {
                name: {"Type": "AWS::SQS::Queue"},
                "R": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": name}}},
            }
        }
    }


@kind
def a_long_reference(n: int) -> Files:
    return {
        "t.json": {
            "Resources": {
                f"Queue{i}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "N" * n}}}
                for i in range(20)
            }
        }
    }


@kind
def many_given_parameters(n: int) -> Files:
    return {
        "t.json": {"Parameters": {"Key1x": {"Type": "String"}}, "Resources": queues(lambda _: {})},
        "values.json": {f"Key{i}": "v" for i in range(n)},
    }


@kind
def empty_loops(n: int) -> Files:
    items = [f"i{k}" for k in range(n)]
    nothing: dict[str, Any] = {}
    loop: dict[str, Any] = {"Fn::ForEach::C": ["C", items, nothing]}
    for name in "BA":
        loop = {f"Fn::ForEach::{name}": [name, items, loop]}
    return {"t.json": {"Transform": "AWS::LanguageExtensions", "Resources": {**loop, **queues(lambda _: {})}}}


@kind
def names_made_by_loops(n: int) -> Files:
    loops = {
        f"Fn::ForEach::L{i}": [
            "A", ["x", "y"], {f"R{i}a${{A}}b${{A}}c": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": f"R{i}axbxcd"}}}},
        ]
        for i in range(n)
    }  # fmt: skip
    return {
        "t.json": {
            "Transform": "AWS::LanguageExtensions",
            "Conditions": {f"R{'ax' * 20}{i}": {"Fn::Equals": ["a", "b"]} for i in range(n)},
            "Resources": loops,
        }
    }


@kind
def a_large_default_in_many_texts(n: int) -> Files:
    facts = {"Type": "String", "Default": "d" * n * 1_000}
    return {
        "t.json": {
            "Parameters": {"P": facts},
            "Resources": queues(lambda i: {"QueueName": {"Fn::Sub": f"{i}${{P}}"}}, n),
        }
    }


@kind
def nested_stacks(n: int) -> Files:
    stacks = {
        f"S{i}": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "child.json", "Parameters": {"A": f"a{i}"}},
        }
        for i in range(n)
    }
    child = {
        "Parameters": {"A": {"Type": "String"}},
        "Resources": queues(lambda i: {"QueueName": {"Fn::Sub": f"${{A}}-{i}"}}, 50),
    }
    return {"t.json": {"Resources": stacks}, "child.json": child}


@kind
def iam_actions(n: int) -> Files:
    actions = [f"s3:Get{i}*" for i in range(n)]
    document = {
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:s3:::b{i}" for i in range(n)]}
        ]
    }
    return {
        "t.json": {
            "Resources": {
                "R": {
                    "Type": "AWS::IAM::Policy",
                    "Properties": {"PolicyName": "p", "PolicyDocument": document, "Roles": ["r"]},
                }
            }
        }
    }


@kind
def iam_statements(n: int) -> Files:
    statements = [
        {"Effect": "Allow", "Action": f"s3:Get{i}*", "Resource": f"arn:aws:s3:::b{i}*"} for i in range(n)
    ]
    return {
        "t.json": {
            "Resources": {
                "R": {
                    "Type": "AWS::IAM::Policy",
                    "Properties": {
                        "PolicyName": "p",
                        "PolicyDocument": {"Statement": statements},
                        "Roles": ["r"],
                    },
                }
            }
        }
    }


@kind
def many_stars(n: int) -> Files:
    statements = [
        {"Effect": effect, "Action": "s3:*" + "a*" * n + "b", "Resource": "*a" * n}
        for effect in ("Allow", "Deny")
    ]
    return {
        "t.json": {
            "Resources": {
                "R": {
                    "Type": "AWS::IAM::Policy",
                    "Properties": {
                        "PolicyName": "p",
                        "PolicyDocument": {"Statement": statements},
                        "Roles": ["r"],
                    },
                }
            }
        }
    }


@kind
def other_stars(n: int) -> Files:
    """Patterns that are compared with others of their length."""
    after, before = many_stars(n)["t.json"], many_stars(n)["t.json"]
    for data, end in ((before, "c"), (after, "d")):
        (first, _) = data["Resources"]["R"]["Properties"]["PolicyDocument"]["Statement"]
        first["Action"], first["Resource"] = f"s3:{'*a' * n}{end}", f"{'*b' * n}{end}"
        data["Resources"]["R"]["Properties"]["PolicyDocument"]["Statement"] = [first]
    return {"t.json": after, "before.json": before}


@kind
def stars_and_texts(n: int) -> Files:
    """Patterns that begin anew at each letter of a text."""
    sides = other_stars(n)
    for data, pattern in ((sides["before.json"], f"*{'a' * n}b"), (sides["t.json"], "a" * 2 * n)):
        (first,) = data["Resources"]["R"]["Properties"]["PolicyDocument"]["Statement"]
        first["Resource"] = [pattern, *(f"{pattern}{i}" for i in range(5))]
    return sides


@kind
def events_of_apis(n: int) -> Files:
    made = {
        f"F{i}": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "a.b",
                "InlineCode": "x",
                "Events": {"A": {"Type": "HttpApi", "Properties": {"Path": f"/{i}", "Method": "get"}}},
            },
        }
        for i in range(n)
    }
    return {"t.json": {"Transform": "AWS::Serverless-2016-10-31", "Resources": made}}


@kind
def security_group_rules(n: int) -> Files:
    rules = [
        {
            "IpProtocol": "tcp",
            "FromPort": i % 60_000,
            "ToPort": i % 60_000,
            "CidrIp": f"10.{i // 250 % 250}.{i % 250}.0/24",
        }
        for i in range(n)
    ]
    return {
        "t.json": {
            "Resources": {
                "G": {
                    "Type": "AWS::EC2::SecurityGroup",
                    "Properties": {"GroupDescription": "d", "SecurityGroupIngress": rules},
                }
            }
        }
    }


@kind
def security_group_rule_resources(n: int) -> Files:
    rules = {
        f"R{i}": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": "g",
                "IpProtocol": "tcp",
                "FromPort": i,
                "ToPort": i,
                "CidrIp": "10.0.0.0/8",
            },
        }
        for i in range(n)
    }
    return {"t.json": {"Resources": rules}}


@kind
def equal_names(n: int) -> Files:
    return {
        "t.json": {
            "Resources": {
                f"B{i}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}} for i in range(n)
            }
        }
    }


@kind
def unknown_names(n: int) -> Files:
    buckets = {
        f"B{i}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": f"b{i}-${{P}}"}}}
        for i in range(n)
    }
    return {"t.json": {"Parameters": {"P": {"Type": "String"}}, "Resources": buckets}}


@kind
def subnets(n: int) -> Files:
    made = {
        f"S{i}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": "v", "CidrBlock": f"10.{i // 250 % 250}.{i % 250}.0/24"},
        }
        for i in range(n)
    }
    return {"t.json": {"Resources": made}}


@kind
def unknown_subnets(n: int) -> Files:
    made = {
        f"S{i}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": "v", "CidrBlock": {"Fn::Sub": f"${{P}}.{i}.0/24"}},
        }
        for i in range(n)
    }
    return {"t.json": {"Parameters": {"P": {"Type": "String"}}, "Resources": made}}


@kind
def exports(n: int) -> Files:
    return {
        "t.json": {
            "Parameters": {"P": {"Type": "String"}},
            "Resources": queues(
                lambda i: {"QueueName": {"Fn::ImportValue": {"Fn::Sub": f"e-${{P}}-{i}"}}}, n
            ),
            "Outputs": {
                f"O{i}": {"Value": "v", "Export": {"Name": {"Fn::Sub": f"e-${{P}}-{i}"}}} for i in range(n)
            },
        }
    }


@kind
def renames(n: int) -> Files:
    made = {f"New{i}": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": i}} for i in range(n)}
    old = {f"Old{i}": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": i}} for i in range(n)}
    return {"t.json": {"Resources": made}, "before.json": {"Resources": old}}


@kind
def chains(n: int) -> Files:
    made = {
        f"Q{i}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Sub": f"q${{Q{i - 1}.QueueName}}"} if i else "q"},
        }
        for i in range(n)
    }
    return {"t.json": {"Resources": made}}


@kind
def dense_references(n: int) -> Files:
    made = {
        f"Q{i}": {
            "Type": "AWS::SQS::Queue",
            "DependsOn": [f"Q{k}" for k in range(i)],
            "Properties": {"Tags": [{"Key": f"k{k}", "Value": {"Ref": f"Q{k}"}} for k in range(i)]},
        }
        for i in range(n)
    }
    return {"t.json": {"Resources": made}}


@kind
def computed_references(n: int) -> Files:
    made = {
        f"Q{i}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": {"Ref": "P"}}}}
        for i in range(n)
    }
    return {
        "t.json": {
            "Transform": "AWS::LanguageExtensions",
            "Parameters": {"P": {"Type": "String"}},
            "Resources": made,
        }
    }


@kind
def unknown_lookups(n: int) -> Files:
    mapping = {f"k{i}": {f"l{k}": f"{i}-{k}" for k in range(20)} for i in range(n)}
    made = queues(lambda _: {"QueueName": {"Fn::FindInMap": [{"Ref": "P"}, {"Ref": "P"}, {"Ref": "P"}]}}, n)
    return {
        "t.json": {
            "Transform": "AWS::LanguageExtensions",
            "Parameters": {"P": {"Type": "String"}},
            "Mappings": {"M": mapping},
            "Resources": made,
        }
    }


@kind
def a_long_delimiter(n: int) -> Files:
    return {
        "t.json": {"Resources": queues(lambda _: {"QueueName": {"Fn::Join": ["d" * n, ["a", "b", "c"]]}})}
    }


@kind
def joins_of_joins(n: int) -> Files:
    node: Any = "abcdefghij"
    for _ in range(n):
        node = {"Fn::Join": ["-", [node] * 4]}
    return {"t.json": {"Resources": queues(lambda _: {"QueueName": node})}} if n <= 6 else text_doubling(n)


@kind
def deep_lists(n: int) -> Files:
    node: Any = "x"
    for _ in range(n):
        node = [node]
    return {"t.json": {"Resources": queues(lambda _: {"QueueName": node})}}


@kind
def long_numbers(n: int) -> Files:
    facts = {"Type": "Number", "Default": "1" * n + "x", "MinValue": "1" * n}
    return {"t.json": {"Parameters": {"P": facts}, "Resources": queues(lambda _: {"DelaySeconds": "1" * n})}}


@kind
def cidr_blocks(n: int) -> Files:
    made = queues(lambda i: {"Tags": {"Fn::Cidr": [f"10.{i % 250}.0.0/16", 256, 8]}}, n)
    return {"t.json": {"Resources": made}}


@kind
def split_and_join(n: int) -> Files:
    node = {"Fn::Split": ["a", {"Ref": "P"}]}
    return {
        "t.json": {
            "Parameters": {"P": {"Type": "String", "Default": "a" * n * 100}},
            "Resources": queues(lambda i: {"QueueName": {"Fn::Join": [f"{i}", node]}}, n),
        }
    }


@kind
def many_outputs_of_conditions(n: int) -> Files:
    made = unknown_conditions(n)
    return {
        "t.json": {
            **made,
            "Resources": queues(lambda _: {}),
            "Outputs": {
                f"O{i}": {"Condition": f"C{i}", "Value": {"Fn::If": [f"C{i}", {"Ref": "Q0"}, "x"]}}
                for i in range(n)
            },
        }
    }


@kind
def conditions_doubling(n: int) -> Files:
    made = unknown_conditions(20)
    conditions: dict[str, Any] = {"K0": {"Condition": "C0"}, "L0": {"Condition": "C1"}}
    for i in range(1, n + 1):
        conditions[f"K{i}"] = {"Fn::And": [{"Condition": f"K{i - 1}"}, {"Condition": f"L{i - 1}"}]}
        conditions[f"L{i}"] = {"Fn::Or": [{"Condition": f"K{i - 1}"}, {"Condition": f"L{i - 1}"}]}
    for i in range(300):
        last = {"Fn::Equals": [{"Ref": f"P{i % 20}"}, str(i)]}
        conditions[f"Z{i}"] = {"Fn::And": [{"Condition": f"K{n}"}, {"Condition": f"L{n}"}, last]}
    made["Conditions"].update(conditions)
    resources = {f"Q{i}": {"Type": "AWS::SQS::Queue", "Condition": f"Z{i}"} for i in range(300)}
    return {"t.json": {**made, "Resources": resources}}
