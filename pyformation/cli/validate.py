"""``pyformation validate FILE``."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..validation import Validation

_BROKEN = 3

# How the pieces of a line look in a terminal.
_LOOKS: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "info": {"fg": "cyan"},
    "good": {"fg": "green"},
    "name": {"bold": True},
    "place": {"fg": "blue"},
    "title": {"bold": True, "underline": True},
    "dim": {"dim": True},
}


@click.command()
@click.argument("source", metavar="FILE")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="sarif is what code-scanning services read.",
)
@click.option("--policy", metavar="FILE.py[:FUNCTION]", multiple=True, help="Run a policy of your own.")
@click.option(
    "--suppress",
    metavar="CODE[:NAME]=REASON",
    multiple=True,
    help="Do not report a code, of everything or of the elements that are called so.",
)
@click.option("--strict", is_flag=True, help="Warnings end with status 3, too.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, whole or not at all.")
@click.option("-v", "--verbose", is_flag=True, help="List what is only informative, and what is suppressed.")
def validate(
    source: str,
    format_: str,
    policy: tuple[str, ...],
    suppress: tuple[str, ...],
    strict: bool,
    output: str | None,
    verbose: bool,
) -> int:
    """Say what CloudFormation or AWS would refuse in FILE, and what is doubtful, offline.

    FILE is a template file, a stack module (stack.py or stack.py:Name), - for standard input,
    git:REVISION:PATH for either as it was, or a folder of template files.

    Ends with status 1 for an error, 3 where something was found that is an error (with --strict: or a
    warning), 0 otherwise.
    """
    from .. import validator

    engine = validator.start()
    from .. import validation
    from ..findings.settings import settings_from

    settings = settings_from().and_suppress(suppress)
    policies: list[Any] = []
    if policy:
        from ..policies import load_policy

        policies = [load_policy(name) for name in policy]
    found = validation.validate_all(
        source, settings=settings, policies=policies, strict=strict, engine=engine
    )
    _report(found, format_, output, verbose)
    counts = [one.summary for one in found.values()]
    broken = any(one.errors or (strict and one.warnings) for one in counts)
    return _BROKEN if broken else 0


def _report(found: dict[str | None, Validation], format_: str, output: str | None, verbose: bool) -> None:
    if format_ == "text":
        from ..reports.validation import layout, text

        if output is None and _is_coloured():
            for line in layout(found, verbose=verbose):
                click.echo("".join(click.style(piece, **_LOOKS.get(style, {})) for style, piece in line))
            return
        written = text(found, verbose=verbose)
    elif format_ == "json":
        from ..reports.validation import to_json

        written = json.dumps(to_json(found), indent=2) + "\n"
    else:
        from ..reports.sarif import Result, sarif

        results: list[Result] = []
        rules: dict[str, str] = {}
        for one in found.values():
            rules.update(one.rules)
            results += [Result(finding, one.template) for finding in one.findings]
            results += [
                Result(hidden.finding, one.template, hidden.reason, one.is_declared(hidden))
                for hidden in one.suppressed
            ]
        written = json.dumps(sarif(results, rules), indent=2) + "\n"
    if output is None:
        click.echo(written, nl=False)
    else:
        from ..programs import write_text

        write_text(written, output)


def _is_coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
