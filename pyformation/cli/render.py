"""``pyformation render SOURCE``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ..errors import InvalidValueError, SourceError
from . import note_unreadable, options, say

if TYPE_CHECKING:
    from ..sources import LoadedTemplate


# The formats, and the functions of `document` that write them.
_WRITERS = {"yaml": "to_yaml", "json": "to_json"}


@click.command()
@click.argument("source")
@click.option("--format", "format_", type=click.Choice(list(_WRITERS)), help="The output format.")
@options.output
@click.option(
    "--ascii", is_flag=True, help="Escape other characters, which GetTemplate returns as question marks."
)
@click.option("--output-dir", metavar="DIR", help="Write one file for each stack into DIR.")
@click.option(
    "--assets",
    type=click.Choice(["relative"]),
    help="Write local files as paths relative to the output; without it a stack module that declares some fails.",
)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def render(
    source: str,
    format_: str | None,
    output: str | None,
    ascii: bool,
    output_dir: str | None,
    assets: str | None,
    strict: bool,
) -> None:
    """Print the template of SOURCE: a stack module (stack.py or stack.py:Name), a template file, -, or
    live:STACK[@REGION] for the template of a stack.

    A template file is read and written again, so --format converts between YAML and JSON. Its comments are
    dropped, with a note; "pyformation convert", which writes Python, keeps them. The format is that of --format
    or of the output's file name, otherwise YAML. Local files (Asset) are for "pyformation package" to upload.
    """
    from .. import document, sources
    from ..programs import write_text

    if output is not None and output_dir is not None:
        raise click.UsageError("give --output or --output-dir, not both")
    if format_ is None:
        format_ = "json" if (output or "").endswith(".json") else "yaml"
    found = sources.load(source, strict=strict)
    write = getattr(document, _WRITERS[format_])
    folder = output_dir if output_dir is not None else os.path.dirname(output or "")
    data = {template.name: _with_paths(template, source, assets, folder) for template in found}
    texts = {name: write(content, ascii=ascii) for name, content in data.items()}
    if output_dir is None:
        if len(texts) > 1:
            raise SourceError(
                f"{source} has several stacks ({', '.join(texts)}); name one ({source}:{next(iter(texts))}) or "
                "use --output-dir"
            )
        write_text(next(iter(texts.values())), output)
        note_unreadable(found[0])
        _note_comments(found)
        return
    try:
        os.makedirs(output_dir, exist_ok=True)
    except OSError as error:
        raise SourceError(f"cannot create the directory {output_dir!r}: {error.strerror}") from None
    for name, text in texts.items():
        write_text(text, os.path.join(output_dir, f"{name}.{format_}"))
    _note_comments(found)


def _with_paths(template: LoadedTemplate, source: str, assets: str | None, folder: str) -> dict[str, Any]:
    """A template with the paths of its local files as the output wants them."""
    from ..pointers import pointer
    from ..sources.local_files import local_files, relative_to

    if assets is not None:
        return relative_to(template, folder)
    declared = [file for file in local_files(template) if pointer(file.place) in template.assets]
    if declared:
        first = declared[0]
        raise InvalidValueError(
            f"{first.property} is the local file {first.written!r}; package it with 'pyformation package {source}', or "
            "write its path with --assets relative",
            path=f"Resources.{first.name}",
            origin=template.origin(first.place),
        )
    return template.data


def _note_comments(found: list[LoadedTemplate]) -> None:
    from ..document.comments import comments

    for template in found:
        if template.document is not None and comments(template.document):
            say(
                f"note: the comments of {template.document.name} were dropped; pyformation convert keeps them"
            )
