"""What AWS has told of the resources of a live stack: what they are called, and what its outputs say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from .. import catalog
from ..errors import EvaluationError
from ..evaluation.engine import Engine
from ..evaluation.expressions import section
from ..evaluation.unknowns import Unknown
from ..sources import DeployedStack


class Named:
    """Answers with the references and attributes that are known by their names, and with symbols for all others."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def reference(self, logical_id: str) -> Any:
        """What ``Ref`` of a resource gives."""
        return self.names.get(logical_id) or Unknown("reference", logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        """What ``Fn::GetAtt`` of a resource gives."""
        symbol = f"{logical_id}.{name}"
        return self.names.get(symbol) or Unknown("attribute", symbol)


def observed_names(engine: Engine, live: DeployedStack) -> dict[str, str]:
    """The values of references (``Queue``) and attributes (``Queue.Arn``) of a live stack that are known."""
    found: dict[str, str] = {}
    for name, resource in engine.declared.items():
        physical_id = live.physical_ids.get(name)
        if physical_id and _ref_is_physical_id(str(resource.get("Type")), physical_id):
            found[name] = physical_id
    named = engine.with_resources(Named(found))
    for name, resource in engine.declared.items():
        if name in found:
            with suppress(EvaluationError):
                found.update(_of_forms(named, name, resource, found[name]))
    for name, output in section(engine.data, "Outputs").items():
        said = live.outputs.get(name)
        if said is None:
            continue
        with suppress(EvaluationError):
            if engine.exists(output) is True:
                value = named.value(output.get("Value"))
                text = isinstance(value, Unknown) and value.kind == "text"
                found.update(_solved(value.parts if text else (value,), said))
    return found


def _ref_is_physical_id(type_name: str, physical_id: str) -> bool:
    """Whether ``Ref`` certainly gives the physical ID; of an identifier with several parts it may be one of them."""
    record = catalog.find(type_name)
    return (
        record is not None
        and len(record.identifier) == 1
        and list(record.ref) == list(record.identifier)
        and "|" not in physical_id
    )


def _of_forms(
    engine: Engine, logical_id: str, resource: Mapping[str, Any], physical_id: str
) -> dict[str, str]:
    """The ARNs, URLs and names of a resource that its physical ID decides, by the forms that the catalog has."""
    record = catalog.find(str(resource.get("Type")))
    if record is None or len(record.ref) != 1:
        return {}
    (ref,) = record.ref
    given = section(resource, "Properties")
    known: dict[str, str] = {}
    for name in given:
        value = engine.value(given[name])
        if type(value) is str:
            known[name] = value
    told: dict[str, str] = {} if ref in given else {ref: physical_id}
    form = _form(record, ref, given)
    if form is not None:
        told.update(
            (name, value) for name, value in _read(form, physical_id, engine).items() if name not in given
        )
    known.update(told)
    found: dict[str, str] = {}
    for name, attribute in record.attributes.items():
        mirrored = None if attribute.mirrors is None else attribute.mirrors.removeprefix("/Properties/")
        form = _form(record, name, given)
        text = told.get(name if mirrored is None else mirrored)
        if text is None and form is not None:
            text = _filled(form, engine, known, given)
        if text is not None:
            found[f"{logical_id}.{name}"] = text
    return found


# A variable in the form of an ARN: a pseudo parameter or a property, with the value that it has if it is not given.
FORM_VARIABLE = re.compile(r"\$\{(/?)([\w.:]+)(?:=([^}]*))?\}")


def _form(record: catalog.ResourceType, name: str, given: Mapping[str, Any]) -> str | None:
    attribute = record.attributes.get(name)
    return None if attribute is None or attribute.form_unless in given else attribute.form


def _filled(form: str, engine: Engine, known: Mapping[str, str], given: Mapping[str, Any]) -> str | None:
    """The text of a form, None where a variable is not known."""
    pieces: list[str] = []
    place = 0
    for match in FORM_VARIABLE.finditer(form):
        slash, name, default = match.groups()
        value: Any = engine.value({"Ref": name}) if name.startswith("AWS::") else known.get(name)
        if value is None and name not in given:
            value = default
        if type(value) is not str or ":" in value:
            return None  # Where an ARN is given for a name, the form does not hold.
        if slash and not value.startswith("/"):
            value = f"/{value}"
        pieces += [form[place : match.start()], value]
        place = match.end()
    return "".join([*pieces, form[place:]])


def _read(form: str, text: str, engine: Engine) -> dict[str, str]:
    """The variables of a form that has a text; none where it cannot have it."""
    pattern, place = "", 0
    for match in FORM_VARIABLE.finditer(form):
        slash, name, default = match.groups()
        value: Any = engine.value({"Ref": name}) if name.startswith("AWS::") else None
        if slash or default is not None:
            return {}
        pattern += re.escape(form[place : match.start()])
        pattern += re.escape(value) if type(value) is str else f"(?P<{name}>[^:/]+)"
        place = match.end()
    found = re.fullmatch(pattern + re.escape(form[place:]), text) if "AWS::" not in pattern else None
    return {} if found is None else found.groupdict()


def _solved(pieces: Iterable[Any], text: str) -> dict[str, str]:
    """The one unknown piece of a text that is known as a whole."""
    pieces = list(pieces)
    places = [place for place, piece in enumerate(pieces) if not isinstance(piece, str)]
    if len(places) != 1:
        return {}
    unknown = pieces[places[0]]
    start, end = "".join(pieces[: places[0]]), "".join(pieces[places[0] + 1 :])
    if not isinstance(unknown, Unknown) or unknown.kind not in ("reference", "attribute"):
        return {}
    if not text.startswith(start) or not text.endswith(end) or len(text) < len(start) + len(end):
        return {}
    return {unknown.name: text[len(start) : len(text) - len(end)]}
