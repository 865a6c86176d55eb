"""``pyformation explain NAME``."""

from __future__ import annotations

import json
import shutil
import sys

import click
from click.shell_completion import CompletionItem


def _complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete types such as AWS::S3::B or s3.B, and modules before the dot."""
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
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="The output format."
)
def explain(name: str, format_: str) -> None:
    """Explain NAME: a type, a property, a service, or the code of a finding (PF101).

    AWS::S3::Bucket, s3.Bucket and Bucket are the same type; properties follow after dots, with CloudFormation's
    or Python's names: ec2.Instance.block_device_mappings.ebs, Bucket.BucketName. A service lists its types.
    """
    from ..reports.explanation import layout, layout_code
    from ..reports.terminal import print_lines

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
    print_lines(lines)
