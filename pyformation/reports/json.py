"""A report as plain data for JSON and back; `diff.schema.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..changes import Diff
from ..errors import Origin, SourceError
from ..plain import is_list, is_mapping
from .data import PropertyReport, Report, Subject, reports, total

if TYPE_CHECKING:
    from cattrs import Converter

VERSION = 1


def _place(origin: Origin) -> dict[str, Any]:
    caller = {} if origin.caller is None else {"caller": _place(origin.caller)}
    return {"file": origin.file, "line": origin.line, **caller}


def _origin(data: Any) -> Origin:
    caller = data.get("caller")
    return Origin(str(data["file"]), int(data["line"]), None if caller is None else _origin(caller))


def _converter() -> Converter:
    """Records to plain data and back."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=False)
    converter.register_unstructure_hook(Origin, _place)
    converter.register_structure_hook(Origin, lambda data, _: _origin(data))
    property_to_json = converter.gen_unstructure_attrs_fromdict(PropertyReport)
    converter.register_unstructure_hook(
        PropertyReport, lambda found: {**property_to_json(found), "condition": found.condition}
    )
    unstructure = converter.gen_unstructure_attrs_fromdict(Report)
    structure = converter.gen_structure_attrs_fromdict(Report)

    def report_to_json(found: Report) -> dict[str, Any]:
        data = unstructure(found)
        return {
            "version": VERSION,
            "partial": bool(found.partial),
            "partial_reasons": list(found.partial),
            "compared": data["compared"],
            "parameter_mode": found.parameter_mode,
            "summary": data["summary"],
            "resources": data["resources"],
            "findings": [*data["findings"], *_of_nested_stacks(data["resources"])],
            "aws_only": data["aws_only"],
            "causing_entities": data["causing_entities"],
            "suppressed": data["suppressed"],
            "outputs": data["outputs"],
            "refreshed": data["refreshed"],
        }

    def report_from_json(data: Mapping[str, Any], _: type[Report]) -> Report:
        reasons = data.get("partial_reasons", [])
        if data.get("partial") and not reasons:
            reasons = ["no reason given"]
        given = {**data, "partial": reasons}
        if is_list(given.get("findings")):
            given["findings"] = [one for one in given["findings"] if not (is_mapping(one) and "stack" in one)]
        return structure(given, Report)

    converter.register_unstructure_hook(Report, report_to_json)
    converter.register_structure_hook(Report, report_from_json)
    return converter


def _of_nested_stacks(resources: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The findings on nested stacks, which a program that looks at the list must not miss, each with its stack."""
    for change in resources:
        if change["nested"] is not None:
            for found in change["nested"]["findings"]:
                inner = found.get("stack")
                yield {
                    **found,
                    "stack": change["logical_id"] if inner is None else f"{change['logical_id']}/{inner}",
                }


def to_json(subject: Subject) -> dict[str, Any]:
    """A diff as plain data for `json.dumps`, as `diff.schema.json` describes it.

    Several diffs are in ``"templates"``, by the path of their template, with the ``"summary"`` of all.
    """
    converter = _converter()
    found = reports(subject)
    if isinstance(subject, (Diff, Report)):
        data: dict[str, Any] = converter.unstructure(found[None])
        return data
    return {
        "version": VERSION,
        "partial": any(one.partial for one in found.values()),
        "summary": attrs.asdict(total(found)),
        "templates": {str(path): converter.unstructure(one) for path, one in found.items()},
    }


def from_json(data: Mapping[str, Any]) -> Report | dict[str, Report]:
    """The report that `to_json` wrote; several templates are returned by path.

    Raises `SourceError` for data of another shape or version.
    """
    if not is_mapping(data) or "version" not in data:
        raise SourceError("expected the JSON of a diff, a mapping with a version")
    if data["version"] != VERSION:
        raise SourceError(
            f"expected the JSON of a diff in version {VERSION}, found version {data['version']!r}"
        )
    if "templates" in data:
        templates: Any = data["templates"]
        if not is_mapping(templates):
            raise SourceError("the JSON of a diff is broken: templates is not a mapping")
        return {str(path): _structured(one, f"templates[{path!r}]") for path, one in templates.items()}
    return _structured(data, "")


def _structured(data: Any, path: str) -> Report:
    from cattrs.errors import BaseValidationError

    try:
        found: Report = _converter().structure(data, Report)
    except BaseValidationError as error:
        from cattrs import transform_error

        first = transform_error(error, path=path or "$")[0]
        raise SourceError(f"the JSON of a diff is broken: {first}") from None
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise SourceError(f"the JSON of a diff is broken: {error}") from None
    return found


def schema() -> dict[str, Any]:
    """The JSON Schema of what `to_json` gives."""
    from importlib.resources import files

    found: dict[str, Any] = json.loads(
        (files("pyformation.reports") / "diff.schema.json").read_text(encoding="utf-8")
    )
    return found
