"""What users reach for at once: ARNs, files beside the program, policies, user data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import rendered, run_python

from pyformation import (
    AccountId,
    InvalidValueError,
    Output,
    Parameter,
    PyformationError,
    Ref,
    SourceError,
    Template,
    arn,
    file_text,
)
from pyformation.aws import ec2, iam, lambda_, s3, sqs

queue = sqs.Queue()
bucket = s3.Bucket()
stage = Parameter(str)
WORLD: dict[str, Any] = {"Queue": queue, "Bucket": bucket, "Stage": stage}

ARNS = [
    (lambda: arn("sqs", "orders"), {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:orders"}),
    (lambda: arn("iam", "role/admin", region=""), {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/admin"}),
    (lambda: arn("s3", f"{bucket}/*", region="", account=""), {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"}),
    (lambda: arn("sqs", queue.get_att.queue_name, account=stage), {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${Stage}:${Queue.QueueName}"}),
    (lambda: arn("s3", "b", region="", account="", partition="aws"), "arn:aws:s3:::b"),
]  # fmt: skip


@pytest.mark.parametrize("row", ARNS, ids=range(len(ARNS)))
def test_arns(row: Any) -> None:
    assert rendered(row[0](), **WORLD) == row[1]


def test_files_lie_beside_the_program(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_bytes("x = 'é'\r\ny = 1\n".encode())
    (tmp_path / "bad.bin").write_bytes(b"\xff\xfe")
    (tmp_path / "stack.py").write_text(
        "from pathlib import Path\nimport pyformation as p\n"
        "print(ascii(p.file_text('code/index.py')), p.file_text(Path('code') / 'index.py') == p.file_text('code/index.py'))\n"
        "for name in ('nowhere.py', 'bad.bin', 'code'):\n"
        "    try: p.file_text(name)\n"
        "    except p.SourceError as error: print(error)\n"
    )
    result = run_python(tmp_path / "stack.py", cwd=Path("/"))
    assert result.stderr == ""
    here = str(tmp_path)
    assert result.stdout.splitlines() == [
        r""""x = '\xe9'\ny = 1\n" True""",
        f"cannot read '{here}/nowhere.py': No such file or directory ({here}/stack.py:5)",
        f"'{here}/bad.bin' is not UTF-8 text ({here}/stack.py:5)",
        f"cannot read '{here}/code': Is a directory ({here}/stack.py:5)",
    ]
    with pytest.raises(SourceError):
        file_text("no such file")
    with pytest.raises(TypeError):
        file_text(3)  # type: ignore[arg-type]
    with pytest.raises(PyformationError, match="file_text: expected a path"):
        file_text(b"x")  # type: ignore[arg-type]


def test_a_files_text_is_literal(tmp_path: Path) -> None:
    path = tmp_path / "index.js"
    path.write_text("`${name} ${!x}`")
    function = lambda_.Function(code=lambda_.Function.Code(zip_file=file_text(path)), role="r")
    assert function.code.zip_file == "`${name} ${!x}`"
    text = f"{file_text(path)} {bucket}"
    assert rendered(text, **WORLD) == {"Fn::Sub": "`${!name} ${!!x}` ${Bucket}"}


POLICIES = [
    (lambda: iam.statement("s3:GetObject"), {"Effect": "Allow", "Action": "s3:GetObject"}),
    (lambda: iam.statement(["a", "b"], f"{bucket.arn}/*", effect="Deny", sid="S"),
     {"Sid": "S", "Effect": "Deny", "Action": ["a", "b"], "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}),
    (lambda: iam.statement("a", [bucket.arn, "x"], principal="*", condition={"StringEquals": {"aws:x": stage}}),
     {"Effect": "Allow", "Principal": "*", "Action": "a", "Resource": [{"Fn::GetAtt": ["Bucket", "Arn"]}, "x"], "Condition": {"StringEquals": {"aws:x": {"Ref": "Stage"}}}}),
    (lambda: iam.statement("a", bucket.arn, principal={"AWS": AccountId}),
     {"Effect": "Allow", "Principal": {"AWS": {"Ref": "AWS::AccountId"}}, "Action": "a", "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}}),
    (lambda: iam.policy_document(iam.statement("a"), {"Effect": "Deny", "NotAction": ["b"]}),
     {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a"}, {"Effect": "Deny", "NotAction": ["b"]}]}),
    (lambda: iam.trust_policy("lambda.amazonaws.com"),
     {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}),
    (lambda: iam.trust_policy("a", "b", aws=[AccountId]),
     {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": ["a", "b"], "AWS": [{"Ref": "AWS::AccountId"}]}, "Action": "sts:AssumeRole"}]}),
    (lambda: iam.trust_policy(federated="accounts.google.com", condition={"StringEquals": {"a": "b"}}),
     {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"a": "b"}}}]}),
    (lambda: iam.trust_policy(federated=f"arn:aws:iam::{AccountId}:saml-provider/x"),
     {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:saml-provider/x"}}, "Action": "sts:AssumeRoleWithSAML"}]}),
]  # fmt: skip


@pytest.mark.parametrize("row", POLICIES, ids=range(len(POLICIES)))
def test_policies(row: Any) -> None:
    make, expected = row
    document = make()
    role = iam.Role(assume_role_policy_document=document)
    template = Template()
    for name, element in WORLD.items():
        template.add(name, element)
    template.add("Role", role)
    found = template.to_dict()["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]
    assert found == expected
    assert list(found) == list(expected)
    assert make() == document


def test_a_saml_provider_of_the_stack() -> None:
    provider = iam.SAMLProvider(saml_metadata_document="x" * 1000)
    for federated in (provider, Ref(provider), provider.arn):
        (statement,) = iam.trust_policy(federated=federated).statement
        assert statement.action == "sts:AssumeRoleWithSAML"


BAD_POLICIES = [
    (lambda: iam.trust_policy(), "trust_policy: expected at least one principal, found none"),
    (lambda: iam.statement(3), "Statement.Action: expected text or a list of text, found 3"),
    (lambda: iam.statement(["a", 3]), "Statement.Action[1]: expected text, found 3"),
    (lambda: iam.policy_document({"Efect": "Allow"}), "PolicyDocument.Statement[0]: Statement has no property 'Efect'; did you mean 'Effect'?"),
    (lambda: iam.policy_document({"Action": "x"}), "PolicyDocument.Statement[0]: Statement needs 'Effect'"),
    (lambda: iam.policy_document("x"), "PolicyDocument.Statement[0]: expected Statement or a mapping, found 'x'"),
    (lambda: ec2.user_data(""), "user_data: expected a script, found an empty text"),
    (lambda: ec2.user_data(3), "user_data: expected text, found 3"),
]  # fmt: skip


@pytest.mark.parametrize("row", BAD_POLICIES, ids=[row[1][:40] for row in BAD_POLICIES])
def test_bad_policies(row: Any) -> None:
    make, message = row
    with pytest.raises((InvalidValueError, PyformationError)) as caught:
        make()
    text, _, place = str(caught.value).rpartition(" (")
    assert text.partition("; write")[0] == message
    assert place.endswith(f"test_helpers.py:{make.__code__.co_firstlineno})")


def test_user_data() -> None:
    script = f"""
        #!/bin/bash
        echo {bucket} ${{HOME}}
          indented
    """
    assert rendered(ec2.user_data(script), **WORLD) == {
        "Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ${Bucket} ${!HOME}\n  indented\n"}
    }
    assert rendered(ec2.user_data("  x", strip_indentation=False)) == {"Fn::Base64": "  x"}
    assert rendered(ec2.user_data(stage), **WORLD) == {"Fn::Base64": {"Ref": "Stage"}}
    instance = ec2.Instance(user_data=ec2.user_data("x"))
    template = Template()
    template.add("I", instance)
    template.add("O", Output("x"))
    assert template.to_dict()["Resources"]["I"]["Properties"] == {"UserData": {"Fn::Base64": "x"}}


def test_an_account_number_is_text() -> None:
    with pytest.raises(
        InvalidValueError, match=r"trust_policy\.aws: expected text, found 123456789012; write '123456789012'"
    ):
        iam.trust_policy(aws=123456789012)  # type: ignore[arg-type]
