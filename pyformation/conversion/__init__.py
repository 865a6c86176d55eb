"""Templates as Python: `convert` writes the stack module that an author would write by hand.

The template becomes typed elements (`loading`), then a tree (`writing`) to which comments are added, then text
(`layout`). The program is run and compared with the template before it is returned. See docs/convert.md.
"""

from __future__ import annotations

import os
import re
import tempfile
import textwrap
from collections.abc import Iterable
from keyword import iskeyword
from typing import Any, Literal

import attrs

import pyformation

from ..budget import budgeted
from ..document import Document
from ..document.comments import Comment, comments
from ..errors import PyformationError, SourceError, TemplateError, did_you_mean
from ..loading import Loading, same_when_coerced
from ..plain import is_mapping, same_exactly
from ..sources import is_scheme
from ..template import Template
from .layout import (
    WIDTH,
    Atom,
    Group,
    Item,
    Loop,
    Node,
    Statement,
    call,
    comment,
    literal,
    source,
    statement_source,
)
from .loops import Repeated, looped, repeated, with_additions
from .naming import class_name
from .writing import Files, Imports, Writer

__all__ = ["Converted", "Style", "convert"]

Style = Literal["class", "flat"]


@attrs.frozen
class Converted:
    """A template as a program: its `text`, the name of its `stack`, and how many of each it has.

    `reordered` says that it renders the resources in another order, and `refers_to` names what the statement of a
    single resource uses and does not declare.
    """

    text: str
    stack: str
    resources: int
    comments: int
    reordered: bool = False
    refers_to: tuple[str, ...] = ()


@budgeted
def convert(
    document: Document,
    *,
    style: Style = "class",
    name: str | None = None,
    tidy: bool = False,
    keep_order: bool = False,
    resource: str | None = None,
    loops: bool = False,
    check: bool = True,
    folder: str | None = None,
) -> Converted:
    """The stack module that renders to a template.

    `style` is a class with attributes, or ``flat``: a script that adds elements to a `Template`. `name` is the name
    of the class; the default is the name of the file. With `tidy`, scalars that CloudFormation would convert are
    written as the values that they mean. A resource stands behind those that it refers to; with `keep_order` the
    program says which one follows which, so that they are rendered as they were. `resource` is the logical ID of
    the only one whose statement is wanted. With `loops`, neighboring resources that differ in one value are made in
    a loop. `folder` is where the program will be, by default that of the template:
    paths of local files are relative to it. The program runs in a separate process, and its output is compared with
    the template, including the order of all elements but, without `keep_order`, the resources.

    Raises `TemplateError` for data that is not a template, or if the comparison finds a difference.
    """
    loading = Loading(document.data, document=document, tidy=tidy, reorder=True)
    reordered = not keep_order and loading.options.pop("order", None) is not None
    loading.template(Template)
    stack = class_name(_stem(document.name) if name is None else name)
    if name is not None:
        stack = _checked_name(name, style)
    notes = comments(document)
    files = _local_files(document, folder)
    text = _program(loading, document, notes, style, stack, files, loops)
    if check:
        _check(text, document, tidy, files, keep_order)
    if resource is not None:
        return _single(loading, document, resource, stack, files)
    resources = sum(getattr(element, "_section", None) == "Resources" for _, element in loading.elements)
    return Converted(text, stack, resources, len(notes), reordered)


def _single(loading: Loading, document: Document, resource: str, stack: str, files: Files) -> Converted:
    """The statement of one resource, with its imports, as it is in the program of the whole template."""
    names = [name for name, element in loading.elements if getattr(element, "_section", None) == "Resources"]
    if resource not in names:
        raise TemplateError(f"{document.name} has no resource {resource!r}{did_you_mean(resource, names)}")
    writer = Writer(loading, in_class=True, files=files)
    statements = writer.statements(only=resource)
    notes = [note for note in comments(document) if (note.path or ())[:2] == ("Resources", resource)]
    _place(notes, [statement for _, statement in statements], [], [])
    text = "\n".join([*_imports(writer.imports), "", _body(statements, 0), ""])
    return Converted(text.lstrip("\n"), stack, 1, len(notes), refers_to=tuple(sorted(writer.referred)))


def _checked_name(name: str, style: Style) -> str:
    if style == "flat":
        raise SourceError(f"a flat script has no class that could be called {name!r}")
    taken = iskeyword(name) or name in pyformation.__all__
    if not (name.isascii() and name.isidentifier() and name[0].isupper()) or taken:
        raise SourceError(f"expected the name of a class, such as NetworkStack, found {name!r}")
    return name


_GENERIC = ("template", "stack", "main", "index", "cloudformation", "cfn", "app", "<stdin>", "<text>")


def _stem(name: str) -> str:
    """The subject of a file: its name, or the name of its folder if the name is generic; of a live stack its name."""
    if is_scheme(name):
        return name.partition(":")[2].partition("@")[0]
    path = os.path.abspath(name)
    stem = re.sub(r"\.(template|cfn)$", "", os.path.splitext(os.path.basename(path))[0])
    if stem.lower() in _GENERIC and not name.startswith("<"):
        return os.path.basename(os.path.dirname(path)) or stem
    return "Converted" if name.startswith("<") else stem


def example(loading: Loading, name: str, width: int) -> str:
    """A template as a stack of this name, without the rest of a program: at most `width` characters wide."""
    writer = Writer(loading, in_class=True)
    statements = writer.statements()
    writer.imports.pyformation.add("Stack")
    # Laid out for WIDTH, further to the right.
    body = textwrap.dedent(_body(statements, 4 + WIDTH - width))
    lines = [*_imports(writer.imports), "", "", f"class {name}(Stack):", textwrap.indent(body, "    "), ""]
    return "\n".join(lines)


# ---------------------------------------------------------------------------------------------
# The program


def _local_files(document: Document, folder: str | None) -> Files:
    """The paths of local files as a program in a folder has them, by their places. A text that names no file stays
    what it is where the property takes a text: it may mean something else."""
    from ..sources import LoadedTemplate
    from ..sources.local_files import local_files

    beside = os.path.dirname(document.name)
    template = LoadedTemplate("template", document.data, document.format, document=document, base=beside)
    found: dict[tuple[str | int, ...], str] = {}
    for file in local_files(template):
        exists = os.path.exists(file.path)
        if not exists and not is_mapping(file.location.shape):
            continue
        path = file.written
        if exists and folder is not None and not os.path.isabs(path):
            moved = os.path.relpath(file.path, folder).replace(os.sep, "/")
            # Written as it was where that means the same.
            if os.path.normpath(os.path.join(os.path.abspath(folder), path)) != file.path:
                path = f"{moved}/" if path.endswith("/") else moved
        found[file.place] = path
    return found


def _program(
    loading: Loading,
    document: Document,
    notes: list[Comment],
    style: Style,
    stack: str,
    files: Files,
    loops: bool,
) -> str:
    documentation = _docstring(loading.options.get("description")) if style == "class" else None
    groups: list[Repeated] = []

    def variable(index: int) -> str | None:
        return next((name for group in groups if (name := group.variable(index))), None)

    def written() -> tuple[Writer, list[tuple[str, Statement]], list[Item], list[str]]:
        writer = Writer(loading, in_class=style == "class", files=files, variable=variable)
        options = _options(loading, writer, documented=documentation is not None)
        statements = writer.statements()
        above: list[str] = []
        _place(notes, [statement for _, statement in statements], options, above)
        return writer, statements, options, above

    writer, statements, options, above = written()
    if loops:
        groups += repeated(statements, writer.referred_by, set(writer.taken))
        writer, statements, options, above = written()
    logical_ids = [name for name, _ in loading.elements]
    for group in reversed(groups):
        del logical_ids[group.first + 1 : group.first + group.count]
    keeps = {group.name for group in groups if style == "class" or writer.referred & set(group.variables)}
    statements = looped(statements, groups, keeps)
    if style == "class":
        body = _class_body(writer, statements, options, stack, documentation)
    else:
        body = _flat_body(writer, statements, options, logical_ids)
    file = os.path.basename(document.name).strip("<>")
    lines = [f'"""The template {_safe(file)} as a program."""', "", *_imports(writer.imports), ""]
    if style == "class":
        # A comment directly above a class belongs to it.
        lines.append("")
    return "\n".join([*lines, *above, body])


def _safe(text: str) -> str:
    return re.sub(r"[^\w .()+-]", "_", text, flags=re.ASCII).strip()


def _options(loading: Loading, writer: Writer, *, documented: bool) -> list[Item]:
    """The keywords of the template itself; if it is `documented`, the docstring is its description."""
    given = dict(loading.options)
    if documented:
        del given["description"]
    if given["format_version"] == "2010-09-09":
        del given["format_version"]
    items: list[Item] = []
    for name, value in given.items():
        # The sections without an option of their own stand in a mapping by their names.
        path = () if name == "extra_sections" else (_SECTIONS.get(name, name),)
        computed = name in ("metadata", "globals", "extra_sections")
        written = writer.value(value, path) if computed else writer.constant(value, path)
        items.append(Item(f"{name}=", written, path))
    return items


_SECTIONS = {
    "metadata": "Metadata",
    "transform": "Transform",
    "globals": "Globals",
    "description": "Description",
    "format_version": "AWSTemplateFormatVersion",
}


def _class_body(
    writer: Writer,
    statements: list[tuple[str, Statement]],
    options: list[Item],
    stack: str,
    documentation: str | None,
) -> str:
    writer.imports.pyformation.add("Stack")
    header = source(call(f"class {stack}", Item("", Atom("Stack")), *options), 0, 0, 1) + ":"
    parts = [header]
    if documentation is not None:
        parts.append(f"    {documentation}\n" if statements else f"    {documentation}")
    elif not statements:
        parts.append("    pass")
    in_loops = [
        (section, with_additions(statement, in_class=True) if isinstance(statement, Loop) else statement)
        for section, statement in statements
    ]
    parts.append(_body(in_loops, 4))
    main = f'\n\nif __name__ == "__main__":\n    {stack}().{_main(writer)}\n'
    return "\n".join(part for part in parts if part) + "\n" + main


def _flat_body(
    writer: Writer, statements: list[tuple[str, Statement]], options: list[Item], logical_ids: list[str]
) -> str:
    writer.imports.pyformation.add("Template")
    made: list[tuple[str, Statement]] = [("", Statement("template", call("Template", *options)))]
    for (section, statement), logical_id in zip(statements, logical_ids, strict=True):
        if isinstance(statement, Loop):
            made.append((section, with_additions(statement, in_class=False)))
            continue
        added = call("template.add", Item("", Atom(literal(logical_id))), Item("", statement.value))
        target = statement.target if statement.target in writer.referred else ""
        made.append((section, attrs.evolve(statement, target=target, value=added)))
    return _body(made, 0) + f'\n\n\nif __name__ == "__main__":\n    template.{_main(writer)}\n'


def _main(writer: Writer) -> str:
    """The call that prints the template, paths of local files included."""
    return 'main(assets="relative")' if writer.has_assets else "main()"


def _body(statements: list[tuple[str, Statement]], indent: int) -> str:
    """The statements, with an empty line between sections and around statements of several lines."""
    lines: list[str] = []
    margin = " " * indent
    last: tuple[str, bool] | None = None
    for section, statement in statements:
        text = statement_source(statement, indent)
        long = "\n" in text or bool(statement.above)
        if last is not None and (last[0] != section or last[1] or long):
            lines.append("")
        lines += [margin + line for line in statement.above]
        lines += [margin + text, *(margin + line for line in statement.below)]
        last = section, long
    return "\n".join(lines)


def _docstring(description: str | None) -> str | None:
    """A description as a docstring, or None if that would change the text."""
    if (
        not description
        or description != description.strip()
        or description[0] == '"'
        or description[-1] == '"'
    ):
        return None
    lines = description.split("\n")
    plain = all(line.isprintable() and line == line.rstrip() for line in lines)
    if not plain or "\\" in description or '"""' in description:
        return None
    if len(lines) == 1:
        return f'"""{description}"""'
    # The first line stands alone, and the rest must not be indented as a whole.
    rest = [line for line in lines[1:] if line]
    if not rest or all(line[0].isspace() for line in rest):
        return None
    body = "\n".join("    " + line if line else "" for line in lines[1:])
    return f'"""{lines[0]}\n{body}\n    """'


def _imports(imports: Imports) -> list[str]:
    groups: list[list[str]] = []
    if imports.textwrap:
        groups.append([f"from textwrap import {', '.join(sorted(imports.textwrap))}"])
    own = _import_line("pyformation", imports.pyformation) if imports.pyformation else []
    if imports.services:
        own += _import_line("pyformation.aws", imports.services)
    groups.append(own)
    return [line for group in groups for line in [*group, ""]][:-1]


def _import_line(module: str, names: Iterable[str]) -> list[str]:
    # Classes before functions, as isort has it.
    ordered = sorted(names, key=lambda name: (not name[0].isupper(), name.lower()))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]


# ---------------------------------------------------------------------------------------------
# Comments


def _place(notes: list[Comment], statements: list[Statement], options: list[Item], above: list[str]) -> None:
    """Attach each comment to its element, or to the nearest enclosing element that the program writes.

    The remaining comments go `above` everything.
    """
    carriers: dict[tuple[object, ...], Item | Statement] = {}
    # The first and the last of each section, for comments on the section as a whole.
    first: dict[object, Statement] = {}
    last: dict[object, Statement] = {}
    for statement in statements:
        carriers[statement.path] = statement
        first.setdefault(statement.path[0], statement)
        last[statement.path[0]] = statement
        _collect(statement.value, carriers)
    for option in options:
        carriers.setdefault(option.path, option)
        _collect(option.value, carriers)
    for note in notes:
        text = comment(note.text)
        path = note.path or ()
        carrier = carriers.get(path)
        if (
            note.place == "beside"
            and isinstance(carrier, Item)
            and isinstance(carrier.value, (Atom, Group))
            and not carrier.beside
        ):
            carrier.beside = text
            continue
        while carrier is None and path:
            path = path[:-1]
            carrier = carriers.get(path)
        if carrier is None and note.path:
            carrier = (last if note.place == "below" else first).get(note.path[0])
        if carrier is None and note.path is None and statements:
            # Behind the last line of the template.
            statements[-1].below.append(text)
        elif carrier is None:
            above.append(text)
        elif note.place == "below":
            carrier.below.append(text)
        else:
            carrier.above.append(text)


def _collect(node: Node, carriers: dict[tuple[object, ...], Item | Statement]) -> None:
    if isinstance(node, Group):
        for item in node.items:
            if item.path:
                carriers.setdefault(item.path, item)
            _collect(item.value, carriers)


# ---------------------------------------------------------------------------------------------
# The proof


def _check(text: str, document: Document, tidy: bool, files: Files, keep_order: bool) -> None:
    """Run a program and compare what it renders with the template."""
    from ..sources import stack_modules
    from ..sources.local_files import replaced

    with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
        path = os.path.join(folder, "converted.py")
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        try:
            (found,) = stack_modules.run(path, None, quiet=True)
        except PyformationError as error:
            raise TemplateError(
                f"{document.name} cannot be converted: the program that was written fails: {error.message}"
            ) from None
    difference = _difference(found["data"], replaced(document.data, files), tidy, keep_order)
    if difference is not None:
        raise TemplateError(
            f"{document.name} cannot be converted: the program that was written renders another {difference}"
        )


def _difference(one: Any, other: Any, tidy: bool, keep_order: bool) -> str | None:
    """The path of the first difference between two templates, or None."""
    same = same_when_coerced if tidy else same_exactly
    for section in [*other, *(name for name in one if name not in other)]:
        if section not in one or section not in other:
            return str(section)
        mine, theirs = one[section], other[section]
        if is_mapping(mine) and is_mapping(theirs):
            for name in theirs:
                if name not in mine or not same(mine[name], theirs[name]):
                    return f"{section}.{name}"
            # Interface comes last in Metadata.
            as_they_come = section == "Metadata" or (section == "Resources" and not keep_order)
            if list(mine) != list(theirs) and not (as_they_come and set(mine) == set(theirs)):
                return f"order of {section}"
        elif not same(mine, theirs):
            return str(section)
    return None
