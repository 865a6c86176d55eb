"""Uploads over HTTP, against moto's server: only what is absent, checked, in parts, and never half."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, run_command

FUNCTION = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Role: r, Runtime: nodejs22.x, Handler: i.f, Code: src/}\n"
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def server(moto: str) -> str:
    """The address of moto's server."""
    return moto


class Relay:
    """Passes requests on to the server and notes them; what `refuse` names fails with a status, or never ends."""

    def __init__(self, server: str) -> None:
        self.seen: list[tuple[str, str, int]] = []
        self.headers: list[dict[str, str]] = []
        self.refuse: dict[tuple[str, str], int] = {}
        self.stalled, self.ended = threading.Event(), threading.Event()
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                relay.seen.append((self.command, self.path, len(body)))
                relay.headers.append({key.lower(): value for key, value in self.headers.items()})
                status = next(
                    (
                        status
                        for (method, part), status in relay.refuse.items()
                        if method == self.command and part in self.path
                    ),
                    None,
                )
                if status == 0:
                    relay.stalled.set()
                    relay.ended.wait(30)
                if status:
                    answer = b"<Error><Code>InternalError</Code><Message>no</Message></Error>"
                    self.answer(status, {}, answer)
                    return
                skipped = ("connection", "expect")
                headers = {key: value for key, value in self.headers.items() if key.lower() not in skipped}
                # Without one, urllib would say that it is a form.
                headers.setdefault("Content-Type", "binary/octet-stream")
                request = urllib.request.Request(
                    server + self.path, body or None, headers, method=self.command
                )
                try:
                    with urllib.request.urlopen(request, timeout=30) as found:
                        self.answer(found.status, dict(found.headers), found.read())
                except urllib.error.HTTPError as error:
                    self.answer(error.code, dict(error.headers), error.read())

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for key, value in headers.items():
                    if key.lower() not in (
                        "transfer-encoding",
                        "connection",
                        "content-length",
                        "server",
                        "date",
                    ):
                        self.send_header(key, value)
                length = (
                    headers.get("Content-Length", str(len(body)))
                    if self.command == "HEAD"
                    else str(len(body))
                )
                self.send_header("Content-Length", length)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def sent(self, method: str = "PUT") -> list[int]:
        """The sizes of the bodies of requests."""
        return [size for command, _, size in self.seen if command == method]


@pytest.fixture
def relay(server: str) -> Iterator[Relay]:
    urllib.request.urlopen(
        urllib.request.Request(f"{server}/moto-api/reset", b"", method="POST"), timeout=10
    ).close()
    found = Relay(server)
    yield found
    found.close()


@pytest.fixture
def env(relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Where boto3 finds the server, and nothing of the user's."""
    found = {
        "AWS_ENDPOINT_URL": relay.address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_MAX_ATTEMPTS": "1",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    (tmp_path / "tmp").mkdir()
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def s3(relay: Relay, region: str = "eu-west-1") -> Any:
    import boto3

    return boto3.client("s3", region_name=region)


@pytest.fixture
def bucket(env: dict[str, str], relay: Relay) -> str:
    s3(relay).create_bucket(Bucket="packages", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    relay.seen.clear()
    relay.headers.clear()
    return "packages"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "index.js").write_text("exports.f = 1\n")
    (folder / "t.yaml").write_text(FUNCTION)
    return folder


def package(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run_command("package", *arguments, cwd=cwd)


def keys(relay: Relay) -> list[str]:
    return [item["Key"] for item in s3(relay).list_objects_v2(Bucket="packages").get("Contents", [])]


def test_only_what_is_absent_is_uploaded(app: Path, bucket: str, relay: Relay, tmp_path: Path) -> None:
    first = package("t.yaml", "--bucket", bucket, "--prefix", "code/", cwd=app)
    assert first.returncode == 0, first.stderr
    code = yaml.safe_load(first.stdout)["Resources"]["F"]["Properties"]["Code"]
    assert code["S3Bucket"] == bucket and code["S3Key"].startswith("code/") and code["S3Key"].endswith(".zip")
    assert "uploaded to s3://packages/code/" in first.stderr
    assert keys(relay) == [code["S3Key"]]
    (sent,) = [
        headers for (method, _, _), headers in zip(relay.seen, relay.headers, strict=False) if method == "PUT"
    ]
    assert sent["if-none-match"] == "*"
    assert sent["x-amz-expected-bucket-owner"] == ACCOUNT
    assert "x-amz-checksum-sha256" in sent
    relay.seen.clear()
    second = package("t.yaml", "--bucket", bucket, "--prefix", "code", "-o", "out.yaml", cwd=app)
    assert second.returncode == 0 and "already in s3://packages/code/" in second.stderr
    assert relay.sent() == []
    assert (app / "out.yaml").read_text() == first.stdout
    assert list((tmp_path / "tmp").iterdir()) == []


def test_shapes_of_locations(app: Path, bucket: str, relay: Relay) -> None:
    for name in ("child.yaml", "job.py", "flink.jar"):
        (app / name).write_text(FUNCTION)
    content = {"CodeContent": {"S3ContentLocation": "flink.jar"}, "CodeContentType": "ZIPFILE"}
    template = {
        "Resources": {
            "Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.yaml"}},
            "Job": {
                "Type": "AWS::Glue::Job",
                "Properties": {"Role": "r", "Command": {"ScriptLocation": "job.py"}},
            },
            "App": {
                "Type": "AWS::KinesisAnalyticsV2::Application",
                "Properties": {"ApplicationConfiguration": {"ApplicationCodeConfiguration": content}},
            },
        }
    }
    (app / "all.json").write_text(json.dumps(template))
    result = package("all.json", "--bucket", bucket, cwd=app)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)["Resources"]
    url = found["Child"]["Properties"]["TemplateURL"]
    assert url.startswith("https://packages.s3.eu-west-1.amazonaws.com/") and url.endswith(".yaml")
    body = s3(relay).get_object(Bucket=bucket, Key=url.rpartition("/")[2])["Body"].read()
    assert yaml.safe_load(body)["Resources"]["F"]["Properties"]["Code"]["S3Bucket"] == bucket
    assert found["Job"]["Properties"]["Command"]["ScriptLocation"].startswith("s3://packages/")
    configuration = found["App"]["Properties"]["ApplicationConfiguration"]["ApplicationCodeConfiguration"]
    location = configuration["CodeContent"]["S3ContentLocation"]
    assert location["BucketARN"] == "arn:aws:s3:::packages" and location["FileKey"].endswith(".jar")


def large(app: Path) -> None:
    """More than two parts, which no compression makes smaller."""
    (app / "src" / "data").write_bytes(os.urandom(35 * 2**20))


def test_large_packages_go_in_parts(app: Path, bucket: str, relay: Relay) -> None:
    large(app)
    result = package("t.yaml", "--bucket", bucket, cwd=app)
    assert result.returncode == 0, result.stderr
    assert len(relay.sent()) == 3
    (key,) = keys(relay)
    assert s3(relay).head_object(Bucket=bucket, Key=key)["ContentLength"] == sum(relay.sent())
    completed = [
        h
        for (method, path, _), h in zip(relay.seen, relay.headers, strict=False)
        if method == "POST" and "uploadId" in path
    ]
    assert [headers["if-none-match"] for headers in completed] == ["*"]


def test_progress_in_a_terminal(app: Path, bucket: str) -> None:
    pty = pytest.importorskip("pty", reason="there are no terminals here")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pyformation", "package", "t.yaml", "--bucket", bucket],
        cwd=app,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            read = os.read(ours, 4096)
        except OSError:  # The other end is closed.
            break
        if not read:
            break
        seen += read
    os.close(ours)
    assert process.wait(60) == 0, seen
    bar, _, last = seen.decode().rstrip().rpartition("F: 1 file")
    assert "F " in bar and "bytes" in bar and "uploaded to s3://packages/" in last


def test_a_failed_part_leaves_nothing(app: Path, bucket: str, relay: Relay) -> None:
    large(app)
    relay.refuse["PUT", "partNumber=2"] = 500
    result = package("t.yaml", "--bucket", bucket, cwd=app)
    assert result.returncode == 1
    assert result.stderr.startswith("error: s3://packages/") and result.stderr.count("\n") == 1
    assert keys(relay) == []
    assert "Uploads" not in s3(relay).list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_upload_leaves_nothing(
    how: signal.Signals, app: Path, bucket: str, relay: Relay, tmp_path: Path
) -> None:
    (app / "src" / "data").write_bytes(os.urandom(17 * 2**20))
    relay.refuse["PUT", "partNumber=2"] = 0
    process = subprocess.Popen(
        [sys.executable, "-m", "pyformation", "package", "t.yaml", "--bucket", bucket],
        cwd=app,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert relay.stalled.wait(30)
    process.send_signal(how)
    process.communicate(timeout=25)  # It does not wait for the part that hangs.
    assert process.returncode == (130 if how == signal.SIGINT else 143)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert keys(relay) == []
    assert "Uploads" not in s3(relay).list_multipart_uploads(Bucket=bucket)


def test_a_faster_upload_of_the_same_is_no_error(app: Path, bucket: str, relay: Relay) -> None:
    relay.refuse["PUT", ".zip"] = 412
    result = package("t.yaml", "--bucket", bucket, cwd=app)
    assert result.returncode == 0, result.stderr


def test_buckets_that_will_not_do(app: Path, bucket: str, relay: Relay) -> None:
    for arguments, words in (
        (["--bucket", "absent"], "the bucket 'absent' does not exist"),
        (["--bucket", bucket, "--region", "us-east-1"], "is in eu-west-1 and the stack in us-east-1"),
        (["--bucket", bucket, "--profile", "nobody"], "nobody"),
    ):
        result = package("t.yaml", *arguments, cwd=app)
        assert result.returncode == 1 and words in result.stderr, result.stderr
        assert result.stderr.count("\n") == 1
    relay.refuse["HEAD", "packages"] = 403
    result = package("t.yaml", "--bucket", bucket, "--bucket-owner", "111111111111", cwd=app)
    assert "does not belong to the account 111111111111, or access to it is denied" in result.stderr
    assert keys(relay) == []


def test_no_credentials(app: Path, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = package("t.yaml", "--bucket", bucket, cwd=app)
    assert result.returncode == 1
    assert result.stderr == (
        "error: the bucket 'packages': no AWS credentials were found; configure a profile (--profile) or set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL", "local")
    result = package("t.yaml", "--bucket", bucket, cwd=app)
    assert result.returncode == 1
    assert result.stderr == "error: the AWS configuration cannot be used: Invalid endpoint: local\n"


# ---------------------------------------------------------------------------------------------
# Images

IMAGE = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Role: r, PackageType: Image, Code: {ImageUri: 'app:latest'}}\n"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/app"


def test_a_local_image_is_pushed(app: Path, env: dict[str, str], docker: Path) -> None:
    (app / "t.yaml").write_text(IMAGE)
    result = package("t.yaml", "--image-repository", REPOSITORY, "--output-dir", "out", cwd=app)
    assert result.returncode == 0, result.stderr
    code = yaml.safe_load((app / "out" / "t.yaml").read_text())["Resources"]["F"]["Properties"]["Code"]
    assert code == {"ImageUri": f"{REPOSITORY}@sha256:{'a' * 64}"}
    remote = f"{REPOSITORY}:0123456789abcdef0123456789abcdef01234567"
    lines = docker.read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["image", "login", "password", "tag", "push"]
    assert lines[3:] == [f"tag app:latest {remote}", f"push {remote}"]


def test_images_that_cannot_be_pushed(
    app: Path, bucket: str, docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "t.yaml").write_text(IMAGE)
    without = package("t.yaml", "--bucket", bucket, cwd=app)
    assert "Resources.F: ImageUri is the local image 'app:latest'; give --image-repository" in without.stderr
    wrong = package("t.yaml", "--image-repository", "docker.io/app", cwd=app)
    assert "expected a repository of ECR" in wrong.stderr
    # Before anything else is packaged.
    (app / "t.yaml").write_text(
        f"{IMAGE}\n  Z: {{Type: AWS::Lambda::LayerVersion, Properties: {{Content: src/}}}}\n"
    )
    for options in (["--bucket", bucket], ["--image-repository", "docker.io/app"]):
        refused = package("t.yaml", *options, cwd=app)
        assert refused.returncode == 1 and refused.stderr.count("\n") == 1, refused.stderr
    (app / "t.yaml").write_text(IMAGE.replace("app:latest", "other:1"))
    absent = package("t.yaml", "--image-repository", REPOSITORY, cwd=app)
    assert "there is no local image 'other:1': No such image" in absent.stderr
    monkeypatch.setenv("PATH", "/nowhere")
    none = package("t.yaml", "--image-repository", REPOSITORY, cwd=app)
    assert none.stderr == (
        "error: pushing the image 'other:1' needs docker, podman or finch on PATH, and none is there\n"
    )
    assert {result.returncode for result in (without, wrong, absent, none)} == {1}


def test_images_of_nested_templates_are_pushed(
    app: Path, env: dict[str, str], bucket: str, docker: Path
) -> None:
    (app / "parts" / "deep").mkdir(parents=True)
    nested = "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: PATH}}\n"
    (app / "t.yaml").write_text(nested.replace("PATH", "parts/mid.yaml"))
    (app / "parts" / "mid.yaml").write_text(nested.replace("PATH", "deep/inner.yaml"))
    (app / "parts" / "deep" / "inner.yaml").write_text(IMAGE)
    without = package("t.yaml", "--bucket", bucket, cwd=app)
    assert without.returncode == 1 and not docker.exists()
    assert without.stderr == (
        "error: Resources.F: ImageUri is the local image 'app:latest'; give --image-repository, the repository of ECR "
        "to push it to (parts/deep/inner.yaml:4)\n"
    )
    result = package("t.yaml", "--image-repository", REPOSITORY, cwd=app)
    assert result.returncode == 0, result.stderr
    place = app / "build"
    data = yaml.safe_load((place / "t.yaml").read_text())
    for _ in range(2):
        data = yaml.safe_load((place / data["Resources"]["N"]["Properties"]["TemplateURL"]).read_text())
    assert data["Resources"]["F"]["Properties"]["Code"] == {"ImageUri": f"{REPOSITORY}@sha256:{'a' * 64}"}
    assert [line.split()[0] for line in docker.read_text().splitlines()].count("push") == 1


def test_images_in_branches_and_loops_are_pushed(app: Path, env: dict[str, str], docker: Path) -> None:
    address = f"{REPOSITORY}@sha256:{'a' * 64}"
    template = """
Transform: AWS::LanguageExtensions
Conditions: {IsNew: !Equals [!Ref AWS::Region, eu-west-1]}
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Role: r, PackageType: Image, Code: {ImageUri: !If [IsNew, TAG, !Ref AWS::NoValue]}}
  Fn::ForEach::Gs: [N, [A, B], {"G${N}": {Type: AWS::Lambda::Function, Properties: {Code: {ImageUri: TAG}}}}]
"""
    (app / "t.yaml").write_text(template.replace("TAG", "'app:latest'"))
    result = package("t.yaml", "--image-repository", REPOSITORY, cwd=app)
    assert result.returncode == 0, result.stderr
    found = (app / "build" / "t.yaml").read_text()
    assert found.count(address) == 2 and "app:latest" not in found


def test_addresses_of_images_stay(app: Path, env: dict[str, str]) -> None:
    (app / "t.yaml").write_text(IMAGE.replace("app:latest", f"{REPOSITORY}:1"))
    result = package("t.yaml", "--image-repository", REPOSITORY, cwd=app)
    assert result.returncode == 0
    assert f"{REPOSITORY}:1" in (app / "build" / "t.yaml").read_text()
