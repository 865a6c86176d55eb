"""What an editor shows: pyright's language server, asked as an editor asks it about a file that is being typed.

Each question is a program in which ``@@`` is where the cursor stands.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, need_checker

from pyformation.aws import ec2, lambda_, s3

IMPORTS = "from pyformation import Parameter\nfrom pyformation.aws import cloudwatch, ec2, lambda_, s3\n"
REJECTED = sorted((ROOT / "tests" / "typing" / "rejected").glob("*.py"))


class Editor:
    """An editor with one language server, which speaks JSON-RPC over its standard input and output."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        # A server that says nothing more is ended, and reading from it then fails.
        self.watchdog = threading.Timer(180, self.server.kill)
        self.watchdog.start()
        self.numbers = iter(range(1, 1_000_000))
        self.published: dict[str, list[dict[str, Any]]] = {}
        text = {"contentFormat": ["markdown"], "documentationFormat": ["markdown"]}
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": "work"}],
                "capabilities": {
                    "textDocument": {
                        "hover": text,
                        "completion": {"completionItem": text},
                        "signatureHelp": {
                            "signatureInformation": {
                                **text,
                                "parameterInformation": {"labelOffsetSupport": True},
                                "activeParameterSupport": True,
                            }
                        },
                        "publishDiagnostics": {},
                    },
                    "workspace": {"configuration": True, "workspaceFolders": True},
                },
            },
        )
        self.notify("initialized", {})

    def close(self) -> None:
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self.server.wait(20)
        finally:
            self.watchdog.cancel()
            self.server.kill()
            self.server.wait()

    # -- messages

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.server.stdin is not None
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.server.stdin.flush()

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        number = next(self.numbers)
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def receive(self) -> dict[str, Any]:
        """The next message; the server's own questions are answered on the way."""
        assert self.server.stdout is not None
        length = 0
        while line := self.server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has gone"
        message: dict[str, Any] = json.loads(self.server.stdout.read(length))
        method = message.get("method")
        if "id" in message and method is not None:
            answer: Any = None
            if method == "workspace/configuration":
                settings = {"python": {"pythonPath": sys.executable}}
                answer = [settings.get(item["section"], {}) for item in message["params"]["items"]]
            self.send({"id": message["id"], "result": answer})
        elif method == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    # -- what a user does

    def open(self, text: str) -> str:
        """Type a file that is saved nowhere."""
        uri = (self.folder / f"untitled{next(self.numbers)}.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def ask(self, question: str, program: str) -> Any:
        before, after = (IMPORTS + program).split("@@")
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        uri = self.open(before + after)
        return self.request(f"textDocument/{question}", {"textDocument": {"uri": uri}, "position": position})

    def hover(self, program: str) -> str:
        text: str = self.ask("hover", program)["contents"]["value"]
        return text

    def completions(self, program: str) -> list[str]:
        return [item["label"] for item in self.ask("completion", program)["items"]]

    def underlined(self, text: str) -> list[tuple[str, str]]:
        """The pieces of a program that are underlined, each with the code."""
        uri = self.open(text)
        while uri not in self.published:
            self.receive()
        lines = text.splitlines()
        found: list[tuple[str, str]] = []
        for report in self.published[uri]:
            start, end = report["range"]["start"], report["range"]["end"]
            if start["line"] == end["line"]:
                piece = lines[start["line"]][start["character"] : end["character"]]
            else:
                piece = lines[start["line"]][start["character"] :]
            found.append((piece, report["code"]))
        return found


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    need_checker("pyright")
    editor = Editor(tmp_path_factory.mktemp("editor"))
    yield editor
    editor.close()


def keywords(cls: type[Any]) -> list[str]:
    return list(inspect.signature(cls).parameters)


def facts(cls: type[Any]) -> dict[str, str]:
    return {name: f"{name}: {getattr(cls, name).__doc__}" for name in cls._table}


def plain(markdown: str) -> list[str]:
    """The lines of a text in which the server escaped what Markdown would take for its own."""
    return [line.rstrip().replace("\\", "") for line in markdown.splitlines()]


# ---------------------------------------------------------------------------------------------
# While a resource is typed


def test_completion_offers_every_keyword(editor: Editor) -> None:
    offered = [label for label in editor.completions("s3.Bucket(@@)") if label.endswith("=")]
    assert offered == [f"{name}=" for name in keywords(s3.Bucket)]
    assert {"bucket_name=", "versioning_configuration=", "deletion_policy=", "depends_on="} <= set(offered)


def test_completion_goes_by_what_is_typed(editor: Editor) -> None:
    assert editor.completions("s3.Bucket(bucket_n@@)") == [
        "bucket_encryption=",
        "bucket_name=",
        "bucket_name_prefix=",
        "bucket_namespace=",
    ]


def test_the_signature_has_required_keywords_first_and_all_facts(editor: Editor) -> None:
    help_ = editor.ask("signatureHelp", "lambda_.Function(@@)")
    (signature,) = help_["signatures"]
    names = [
        signature["label"][slice(*parameter["label"])].partition(":")[0]
        for parameter in signature["parameters"]
    ]
    assert names == ["*", *keywords(lambda_.Function)]
    assert names[1:3] == ["code", "role"]
    shown = plain(signature["documentation"]["value"])
    assert sorted(shown) == sorted(facts(lambda_.Function).values())
    assert (
        "runtime: Runtime: Language and version, such as python3.13; text; update: in place; "
        in "\n".join(shown)
    )


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "s3.Bucket(bucket_name=@@)",
            "bucket_name: BucketName: Name, unique in all of AWS; text; update: replacement; data at risk; at most",
        ),
        # The name of another keyword ends like this one's.
        (
            "ec2.VPCPeeringConnection(peer_vpc_id='', vpc_id=@@)",
            "vpc_id: VpcId: The VPC that asks; text; required; update: repl",
        ),
        ("s3.Bucket.Tag(key='a', value=@@)", "value: Value: text; required; update: in place"),
    ],
)
def test_the_keyword_that_is_typed_has_its_facts(editor: Editor, call: str, expected: str) -> None:
    (signature,) = editor.ask("signatureHelp", call)["signatures"]
    documented = [p["documentation"]["value"] for p in signature["parameters"] if p["documentation"]["value"]]
    assert len(documented) == 1
    assert documented[0].startswith(expected)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (
            "s3.Bucket(versioning_configuration=s3.Bucket.VersioningConfiguration(status=@@))",
            ["'Enabled'", "'Suspended'"],
        ),
        (
            's3.Bucket(versioning_configuration=s3.Bucket.VersioningConfiguration(status="@@"))',
            ['"Enabled"', '"Suspended"'],
        ),
        ("s3.Bucket(deletion_policy=@@)", ["'Delete'", "'Retain'", "'RetainExceptOnCreate'", "'Snapshot'"]),
        (
            "lambda_.Function(architectures=['@@'])",
            ["'x86_64'", "'arm64'"],
        ),
    ],
)
def test_completion_offers_the_listed_values(editor: Editor, program: str, expected: list[str]) -> None:
    quoted = [label for label in editor.completions(program) if label[0] in "'\""]
    assert quoted == expected


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("s3.Bucket(versioning_configuration={'@@'})", {"Status"}),
        ("s3.Bucket(tags=[{'@@'}])", {"Key", "Value"}),
        ("s3.Bucket(lifecycle_configuration={'Rules': [{'@@'}]})", {"Status", "ExpirationInDays"}),
    ],
)
def test_completion_offers_the_keys_of_a_dictionary(editor: Editor, program: str, expected: set[str]) -> None:
    assert expected <= {label.strip("'\"") for label in editor.completions(program)}


def test_completion_behind_a_dot(editor: Editor) -> None:
    assert {"arn", "bucket_name", "get_att", "VersioningConfiguration", "evolve"} <= set(
        editor.completions("bucket = s3.Bucket()\nbucket.@@")
    )
    offered = editor.completions("bucket = s3.Bucket()\nbucket.get_att.@@")
    assert {"arn", "domain_name", "website_url"} <= set(offered)
    assert "bucket_name" not in offered
    assert {"Bucket", "BucketPolicy"} <= set(editor.completions("s3.@@"))
    assert {"s3", "sqs", "lambda_"} <= set(editor.completions("from pyformation.aws import @@"))


def test_completion_on_an_instance_lists_what_it_has_before_property_types(editor: Editor) -> None:
    offered = editor.completions("bucket = s3.Bucket()\nbucket.@@")
    types = [
        offered.index(name) for name in ("AbortIncompleteMultipartUpload", "Tag", "VersioningConfiguration")
    ]
    assert max(map(offered.index, ["bucket_name", "versioning_configuration", "arn", "get_att"])) < min(types)


PRESET = """
class Logs(s3.Bucket):
    @keywords_of(s3.Bucket)
    def __init__(self, stage: str, **properties: object) -> None:
        super().__init__()
"""


def test_completion_offers_the_keywords_of_a_preset_with_a_constructor(editor: Editor) -> None:
    program = f"from pyformation import keywords_of\n{PRESET}\nLogs('a', @@)"
    offered = [label for label in editor.completions(program) if label.endswith("=")]
    assert {f"{name}=" for name in keywords(s3.Bucket)} <= set(offered)


# ---------------------------------------------------------------------------------------------
# Over what stands there


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (
            "s3.Bucket(bucket_n@@ame='logs')",
            "(parameter) bucket_name: Text | None\n```\n"
            "bucket_name: BucketName: Name, unique in all of AWS; text; update: replacement; data at risk; at most 63 characters",
        ),
        (
            "ec2.VPCPeeringConnection(peer_vpc_id='', vpc@@_id='')",
            "(parameter) vpc_id: Text\n```\nvpc_id: VpcId: The VPC that asks; text; required; update: replacement",
        ),
        (
            "cloudwatch.Alarm(metric_name='', metri@@cs=[])",
            "(parameter) metrics: List[Block[MetricDataQuery, _MetricDataQueryKeys]] | None\n```\nmetrics: Metrics: Metrics and math from which the value comes; a list of Alarm.MetricDataQuery",
        ),
        (
            "bucket = s3.Bucket()\nprint(bucket.ar@@n)",
            "(property) arn: TextAttribute\n```\n---\nFn::GetAtt Arn",
        ),
        ("bucket = s3.Bucket()\nprint(bucket.bucket_n@@ame)", "(variable) bucket_name: Str\n```"),
        (
            "vpc = ec2.VPC()\nprint(vpc.get_att.cidr_b@@lock)",
            "(variable) cidr_block: TextAttribute\n```",
        ),
        ("stage = Parameter(int)\nprint(sta@@ge)", "(variable) stage: Parameter[int]\n```"),
    ],
)
def test_hover(editor: Editor, program: str, expected: str) -> None:
    assert editor.hover(program).startswith(f"```python\n{expected}")


def test_hover_over_a_class_shows_what_it_takes(editor: Editor) -> None:
    text = editor.hover("s3.Bu@@cket()")
    assert text.startswith("```python\nclass Bucket(\n    *,\n    abac_status: Text | None = ...,\n")
    assert set(facts(s3.Bucket).values()) <= set(plain(text))
    text = editor.hover("s3.Bucket.Versioning@@Configuration(status='Enabled')")
    assert text.startswith(
        "```python\nclass VersioningConfiguration(\n    *,\n    status: Text | Literal['Enabled', 'Suspended'],\n"
    )
    assert facts(s3.Bucket.VersioningConfiguration)["status"] in plain(text)


def test_hover_over_every_keyword_of_a_class_shows_its_own_line(editor: Editor) -> None:
    for name, line in facts(ec2.VPNConnection).items():
        text = editor.hover(f"ec2.VPNConnection({name[:1]}@@{name[1:]}=None)")
        assert plain(text)[-1] == line


# ---------------------------------------------------------------------------------------------
# Mistakes


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("s3.Bucket(bucket_nam='logs')", [("bucket_nam", "reportCallIssue")]),
        ("s3.Bucket(bucket_name=True)", [("True", "reportArgumentType")]),
        ("lambda_.Function(code={})", [("lambda_.Function(code={})", "reportCallIssue")]),
        ("s3.Bucket(bucket_name='logs')", []),
    ],
)
def test_mistakes_are_underlined(editor: Editor, program: str, expected: list[tuple[str, str]]) -> None:
    assert editor.underlined(f"{IMPORTS}{program}\n") == expected


@pytest.mark.slow
def test_every_rejected_program_has_something_underlined(editor: Editor) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in REJECTED}
    # Comparisons that cannot be true are doubtful to an editor only where it is told to be strict.
    plainly = [name for name, text in texts.items() if not editor.underlined(text)]
    assert plainly == [
        "attribute_compared_with_text",
        "parameter_compared_with_number",
        "parameter_compared_with_text",
        "resource_compared_with_text",
    ]
    strictly = [name for name in plainly if not editor.underlined(f"{texts[name]}# pyright: strict\n")]
    assert strictly == []
