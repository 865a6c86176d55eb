"""What a program calls: `plan` and `deploy`, in one region. The commands are thin layers over the same steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict, Unpack

import attrs

from ..assets.packaging import Options as Packaging
from ..assets.packaging import Packager
from ..changes.diff import ParameterMode
from ..errors import DeploymentError
from ..findings import Settings
from ..findings.settings import settings_of
from ..policies import Policy
from ..sources import LoadedTemplate, loaded
from .connection import connect
from .deploying import Deployment, Ready, carry_out, ended, make_ready
from .events import Followed
from .inspection import Callbacks
from .planning import Plan, draft_of, predicted, prepare, propose, why_unplanned
from .requests import Wanted
from .stacks import existing
from .watching import Watcher


class Options(TypedDict, total=False):
    """What `plan` and `deploy` take besides the source and the stack; see `Wanted`."""

    parameters: Mapping[str, Any]
    parameter_mode: ParameterMode
    tags: Mapping[str, str]
    role: str
    notifications: tuple[str, ...]
    rollback_alarms: tuple[str, ...]
    monitoring_minutes: int
    termination_protection: bool
    imports: Mapping[str, str]
    import_existing: bool
    revert_drift: bool
    express: bool
    disable_rollback: bool
    bucket: str
    prefix: str
    bucket_owner: str
    image_repository: str
    packaging: Packaging
    fail_on: Iterable[str]
    policies: Iterable[Policy]
    settings: Settings | Mapping[str, Any]
    assume_unchanged: bool


def wanted_of(stack_name: str, options: Mapping[str, Any]) -> Wanted:
    """The options of a program as a record."""
    found = dict(options)
    settings = found.pop("settings", None)
    if not isinstance(settings, Settings):
        settings = settings_of(settings or {}, "settings")
    for key in ("fail_on", "policies"):
        found[key] = tuple(found.get(key) or ())
    known = {field.name for field in attrs.fields(Wanted)}
    for key in found:
        if key not in known:
            raise TypeError(f"unexpected keyword argument {key!r}")
    return Wanted(stack_name=stack_name, settings=settings, **found)


def plan(
    source: object,
    *,
    stack_name: str,
    region: str | None = None,
    session: Any = None,
    on_prediction: Callable[[Plan], None] | None = None,
    **options: Unpack[Options],
) -> Plan:
    """Predict what a deployment does, and compare the prediction with a change set of AWS.

    `source` is what `pyformation.diff` takes, `session` a session of boto3. `on_prediction` is called with the
    prediction, before AWS has computed anything. The change set is deleted at the end, and so is an empty stack that
    was made for it. A rule that is broken is in the plan's `broken` and `broken_by_aws`, and raises nothing.

    Raises `DeploymentError` if AWS refuses, or if the stack is in a state that allows no deployment.
    """
    wanted = wanted_of(stack_name, options)
    connection = connect(region, session=session)
    with Packager(wanted.packaging) as packager:
        prepared = prepare(connection, _template(source, session, region), wanted, packager)
        made = predicted(prepared)
        if on_prediction is not None:
            on_prediction(made)
        if prepared.is_running or prepared.starts_over:
            return attrs.evolve(made, unplanned=why_unplanned(prepared))
        prepared.uploads.send(lambda _sentence: None)
        with draft_of(prepared) as draft:
            return propose(prepared, draft)


def deploy(
    source: object,
    *,
    stack_name: str,
    region: str | None = None,
    session: Any = None,
    approve: Callable[[Plan], bool] | None = None,
    on_prediction: Callable[[Plan], None] | None = None,
    on_event: Callable[[Followed], None] | None = None,
    watcher: Watcher | None = None,
    **options: Unpack[Options],
) -> Deployment:
    """Create or update a stack, and follow it to the end.

    `source` is what `pyformation.diff` takes, `session` a session of boto3. `approve` is asked with the plan before
    anything is changed; without it, a change set that is worse than the prediction is not executed. `on_event` is
    called with each event, `watcher` with everything else that happens.

    How it ended is in the result's `outcome`; a failed deployment raises nothing. Raises `DeploymentError` if AWS
    refuses, or if the stack is in a state that allows no deployment.
    """
    wanted = wanted_of(stack_name, options)
    connection = connect(region, session=session)
    watching: Watcher = watcher or Callbacks(on_event)
    with Packager(wanted.packaging) as packager:
        prepared = prepare(connection, _template(source, session, region), wanted, packager)
        if on_prediction is not None:
            on_prediction(predicted(prepared))
        ready = make_ready(prepared, watching)
        if isinstance(ready, Deployment):
            return ready
        try:
            if approve is not None and not approve(ready.plan):
                return ended(ready.plan, "declined", "nothing was deployed")
            return carry_out(ready, watching, seen=approve is not None)
        finally:
            _close(ready)


def outputs(stack_name: str, *, region: str | None = None, session: Any = None) -> dict[str, str]:
    """The outputs of a stack, by their names. Raises `DeploymentError` if it does not exist."""
    found = existing(connect(region, session=session), stack_name)
    return {name: output.value for name, output in found.outputs.items()}


def _close(ready: Ready) -> None:
    try:
        ready.close()
    except DeploymentError:
        pass  # What happened before is what the user must see.


def _template(source: object, session: Any, region: str | None) -> LoadedTemplate:
    return loaded(source, session=session, region=region)
