"""What AWS has told of the resources of a live stack: what they are called, and what its outputs say of them."""

from __future__ import annotations

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
