"""``pyformation graph FILE``."""

from __future__ import annotations

from typing import Any, get_args

import click

from .. import graphs
from . import options, say


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(graphs.FORMATS)),
    help="The output format; by default that of the file name, or mermaid.",
)
@click.option(
    "--group-by",
    type=click.Choice(get_args(graphs.GroupBy)),
    default="service",
    show_default=True,
    help="Draw resources in boxes: of their service, or of the component of the stack module.",
)
@click.option("--show-parameters", "parameters", is_flag=True, help="Draw parameters.")
@click.option("--show-outputs", "outputs", is_flag=True, help="Draw outputs.")
@click.option("--show-conditions", "conditions", is_flag=True, help="Draw conditions.")
@click.option("--before", metavar="FILE", help="Draw an update of the stack from this template.")
@click.option("-P", "assigned", metavar="KEY=VALUE", multiple=True, help="With --before: a parameter value.")
@click.option(
    "--parameters",
    "parameter_file",
    metavar="FILE",
    multiple=True,
    help="With --before: parameter values; -P overrides.",
)
@click.option(
    "--before-parameters",
    "before_parameter_file",
    metavar="FILE",
    help="Parameter values before; by default those after.",
)
@options.modules
@options.allow_outside
@options.output
def graph(
    file: str,
    format_: str | None,
    output: str | None,
    before: str | None,
    assigned: tuple[str, ...],
    parameter_file: tuple[str, ...],
    before_parameter_file: str | None,
    modules: bool | None,
    allow_outside: tuple[str, ...],
    **arguments: Any,
) -> None:
    """Draw the resources of FILE and the references between them.

    FILE is a template file, a stack module (stack.py or stack.py:Name), - for standard input,
    git:REVISION:PATH, live:STACK[@REGION], or a directory with one template. References are read from the expressions, so no parameter needs a value. With --before,
    which takes the same sources, the graph shows the changes and the references along which they spread.
    """
    if before is None and (assigned or parameter_file or before_parameter_file):
        raise click.UsageError("parameter values need --before")
    if before == file == "-":
        raise click.UsageError("only one of FILE and --before can be standard input")
    from ..programs import write_text
    from ..sources import template_of_folder

    if format_ is None:
        by_name = (name for name, row in graphs.FORMATS.items() if (output or "").endswith(row.endings))
        format_ = next(by_name, "mermaid")

    old = None if before is None else template_of_folder(before, modules)
    subject: Any = template_of_folder(file, modules)
    if old is not None:
        subject = _diff(old, subject, allow_outside, assigned, parameter_file, before_parameter_file)
    found = graphs.graph(subject, **arguments)
    text: str = getattr(graphs, format_)(found)
    write_text(text, output)
    for note in _notes(found, format_, text, arguments["group_by"]):
        say(f"note: {note}")


def _diff(
    before: Any,
    after: Any,
    allow_outside: tuple[str, ...],
    assigned: tuple[str, ...],
    values: tuple[str, ...],
    before_values: str | None,
) -> Any:
    from .. import prediction
    from ..sources import parameter_files

    parameters = parameter_files.given_parameters(values, assigned)
    earlier = None if before_values is None else parameter_files.read_parameters(before_values)
    return prediction.diff(
        before, after, parameters=parameters, before_parameters=earlier, allow_outside=allow_outside
    )


def _notes(found: graphs.Graph, format_: str, text: str, group_by: str) -> list[str]:
    from ..graphs.text import MERMAID_CHARACTERS, MERMAID_EDGES

    notes = list(found.notes)
    if format_ == "mermaid" and (len(found.edges) > MERMAID_EDGES or len(text) > MERMAID_CHARACTERS):
        notes.append(
            f"Mermaid draws at most {MERMAID_EDGES} edges and {MERMAID_CHARACTERS:,} characters unless its maxEdges "
            "and maxTextSize are raised; svg and html have no such limit"
        )
    if group_by == "component" and found.nodes and not any(node.group for node in found.nodes):
        notes.append("no resource is in a component; only stack modules have components")
    return notes
