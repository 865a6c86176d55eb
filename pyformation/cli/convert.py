"""``pyformation convert TEMPLATE``."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from ..errors import DocumentError, PyformationError, SourceError
from ..files import regular
from . import note, note_unreadable, say

if TYPE_CHECKING:
    from ..conversion import Converted
    from ..document import Document


@click.command()
@click.argument("template")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, or for a directory below it.")
@click.option(
    "--style",
    type=click.Choice(["class", "flat"]),
    default="class",
    help="A Stack class (the default), or a script that adds resources to a Template.",
)
@click.option(
    "--name", metavar="NAME", help="The name of the class; by default it is derived from the file name."
)
@click.option(
    "--tidy", is_flag=True, help='Write scalars in the type of their property, such as 20 for "20".'
)
@click.option(
    "--keep-order",
    is_flag=True,
    help="Render the resources in their order; else each comes after those that it refers to.",
)
@click.option("--resource", metavar="ID", help="Print the statement of one resource only.")
@click.option(
    "--loops", is_flag=True, help="Make neighboring resources that differ in one value only in a loop."
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def convert(
    template: str,
    output: str | None,
    style: str,
    name: str | None,
    tidy: bool,
    keep_order: bool,
    resource: str | None,
    loops: bool,
    force: bool,
) -> None:
    """Convert TEMPLATE to Python: a template file, a directory of template files, - for standard input, or
    live:STACK[@REGION] for the template of a stack.

    The program is run, and its output is compared with the template before anything is written; a difference
    is an error, except for the order of resources unless --keep-order is given. YAML comments are kept. With
    --tidy, "20" becomes 20 where a number is expected, and the comparison allows that.
    """
    if resource is not None and (style == "flat" or name is not None or os.path.isdir(template)):
        raise click.UsageError("--resource is for one template, and its statement is that of a class")
    options: dict[str, Any] = {
        "style": style,
        "name": name,
        "tidy": tidy,
        "keep_order": keep_order,
        "resource": resource,
        "loops": loops,
    }
    if os.path.isdir(template):
        if output is None:
            raise click.UsageError("a directory needs --output, the directory to write to")
        if name is not None:
            raise click.UsageError(
                "--name is for a single template; in a directory, class names are derived from file names"
            )
        _convert_directory(template, output, force, options)
        return
    if output is not None:
        _refuse_existing([output], force)
        # Paths of local files are relative to the program.
        options["folder"] = None if output == "-" else os.path.dirname(output)
    from .. import document, sources
    from ..conversion import convert as converted
    from ..programs import write_text

    if template == "-":
        text = sys.stdin.buffer.read()
        found = converted(_parsed(text, "<stdin>"), **options)
    elif sources.is_scheme(template):
        live = sources.load(template)[0]
        note_unreadable(live)
        if live.document is None:
            raise SourceError(f"the stack {live.name!r} has no template yet")
        found = converted(live.document, **options)
    else:
        try:
            read = document.read(template)
        except DocumentError as error:
            raise _told(error, template) from None
        found = converted(read, **options)
    write_text(found.text, output, new=not force and output is not None and not _is_writable(output))
    if found.refers_to:
        say(f"note: {resource} refers to {', '.join(found.refers_to)}, declared elsewhere")
    if output not in (None, "-"):
        say(f"{output}: {_said(found, tidy)}")
    elif found.reordered:
        say(f"note: {_REORDERED}; --keep-order keeps it")


_REORDERED = "the order of Resources differs, as a resource comes after those that it refers to"


def _said(found: Converted, tidy: bool) -> str:
    counted = [f"{found.resources} resource{'' if found.resources == 1 else 's'}"]
    if found.comments:
        counted.append(f"{found.comments} comment{'' if found.comments == 1 else 's'}")
    same = "the same template"
    if tidy:
        same += ", except for scalars that CloudFormation converts"
    if found.reordered:
        same += f"; {_REORDERED}"
    return f"{', '.join(counted)}; run and verified: it renders {same}"


def _refuse_existing(paths: list[str], force: bool) -> None:
    there = [path for path in paths if path != "-" and os.path.lexists(path) and not _is_writable(path)]
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise SourceError(f"{there[0]!r}{more} already exists; use --force to overwrite it")


def _is_writable(path: str) -> bool:
    """Whether a path is something that is written into, such as a pipe, or never, such as a directory."""
    return os.path.exists(path) and not os.path.isfile(path)


def _parsed(text: bytes, name: str) -> Document:
    from .. import document

    try:
        return document.parse(text, name=name)
    except DocumentError as error:
        raise _told(error, text) from None


# The syntax of Jinja and similar languages; {{resolve:...}} belongs to CloudFormation.
_JINJA = re.compile(rb"\{%|\{\{(?!\s*resolve:)")


def _told(error: DocumentError, source: str | bytes) -> SourceError:
    """An error of reading with its column, and a hint if the text must be rendered by another program first."""
    if isinstance(source, str):
        try:
            with open(source, "rb", opener=regular) as file:
                source = file.read(8_000_000)
        except OSError:
            source = b""
    hint = ""
    if _JINJA.search(source):
        hint = "; the file looks like a Jinja template ({{ }} or {% %}): render it first"
    place = "" if error.origin is None else f" ({error.origin}:{error.column})"
    return SourceError(f"{error.message}{hint}{place}")


def _convert_directory(folder: str, output: str, force: bool, options: dict[str, Any]) -> None:
    """Convert every template of a directory; failures are listed at the end."""
    from ..conversion import convert as converted
    from ..programs import write_text
    from ..sources import template_files

    files = template_files(folder, note)
    if not files:
        raise SourceError(f"the directory {folder!r} contains no templates")
    targets = _targets(list(files), output)
    _refuse_existing(list(targets.values()), force)
    failed: list[str] = []
    resources = comments = 0
    for path, text in files.items():
        try:
            name = os.path.join(folder, path)
            found = converted(_parsed(text, name), folder=os.path.dirname(targets[path]), **options)
            below = os.path.dirname(targets[path]) or "."
            if not f"{os.path.realpath(below)}{os.sep}".startswith(
                os.path.join(os.path.realpath(output), "")
            ):
                raise SourceError(f"cannot write {targets[path]!r}: a link leads out of {output!r}")
            os.makedirs(below, exist_ok=True)
            write_text(found.text, targets[path], new=not force)
        except (PyformationError, OSError) as error:
            failed.append(path)
            say(f"error: {error!s}")
            continue
        resources += found.resources
        comments += found.comments
        say(f"{targets[path]}: {_said(found, bool(options['tidy']))}")
    done = len(files) - len(failed)
    say(f"{done} of {len(files)} templates converted: {resources} resources, {comments} comments")
    if failed:
        raise SourceError(f"not converted: {', '.join(failed)}")


def _targets(paths: list[str], output: str) -> dict[str, str]:
    """The module to write for each template; clashing names get the ending or a number."""
    from ..names import snake_case

    def module(path: str, keep_ending: bool) -> str:
        folder, name = os.path.split(path)
        stem, ending = os.path.splitext(name)
        words = re.findall("[A-Za-z0-9]+", f"{stem}_{ending[1:]}" if keep_ending else stem)
        text = snake_case("_".join(words)) or "stack"
        return os.path.join(output, folder, ("stack_" if text[0].isdigit() else "") + text + ".py")

    plain = [module(path, False) for path in paths]
    found: dict[str, str] = {}
    for path, target in zip(paths, plain, strict=True):
        wanted = target if plain.count(target) == 1 else module(path, True)
        stem, number = wanted.removesuffix(".py"), 2
        while wanted in found.values():
            wanted = f"{stem}_{number}.py"
            number += 1
        found[path] = wanted
    return found
