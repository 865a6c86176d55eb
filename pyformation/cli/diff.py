"""``pyformation diff BEFORE AFTER``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import gates
from ..errors import DocumentError, SourceError
from ..files import same
from ..reports import formats
from . import options, report, say
from .fail_on import fail_on

if TYPE_CHECKING:
    from ..changes import Diff

_BROKEN = 3
_CHANGES = 2
_MODES = ("defaults", "previous")


@click.command()
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="[AFTER]", required=False)
@click.option("-P", "assigned", metavar="KEY=VALUE", multiple=True, help="A parameter value for AFTER.")
@click.option("--parameters", metavar="FILE", multiple=True, help="Parameter values for AFTER; -P overrides.")
@click.option(
    "--before-parameters", metavar="FILE", help="Parameter values for BEFORE; by default those for AFTER."
)
@click.option(
    "--parameter-mode",
    type=click.Choice(_MODES),
    help="Parameters not given have the template's default, or keep their previous value.  "
    "[default: previous for a live stack, otherwise defaults]",
)
@click.option(
    "--resolved",
    metavar="FILE",
    help="Values that AWS re-reads, after the update: by the name of an SSM-typed parameter or the text of a reference.",
)
@click.option(
    "--before-resolved",
    metavar="FILE",
    help="Those before the update. Only both together say whether a value has changed.",
)
@click.option("--assume-unchanged", is_flag=True, help="Assume that no value that AWS re-reads has changed.")
@click.option("--region", metavar="REGION", help="The value of AWS::Region.")
@click.option("--account", metavar="NUMBER", help="The value of AWS::AccountId.")
@click.option("--stack-name", metavar="NAME", help="The value of AWS::StackName.")
@click.option("--tags", metavar="FILE", help="The stack's tags after the update.")
@click.option("--before-tags", metavar="FILE", help="The stack's tags before; by default none.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(formats.DIFF)),
    default="text",
    show_default=True,
    help="changeset is the answer of DescribeChangeSet, sarif the findings for code scanning.",
)
@click.option(
    "--include-property-values",
    is_flag=True,
    help="With --format changeset: include property values, as AWS does on request.",
)
@options.allow_outside
@options.policy
@options.suppress
@click.option("--stack-policy", metavar="FILE", help="The stack policy.")
@fail_on
@click.option("--exit-code", is_flag=True, help="Exit with status 2 if there are changes.")
@click.option(
    "--refactor-mapping",
    metavar="FILE",
    help="Write the resource mappings of a stack refactor for the renames.",
)
@options.modules
@options.output
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Shorten nothing; also list the resources that only a change set would list.",
)
@click.option(
    "-q", "--quiet", is_flag=True, help="Only the totals, the errors and one line for each resource."
)
def diff(
    before: str,
    after: str | None,
    format_: str,
    include_property_values: bool,
    policy: tuple[str, ...],
    suppress: tuple[str, ...],
    fail_on: tuple[str, ...],
    exit_code: bool,
    refactor_mapping: str | None,
    modules: bool | None,
    output: str | None,
    verbose: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Predict what CloudFormation does to a stack that is updated from BEFORE to AFTER, offline.

    Each is a template file, a stack module (stack.py or stack.py:Name), - for standard input,
    git:REVISION:PATH for a file at a revision, or live:STACK[@REGION] for a stack that exists, which is only read; or
    both are directories, of which stack modules run only with --modules. BEFORE alone is compared, as it is now, with the last commit. A file with {} is the template
    of a stack that does not exist yet.

    The exit status is 1 for an error, 3 if --fail-on, a policy or a guard fails, 2 for changes with --exit-code,
    0 otherwise.
    """
    if include_property_values and format_ != "changeset":
        raise click.UsageError("--include-property-values needs --format changeset")
    if verbose and quiet:
        raise click.UsageError("give --verbose or --quiet, not both")
    if None not in (output, refactor_mapping) and same(str(output), str(refactor_mapping)):
        raise click.UsageError("--output and --refactor-mapping are the same file")
    if before == after == "-":
        raise click.UsageError("only one of BEFORE and AFTER can be standard input")
    from .. import findings, policies, prediction, sources

    if after is None:
        before, after = sources.at_head(before), before
    arguments = _options(given)
    settings = arguments["settings"] = findings.settings_from().and_suppress(suppress)
    checks = [policies.load_policy(source) for source in policy]
    pairs = prediction.pairs(before, after, region=given["region"], modules=modules)
    diffs: dict[str | None, Diff]
    if list(pairs) == [None]:
        diffs = {None: prediction.diff(*pairs[None], **arguments)}
    else:
        several = {str(path): pair for path, pair in pairs.items()}
        diffs = dict(prediction.diff_pairs(several, **arguments).items())
    broken: list[str] = []
    for path, found in diffs.items():
        checked, errors = policies.with_policies(found, checks, settings)
        diffs[path] = checked
        sentences = [*gates.broken(checked, fail_on), *errors]
        broken += [sentence if path is None else f"{path}: {sentence}" for sentence in sentences]
    if refactor_mapping is not None:
        _write_mapping(diffs, refactor_mapping)
    view = formats.View(verbose, quiet, include_property_values)
    report(formats.DIFF[format_], diffs.get(None, diffs), view, output)
    live = sources.is_scheme(before)
    on_both_sides = bool(arguments["parameters"]) and "before_parameters" not in arguments and not live
    # Finding changes of outputs takes a while, so it is done only on request.
    any_changes = (exit_code or on_both_sides) and any(gates.changes(found) for found in diffs.values())
    if on_both_sides and not any_changes:
        note = "the given values also apply to BEFORE; use --before-parameters if they were different"
        say(f"note: {note}")
    if broken:
        for line in dict.fromkeys(broken):
            say(f"broken: {line}")
        return _BROKEN
    return _CHANGES if exit_code and any_changes else 0


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of `pyformation.diff` from those of the command."""
    from ..sources import parameter_files as files

    arguments: dict[str, Any] = {
        "parameters": files.given_parameters(given["parameters"], given["assigned"]),
        **{
            key: given[key]
            for key in (
                "parameter_mode",
                "region",
                "account",
                "stack_name",
                "assume_unchanged",
                "allow_outside",
            )
        },
    }
    for key, read in (
        ("before_parameters", files.read_parameters),
        ("resolved", files.read_resolved),
        ("before_resolved", files.read_resolved),
        ("tags", files.read_tags),
        ("before_tags", files.read_tags),
    ):
        if given[key] is not None:
            arguments[key] = read(given[key])
    if given["stack_policy"] is not None:
        from .. import document

        path = given["stack_policy"]
        try:
            arguments["stack_policy"] = document.read(path).data
        except DocumentError as error:
            raise SourceError(f"{path} is not a stack policy: {error.message}", origin=error.origin) from None
    return arguments


def _write_mapping(diffs: dict[str | None, Diff], path: str) -> None:
    from ..findings import refactor_mapping
    from ..programs import write_text

    mappings = {key: refactor_mapping(found) for key, found in diffs.items()}
    write_text(formats.as_json(mappings.get(None, {"templates": mappings})), path)
