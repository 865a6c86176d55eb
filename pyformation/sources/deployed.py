"""A stack that exists, as the source of a template, and which rooms read the sources with a scheme.

This room knows nothing of AWS: what reads ``live:STACK`` stands above it and is named here, so that it is loaded when
somebody asks for such a source.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import attrs

if TYPE_CHECKING:
    from .records import LoadedTemplate

# The schemes of sources that are not read from files, with the function that reads them.
_SCHEMES = {
    "live": "pyformation.deployment.live:load",
    "live+processed": "pyformation.deployment.live:load",
}


class Exports(dict[str, str]):
    """The values of all exports of a region: what is not among them, no stack exports."""


@attrs.frozen(kw_only=True)
class DeployedStack:
    """What AWS knows of a stack beside its template.

    `parameters` are the values that the stack has, None for one that AWS hides (NoEcho); `resolved` those that AWS
    read for parameters of SSM types; `physical_ids` what its resources are called. `exports` fetches the exports of
    the region, `importers` the stacks that import one of them, `nested` the template of a nested stack by its logical
    ID.
    """

    name: str
    id: str
    region: str
    account: str
    status: str
    parameters: Mapping[str, str | None]
    resolved: Mapping[str, str]
    tags: Mapping[str, str]
    outputs: Mapping[str, str]
    exported: Mapping[str, str]
    physical_ids: Mapping[str, str]
    policy: Mapping[str, Any] | None
    exports: Callable[[], Exports] = attrs.field(eq=False, repr=False)
    importers: Callable[[str], Sequence[str]] = attrs.field(eq=False, repr=False)
    nested: Callable[[str], LoadedTemplate | None] = attrs.field(eq=False, repr=False)

    @property
    def exists(self) -> bool:
        """Whether the stack has resources: not before its first creation, nor after that was rolled back."""
        return self.status not in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE")

    @property
    def settled(self) -> bool:
        """Whether its resources are those of its template: no operation runs or has failed."""
        return self.status.endswith("_COMPLETE")


def is_scheme(source: str) -> bool:
    """Whether a source is read by another room."""
    return source.partition(":")[0] in _SCHEMES


def load_scheme(source: str, *, session: Any = None, region: str | None = None) -> LoadedTemplate:
    """The template of such a source, over a session of boto3; `region` counts where the source names none."""
    module, _, name = _SCHEMES[source.partition(":")[0]].partition(":")
    read = getattr(importlib.import_module(module), name)
    return cast("LoadedTemplate", read(source, session=session, region=region))
