"""``pyformation render SOURCE``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ..errors import SourceError
from . import options

if TYPE_CHECKING:
    from ..sources import LoadedTemplate


# The formats, and the functions of `document` that write them.
_WRITERS = {"yaml": "to_yaml", "json": "to_json"}


@click.command()
@click.argument("source")
@click.option("--format", "format_", type=click.Choice(list(_WRITERS)), help="The output format.")
@options.output
@click.option("--output-dir", metavar="DIR", help="Write one file for each stack into DIR.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def render(
    source: str, format_: str | None, output: str | None, output_dir: str | None, strict: bool
) -> None:
    """Print the template of SOURCE: a stack module (stack.py or stack.py:Name), a template file, or -.

    A template file is read and written again, so --format converts between YAML and JSON. Its comments are
    dropped, with a note; "pyformation convert", which writes Python, keeps them. The format is that of --format
    or of the output's file name, otherwise YAML.
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
                "use --output-dir"
            )
        write_text(next(iter(texts.values())), output)
        _note_comments(found)
        return
    try:
        os.makedirs(output_dir, exist_ok=True)
    except OSError as error:
        raise SourceError(f"cannot create the directory {output_dir!r}: {error.strerror}") from None
    for name, text in texts.items():
        write_text(text, os.path.join(output_dir, f"{name}.{format_}"))
    _note_comments(found)


def _note_comments(found: list[LoadedTemplate]) -> None:
    from ..document.comments import comments

    for template in found:
        if template.document is not None and comments(template.document):
            click.echo(
                f"note: the comments of {template.document.name} were dropped; "
                "pyformation convert keeps them",
                err=True,
            )
