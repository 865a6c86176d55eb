"""``pyformation explain NAME``."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from ..reports.explanation import Line

# How the styles of a line look in a terminal.
_LOOKS = {
    "": "",
    "title": "bold",
    "heading": "bold underline",
    "label": "cyan",
    "link": "blue",
    "good": "green",
    "maybe": "yellow",
    "bad": "bold red",
    "code": "",
    "dim": "dim",
}


def _complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Types as they begin to be typed: AWS::S3::B, s3.B; modules before the dot."""
    from .. import catalog

    if "::" in incomplete or incomplete[:1].isupper():
        names = list(catalog.types())
    else:
        module, dot, _ = incomplete.partition(".")
        names = (
            [f"{module}.{t.split('::')[-1]}" for t in catalog.service(module)]
            if dot
            else list(catalog.modules())
        )
    lower = incomplete.lower()
    return [CompletionItem(name) for name in names if name.lower().startswith(lower)]


@click.command()
@click.argument("name", shell_complete=_complete)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="The form of the output."
)
def explain(name: str, format_: str) -> None:
    """Say what is known about NAME: a type, a property of it, a service, or the code of a finding (PF101).

    AWS::S3::Bucket, s3.Bucket and Bucket are one type; properties follow after dots, by CloudFormation's or
    Python's name: ec2.Instance.block_device_mappings.ebs, Bucket.BucketName. A service lists its types.
    """
    from ..reports.explanation import layout, layout_code, plain

    terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size((80, 24)).columns, 120) if terminal else 80
    if name[:2].upper() == "PF" and name[2:].isdecimal():
        import attrs

        from ..findings.codes import explain as explain_code

        code = explain_code(name)
        described = {
            "version": 1,
            **attrs.asdict(code),
            "kind": "code",
            "finding_kind": code.kind,
            "page": code.page,
        }
        lines = layout_code(code, width)
    else:
        from ..explanation import explain, to_dict

        found = explain(name)
        described = to_dict(found)
        lines = layout(found, width)
    if format_ == "json":
        click.echo(json.dumps(described, indent=2, ensure_ascii=False))
        return
    if terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        _print_styled(lines)
    else:
        click.echo(plain(lines), nl=False)


def _print_styled(lines: list[Line]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(Text.assemble(*((text, _LOOKS[style]) for style, text in line)))
