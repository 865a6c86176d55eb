"""What a template says about a function, evaluated: `declared`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..changes.live import Live
from ..changes.sides import Side, given_value
from ..errors import EvaluationError, SourceError
from ..evaluation import Given, prepare
from ..evaluation.engine import Engine
from ..evaluation.expressions import section
from ..evaluation.secrets import opened
from ..evaluation.unknowns import NO_VALUE, Unknown, is_known, is_symbol, scalar_text
from ..plain import is_mapping, list_or_empty, mapping_or_empty
from .interpreters import version_of
from .targets import Target

REGION = "us-east-1"
ACCOUNT = "123456789012"
_FUNCTION, _LAYERS = "AWS::Lambda::Function", ("AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion")
# Where the tools that package code note the local path of what a property refers to.
_LOCAL_PATH = "aws:asset:path"


@attrs.frozen
class Declaration:
    """A function as its template declares it, with values for all references.

    `code` and `layers` are as the template has them: paths, inline text, or places in S3. `notes` are sentences about
    what a local run cannot know.
    """

    logical_id: str
    name: str
    arn: str
    runtime: str
    handler: str
    timeout: float
    memory_mb: int
    variables: dict[str, str]
    code: Any
    layers: list[tuple[str, Any]]
    log_group: str
    json_log: bool
    application_level: str | None
    system_level: str
    region: str
    notes: list[str]


class _Names:
    """References as they are in a deployed stack, as far as that is known, and those to the function itself."""

    def __init__(self, live: Live, logical_id: str) -> None:
        self.live, self.logical_id = live, logical_id
        self.name = self.arn = ""

    def reference(self, logical_id: str) -> Any:
        return self.name if logical_id == self.logical_id else self.live.reference(logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        if logical_id == self.logical_id and name == "Arn":
            return self.arn
        return self.live.attribute(logical_id, name)


def declared(target: Target, given: Given, over: Mapping[str, str] | None = None) -> Declaration:
    """What the template says about a function, for the given values of parameters.

    `over` are environment variables that win over the declared ones, which then need no value.
    """
    try:
        return _declared(target, attrs.evolve(given, region=given.region or REGION), over or {})
    except EvaluationError as error:
        if error.path is not None:
            error.origin = error.origin or target.template.origin(error.path.split("."))
        raise


def _declared(target: Target, given: Given, over: Mapping[str, str]) -> Declaration:
    name, region = target.logical_id, str(given.region)
    prepared = prepare(target.template.data, given)
    side = Side(prepared, given)
    resource = side.resources.get(name)
    if resource is None or resource["Type"] != _FUNCTION:
        reason = "; ".join(prepared.partial) or "its transform makes no function of it"
        raise SourceError(f"{name} cannot be invoked: {reason}")
    if side.exists(name) is False:
        raise SourceError(f"{name} does not exist with these parameters: its condition is false")
    notes: list[str] = []
    live = Live(side)
    names = _Names(live, name)
    engine = live.engine.with_resources(names)
    function_name = live.property(name, ("FunctionName",))
    names.name = function_name if isinstance(function_name, str) else name
    arn = f"arn:{given_text(engine, 'AWS::Partition')}:lambda:{region}:{given.account or ACCOUNT}:function:"
    names.arn = arn + names.name
    nodes = section(resource, "Properties")

    def value(key: str, default: Any = None) -> Any:
        found = given_value(engine, nodes[key]) if key in nodes else NO_VALUE
        return default if found is NO_VALUE or _is_missing(found) else found

    runtime = value("Runtime")
    if value("PackageType") == "Image" or "ImageUri" in mapping_or_empty(value("Code")):
        raise SourceError(
            f"{name} is a container image; pyformation invoke runs code from a folder or zip file"
        )
    if not isinstance(runtime, str):
        raise SourceError(f"the runtime of {name} is not known offline; give its parameters")
    if version_of(runtime) is None:
        raise SourceError(f"{name} runs in {runtime}; pyformation invoke runs functions written in Python")
    handler = value("Handler")
    if not isinstance(handler, str):
        raise SourceError(f"the handler of {name} is not known offline; give its parameters")
    logging = mapping_or_empty(value("LoggingConfig"))
    is_json = str(logging.get("LogFormat", "Text")).upper() == "JSON"
    level = logging.get("ApplicationLogLevel")
    group = logging.get("LogGroup", f"/aws/lambda/{names.name}")
    return Declaration(
        name,
        names.name,
        names.arn,
        runtime,
        handler,
        _number(value("Timeout", 3), 3, f"the timeout of {name}", notes),
        int(_number(value("MemorySize", 128), 128, f"the memory size of {name}", notes)),
        _variables(value("Environment"), over, notes),
        _code(resource, value("Code"), "Code"),
        _layers(side, engine, list_or_empty(value("Layers")), notes),
        _text(group),
        is_json,
        level if isinstance(level, str) and is_json else None,
        str(logging.get("SystemLogLevel", "INFO")),
        region,
        notes,
    )


def given_text(engine: Engine, name: str) -> str:
    """The value of a pseudo parameter as text."""
    return _text(engine.reference(name))


def _is_missing(value: Any) -> bool:
    from ..changes.records import MISSING

    return value is MISSING


def _number(value: Any, default: float, what: str, notes: list[str]) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        notes.append(f"{what} is not known offline; it is {default:g}, as by default")
        return default


def _variables(environment: Any, over: Mapping[str, str], notes: list[str]) -> dict[str, str]:
    """The declared variables as text; what is not known is a placeholder, and a note says so."""
    if not is_mapping(environment):
        if environment is not None:
            notes.append(f"the environment variables are not known offline ({environment})")
        return {}
    found = environment.get("Variables", {})
    if not is_mapping(found):
        notes.append(f"the environment variables are not known offline ({found})")
        return {}
    for key, value in found.items():
        if not is_known(value) and key not in over:
            notes.append(
                f"{key} has a placeholder: {value} is not known offline; --env {key}=VALUE gives it a value"
            )
    return {key: _text(value) for key, value in found.items()}


def _text(value: Any) -> str:
    """A value as text, with a placeholder for each part that is not known."""
    pieces = value.parts if isinstance(value, Unknown) and value.kind == "text" else (value,)
    return "".join(
        f"<{piece} is not known offline>" if is_symbol(piece) else opened(scalar_text(piece))
        for piece in pieces
    )  # The function gets what it would get on AWS.


def _code(resource: Mapping[str, Any], code: Any, name: str) -> Any:
    """Where code is: the local path that a packaging tool noted, or what the property says."""
    local = mapping_or_empty(resource.get("Metadata")).get(_LOCAL_PATH)
    if isinstance(local, str) and not isinstance(code, str) and "ZipFile" not in mapping_or_empty(code):
        return local
    return code


def _layers(side: Side, engine: Engine, given: list[Any], notes: list[str]) -> list[tuple[str, Any]]:
    """The layers of the template that a function uses, each with its content."""
    found: list[tuple[str, Any]] = []
    for value in given:
        name = value.name if isinstance(value, Unknown) and value.kind == "reference" else None
        resource = None if name is None else side.resources.get(name)
        if name is None or resource is None or resource["Type"] not in _LAYERS:
            what = value if isinstance(value, Unknown) else scalar_text(value)
            notes.append(f"the layer {what!s} is not on this computer; its modules are missing")
            continue
        properties = section(resource, "Properties")
        content = next((properties[key] for key in ("Content", "ContentUri") if key in properties), None)
        found.append((name, _code(resource, engine.value(content), "Content")))
    return found
