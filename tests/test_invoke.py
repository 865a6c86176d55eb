"""Functions that run locally: real handlers in real processes, as Lambda would run them.

The functions are those of ``fixtures/invoke``: a template, a folder of handlers that do everything a function may do,
and a layer.
"""

from __future__ import annotations

import contextlib
import gc
import glob
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, run_python

import pyformation
from pyformation.invocation import event_templates

if importlib.util.find_spec("awslambdaric") is None:
    if os.environ.get("CI"):
        pytest.fail("awslambdaric must be installed in CI (the extra lambda)", pytrace=False)
    pytest.skip("the extra lambda is not installed", allow_module_level=True)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="functions run on Linux and macOS")

OURS = f"python{sys.version_info[0]}.{sys.version_info[1]}"
FIXTURES = ROOT / "tests" / "fixtures" / "invoke"
if OURS != "python3.11":
    # The same functions in this Python, which is there for sure.
    _copy = tempfile.TemporaryDirectory(prefix="invoke-")
    FIXTURES = Path(shutil.copytree(FIXTURES, Path(_copy.name) / "invoke"))
    _text = (FIXTURES / "template.yaml").read_text(encoding="utf-8")
    (FIXTURES / "template.yaml").write_text(_text.replace("python3.11", OURS), encoding="utf-8")
TEMPLATE = FIXTURES / "template.yaml"
AREA = ROOT / "examples" / "area"

ID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def command(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return run_python("-m", "pyformation", "invoke", *arguments, **options)


def local(name: str, **options: Any) -> pyformation.LocalFunction:
    return pyformation.LocalFunction(f"{TEMPLATE}:{name}", **options)


def invoke(name: str, event: Any = None, **options: Any) -> pyformation.Invocation:
    return pyformation.invoke(f"{TEMPLATE}:{name}", event, **options)


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No test leaves a process, a temporary folder, or a thread behind."""
    import threading

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    threads = set(threading.enumerate())
    files = open_files()
    yield
    assert list(temporary.iterdir()) == []
    assert [thread for thread in threading.enumerate() if thread not in threads] == []
    assert processes_with(str(temporary)) == []
    assert open_files() <= files


def open_files() -> int:
    """How many files and sockets this process has open."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0


def processes_with(word: str) -> list[int]:
    """The processes that have a word in their environment."""
    found: list[int] = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if word.encode() in Path(path).read_bytes() and path != f"/proc/{os.getpid()}/environ":
                found.append(int(path.split("/")[2]))
    return found


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


# ---------------------------------------------------------------------------------------------
# What is printed


def test_the_area_calculator_line_by_line() -> None:
    result = command(AREA / "stack.py:Function", "--event", AREA / "event.json")
    assert result.returncode == 0, result.stderr
    assert result.stdout == '"{\\"area\\": 42}"\n'
    lines = [line for line in result.stderr.splitlines() if not line.startswith("note: python3.13 was not")]
    shapes = [
        r"INIT_START Runtime Version: python:3\.\d+",
        rf"START RequestId: ({ID}) Version: \$LATEST",
        r"The area is 42",
        rf"\[INFO\]\t{TIME}\t({ID})\tLog group: /aws/lambda/Function",
        rf"END RequestId: ({ID})",
        rf"REPORT RequestId: ({ID})\tDuration: (\d+\.\d\d) ms\tBilled Duration: (\d+) ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: (\d+) MB\tInit Duration: (\d+\.\d\d) ms",
    ]
    assert len(lines) == len(shapes), result.stderr
    found = [re.fullmatch(shape, line) for shape, line in zip(shapes, lines, strict=True)]
    assert all(found), result.stderr
    assert len({match[1] for match in found[1:] if match is not None and match.groups()}) == 1
    report = found[-1]
    assert report is not None
    duration, billed, memory, init = (float(text) for text in report.groups()[1:])
    # Since August 2025 the INIT phase is billed.
    assert duration + init <= billed <= duration + init + 1.01
    assert 1 < memory < 128


def test_json_for_scripts() -> None:
    result = command(
        f"{TEMPLATE}:Count", "--json", "--event", AREA / "event.json", "--event", AREA / "event.json"
    )
    assert (result.returncode, result.stderr) == (0, "")
    first, second = map(json.loads, result.stdout.splitlines())
    assert [one["response"]["count"] for one in (first, second)] == [1, 2]
    assert first["error"] is None and first["log"].startswith("INIT_START ")
    assert second["log"].startswith("START RequestId: ")
    assert first["report"]["init_duration_ms"] > 0 and second["report"]["init_duration_ms"] is None
    assert second["report"]["status"] == "success"
    assert second["report"]["billed_duration_ms"] >= second["report"]["duration_ms"]


def test_a_failure_on_the_command_line() -> None:
    result = command(f"{TEMPLATE}:fail", "--event", "-", input="{}")
    assert result.returncode == 4
    error = json.loads(result.stdout)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such order")
    lines = result.stderr.splitlines()
    start = lines.index("[ERROR] ValueError: no such order")
    assert lines[start + 1] == "Traceback (most recent call last):"
    assert re.fullmatch(r'  File ".*/handlers\.py", line \d+, in fail', lines[start + 2])
    assert lines[start + 3] == '    raise ValueError("no such order")'
    assert lines[-1] == "error: Fail failed: ValueError: no such order"


def test_the_log_of_a_function() -> None:
    found = invoke("Logs")
    lines = found.log.splitlines()[2:-2]
    assert re.fullmatch(rf"\[WARNING\]\t{TIME}\t{found.request_id}\tcareful", lines[0])
    assert re.fullmatch(rf"\[ERROR\]\t{TIME}\t{found.request_id}\tbroken", lines[1])
    assert lines[2:] == ["plain", "to stderr"]


def test_the_log_as_json() -> None:
    found = invoke("JsonLogs")
    lines = found.log.splitlines()
    assert lines[3:5] == ["plain", "to stderr"]
    init, start, record, report = (json.loads(line) for line in lines[:3] + lines[5:])
    assert init["type"] == "platform.initStart"
    assert start["type"] == "platform.start" and start["record"]["requestId"] == found.request_id
    # The declared level is ERROR.
    assert (record["level"], record["message"], record["order"]) == ("ERROR", "broken", 1)
    assert record["requestId"] == found.request_id
    assert report["type"] == "platform.report" and report["record"]["status"] == "success"
    assert report["record"]["metrics"]["memorySizeMB"] == 128
    assert re.fullmatch(TIME, report["time"])


def test_megabytes_of_output_arrive_in_order() -> None:
    pieces: list[str] = []
    with local("Shout", write=pieces.append) as function:
        found = function.invoke({"lines": 30_000})
    lines = "".join(pieces).splitlines()
    assert found.response == "done"
    assert [int(line[:7]) for line in lines[2:-2]] == list(range(30_000))
    assert lines[-2].startswith("END ")
    assert found.log == "".join(pieces)


# ---------------------------------------------------------------------------------------------
# What the function gets


def test_the_environment() -> None:
    found = invoke(
        "Environment",
        parameters={"Stage": "prod"},
        environment={"EXTRA": "1", "SIZE": "over"},
        region="eu-west-1",
    ).response
    expected = {
        "STAGE": "prod",
        "SIZE": "over",
        "EXTRA": "1",
        "SECRET": "swordfish",
        "TABLE": "orders-prod",
        "TABLE_ARN": "<Table.Arn is not known offline>",
        "QUEUE_URL": "<Queue is not known offline>",
        "WHERE": "eu-west-1/<AWS::StackName is not known offline>/orders-prod",
        "GIVEN": "<Given is not known offline>",
        "NUMBER": "10",
        "ENABLED": "true",
        "SELF": "arn:aws:lambda:eu-west-1:123456789012:function:orders-prod",
        "_HANDLER": "handlers.environment",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{OURS}",
        "AWS_LAMBDA_FUNCTION_NAME": "orders-prod",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/orders-prod",
        "LAMBDA_TASK_ROOT": str(FIXTURES / "src"),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert "AWS_LAMBDA_MAX_CONCURRENCY" not in found and "_LAMBDA_TELEMETRY_LOG_FD" not in found
    # Nothing of this program's own environment.
    assert "HOME" not in found and "PYTEST_CURRENT_TEST" not in found


def test_credentials_are_those_of_the_environment_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert "no-credentials" in invoke("Environment").response["AWS_ACCESS_KEY_ID"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found = invoke("Environment").response
    assert found["AWS_ACCESS_KEY_ID"] == "AKIDEXAMPLE"
    assert "AWS_SESSION_TOKEN" not in found


def test_parameters_and_variables_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "parameters.json").write_text('{"Stage": "prod", "Given": "from the file"}')
    result = command(
        f"{TEMPLATE}:Environment",
        *("--parameters", tmp_path / "parameters.json", "-P", "Given=over it", "--env", "TABLE_ARN=x=y"),
        *("--account", "111122223333", "--stack-name", "shop"),
    )
    found = json.loads(result.stdout)
    assert (found["STAGE"], found["GIVEN"], found["TABLE_ARN"]) == ("prod", "over it", "x=y")
    assert found["WHERE"] == "us-east-1/shop/orders-prod"
    assert found["SELF"] == "arn:aws:lambda:us-east-1:111122223333:function:orders-prod"
    notes = [line for line in result.stderr.splitlines() if line.startswith("note: QUEUE_URL")]
    assert notes == [
        "note: QUEUE_URL has a placeholder: Queue is not known offline; --env QUEUE_URL=VALUE gives it a value"
    ]
    assert "note: TABLE_ARN" not in result.stderr


def test_a_reserved_variable_keeps_its_value() -> None:
    with local("Reserved") as function:
        assert function.notes == [
            "AWS_REGION is reserved: Lambda refuses a function that sets it, and the value is not used"
        ]
        found = function.invoke().response
    assert (found["AWS_REGION"], found["OWN"]) == ("us-east-1", "1")


def test_the_context() -> None:
    client = {"client": {"app_title": "shop"}, "custom": {"ä": 1}, "env": {}}
    with local("Context") as function:
        invocation = function.invoke(client_context=client)
    found = invocation.response
    assert found["name"] == "Context" and found["version"] == "$LATEST"
    assert found["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:Context"
    assert found["memory"] == "128" and found["group"] == "orders/logs"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", found["stream"])
    assert found["request"] == invocation.request_id
    assert 6000 < found["remaining"] <= 7000
    assert (found["custom"], found["title"]) == ({"ä": 1}, "shop")
    assert found["folder"] == str(FIXTURES / "src")
    assert found["path"][0] == str(FIXTURES / "src")


def test_layers_are_on_the_path() -> None:
    with local("Layered") as function:
        assert function.invoke().response == "the layer"
        assert function.notes == [
            "the layer arn:aws:lambda:eu-west-1:123456789012:layer:other:1 is not on this computer; its modules are "
            "missing"
        ]


def test_events_arrive_as_they_are() -> None:
    with local("Echo") as function:
        for event in ({"a": [1, 2.5, None, True, "ü\r\n☃"]}, [], "text", 0, None):
            assert function.invoke(event).response == ({} if event is None else event)
        assert function.invoke(b' {"raw": 1}\n').response == {"raw": 1}
        assert function.invoke("x" * 5_000_000).response == "x" * 5_000_000


def test_a_process_stays_warm_between_events_only() -> None:
    with local("Count") as function:
        first, second, third = (function.invoke() for _ in range(3))
    assert [one.response["count"] for one in (first, second, third)] == [1, 2, 3]
    assert len({one.response["process"] for one in (first, second, third)}) == 1
    assert first.report.init_duration_ms is not None and second.report.init_duration_ms is None
    assert len({one.request_id for one in (first, second, third)}) == 3
    assert invoke("Count").response["count"] == 1


def test_the_temporary_folder_lives_as_long_as_the_process() -> None:
    with local("Write") as function:
        path, size = function.invoke().response
        assert function.invoke().response == [path, 2]
        assert size == 1 and os.path.exists(path)
    assert not os.path.exists(path)


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("ClassBased", {"class": "Handler", "event": {}}),
        ("Method", "method"),
        ("Inline", "inline"),
        ("ForkAndAnswer", "parent"),
        ("Chatter", "answered"),
    ],
)
def test_handlers_of_every_kind(name: str, response: Any) -> None:
    assert invoke(name).response == response


def test_bytes_are_the_response_as_they_are() -> None:
    found = invoke("Raw")
    assert found.payload == b"\x00\xff"
    result = subprocess.run(
        [sys.executable, "-m", "pyformation", "invoke", f"{TEMPLATE}:Raw"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert result.stdout == b"\x00\xff\n"


# ---------------------------------------------------------------------------------------------
# How functions fail


def test_an_error_leaves_the_process_warm() -> None:
    with local("Unserializable") as function:
        found, again = function.invoke(), function.invoke()
    assert found.error is not None and found.error["errorType"] == "Runtime.MarshalError"
    assert found.response is None and json.loads(found.payload) == found.error
    assert found.report.status == "failure" and again.report.init_duration_ms is None


@pytest.mark.parametrize(
    ("status", "words"),
    [(3, "Runtime exited with error: exit status 3"), (0, "Runtime exited without providing a reason")],
)
def test_a_process_that_ends(status: int, words: str) -> None:
    with local("Leave") as function:
        found = function.invoke({"status": status})
        assert found.error == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {found.request_id} Error: {words}",
        }
        lines = found.log.splitlines()
        assert lines[2:5] == ["leaving", f"RequestId: {found.request_id} Error: {words}", "Runtime.ExitError"]
        assert lines[-1].endswith("\tStatus: error\tError Type: Runtime.ExitError")
        assert function.explain(found.error) == f"Leave failed: {words}"
        # The next event gets another process.
        assert function.invoke({"status": status}).log.startswith("INIT_START ")


def test_the_timeout() -> None:
    with local("Sleep") as function:
        assert function.invoke({"seconds": 0.01}).response == "awake"
        found = function.invoke()
        assert found.error is not None
        assert found.error["errorType"] == "Sandbox.Timedout"
        assert found.error["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
        lines = found.log.splitlines()
        assert re.fullmatch(rf"{TIME} {found.request_id} Task timed out after 1\.00 seconds", lines[1])
        assert "\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\t" in lines[-1]
        assert lines[-1].endswith("\tStatus: timeout")
        assert function.invoke({"seconds": 0.01}).report.init_duration_ms is not None


@pytest.mark.parametrize("name", ["Grow", "GrowElsewhere"])
def test_the_memory(name: str) -> None:
    found = invoke(name)
    assert found.error is not None and found.error["errorType"] == "Runtime.OutOfMemory"
    assert found.report.status == "error" and found.report.max_memory_used_mb == 128
    with local(name) as function:
        words = "Runtime exited with error: signal: killed; it needs more than its MemorySize of 128 MB"
        assert function.explain(found.error) == f"{name} failed: {words}"
    assert "Error: Runtime exited with error: signal: killed\nRuntime.OutOfMemory\n" in found.log


def test_a_process_that_cannot_start() -> None:
    with pytest.raises(pyformation.SourceError) as error:
        invoke("Echo", environment={"LARGE": "x" * 3_000_000})
    assert error.value.message == f"cannot start {sys.executable!r}: Argument list too long"
    with pytest.raises(pyformation.SourceError) as error:
        invoke("Echo", environment={"ZERO": "\0"})
    assert error.value.message == f"cannot start {sys.executable!r}: embedded null byte"


def test_a_crash() -> None:
    found = invoke("Crash")
    assert found.error is not None and found.error["errorType"] == "Runtime.ExitError"
    assert found.error["errorMessage"].endswith(" Error: Runtime exited with error: signal: aborted")


def test_a_response_that_is_too_large() -> None:
    with local("Large") as function:
        found = function.invoke({"size": 6 * 1024 * 1024 + 99})
        assert found.error == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size (6291557 bytes) exceeded maximum allowed payload size "
            "(6291556 bytes).",
        }
        assert len(function.invoke({"size": 6 * 1024 * 1024 + 98}).payload) == 6_291_556


def test_an_event_that_is_too_large() -> None:
    with local("Echo") as function, pytest.raises(pyformation.InvalidValueError) as error:
        function.invoke("x" * 6 * 1024 * 1024)
    assert error.value.message == "the event has 6,291,458 bytes; Lambda takes at most 6,291,456"


def test_processes_that_a_function_leaves_behind_are_killed() -> None:
    with local("Fork") as function:
        left = function.invoke().response
        assert all(os.path.exists(f"/proc/{process}") for process in left) or sys.platform != "linux"
    for process in left if sys.platform == "linux" else []:
        wait_for(lambda process=process: not os.path.exists(f"/proc/{process}") or is_zombie(process))


def is_zombie(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        (
            "NoHandler",
            "Runtime.HandlerNotFound",
            "Runtime.HandlerNotFound: Handler 'ehco' missing on module 'handlers'; did you mean 'echo'?",
        ),
        (
            "NoModule",
            "Runtime.ImportModuleError",
            "Runtime.ImportModuleError: Unable to import module 'handler': No module named 'handler'; "
            "did you mean 'handlers'?",
        ),
        ("NoDot", "Runtime.MalformedHandlerName", None),
        ("BrokenStart", "KeyError", "KeyError: 'table'"),
        ("ExitsAtImport", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    ],
)
def test_functions_that_cannot_start(name: str, kind: str, sentence: str | None) -> None:
    with local(name) as function:
        found = function.invoke()
        assert found.error is not None and found.error["errorType"] == kind
        said = function.explain(found.error)
        if sentence is not None:
            assert said == f"{name} failed: {sentence}"
    assert re.search(
        rf"^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: error\tError Type: {kind}$",
        found.log,
        re.M,
    )
    assert found.report.status == "error" and found.report.init_duration_ms is None


def test_an_import_that_fails_shows_the_users_traceback() -> None:
    result = command(f"{TEMPLATE}:BrokenImport")
    assert result.returncode == 4
    assert json.loads(result.stdout) == {
        "errorMessage": "Unable to import module 'broken_import': No module named 'a_package_that_nobody_installed'",
        "errorType": "Runtime.ImportModuleError",
        "requestId": "",
        "stackTrace": [],
    }
    traceback = re.findall(r'^  File "(.*)", line \d+, in <module>\n    (.*)$', result.stderr, re.M)
    assert [(Path(file).name, line) for file, line in traceback] == [
        ("broken_import.py", "from helper import something"),
        ("helper.py", "import a_package_that_nobody_installed"),
    ]
    assert result.stderr.splitlines()[-1].endswith(
        f"; it is neither in {FIXTURES / 'src'}, nor in a layer, nor installed for {sys.executable}"
    )


def test_an_init_phase_that_is_too_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pyformation.invocation import sandbox

    monkeypatch.setattr(sandbox, "INIT_SECONDS", 0.5)
    code = "import time\ntime.sleep(1)\ndef handler(event, context):\n    return context.get_remaining_time_in_millis()\n"
    (tmp_path / "template.json").write_text(json.dumps(inline(code, Timeout=6)))
    found = pyformation.invoke(tmp_path / "template.json")
    # It starts again within the time of the invocation.
    assert found.response < 5000
    assert re.search(r"^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: timeout$", found.log, re.M)
    assert found.log.count("INIT_START") == 2
    assert found.report.init_duration_ms is None and found.report.duration_ms > 1000


def inline(code: str, **properties: Any) -> dict[str, Any]:
    given = {"Runtime": OURS, "Handler": "index.handler", "Code": {"ZipFile": code}, **properties}
    return {"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": given}}}


# ---------------------------------------------------------------------------------------------
# Bad input: one sentence, and status 1

SENTENCES = {
    "Ehco": f"{TEMPLATE} has no function 'Ehco'; did you mean 'Echo'?",
    "Table": "Table is of type AWS::DynamoDB::Table, not a Lambda function; it has Echo, Count, Environment, Context, "
    "Fail ...",
    "NoFolder": "the code of NoFolder is in 'scr/', which does not exist; did you mean 'src'?",
    "InBucket": "the code of InBucket is in s3://code/a.zip; name the local folder that it is made of",
    "Image": "Image is a container image; pyformation invoke runs code from a folder or zip file",
    "Node": "Node runs in nodejs22.x; pyformation invoke runs functions written in Python",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_functions_that_cannot_be_run(name: str) -> None:
    with pytest.raises(pyformation.SourceError) as error:
        local(name)
    assert error.value.message == SENTENCES[name]
    if name in ("NoFolder", "Node"):
        line = next(
            number for number, text in enumerate(TEMPLATE.read_text().splitlines(), 1) if f"  {name}:" in text
        )
        assert error.value.origin is not None and error.value.origin.file == str(TEMPLATE)
        assert line <= error.value.origin.line <= line + 8


COMMANDS = {
    "no file": (
        ["tempalte.yaml:Echo"],
        "error: there is no file 'tempalte.yaml'; did you mean 'template.yaml'?",
    ),
    "not named": (
        ["template.yaml"],
        "error: template.yaml has several functions (Echo, Count, Environment, Context, ",
    ),
    "not json": (
        ["template.yaml:Echo", "--event", "src/helper.py"],
        "error: the event in src/helper.py is not JSON: ",
    ),
    "no event": (
        ["template.yaml:Echo", "--event", "s3:putt"],
        "error: 's3:putt' is neither a file nor an event template (see --events); did you mean 's3:put'?",
    ),
    "no parameter": (["template.yaml:Echo", "-P", "Stge=dev"], "error: "),
    "revision": (
        ["git:HEAD:template.yaml:Echo"],
        "error: 'git:HEAD:template.yaml:Echo': a function runs from files on ",
    ),
    "variable": (["template.yaml:Echo", "--env", "NAME"], "error: --env: expected Key=Value, found 'NAME'"),
    "runtime api": (
        ["template.yaml:Echo", "--env", "AWS_LAMBDA_RUNTIME_API=x"],
        "error: --env AWS_LAMBDA_RUNTIME_API: ",
    ),
    "context": (
        ["template.yaml:Echo", "--client-context", "[1]"],
        "error: --client-context: expected a JSON object, ",
    ),
    "nothing": ([], "error: Missing argument 'SOURCE[:FUNCTION]' (see 'pyformation invoke --help')"),
    "served and watched": (
        ["template.yaml:Echo", "--serve", "0", "--watch"],
        "error: --serve takes its events over ",
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_bad_input(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from pyformation.cli import main

    arguments, sentence = COMMANDS[name]
    monkeypatch.chdir(FIXTURES)
    monkeypatch.setattr(sys, "argv", ["pyformation", "invoke", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    written = capsys.readouterr()
    assert end.value.code == 1
    assert written.out == "" and written.err.startswith(sentence), written.err
    assert written.err.count("\n") == 1


def test_a_folder_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    with open(tmp_path / "src" / "large.bin", "wb") as file:
        file.truncate(251 * 1024 * 1024)
    (tmp_path / "template.json").write_text(json.dumps(inline("", Code="src", Handler="a.b")))
    with pytest.raises(pyformation.SourceError) as error:
        pyformation.invoke(tmp_path / "template.json")
    assert error.value.message.startswith(
        "the code of Function is larger than the 250 MB that Lambda takes ("
    )


# ---------------------------------------------------------------------------------------------
# Where functions are declared

STACKS = """
from pyformation import Component, Stack
from pyformation.aws import lambda_


def make(name, **options):
    code = f"def handler(event, context):\\n    return '{name}'\\n"
    return lambda_.Function(
        runtime="python3.11", handler="index.handler", role="arn:aws:iam::123456789012:role/orders",
        code=lambda_.Function.Code(zip_file=code), **options,
    )


class Api(Component):
    handler = make("api handler")
    named = make("named", logical_id="OwnName")


class Orders(Stack):
    function = make("orders")
    only_here = make("only here")
    api = Api()

    def __init__(self):
        super().__init__()
        self.handlers = [make("zero"), make("one")]
        self.by_name = {"eu-west": make("eu")}


class Bills(Stack):
    function = make("bills")
"""


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("Orders.function", "orders"),
        ("Orders.Function", "orders"),
        ("Bills", "bills"),
        ("Bills.Function", "bills"),
        ("only_here", "only here"),
        ("Orders.api.handler", "api handler"),
        ("Orders.api.named", "named"),
        ("OwnName", "named"),
        ("api.named", "named"),
        ("Orders.handlers[1]", "one"),
        ("Orders.by_name['eu-west']", "eu"),
    ],
)
def test_names_of_functions(name: str, response: str, stack_file: Any) -> None:
    from pyformation.invocation import targets

    path = stack_file(STACKS)
    found = targets.find(f"{path}:{name}")
    code = found.template.data["Resources"][found.logical_id]["Properties"]["Code"]["ZipFile"]
    assert f"'{response}'" in code


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("function", "{path} has several stacks (Orders, Bills); name one ({path}:Orders.function)"),
        ("Orders.fnction", "{path} has no function 'fnction'; did you mean 'function'?"),
        ("Order.function", "{path} has no function 'Order.function'; did you mean 'Orders.Function'?"),
        ("Orders", "{path} has several functions (Function, OnlyHere, ApiHandler, OwnName, Handlers0 ...); "
         "name one ({path}:Orders.Function)"),
    ],
)  # fmt: skip
def test_names_that_name_no_function(name: str, sentence: str, stack_file: Any) -> None:
    from pyformation.invocation import targets

    path = stack_file(STACKS)
    with pytest.raises(pyformation.SourceError) as error:
        targets.find(f"{path}:{name}")
    assert error.value.message == sentence.format(path=path)


def test_the_local_path_that_a_packaging_tool_noted(tmp_path: Path) -> None:
    (tmp_path / "asset.1").mkdir()
    (tmp_path / "asset.1" / "app.py").write_text("def handler(e, c):\n    return 'noted'\n")
    template = inline(
        "", Handler="app.handler", Code={"S3Bucket": {"Fn::Sub": "cdk-${AWS::AccountId}"}, "S3Key": "1.zip"}
    )
    template["Resources"]["Function"]["Metadata"] = {
        "aws:asset:path": "asset.1",
        "aws:asset:property": "Code",
    }
    (tmp_path / "template.json").write_text(json.dumps(template))
    assert pyformation.invoke(tmp_path / "template.json").response == "noted"


def test_functions_that_a_loop_makes_and_standard_input() -> None:
    functions = {
        "${Name}Function": inline("def handler(e, c):\n    return c.function_name\n")["Resources"]["Function"]
    }
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {"Fn::ForEach::Each": ["Name", ["A", "B"], functions]},
    }
    result = command("--", "-:BFunction", input=json.dumps(template))
    assert (result.returncode, result.stdout) == (0, '"BFunction"\n'), result.stderr
    result = command("--", "-:CFunction", input=json.dumps(template))
    assert result.stderr == "error: standard input has no function 'CFunction'; did you mean 'BFunction'?\n"


def wheel(folder: Path, name: str) -> None:
    """The wheel of a package, made of its installed files."""
    import importlib.metadata

    about = importlib.metadata.distribution(name)
    tags = [tag.split("-") for tag in re.findall("^Tag: (.*)", about.read_text("WHEEL") or "", re.M)]
    tag = "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True))
    path = folder / f"{name.replace('-', '_')}-{about.version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in about.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                archive.write(str(file.locate()), str(file))


@pytest.fixture
def offline_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all that installers find, and a cache of its own."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, value in (
        *(("UV_NO_INDEX", "1"), ("UV_FIND_LINKS", str(folder)), ("UV_CACHE_DIR", str(tmp_path / "uv"))),
        *(("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(folder))),
        ("XDG_CACHE_HOME", str(tmp_path / "cache")),
    ):
        monkeypatch.setenv(name, value)
    return folder


@pytest.mark.parametrize("installer", ["uv", pytest.param("pip", marks=pytest.mark.slow)])
def test_packages_that_the_code_needs(
    installer: str, tmp_path: Path, offline_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyformation.assets import dependencies

    if installer == "uv" and dependencies.find_uv() is None:
        pytest.skip("uv is not installed")
    if installer == "pip":
        pytest.importorskip("pip")
        monkeypatch.setattr(dependencies, "find_uv", lambda: None)
    with zipfile.ZipFile(offline_index / "tiny-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("tiny.py", "NAME = 'tiny'\n")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(
            "tiny-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(
            "tiny-1.0.dist-info/RECORD",
            "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n",
        )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("import tiny\ndef handler(e, c):\n    return tiny.NAME\n")
    (tmp_path / "src" / "requirements.txt").write_text("tiny==1.0\n")
    (tmp_path / "template.json").write_text(json.dumps(inline("", Code="src", Handler="app.handler")))
    assert pyformation.invoke(tmp_path / "template.json").response == "tiny"
    # They are kept: nothing is installed again.
    (offline_index / "tiny-1.0-py3-none-any.whl").unlink()
    assert pyformation.invoke(tmp_path / "template.json").response == "tiny"
    (tmp_path / "src" / "requirements.txt").write_text("tiny==2.0\n")
    with pyformation.LocalFunction(str(tmp_path / "template.json")) as function:
        (note,) = function.notes
        assert "tiny" in note and note.endswith(f"; packages come from {sys.executable}")
        error = function.invoke().error
        assert error is not None and error["errorType"] == "Runtime.ImportModuleError"


def test_the_runtime_client_where_it_has_no_wheel(
    tmp_path: Path, offline_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyformation.invocation import environment, interpreters

    for name in ("awslambdaric", "simplejson", "snapshot-restore-py"):
        wheel(offline_index, name)
    monkeypatch.setattr(environment, "_package", lambda name: None)
    with pytest.raises(pyformation.MissingExtraError) as error:
        invoke("Echo")
    assert (
        error.value.message
        == "pyformation invoke needs awslambdaric: run pip install '.[lambda]' in a clone of pyformation"
    )
    monkeypatch.setenv("HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(environment.sys, "platform", "darwin")
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    environment.make_runtime(str(runtime), interpreters.find(OURS)[0])
    found = {path.name: path.resolve() for path in runtime.iterdir()}
    assert {"awslambdaric", "simplejson", "runtime_client.py"} <= found.keys()
    assert tmp_path / "cache" in found["awslambdaric"].parents
    assert (found["awslambdaric"] / "bootstrap.py").exists()


PROJECT = '[project]\nname = "p"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("files", "response"),
    [
        # What is packaged of each, by the rule of packages: src of a project, everything of other folders.
        ({"pyproject.toml": PROJECT, "src/app.py": "NAME = 'src'", "app.py": "NAME = 'top'"}, "src"),
        ({"pyproject.toml": "[tool.x]\n", "src/app.py": "NAME = 'src'", "app.py": "NAME = 'top'"}, "top"),
        ({"src/app.py": "NAME = 'src'", "app.py": "NAME = 'top'"}, "top"),
        ({"pyproject.toml": PROJECT, "app.py": "NAME = 'top'"}, "top"),
    ],
)
def test_the_code_of_a_project_is_that_of_its_package(
    files: dict[str, str], response: str, tmp_path: Path
) -> None:
    for folder in ("code", "layer"):
        for path, text in files.items():
            (tmp_path / folder / path).parent.mkdir(parents=True, exist_ok=True)
            name = path if folder == "code" else path.replace("app", "shared")
            if name.endswith(".py"):
                text += "\ndef handler(e, c):\n    import shared\n    return [NAME, shared.NAME]\n"
            (tmp_path / folder / name).write_text(text)
    template = inline("", Code="code", Handler="app.handler", Layers=[{"Ref": "L"}])
    template["Resources"]["L"] = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": "layer"}}
    (tmp_path / "template.json").write_text(json.dumps(template))
    assert pyformation.invoke(tmp_path / "template.json", function="Function").response == [response] * 2
    packaged = run_python("-m", "pyformation", "package", "template.json", cwd=tmp_path)
    assert packaged.returncode == 0, packaged.stderr
    found = pyformation.invoke(tmp_path / "build" / "template.json", function="Function")
    assert found.response == [response] * 2


def test_inline_code_answers_cloudformation(tmp_path: Path) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Answers(BaseHTTPRequestHandler):
        got: dict[str, Any]

        def do_PUT(self) -> None:
            Answers.got = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    code = "import cfnresponse\ndef handler(event, context):\n    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'A': 1}, 'id')\n"
    (tmp_path / "template.json").write_text(json.dumps(inline(code, Timeout=10)))
    event = json.loads(event_templates.text("cloudformation:custom-resource"))
    assert "cannot send the result" in pyformation.invoke(tmp_path / "template.json", event).log
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        event["ResponseURL"] = f"http://127.0.0.1:{server.server_address[1]}/"
        found = pyformation.invoke(tmp_path / "template.json", event)
        thread.join()
    assert "CloudFormation answered 200\n" in found.log
    assert (Answers.got["Status"], Answers.got["PhysicalResourceId"], Answers.got["Data"]) == (
        "SUCCESS",
        "id",
        {"A": 1},
    )


def test_code_from_a_zip_file_and_from_a_single_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("package/app.py", "from . import other\ndef handler(e, c):\n    return other.NAME\n")
        archive.writestr("package/other.py", "NAME = 'zipped'\n")
    (tmp_path / "single.py").write_text("def handler(e, c):\n    return 'single'\n")
    for code, handler, response in (
        ("code.zip", "package/app.handler", "zipped"),
        ("single.py", "single.handler", "single"),
    ):
        (tmp_path / "template.json").write_text(json.dumps(inline("", Code=code, Handler=handler)))
        assert pyformation.invoke(tmp_path / "template.json").response == response
    assert not list(tmp_path.rglob("__pycache__"))


def test_functions_of_a_stack_in_the_same_program(tmp_path: Path) -> None:
    from pyformation.aws import lambda_

    (tmp_path / "app.py").write_text("import os\ndef handler(e, c):\n    return os.environ['IMAGE']\n")

    class Orders(pyformation.Stack):
        image = pyformation.Parameter("AWS::SSM::Parameter::Value<String>")
        take = lambda_.Function(
            runtime=OURS,
            handler="app.handler",
            role="arn:aws:iam::123456789012:role/orders",
            code=pyformation.Asset(tmp_path),
            environment=lambda_.Function.Environment(variables={"IMAGE": image}),
        )

    given: dict[str, Any] = {"parameters": {"Image": "/images/latest"}, "resolved": {"Image": "ami-1"}}
    for source in (Orders, Orders(), Orders().template):
        with pyformation.LocalFunction(source, "take", **given) as function:
            assert function.logical_id == "Take"
    assert pyformation.invoke(Orders, function="take", **given).response == "ami-1"
    (tmp_path / "resolved.json").write_text('{"Image": "ami-2"}')
    (tmp_path / "template.json").write_text(
        json.dumps(
            inline(
                "import os\ndef handler(e, c):\n    return os.environ['IMAGE']\n",
                Environment={"Variables": {"IMAGE": {"Ref": "Image"}}},
            )
            | {
                "Parameters": {
                    "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/images/latest"}
                }
            }
        )
    )
    result = command(tmp_path / "template.json", "--resolved", tmp_path / "resolved.json")
    assert result.stdout == '"ami-2"\n'
    with pytest.raises(pyformation.SourceError) as error:
        pyformation.invoke(Orders, function="tke")
    assert error.value.message == "Orders has no function 'tke'; did you mean 'take'?"


def test_a_serverless_application(tmp_path: Path) -> None:
    pytest.importorskip("samtranslator", reason="the extra sam is not installed")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "app.py").write_text(
        "import os\ndef handler(e, c):\n    return [os.environ['TABLE'], c.memory_limit_in_mb]\n"
    )
    (tmp_path / "template.yaml").write_text(
        """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, MemorySize: 256, CodeUri: notes/}}
Resources:
  Notes:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Environment: {Variables: {TABLE: !Ref Table}}
      Events: {List: {Type: Api, Properties: {Path: /notes, Method: get}}}
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: notes, KeySchema: [{AttributeName: id, KeyType: HASH}],
    AttributeDefinitions: [{AttributeName: id, AttributeType: S}], BillingMode: PAY_PER_REQUEST}}
""".replace("python3.11", OURS)
    )
    assert pyformation.invoke(f"{tmp_path / 'template.yaml'}:Notes").response == ["notes", "256"]


def test_the_example_with_a_layer(offline_index: Path) -> None:
    pytest.importorskip("idna")  # What its requirements.txt lists; there is nowhere to install it from.
    example = ROOT / "examples" / "packages"
    result = command(example / "domain_stack.py:Function", "--event", example / "event.json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"statusCode": 200, "body": '"xn--bcher-kva.example"'}


def test_the_example_of_a_serverless_application(moto: str) -> None:
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("samtranslator", reason="the extra sam is not installed")
    given = {"endpoint_url": moto, "region_name": "us-east-1"}
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    key = {"AttributeName": "id"}
    boto3.client("dynamodb", **given, **credentials).create_table(
        TableName="example-notes",
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    example = ROOT / "examples" / "sam_app.py"
    found = []
    for event in (ROOT / "examples" / "notes" / "add.json").read_text(), '{"httpMethod": "GET"}':
        variables = ("--env", "TABLE=example-notes", "--env", f"AWS_ENDPOINT_URL={moto}")
        result = command(f"{example}:Function", "--event", "-", *variables, input=event)
        assert result.returncode == 0, result.stderr
        found.append(json.loads(result.stdout))
    assert [one["statusCode"] for one in found] == [201, 200]
    assert [note["text"] for note in json.loads(found[1]["body"])] == ["Buy milk"]


def test_the_python_of_the_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyformation.invocation import interpreters

    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert interpreters.find(OURS)[0].path == sys.executable
    # An active environment that is this one has other names for the same Python.
    monkeypatch.setenv("VIRTUAL_ENV", os.path.dirname(os.path.dirname(sys.executable)))
    assert interpreters.find(OURS)[0].path == sys.executable
    # An active environment comes first, and it is another one even if it links to the same file.
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / OURS).symlink_to(os.path.realpath(sys.executable))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "venv"))
    active = interpreters.find(OURS)[0]
    assert (active.path, active.ours) == (str(tmp_path / "venv" / "bin" / OURS), False)
    monkeypatch.delenv("VIRTUAL_ENV")
    # A Python that nobody has, on PATH, in pyenv, in uv; then nowhere.
    for name in ("PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    uv = tmp_path / "UV_PYTHON_INSTALL_DIR" / "cpython-3.99.1-linux-x86_64-gnu" / "bin" / "python3.99"
    old, new = (tmp_path / "PYENV_ROOT" / "versions" / f"3.99.{n}" / "bin" / "python3.99" for n in (9, 10))
    shim = tmp_path / "PYENV_ROOT" / "shims" / "python3.99"
    path = tmp_path / "PATH" / "python3.99"
    for place in (shim, uv, old, new, path):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(sys.executable)
        monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{path.parent}")
        if place != shim:
            found, note = interpreters.find("python3.99")
            assert (found.path, found.version, note) == (str(place), (3, 99), None)
    found, note = interpreters.find("python3.98")
    assert found.path == sys.executable and found.ours
    assert note == (
        "python3.98 was not found on PATH, in pyenv or in uv; the function runs in Python "
        f"{sys.version_info[0]}.{sys.version_info[1]} ({sys.executable})"
    )
    assert (interpreters.find("python3.7")[1] or "").startswith("awslambdaric no longer supports python3.7; ")


# ---------------------------------------------------------------------------------------------
# Event templates


def test_the_event_templates() -> None:
    result = command("--events")
    names = [line.split()[0] for line in result.stdout.splitlines()]
    assert names == sorted(event_templates.names()) and len(names) >= 15
    assert {
        "s3:put", "sqs", "sns", "apigateway:http", "apigateway:rest", "eventbridge:schedule", "dynamodb", "kinesis",
        "cloudwatch-logs", "cognito",
    } <= set(names)  # fmt: skip
    for path in (ROOT / "pyformation" / "invocation" / "events").iterdir():
        row = json.loads(path.read_text(encoding="utf-8"))
        assert path.stem == row["name"].replace(":", "-")
        assert list(row) == ["name", "about", "source", "event"] and row["source"].startswith(
            "https://docs.aws"
        )
    assert json.loads(command("--events", "sqs").stdout)["Records"][0]["eventSource"] == "aws:sqs"
    assert (
        command("--events", "sqss").stderr
        == "error: there is no event template 'sqss'; did you mean 'sqs'?\n"
    )


def test_an_event_by_its_name() -> None:
    result = command(f"{TEMPLATE}:Echo", "--event", "s3:put", "--event", "eventbridge:schedule")
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["Records"][0]["s3"]["bucket"]["name"] and second["detail-type"] == "Scheduled Event"


# ---------------------------------------------------------------------------------------------
# Longer runs


class Running:
    """The command in the background, with what it has written so far."""

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        self.out, self.err = folder / "out", folder / "err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pyformation", "invoke", *map(str, arguments)],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
            )

    def wait_for(self, pattern: str) -> re.Match[str]:
        def seen() -> re.Match[str] | None:
            assert self.process.poll() is None or re.search(pattern, self.text()), self.text()
            return re.search(pattern, self.text(), re.M)

        found: re.Match[str] = wait_for(seen)
        return found

    def text(self) -> str:
        return self.out.read_text() + self.err.read_text()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "term"]
)
def test_signals_leave_nothing_behind(number: int, status: int, tmp_path: Path) -> None:
    running = Running(tmp_path, f"{TEMPLATE}:Stubborn")
    process = int(running.wait_for(r'^\{"process": (\d+)\}')[1])
    assert os.path.exists(f"/proc/{process}") or sys.platform != "linux"
    assert running.end(number) == status
    assert "Traceback" not in running.text()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is read")
def test_the_function_ends_with_a_command_that_is_killed(tmp_path: Path) -> None:
    running = Running(tmp_path, f"{TEMPLATE}:Sleep", "--event", seconds(tmp_path, 0.5))
    running.wait_for("^START")
    running.end(signal.SIGKILL)
    wait_for(lambda: not processes_with(str(tmp_path / "temporary")))
    for folder in (tmp_path / "temporary").iterdir():
        subprocess.run(["rm", "-r", str(folder)], check=True)


def seconds(folder: Path, number: float) -> Path:
    path = folder / "event.json"
    path.write_text(json.dumps({"seconds": number}))
    return path


def test_watch_runs_again_on_a_change(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    code, event = tmp_path / "src" / "app.py", tmp_path / "event.json"
    code.write_text("def handler(event, context):\n    return ['one', event]\n")
    event.write_text("1")
    template = tmp_path / "template.json"
    template.write_text(json.dumps(inline("", Code="src", Handler="app.handler")))
    running = Running(tmp_path, template, "--event", event, "--watch")
    try:
        running.wait_for(r'^\["one", 1\]$')
        running.wait_for("^watching")
        code.write_text("def handler(event, context):\n    return ['other', event]\n")
        running.wait_for(r'^\["other", 1\]$')
        event.write_text("oops")
        running.wait_for("^error: the event in .* is not JSON")
        event.write_text("2")
        running.wait_for(r'^\["other", 2\]$')
        template.write_text(json.dumps(inline("def handler(e, c):\n    return 'inline'\n")))
        running.wait_for('^"inline"$')
        # What the command itself writes beside the template (out and err) is no change, nor is a log.
        (tmp_path / "run.log").write_text("x")
        time.sleep(0.7)
        assert running.text().count('"inline"') == 1
    finally:
        assert running.end(signal.SIGINT) == 130


def test_boto3_against_serve(tmp_path: Path) -> None:
    boto3 = pytest.importorskip("boto3")
    from botocore.config import Config
    from botocore.exceptions import ClientError

    running = Running(tmp_path, TEMPLATE, "--serve", "0", "-P", "Stage=prod")
    try:
        url = running.wait_for(r" on (http://127\.0\.0\.1:\d+); Ctrl-C ends$")[1]
        client: Any = boto3.client(
            "lambda",
            endpoint_url=url,
            region_name="eu-west-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        answer = client.invoke(FunctionName="Count", Payload=b"{}", LogType="Tail")
        assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
        assert json.loads(answer["Payload"].read())["count"] == 1
        import base64

        log = base64.b64decode(answer["LogResult"]).decode()
        assert f"END RequestId: {answer['ResponseMetadata']['RequestId']}" in log
        assert json.loads(client.invoke(FunctionName="Count")["Payload"].read())["count"] == 2
        # By ARN, by its own name, and with a client context.
        arn = "arn:aws:lambda:us-east-1:123456789012:function:orders-prod:live"
        answer = client.invoke(FunctionName=arn)
        assert json.loads(answer["Payload"].read())["STAGE"] == "prod"
        context = base64.b64encode(b'{"custom": {"a": 1}}').decode()
        answer = client.invoke(FunctionName="Context", ClientContext=context)
        assert json.loads(answer["Payload"].read())["custom"] == {"a": 1}
        answer = client.invoke(FunctionName="Fail", Payload=b"{}")
        assert answer["FunctionError"] == "Unhandled"
        assert json.loads(answer["Payload"].read())["errorType"] == "ValueError"
        assert client.invoke(FunctionName="Echo", InvocationType="DryRun")["StatusCode"] == 204
        assert client.invoke(FunctionName="Logs", InvocationType="Event")["StatusCode"] == 202
        running.wait_for(r"\tcareful$")
        for arguments, code in (
            ({"FunctionName": "Ehco"}, "ResourceNotFoundException"),
            ({"FunctionName": "Echo", "Payload": b"{"}, "InvalidRequestContentException"),
            ({"FunctionName": "Echo", "Payload": b"0" * 7_000_000}, "RequestTooLargeException"),
            ({"FunctionName": "NoFolder"}, "ResourceNotFoundException"),
        ):
            with pytest.raises(ClientError) as error:
                client.invoke(**arguments)
            assert error.value.response["Error"]["Code"] == code
        # Two events at once get two processes, and a busy one does not delay the end.
        client.invoke(FunctionName="Stubborn", InvocationType="Event")
        client.invoke(FunctionName="Stubborn", InvocationType="Event")
        wait_for(lambda: len(set(re.findall(r'^\{"process": (\d+)\}', running.text(), re.M))) == 2)
        client.close()
    finally:
        assert running.end(signal.SIGTERM) == 143, running.text()
    assert "Traceback" not in running.text().partition("[ERROR] ValueError")[0]


def test_a_port_in_use(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = command(f"{TEMPLATE}:Echo", "--serve", str(port))
    assert (result.returncode, result.stderr) == (
        1,
        f"error: cannot serve on port {port}: Address already in use\n",
    )


def test_a_signal_waits_for_what_must_not_stay_half_done() -> None:
    from pyformation.invocation.processes import uninterrupted

    done: list[str] = []

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")
        done.append("never")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) == before
