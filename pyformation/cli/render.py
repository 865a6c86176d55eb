"""``pyformation render SOURCE``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ..errors import SourceError

if TYPE_CHECKING:
    from ..sources import LoadedTemplate


# The formats, and what of `document` writes them.
_WRITERS = {"yaml": "to_yaml", "json": "to_json"}


@click.command()
@click.argument("source")
@click.option("--format", "format_", type=click.Choice(list(_WRITERS)), help="The form of the output.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, whole or not at all.")
@click.option("--output-dir", metavar="DIR", help="Write one file for each stack into DIR.")
@click.option("--strict", is_flag=True, help="Make errors of what stacks are only warned about.")
def render(
    source: str, format_: str | None, output: str | None, output_dir: str | None, strict: bool
) -> None:
    """Print the template of SOURCE: a stack module (stack.py or stack.py:Name), a template file, or -.

    A template file is read and written anew, so YAML becomes JSON and JSON YAML with --format. Comments of
    the file are dropped, and a note says so; "pyformation convert", which writes Python, keeps them. The form
    is YAML unless --format or the name of the output says otherwise.
    """
    from .. import document, sources
    from ..programs import write_text

    if output is not None and output_dir is not None:
        raise click.UsageError("give --output or --output-dir, not both")
    if format_ is None:
        format_ = "json" if (output or "").endswith(".json") else "yaml"
    found = sources.load(source, strict=strict)
    write = getattr(document, _WRITERS[format_])
    texts = {template.name: write(template.data) for template in found}
    if output_dir is None:
        if len(texts) > 1:
            raise SourceError(
                f"{source} has several stacks ({', '.join(texts)}); name one ({source}:{next(iter(texts))}) or "
                "give --output-dir"
            )
        write_text(next(iter(texts.values())), output)
        _tell_of_comments(found)
        return
    try:
        os.makedirs(output_dir, exist_ok=True)
    except OSError as error:
        raise SourceError(f"cannot make the folder {output_dir!r}: {error.strerror}") from None
    for name, text in texts.items():
        write_text(text, os.path.join(output_dir, f"{name}.{format_}"))
    _tell_of_comments(found)


def _tell_of_comments(found: list[LoadedTemplate]) -> None:
    from ..document.comments import comments

    for template in found:
        if template.document is not None and comments(template.document):
            click.echo(
                f"note: the comments of {template.document.name} are not in what was written; "
                "pyformation convert keeps them",
                err=True,
            )
