"""``pyformation completion SHELL``."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes commands and options in SHELL.

    For bash: eval "$(pyformation completion bash)" in ~/.bashrc.
    """
    from click.shell_completion import get_completion_class

    from . import pyformation

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(pyformation, {}, "pyformation", "_PYFORMATION_COMPLETE").source())
