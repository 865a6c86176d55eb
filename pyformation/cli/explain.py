"""``pyformation explain NAME``."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any

import click
from click.shell_completion import CompletionItem

from . import say


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


def _print_permissions(source: str, command: Any, bucket: str | None) -> None:
    """Print the policy document for a source, and what is not known on standard error."""
    from .. import sources
    from ..deployment.permissions import MANAGED_POLICY, permissions
    from ..errors import SourceError
    from ..reports.formats import as_json

    found = sources.load(source)
    if len(found) > 1:
        names = ", ".join(template.name for template in found)
        raise SourceError(f"{source} has several stacks ({names}); name one ({source}:{found[0].name})")
    needed = permissions(found[0], command, bucket=bucket)
    document = needed.document()
    click.echo(as_json(document), nl=False)
    notes = list(needed.notes)
    size = len(json.dumps(document, separators=(",", ":")))
    if size > MANAGED_POLICY:
        notes.append(
            f"the policy has {size:,} characters, and a managed policy at most {MANAGED_POLICY:,}: split it"
        )
    for note in notes:
        say(f"note: {note}")


@click.command()
@click.argument("name", shell_complete=_complete)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="The output format."
)
@click.option(
    "--permissions",
    is_flag=True,
    help="Print the IAM actions that the stack of NAME needs, a template or stack module, as a policy document.",
)
@click.option(
    "--for",
    "command",
    type=click.Choice(["plan", "deploy"]),
    help="With --permissions: what only a plan needs, or also a deployment (the default).",
)
@click.option("--bucket", metavar="BUCKET", help="With --permissions: the bucket of packages.")
def explain(name: str, format_: str, permissions: bool, command: str | None, bucket: str | None) -> None:
    """Explain NAME: a type, a property, a service, or the code of a finding (PF101).

    AWS::S3::Bucket, s3.Bucket and Bucket are the same type; properties follow after dots, with CloudFormation's
    or Python's names: ec2.Instance.block_device_mappings.ebs, Bucket.BucketName. A service lists its types.

    With --permissions, NAME is a template file, a stack module (stack.py or stack.py:Name), git:REVISION:PATH or
    live:STACK, and the IAM actions for creating, updating and deleting its stack are printed.
    """
    if permissions:
        _print_permissions(name, command or "deploy", bucket)
        return
    if command is not None or bucket is not None:
        raise click.UsageError(f"--{'for' if bucket is None else 'bucket'} needs --permissions")
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
