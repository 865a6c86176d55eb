"""Predict what CloudFormation does: `diff` for two templates, `diff_directories` for two folders.

Both compare the templates (`changes`) and then add the findings (`findings`). docs/diff.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from .budget import budgeted
from .changes import Diff, ParameterMode, compare, nested_first
from .errors import EvaluationError, Origin, PyformationError, SourceError, did_you_mean
from .evaluation.expressions import section
from .evaluation.parameters import is_reference_text
from .evaluation.unknowns import Unknown
from .findings import Settings, exports, with_findings
from .findings.settings import settings_of
from .sources import (
    EMPTY,
    DeployedStack,
    LoadedTemplate,
    is_folder,
    is_scheme,
    is_template,
    load,
    load_folder,
    loaded,
    refuse_flags,
    split_source,
)


@budgeted
def diff(
    before: object,
    after: object,
    *,
    before_parameters: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    before_resolved: Mapping[str, Any] | None = None,
    resolved: Mapping[str, Any] | None = None,
    region: str | None = None,
    account: str | None = None,
    stack_name: str | None = None,
    parameter_mode: ParameterMode | None = None,
    before_tags: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    imports: Mapping[str, Any] | None = None,
    assume_unchanged: bool = False,
    importers: Mapping[str, object] | None = None,
    stack_policy: Mapping[str, Any] | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    allow_outside: Sequence[str] = (),
    session: Any = None,
) -> Diff:
    """Predict offline what updating a stack from one template to another does.

    Each side is a `Template`, a `Stack`, a mapping, or what the command accepts: the path of a template file or
    stack module, ``git:REVISION:PATH``, or ``live:STACK`` for a stack that exists, which is read over `session`, a
    session of boto3. An empty mapping is the template of a stack that does not exist yet.

    `parameters` are the values after the update, `before_parameters` those before it; by default the same values
    as far as the template declares them. A parameter without a value has the template's default, or with
    ``parameter_mode="previous"`` its previous value. `resolved` and `before_resolved` have the values of SSM
    parameters by the name of the template's parameter, `imports` the exports of other stacks by export name.
    What is not given of all this AWS says of a live stack, and there ``parameter_mode="previous"`` is the default.
    `region`, `account` and `stack_name` set the pseudo parameters, which are unknown otherwise. `before_tags` and
    `tags` are the tags of the stack. `importers` are other templates that may import the exports of this stack,
    by the name to show; a pair of templates is one that is updated as well, before and after that. `stack_policy`
    is the stack policy, `settings` has the content of ``[tool.pyformation.findings]``. A template
    file may name files below its repository, or else its folder; `allow_outside` are other folders that may be read.
    Nothing is read from the
    environment, but for what finds a live stack.

    Raises `EvaluationError` if CloudFormation would refuse to evaluate a template, `SourceError` for a source
    that cannot be used, and `DeploymentError` for a live stack that cannot be read.
    """
    old = _template(before, session, region).allowing(allow_outside)
    new = _template(after, session, region).allowing(allow_outside)
    given: dict[str, Any] = {
        "before_parameters": before_parameters,
        "parameters": parameters,
        "before_resolved": before_resolved,
        "resolved": resolved,
        "region": region,
        "account": account,
        "stack_name": stack_name,
        "parameter_mode": parameter_mode,
        "before_tags": before_tags,
        "tags": tags,
        "imports": imports,
        "stack_policy": stack_policy,
    }
    if old.live is not None or new.live is not None:
        old, given = _as_deployed(old, new, given)
    stack_policy = given.pop("stack_policy")
    given["parameter_mode"] = given["parameter_mode"] or "defaults"
    found = compare(old, new, assume_unchanged=assume_unchanged, **given)
    if not isinstance(settings, Settings):
        settings = settings_of(settings or {}, "settings")
    others: dict[str, exports.Importing] = {
        name: _importing(other) for name, other in (importers or {}).items()
    }
    if old.live is not None:
        others = {**exports.importers_of(found, old.live.importers), **others}

    beside = exports.beside(found)

    def finished(stack: Diff, path: tuple[str, ...]) -> Diff:
        # A stack policy does not apply to the resources of a nested stack.
        policy = None if path else stack_policy
        importing = {**others, **beside(path)} if path else others
        return with_findings(stack, settings, importers=importing, stack_policy=policy)

    return nested_first(found, finished)


def diff_directories(
    before: str, after: str, *, modules: bool | None = None, **options: Any
) -> dict[str, Diff]:
    """The diffs of all templates in two folders, by path; a template that is missing on one side is empty there.

    Either folder may be ``git:REVISION:PATH``. `options` are those of `diff`. Each template gets the parameters
    that it declares; a parameter that no template declares is an `EvaluationError`. Two stack modules with
    several stacks can also be compared; their stacks are matched by name. `modules` says what to do with Python files
    that declare stacks in the folders: run them, or leave them out; without it they are a `SourceError`.
    """
    found = pairs(before, after, modules=modules)
    return diff_pairs({str(key): pair for key, pair in found.items()}, **options)


Pair = tuple[LoadedTemplate, LoadedTemplate]


def pairs(
    before: str,
    after: str,
    *,
    session: Any = None,
    region: str | None = None,
    modules: bool | None = None,
) -> dict[str | None, Pair]:
    """The pairs of templates of two sources: a single pair has the key None, others their path or name.

    `modules` is that of `load_folder`. Live stacks are read over `session`, from `region` if a source names none.
    """
    folders = [side != "-" and is_folder(side) for side in (before, after)]
    if all(folders):
        old, new = load_folder(before, modules=modules), load_folder(after, modules=modules)
        if not old and not new:
            raise SourceError(f"neither {before!r} nor {after!r} has a template")
        both: dict[str | None, Pair] = {path: _sides(old, new, path) for path in sorted({*old, *new})}
        for first, second in both.values():
            for unread, there in ((first, second), (second, first)):
                if unread.partial and not unread.data and there.data:
                    raise SourceError(unread.partial[0])  # To compare it with nothing would be wrong.
        return both
    if any(folders):
        folder, other = (before, after) if folders[0] else (after, before)
        if (
            not other.startswith("git:")
            and other != "-"
            and not is_scheme(other)
            and not os.path.exists(split_source(other)[0])
        ):
            raise SourceError(f"there is no directory {other!r}")
        raise SourceError(f"{folder!r} is a directory, and {other!r} is not")
    refuse_flags(after, modules)
    if before == after == "-":
        raise SourceError("only one side can be standard input")
    olds, news = _both(before, after, partial(load, session=session, region=region))
    if len(olds) == 1 and len(news) == 1:
        return {None: (olds[0], news[0])}
    by_name = [{one.name: one for one in side} for side in (olds, news)]
    for source, side, several in ((before, olds, by_name[1]), (after, news, by_name[0])):
        # A single stack is matched by name; the template of a stack that does not exist yet has no name.
        if len(side) == 1 and side[0].name not in several:
            if side[0].data:
                raise SourceError(
                    f"{source!r} is one template, and the other side has several stacks: "
                    f"name one of {', '.join(several)}"
                )
            by_name[0 if side is olds else 1] = {}
    names = dict.fromkeys([*by_name[1], *by_name[0]])
    return {name: _sides(by_name[0], by_name[1], name) for name in names}


def _both(
    before: str, after: str, load: Callable[[str], list[LoadedTemplate]]
) -> tuple[list[LoadedTemplate], list[LoadedTemplate]]:
    """Load both sources: at the same time, if both run as processes of their own or wait for AWS."""
    if not all(".py" in source or is_scheme(source) for source in (before, after)):
        return load(before), load(after)
    import threading

    found: list[list[LoadedTemplate]] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(load(before))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        news = load(after)
    finally:
        thread.join()
        if failed:
            raise failed[0]
    return found[0], news


def _sides(old: Mapping[str, LoadedTemplate], new: Mapping[str, LoadedTemplate], key: str) -> Pair:
    return old.get(key, EMPTY), new.get(key, EMPTY)


def diff_pairs(
    found: Mapping[str, Pair], *, progress: Callable[[str], None] | None = None, **options: Any
) -> dict[str, Diff]:
    """The diff of each pair; `progress` is called with its path before each."""
    for key, sides in (
        ("parameters", (1,)),
        ("before_parameters", (0,)),
        ("resolved", (1,)),
        ("before_resolved", (0,)),
    ):
        # A template that is removed declares parameters only in BEFORE; its values may be given for AFTER.
        known = {
            name
            for pair in found.values()
            for side in sides
            for name in section(pair[side].data, "Parameters")
        }
        for name in options.get(key) or ():
            if name not in known and (not key.endswith("resolved") or not is_reference_text(name)):
                raise EvaluationError(
                    f"no template has a parameter {name!r}{did_you_mean(name, known)}", path="Parameters"
                )
    importers = {
        path: pair
        for path, pair in found.items()
        if any("Fn::ImportValue" in repr(template.data) for template in pair)
    }
    diffs: dict[str, Diff] = {}
    for path, (old, new) in found.items():
        if progress is not None:
            progress(path)
        try:
            others = {name: pair for name, pair in importers.items() if name != path}
            diffs[path] = diff(old, new, importers=others, **_declared(options, old, new))
        except PyformationError as error:
            if error.origin is None:
                error.message = f"{path}: {error.message}"
            raise
    return diffs


def _declared(options: Mapping[str, Any], old: LoadedTemplate, new: LoadedTemplate) -> dict[str, Any]:
    """The options for one of several templates: only values that it declares."""
    mine = dict(options)
    for key in ("parameters", "before_parameters", "resolved", "before_resolved"):
        given: Mapping[str, Any] | None = options.get(key)
        if given is not None:
            declared = section((old if key.startswith("before") else new).data, "Parameters")
            mine[key] = {
                name: value
                for name, value in given.items()
                if name in declared or (key.endswith("resolved") and is_reference_text(name))
            }
    return mine


# ---------------------------------------------------------------------------------------------
# One diff


def _as_deployed(
    old: LoadedTemplate, new: LoadedTemplate, given: dict[str, Any]
) -> tuple[LoadedTemplate, dict[str, Any]]:
    """BEFORE as it is deployed, and the given values, completed with what AWS says of live stacks."""
    of_old, of_new = old.live, new.live
    told: dict[str, Any] = {}
    if of_new is not None:
        told.update(region=of_new.region, account=of_new.account, stack_name=of_new.name, tags=of_new.tags)
        told["parameters"] = {**_values(of_new, new), **(given["parameters"] or {})}
        told["resolved"] = _resolved(of_new, new)
        told["before_tags"] = of_new.tags
    if of_old is not None:
        told.update(region=of_old.region, account=of_old.account, stack_name=of_old.name)
        told["stack_policy"] = of_old.policy
        if of_old.exists:
            # A deployed template says nothing of guards; those of the program hold for what is deployed, too.
            old = attrs.evolve(old, guards={**new.guards, **old.guards})
            told.update(before_parameters=_values(of_old, old), before_resolved=_resolved(of_old, old))
            told["before_tags"] = of_old.tags
            # Tags that are not given stay.
            told.setdefault("tags", of_old.tags)
            told["parameter_mode"] = "previous"
        else:
            old = attrs.evolve(old, data={})
    live = of_new if of_old is None else of_old
    assert live is not None
    if any("Fn::ImportValue" in repr(template.data) for template in (old, new)):
        told["imports"] = live.exports()
    completed = {key: told.get(key) if value is None else value for key, value in given.items()}
    if of_new is not None:
        completed["parameters"] = told["parameters"]
    return old, completed


def _values(live: DeployedStack, template: LoadedTemplate) -> dict[str, Any]:
    """The values of a live stack's parameters; one that AWS hides is unknown, and not its default."""
    declared = section(template.data, "Parameters")
    return {
        name: Unknown("parameter", name) if value is None else value
        for name, value in live.parameters.items()
        if name in declared
    }


def _resolved(live: DeployedStack, template: LoadedTemplate) -> dict[str, str]:
    """What AWS read for the parameters of SSM types."""
    declared = section(template.data, "Parameters")
    return {name: value for name, value in live.resolved.items() if name in declared}


def _template(source: object, session: Any = None, region: str | None = None) -> LoadedTemplate:
    if isinstance(source, (str, os.PathLike)):
        path: str = os.fspath(source)  # pyright: ignore[reportUnknownArgumentType]
        if path != "-" and is_folder(path):
            raise SourceError(f"{path!r} is a directory; compare it with pyformation.diff_directories")
        source = path
    found = loaded(source, session=session, region=region)
    data = found.data
    if data and not is_template(data):
        name = found.document.name if found.document is not None else found.name
        raise SourceError(
            f"{name} is not a template: `Resources` is missing; found {_listed(data)}",
            origin=None if found.document is None else Origin(found.document.name, 1),
        )
    return found


def _importing(other: object) -> LoadedTemplate | Pair:
    """Another template, or its versions before and after its own update."""
    if isinstance(other, tuple):
        pair: tuple[object, object] = other  # pyright: ignore[reportUnknownVariableType]
        return loaded(pair[0]), loaded(pair[1])
    return loaded(other)


def _listed(names: Mapping[str, Any]) -> str:
    shown = [repr(name) for name in list(names)[:3]]
    return ", ".join(shown) + (", ..." if len(names) > 3 else "")
