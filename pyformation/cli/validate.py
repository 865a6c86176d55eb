"""``pyformation validate FILE``."""

from __future__ import annotations

from typing import Any

import click

from ..reports import formats
from . import note, options, report

_BROKEN = 3


@click.command()
@click.argument("source", metavar="FILE")
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(formats.VALIDATION)),
    default="text",
    show_default=True,
    help="sarif is for code-scanning services.",
)
@options.policy
@options.suppress
@options.assigned
@options.parameters
@click.option(
    "--case",
    "case",
    metavar="NAME=FILE",
    multiple=True,
    help="Parameter values of a case, such as prod=prod.json; each case is checked, policies included.",
)
@click.option(
    "--date", metavar="YYYY-MM-DD", help="The day that runtimes must be supported on; by default today."
)
@click.option("--strict", is_flag=True, help="Exit with status 3 for warnings, too.")
@options.modules
@options.output
@click.option("-v", "--verbose", is_flag=True, help="Also list notes and suppressed findings.")
def validate(
    source: str,
    format_: str,
    policy: tuple[str, ...],
    suppress: tuple[str, ...],
    assigned: tuple[str, ...],
    parameters: tuple[str, ...],
    case: tuple[str, ...],
    date: str | None,
    strict: bool,
    modules: bool | None,
    output: str | None,
    verbose: bool,
) -> int:
    """Find what CloudFormation or AWS would refuse in FILE, and what is doubtful, offline.

    FILE is a template file, a stack module (stack.py or stack.py:Name), - for standard input,
    git:REVISION:PATH for a file at a revision, live:STACK[@REGION] for the template of a stack, or a directory of
    template files. Of a directory, stack modules run only with --modules.

    The exit status is 1 for an error, 3 for findings that are errors (with --strict: or warnings), 0 otherwise.
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
    from ..sources import parameter_files

    cases = {
        name: parameter_files.read_parameters(path)
        for name, path in parameter_files.assignments(case, "--case")
    }
    found = validation.validate_all(
        source,
        parameters=parameter_files.given_parameters(parameters, assigned),
        cases=cases,
        settings=settings,
        policies=policies,
        strict=strict,
        engine=engine,
        date=date,
        note=note,
        modules=modules,
    )
    report(formats.VALIDATION[format_], found, formats.View(verbose), output)
    counts = [one.summary for one in found.values()]
    broken = any(one.errors or (strict and one.warnings) for one in counts)
    return _BROKEN if broken else 0
