"""The options that `plan` and `deploy` share, and what they mean."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from . import options, say
from .fail_on import fail_on

if TYPE_CHECKING:
    from ..deployment.connection import Connection, Retry
    from ..deployment.requests import Wanted
    from ..sources import LoadedTemplate

MODES = ("previous", "defaults")
_LOG = 10_000

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--region", "regions", metavar="REGION", multiple=True, help="A region. Can be repeated."),
    click.option("--profile", metavar="NAME", help="A profile of the AWS configuration."),
    click.option("-P", "assigned", metavar="KEY=VALUE", multiple=True, help="A parameter value."),
    click.option(
        "--parameters",
        metavar="FILE",
        multiple=True,
        help="Parameter values, also a file of the AWS command line, CodePipeline or Git sync; -P overrides.",
    ),
    click.option(
        "--parameter-mode",
        type=click.Choice(MODES),
        default="previous",
        show_default=True,
        help="Parameters not given keep their value in an existing stack, or have the template's default.",
    ),
    click.option(
        "--tags",
        metavar="FILE",
        help="The stack's tags. If any are given, others are removed; if none, all are kept.",
    ),
    click.option("--tag", "tagged", metavar="KEY=VALUE", multiple=True, help="A tag of the stack."),
    click.option("--role", metavar="ARN", help="The role that CloudFormation assumes."),
    click.option(
        "--notification-topic",
        "topics",
        metavar="ARN",
        multiple=True,
        help="An SNS topic that gets the events. Can be repeated.",
    ),
    click.option(
        "--rollback-alarm",
        "alarms",
        metavar="ARN",
        multiple=True,
        help="An alarm that rolls the stack back. Can be repeated.",
    ),
    click.option(
        "--monitoring-minutes",
        type=click.IntRange(0, 180),
        help="How long the alarms are watched after the update.",
    ),
    click.option(
        "--bucket",
        metavar="BUCKET",
        help="Where packages and large templates go; {region} stands for the region.",
    ),
    click.option("--prefix", metavar="PREFIX", default="", help="Begin the keys of uploads with PREFIX."),
    click.option(
        "--bucket-owner", metavar="NUMBER", help="The account that must own BUCKET; by default yours."
    ),
    click.option(
        "--image-repository", metavar="URI", help="Push local container images to this ECR repository."
    ),
    click.option(
        "--exclude", metavar="PATTERN", multiple=True, help="Leave files out of packages, as in a .gitignore."
    ),
    click.option("--without-tests", is_flag=True, help="Leave tests out of packages, by their usual names."),
    click.option("--without-boto3", is_flag=True, help="Leave boto3 and botocore out of packages."),
    click.option("--no-cache", is_flag=True, help="Install packages again, even if nothing changed."),
    click.option(
        "--import",
        "imports",
        metavar="LOGICAL_ID=IDENTIFIER",
        multiple=True,
        help="Import an existing resource: its name, or Key=Value,Key=Value.",
    ),
    click.option(
        "--import-existing", is_flag=True, help="Import resources with fixed names that already exist."
    ),
    click.option(
        "--revert-drift", is_flag=True, help="Also revert what was changed outside of CloudFormation."
    ),
    click.option("--no-rollback", is_flag=True, help="Keep what was done when something fails."),
    click.option(
        "--express",
        is_flag=True,
        help="Do not wait until resources are ready; refused where one is replaced.",
    ),
    options.allow_outside,
    options.policy,
    options.suppress,
    fail_on,
    click.option(
        "--assume-unchanged", is_flag=True, help="Assume that no value that AWS re-reads has changed."
    ),
)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that both have."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted_of(source: str, stack_name: str, given: Mapping[str, Any], **more: Any) -> Wanted:
    """What the options ask for."""
    from .. import policies
    from ..assets.packaging import Options
    from ..deployment.requests import Wanted
    from ..evaluation.unknowns import scalar_text
    from ..findings import settings_from
    from ..sources import parameter_files as files

    parameters: dict[str, Any] = {}
    tags: dict[str, str] | None = None
    for path in given["parameters"]:
        found = files.read_deployment(path)
        parameters.update(found.parameters)
        if found.tags is not None:
            tags = {**(tags or {}), **found.tags}
    parameters.update(files.assignments(given["assigned"]))
    if given["tags"] is not None:
        tags = {**(tags or {}), **files.read_tags(given["tags"])}
    if given["tagged"]:
        tags = {**(tags or {}), **dict(files.assignments(given["tagged"], "--tag"))}
    if tags is not None:
        tags = {name: scalar_text(value) for name, value in tags.items()}
    packaging = Options(
        tuple(given["exclude"]),
        given["without_tests"],
        given["without_boto3"],
        not given["no_cache"],
        parameters,
    )
    return Wanted(
        stack_name=stack_name,
        parameters=parameters,
        parameter_mode=given["parameter_mode"],
        tags=tags,
        role=given["role"],
        notifications=tuple(given["topics"]) or None,
        rollback_alarms=tuple(given["alarms"]) or None,
        monitoring_minutes=given["monitoring_minutes"],
        imports=dict(files.assignments(given["imports"], "--import")),
        import_existing=given["import_existing"],
        revert_drift=given["revert_drift"],
        express=given["express"],
        disable_rollback=given["no_rollback"],
        bucket=given["bucket"],
        prefix=given["prefix"],
        bucket_owner=given["bucket_owner"],
        image_repository=given["image_repository"],
        packaging=packaging,
        fail_on=given["fail_on"],
        policies=tuple(policies.load_policy(source) for source in given["policy"]),
        settings=settings_from().and_suppress(given["suppress"]),
        assume_unchanged=given["assume_unchanged"],
        source=source,
        profile=given["profile"],
        names_region=bool(given["regions"]),
        **more,
    )


def connections(
    regions: Iterable[str], profile: str | None, on_retry: Callable[[Retry], None]
) -> list[Connection]:
    """A connection to each region, over one session."""
    from ..deployment.connection import connect

    named = list(dict.fromkeys(regions))
    first = connect(named[0] if named else None, profile, on_retry=on_retry)
    return [first, *(first.at(region) for region in named[1:])]


def one_template(
    source: str, allow_outside: tuple[str, ...], session: Any = None, region: str | None = None
) -> LoadedTemplate:
    """The template of a source. Raises `SourceError` for a source with several."""
    from ..sources import loaded

    return loaded(source, session=session, region=region).allowing(allow_outside)


def tell_retry(retry: Retry) -> None:
    """Say on standard error that a call is tried again."""

    say(f"{retry.operation}: attempt {retry.attempt} ({retry.reason})")


def can_ask() -> bool:
    """Whether somebody can answer a question: standard input is a terminal, and this is no job of CI."""
    return sys.stdin is not None and sys.stdin.isatty() and not os.environ.get("CI")  # pyright: ignore[reportUnnecessaryComparison]


def width() -> int:
    """The columns to write: those of the terminal. In a log, sentences stay whole, so that they can be searched for."""
    if not sys.stdout.isatty():
        return _LOG
    return max(40, shutil.get_terminal_size((110, 24)).columns)
