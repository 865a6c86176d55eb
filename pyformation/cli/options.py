"""The options that several commands have."""

from __future__ import annotations

import click

output = click.option("-o", "--output", metavar="FILE", help="Write to FILE, completely or not at all.")
policy = click.option(
    "--policy", metavar="FILE.py[:FUNCTION]", multiple=True, help="Run a user-defined policy."
)
suppress = click.option(
    "--suppress",
    metavar="CODE[:NAME]=REASON",
    multiple=True,
    help="Do not report findings with CODE, everywhere or for the elements with that name.",
)
modules = click.option(
    "--modules/--templates-only",
    default=None,
    help="Of a directory: run the Python files that declare stacks, or leave them out. Without either they are an error.",
)
allow_outside = click.option(
    "--allow-outside",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="Also read files below DIR that a template names; by default those in its repository or folder.",
)
