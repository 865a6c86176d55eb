"""``pyformation package``: an unchanged folder of 5,000 files, and packages installed with uv, against uv alone."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from .measure import Row, environment, medians, milliseconds

FILES = 5_000
_TEMPLATE = """Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: {Role: r, Runtime: python3.13, Handler: index.handler, Code: src/}
"""
# Pure and compiled packages, as a function has them.
_REQUIREMENTS = """annotated-types==0.7.0
boto3==1.35.50
botocore==1.35.50
certifi==2024.8.30
charset-normalizer==3.4.0
idna==3.10
jmespath==1.0.1
pydantic==2.9.2
pydantic-core==2.23.4
python-dateutil==2.9.0.post0
requests==2.32.3
s3transfer==0.10.3
six==1.16.0
typing-extensions==4.12.2
urllib3==2.2.3
"""
_MOST_SECONDS = 1.0
_MOST_OF_UV = 1.2


class _Bucket:
    """Answers like S3 and STS that everything exists, and counts the bytes of requests."""

    def __init__(self) -> None:
        self.received = 0
        bucket = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.send_response(200)
                self.send_header("x-amz-bucket-region", "us-east-1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_PUT(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                bucket.received += size
                self.rfile.read(size)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def rows(runs: int, files: int = FILES) -> list[Row]:
    """The rows; packages are measured only if uv and a registry are available.

    Compressing an archive takes as long as an installation from uv's cache: that row is for information.
    """
    return [_unchanged(runs, files), _installed(min(runs, 3), cold=True), _installed(runs, cold=False)]


def _package(folder: str, *options: str, **variables: str) -> Callable[[], object]:
    command = [sys.executable, "-m", "pyformation", "package", "t.yaml", *options]

    def run() -> None:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**environment(), "XDG_CACHE_HOME": os.path.join(folder, "cache"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return run


def _unchanged(runs: int, files: int) -> Row:
    work = f"package an unchanged folder of {files:,} files, process, against {_MOST_SECONDS:.1f} s"
    bucket = _Bucket()
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        for number in range(files):
            path = Path(folder, "src", f"d{number % 50}", f"f{number}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"x = {number}\n" * 50)
        Path(folder, "t.yaml").write_text(_TEMPLATE)
        Path(folder, "src", ".gitignore").write_text("*.log\nbuild/\n.env\ndist/\n")
        variables = {
            "AWS_ENDPOINT_URL": bucket.address,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        ours = _package(
            folder, "--bucket", "b", "--bucket-owner", "1" * 12, "--region", "us-east-1", **variables
        )
        try:
            taken = medians({"ours": ours}, runs)["ours"]
        finally:
            bucket.close()
    return Row(work, milliseconds(taken), f"{bucket.received} bytes sent", taken / _MOST_SECONDS, 1.0)


def _installed(runs: int, *, cold: bool) -> Row:
    from pyformation.assets.dependencies import find_uv

    where = "downloaded" if cold else "in uv's cache"
    work = f"package a function with 15 packages, {where}, process, against uv pip install --target"
    variables = {"UV_NO_CACHE": "1"} if cold else {}
    uv = find_uv()
    if uv is None:
        return Row(work, "", "not measured (uv is not installed)")
    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        source = Path(folder, "src")
        source.mkdir()
        Path(folder, "t.yaml").write_text(_TEMPLATE)
        (source / "index.py").write_text("def handler(event, context): ...\n")
        (source / "requirements.txt").write_text(_REQUIREMENTS)
        count = iter(range(1_000_000))
        command = [uv, "pip", "install", "--python", sys.executable, "--quiet", "--only-binary", ":all:"]
        command += ["--python-platform", "x86_64-manylinux_2_34", "--python-version", "3.13"]

        def alone() -> None:
            target = os.path.join(folder, f"target{next(count)}")
            done = subprocess.run(
                [*command, "--target", target, "-r", str(source / "requirements.txt")],
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise OSError(done.stderr.strip().splitlines()[-1])

        def ours() -> None:
            _package(folder, "--no-cache", "--output-dir", f"out{next(count)}", **variables)()

        try:
            alone()
        except OSError as error:
            return Row(work, "", f"not measured ({error})")
        times = medians({"ours": ours, "uv": alone}, runs)
    ratio = times["ours"] / times["uv"]
    goal = _MOST_OF_UV if cold else None
    return Row(work, milliseconds(times["ours"]), milliseconds(times["uv"]), ratio, goal)
