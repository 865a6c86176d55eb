"""What AWS::Serverless makes of a template, by AWS's own translator: the extra ``sam``.

Nothing is asked of AWS: names of managed policies stay names, an application of the Serverless Application
Repository is a nested stack whose template is unknown, and a local path of code stays the path.
https://github.com/aws/serverless-application-model
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from ..errors import EvaluationError, how_to_install
from ..plain import is_list, is_mapping, mapping_or_empty
from .expressions import is_function, section
from .secrets import Secret
from .unknowns import NO_VALUE, is_known, mapped, parts

TRANSFORM = "AWS::Serverless-2016-10-31"
PREFIX = "AWS::Serverless::"
INSTALL = how_to_install("sam")

# The translator keeps its region in a class: one thread at a time.
_LOCK = threading.Lock()
# It only chooses the partition where no region is given: the same on both sides of a diff.
_ANY_REGION = "us-east-1"
# The translator wants code in a bucket; this is none, and the path comes back in its place.
_HERE = "code-on-this-computer"
_LOCATIONS = ("CodeUri", "ContentUri", "DefinitionUri")
_APPLICATION = "AWS::Serverless::Application"


def installed() -> bool:
    """Whether the translator is installed."""
    import importlib.util

    return importlib.util.find_spec("samtranslator") is not None


# The translator copies what describes an API for each of its events: two hundred and fifty take seconds.
_MOST_COPIED = 1_500_000
_OF_EVENT = 25
_APIS = ("Api", "HttpApi")


def asks_for_much(data: Mapping[str, Any]) -> bool:
    """Whether a template has so many events of APIs, or so much that describes them, that translating takes too long."""
    events = described = 0
    for resource in section(data, "Resources").values():
        kind = resource.get("Type") if is_mapping(resource) else None
        if not isinstance(kind, str) or not kind.startswith(PREFIX):
            continue
        properties = mapping_or_empty(resource.get("Properties"))
        for event in mapping_or_empty(properties.get("Events")).values():
            events += mapping_or_empty(event).get("Type") in _APIS
        if "DefinitionBody" in properties:
            described += sum(1 for _ in parts(properties["DefinitionBody"]))
    return events * (events * _OF_EVENT + described) > _MOST_COPIED


def with_values(data: dict[str, Any], evaluate: Callable[[Any], Any]) -> dict[str, Any]:
    """A template whose serverless resources have values for functions, as AWS::LanguageExtensions gives them before
    AWS::Serverless: the version of a function is named by the location of its code, wherever that is written.

    Unknown and secret values are left as they are.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
    """

    def value_of(node: Any) -> Any:
        if is_mapping(node) and is_function(node):
            value = evaluate(node)
            secret = any(isinstance(part, Secret) for part in parts(value))
            if value is not NO_VALUE and is_known(value) and not secret:
                return value
        return node

    result = dict(data)
    if "Globals" in data:
        result["Globals"] = mapped(data["Globals"], value_of)
    if "Resources" in data:
        result["Resources"] = {
            name: {**resource, "Properties": mapped(resource.get("Properties"), value_of)}
            if is_mapping(resource) and str(resource.get("Type")).startswith(PREFIX)
            else resource
            for name, resource in section(data, "Resources").items()
        }
    return result


def translate(
    data: dict[str, Any], parameters: Mapping[str, Any], region: str | None
) -> tuple[dict[str, Any], list[str]]:
    """The template that AWS::Serverless makes, and what in it stays unknown, in sentences.

    `parameters` are the values of the template's parameters. Raises `EvaluationError` for what the
    translator refuses.
    """
    import logging

    from samtranslator.model.exceptions import (  # type: ignore[import-untyped]
        InvalidDocumentException,
        InvalidResourceException,
    )
    from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
    from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
    from samtranslator.utils.py27hash_fix import (  # type: ignore[import-untyped]
        to_py27_compatible_template,
        undo_mark_unicode_str_in_template,
    )

    # Without a handler Python would print what it logs; a program that sets up logging still gets it.
    logging.getLogger("samtranslator").addHandler(logging.NullHandler())
    where = _ANY_REGION if region is None else region
    fragment = copy.deepcopy(data)
    stored, partial = _take_out_applications(fragment)
    _prepare_locations(fragment)
    # Secret and unknown values stay references: their defaults are removed, too.
    for facts in section(fragment, "Parameters").values():
        facts.pop("Default", None)
    values: dict[str, Any] = {"AWS::Region": where}
    for name, value in parameters.items():
        if isinstance(value, str) and not isinstance(value, Secret):
            values[name] = value
        elif is_list(value):
            if all(type(item) is str for item in value):
                values[name] = ",".join(value)
    session: Any = SimpleNamespace(region_name=where)
    only_applications = bool(stored) and not fragment.get("Resources")
    if not only_applications:
        try:
            with _LOCK:
                to_py27_compatible_template(fragment, values)
                # With a session of its own it would read the environment.
                translator = Translator(None, Parser(), boto_session=session)
                try:
                    made = translator.translate(
                        fragment, parameter_values=values, get_managed_policy_map=dict
                    )
                finally:
                    translator.metrics.publish()  # It publishes nowhere, but otherwise complains when the program ends.
                fragment = undo_mark_unicode_str_in_template(made)
        except (InvalidDocumentException, InvalidResourceException) as error:
            causes = [cause.message for cause in getattr(error, "causes", [error])]
            raise EvaluationError(f"AWS::Serverless refuses the template: {' '.join(causes)}") from None
        except EvaluationError:
            raise
        except Exception as error:  # It has no errors of its own for templates of a strange shape.
            raise EvaluationError(
                f"AWS::Serverless cannot be applied to the template: {type(error).__name__}: {error}"
            ) from None
    result: dict[str, Any] = _with_paths(fragment)
    resources = {**result.get("Resources", {}), **stored}
    # In the order of the template, what the translator adds behind it.
    ordered = {name: resources.pop(name) for name in data.get("Resources", {}) if name in resources}
    result["Resources"] = {**ordered, **resources}
    if "Parameters" in data:
        result["Parameters"] = data["Parameters"]
    result.pop("Globals", None)
    return result, partial


def _take_out_applications(fragment: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Applications from AWS's repository as nested stacks: the translator would ask AWS for them."""
    stored: dict[str, Any] = {}
    found = section(fragment, "Resources")
    for name, resource in list(found.items()):
        if not is_mapping(resource) or resource.get("Type") != _APPLICATION:
            continue
        properties = section(resource, "Properties")
        location = properties.get("Location")
        if not is_mapping(location):
            continue
        kept = {k: v for k, v in properties.items() if k != "Location"}
        kept["TemplateURL"] = {"Fn::Transform": {"Name": _APPLICATION, "Parameters": location}}
        stored[name] = {**found.pop(name), "Type": "AWS::CloudFormation::Stack", "Properties": kept}
    sentences = [
        f"the application of {name} is in AWS's repository, and its template is not known" for name in stored
    ]
    return stored, sentences


def _prepare_locations(fragment: dict[str, Any]) -> None:
    """Local paths as places in a bucket, and an image that is still to be built as one."""
    owners: list[Any] = list(section(fragment, "Globals").values())
    for resource in section(fragment, "Resources").values():
        if is_mapping(resource) and str(resource.get("Type")).startswith(PREFIX):
            owners.append(resource.get("Properties"))
    for owner in owners:
        if not is_mapping(owner):
            continue
        for key in _LOCATIONS:
            path = owner.get(key)
            if isinstance(path, str) and not path.startswith(("s3://", "{{resolve:")):
                owner[key] = {"Bucket": _HERE, "Key": path}
        if owner.get("PackageType") == "Image":
            owner.setdefault("ImageUri", _HERE)


def _with_paths(node: Any) -> Any:
    """Plain data again, with local paths where places in a bucket stand for them."""

    def path_of(part: Any) -> Any:
        for bucket, key in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
            if is_mapping(part) and part.get(bucket) == _HERE and key in part:
                return str(part[key])
        return part

    # The translator has texts of a class of its own, also as keys.
    return mapped(json.loads(json.dumps(node)), path_of)
