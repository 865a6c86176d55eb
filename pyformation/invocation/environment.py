"""The environment variables of a function, and the folders on its path."""

from __future__ import annotations

import glob
import importlib.util
import os
import sys
import time
import uuid
from collections.abc import Mapping

from .. import catalog
from ..errors import MissingExtraError, SourceError, how_to_install
from ..sources.projects import LAYER_FOLDERS
from .declarations import Declaration
from .interpreters import Interpreter
from .packages import runtime_client

# What the runtime of Lambda brings, as packages of this Python. The last ones are boto3 and what it needs.
_REQUIRED = ("awslambdaric", "simplejson")
_OPTIONAL = ("snapshot_restore_py",)
_SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
_CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child", "runtime_client.py")
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "no-credentials-in-a-local-run",
    "AWS_SECRET_ACCESS_KEY": "no-credentials-in-a-local-run",
    "AWS_SESSION_TOKEN": "no-credentials-in-a-local-run",
}
# The address of the Runtime API: without it there is no function.
_FIXED = ("AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_MAX_CONCURRENCY", "_LAMBDA_TELEMETRY_LOG_FD")


def make_runtime(folder: str, interpreter: Interpreter) -> None:
    """Fill a folder with what the runtime brings: awslambdaric, its transport, and boto3."""
    found = {name: _package(name) for name in (*_REQUIRED, *_OPTIONAL, *(() if interpreter.ours else _SDK))}
    missing = [name for name in _REQUIRED if found[name] is None]
    if missing and sys.platform == "linux":
        raise MissingExtraError(f"pyformation invoke needs {missing[0]}: {how_to_install('lambda')}")
    if missing:
        fetched = runtime_client(interpreter)
        found.update((name, os.path.join(fetched, name)) for name in (*_REQUIRED, *_OPTIONAL))
    for path in (_CHILD, *found.values()):
        if path is not None and os.path.exists(path):
            os.symlink(path, os.path.join(folder, os.path.basename(path)))


def _package(name: str) -> str | None:
    """The folder or file of a package that is installed beside pyformation."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        return None
    is_folder = os.path.basename(found.origin) == "__init__.py"
    return os.path.dirname(found.origin) if is_folder else found.origin


def variables(
    declaration: Declaration,
    *,
    task: str,
    layers: list[str],
    packages: list[str],
    runtime: str,
    over: Mapping[str, str],
) -> tuple[dict[str, str], list[str]]:
    """Every variable of the function's process, and notes about those that are not as declared.

    `over` are the variables that the user gives; they win over all others.
    """
    for name in _FIXED:
        if name in over:
            raise SourceError(f"--env {name}: the runtime of the function needs this variable")
    version = declaration.runtime.removeprefix("python")
    stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[$LATEST]{uuid.uuid4().hex}"
    reserved = {
        "_HANDLER": declaration.handler,
        "AWS_REGION": declaration.region,
        "AWS_DEFAULT_REGION": declaration.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{declaration.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": declaration.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(declaration.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": declaration.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "LAMBDA_TASK_ROOT": task,
        "LAMBDA_RUNTIME_DIR": runtime,
        **_credentials(),
    }
    if declaration.json_log:
        reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        if declaration.application_level is not None:
            reserved["AWS_LAMBDA_LOG_LEVEL"] = declaration.application_level
    rows = catalog.reviewed("reserved_keys")
    kept = {*reserved, *_FIXED, *(row["key"] for row in rows if row["type"] == "AWS::Lambda::Function")}
    notes = [
        f"{name} is reserved: Lambda refuses a function that sets it, and the value is not used"
        for name in declaration.variables
        if name in kept
    ]
    own = {key: value for key, value in declaration.variables.items() if key not in kept}
    path = [os.path.join(layer, "bin") for layer in layers]
    libraries = [task, os.path.join(task, "lib"), *(os.path.join(layer, "lib") for layer in layers)]
    libraries += [os.environ["LD_LIBRARY_PATH"]] if os.environ.get("LD_LIBRARY_PATH") else []
    modules = [task, *packages, *_modules(layers, version), runtime]
    found = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.pathsep.join([*path, os.environ.get("PATH", os.defpath)]),
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        **own,
        **reserved,
        **over,
    }
    # The runtime's own modules are found whatever the function declares.
    given = found.get("PYTHONPATH")
    found["PYTHONPATH"] = os.pathsep.join([*([given] if given else []), *modules])
    return found, notes


def _credentials() -> dict[str, str]:
    """The credentials of the calling program's environment; otherwise some that AWS refuses.

    The function must not find others in a file by itself.
    """
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        return dict(_CREDENTIALS)
    return {name: os.environ[name] for name in _CREDENTIALS if name in os.environ}


def _modules(layers: list[str], version: str) -> list[str]:
    """The folders of layers that Python looks for modules in."""
    found: list[str] = []
    for layer in layers:
        inside = os.path.join(layer, "python")
        found += glob.glob(os.path.join(inside, "lib", f"python{version}", "site-packages"))
        # A folder of modules becomes the folder python of the layer when it is packaged.
        is_laid_out = any(os.path.isdir(os.path.join(layer, name)) for name in LAYER_FOLDERS)
        found.append(inside if is_laid_out else layer)
    return found
