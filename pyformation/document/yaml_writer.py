"""Plain data to YAML as an expert would write it by hand, the same bytes every time.

It goes through PyYAML's emitter (libyaml), which gets its events from here: what is decided here are tags, styles
and quotes. The library is imported when it is first needed. The style:

- Short tags (``!Ref x``, ``!GetAtt A.B``) wherever one can stand. The long form where the argument is a
  mapping, a function included (``Fn::GetAZs: !Ref AWS::Region``: two tags cannot follow one another),
  and for functions that AWS documents in the long form only (`_TAGS` has the others).
- A function's arguments on its own line where that fits: ``!If [IsProd, 512, 128]``. Other lists are
  blocks; a list among the arguments is on a line of its own, or below its dash.
- ``!Condition`` only inside And, Or and Not: anywhere else ``Condition`` is an ordinary key.
- Text of several lines as a literal block. Quotes only where some reader, of YAML 1.1 or 1.2, would take the
  text for something else.
- A blank line between sections and between resources. Nothing is folded; no anchors, no aliases.
"""

from __future__ import annotations

from ..intrinsics import INTRINSICS
from ..plain import is_mapping, is_sequence, mapping_or_empty
from .writable import DEEPEST, Unwritable, exact, fault, is_printable, number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator
    from typing import Any

_WIDTH = 80
_TAGS = {name: function.tag for name, function in INTRINSICS.items() if function.is_written_short}
_CONDITIONS = frozenset([name for name, function in INTRINSICS.items() if function.holds_conditions])


_WORDS = frozenset("~ null true false yes no on off y n = <<".split())
_NUMERIC = frozenset("0123456789+-.")


def _numeric(text: str) -> bool:
    """Whether text may be a number, a date or a marker of YAML 1.1 or 1.2; quoting too much is harmless."""
    body = text.lstrip("+-")
    if text[:3] in ("---", "...") or body[:1] in ("", " "):
        return True
    if body[:2].lower() in ("0x", "0o", "0b") or body.lower() in (".inf", ".nan"):
        return True
    if body[:4].isdigit() and body[4:5] == "-" and body[5:6].isdigit():
        return True
    # Digits and what can join them, but no versions and no addresses: they have two dots.
    return not text.strip("0123456789+-.:_eE") and (bool(text.strip("0123456789.")) or text.count(".") < 2)


def to_yaml(data: dict[str, Any], *, ascii: bool = False) -> str:
    """YAML text of plain data, with short tags, ending in a newline; the same bytes every time.

    `ascii` escapes every other character. A text at the end that ends in several newlines keeps them.

    Raises `InvalidValueError` with the path of whatever is not plain data, `LimitError` for data nested
    too deeply.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
    """
    try:
        plain = data if data.__class__ is dict else exact(data)
        if not plain:
            return "{}\n"
        *parts, last = _sections(plain, ascii)
        # A block that keeps its blank lines, at the end of a part, would take one more for its own.
        return "".join([part if part.endswith("\n\n") else f"{part}\n" for part in parts]) + last
    except (Unwritable, RecursionError, ValueError):  # ValueError: an int past Python's limit
        raise fault(data) from None


def _sections(data: dict[str, Any], ascii: bool) -> Iterator[str]:
    """The text of each section and each resource, to be joined by blank lines.

    The emitter knows no blank lines, so each part is a document of its own; below the first resource the
    line that names the section is taken off again.
    """
    emit = _Writer(ascii).document
    short: dict[str, Any] = {}
    for section, value in data.items():
        if not is_mapping(value) and not is_sequence(value):
            short[section] = value
            continue
        resources = mapping_or_empty(value) if section == "Resources" and value.__class__ is dict else {}
        if short:
            yield emit(short)
            short = {}
        if resources and _TAGS.keys().isdisjoint(resources):
            head = ""
            for name, resource in resources.items():
                yield emit({section: {name: resource}})[len(head) :]
                head = "Resources:\n"
        else:
            yield emit({section: value})
    if short:
        yield emit(short)


class _Writer:
    """Plain data as events for PyYAML's emitter. What it decides: tags, styles, quotes.

    Events say nothing but what they are, so those that repeat are made once.
    """

    def __init__(self, ascii: bool) -> None:
        import yaml

        self.ascii = ascii

        self.emitter: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        self.scalar_event: Any = yaml.ScalarEvent
        self.sequence_event: Any = yaml.SequenceStartEvent
        self.mapping_event: Any = yaml.MappingStartEvent
        self.opening: Any = (yaml.StreamStartEvent(), yaml.DocumentStartEvent(explicit=False))
        self.closing: Any = (yaml.DocumentEndEvent(explicit=False), yaml.StreamEndEvent())
        self.end_sequence = yaml.SequenceEndEvent()
        self.end_mapping = yaml.MappingEndEvent()
        self.block_mapping = yaml.MappingStartEvent(None, None, True, flow_style=False)
        self.empty_mapping = yaml.MappingStartEvent(None, None, True, flow_style=True)
        self.block_sequence = yaml.SequenceStartEvent(None, None, True, flow_style=False)
        self.flow_sequence = yaml.SequenceStartEvent(None, None, True, flow_style=True)
        self.scalars: dict[Any, Any] = {}
        self.keys: dict[str, Any] = {}
        # What stands in for a `_PLACE` in the emitter's text: a block scalar's text, or a list.
        self.blocks: list[str | list[Any]] = []
        # What stands in for a character on the way through the emitter, and what is meant by it.
        self.stand_ins: dict[str, str] = {}
        self.meant: dict[int, str] = {}

    def document(self, data: dict[str, Any]) -> str:
        """The text of one mapping."""
        text = self.stream(lambda: self.mapping(data, 0))
        return self.with_blocks(text, 0) if self.blocks else text

    def stream(self, write: Callable[[], None]) -> str:
        import io

        stream = io.StringIO()
        # A width below zero is none: text is never folded.
        self.put = self.emitter(stream, allow_unicode=not self.ascii, width=-1).emit
        for event in self.opening:
            self.put(event)
        write()
        for event in self.closing:
            self.put(event)
        text = stream.getvalue()
        return text.translate(self.meant) if self.meant else text

    def with_blocks(self, text: str, column: int) -> str:
        """The emitter's text, which starts at a column, with what it cannot write itself in its place."""
        import re

        def block(match: re.Match[str]) -> str:
            spaces, dashes, key, tag, number = match.groups()
            found = self.blocks[int(number)]
            # The column of the key that the block belongs to, or of the dash (or the colon of a long key).
            at = len(spaces) + len(dashes) - (0 if key else 2)
            if isinstance(found, str):
                indicator = ("2" if found[0] in " \t\n" else "") + (
                    "-" if found[-1] != "\n" else "+" if found[-2:] == "\n\n" else ""
                )
                head, lines = f"{tag or ''}|{indicator}", found.removesuffix("\n").split("\n")
            else:
                below = column + at + 2
                inner = self.stream(lambda: self.sequence(None, found, below, below, False))
                head, lines = "", self.with_blocks(inner, below).split("\n")[:-1]
            indent = " " * (at + 2)
            rest = "".join(f"\n{indent}{line}" if line else "\n" for line in lines)
            return f"{spaces}{dashes}{key}{head}".rstrip() + rest

        return re.sub(rf"(?m)^( *)((?:[-?:] )*)(.*: |)(!\S+ )?{_PLACE}(\d+)$", block, text)

    def block(self, tag: str | None, value: str | list[Any]) -> Any:
        """The event of what `with_blocks` puts in."""
        self.blocks.append(value)
        return self.scalar_event(None, tag, (tag is None, tag is None), f"{_PLACE}{len(self.blocks) - 1}")

    def mapping(self, value: dict[str, Any], column: int) -> None:
        """A mapping whose keys are at a column."""
        if column > 2 * DEEPEST:
            raise Unwritable
        put, keys, scalars = self.put, self.keys, self.scalars
        put(self.block_mapping if value else self.empty_mapping)
        for key, item in value.items():
            event = keys.get(key)
            if event is None:
                event = keys[key] = self.key(key)
            put(event)
            if item.__class__ is str:
                event = scalars.get(item)
                if event is None:
                    event = scalars[item] = self.scalar(None, item, _style(item))
                put(event)
            else:
                # libyaml puts the dashes of a list below the first letter of its key.
                self.node(item, column + 2, column, column + len(key) + 2)
        put(self.end_mapping)

    def key(self, key: Any) -> Any:
        if not isinstance(key, str):
            raise Unwritable
        text = str.__str__(key)
        style = _style(text)
        return self.scalar(None, text, '"' if style == "|" else style)

    def scalar(self, tag: str | None, text: str, style: str) -> Any:
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise Unwritable from None
        if style == "|" and _is_beyond_the_emitter(text):
            if not self.ascii or text.isascii():
                return self.block(tag, text)
            style = '"'
        if not self.ascii and not text.isascii():
            text = self.substituted(text)
        untagged = tag is None
        return self.scalar_event(None, tag, (untagged, untagged), text, style=style or None)

    def substituted(self, text: str) -> str:
        """A text with stand-ins for the characters that the emitter would treat otherwise than we do: those beyond
        U+FFFF, which it escapes, and in quotes what changes the order of the text (U+202E), which it does not."""
        import re

        def stand_in(match: re.Match[str]) -> str:
            character = match[0]
            found = self.stand_ins.get(character)
            if found is None:
                hidden = re.match(_SHOWN_BY_EMITTER, character)
                if len(self.stand_ins) > _MOST_STAND_INS and not hidden:
                    return character
                found = self.stand_ins[character] = chr(_FIRST_STAND_IN + len(self.stand_ins))
                code = ord(character)
                escape = f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}"
                self.meant[ord(found)] = escape if hidden else character
            return found

        return re.sub(_SUBSTITUTED, stand_in, text)

    def node(self, value: Any, below: int, dash: int, at: int, condition: bool = False) -> None:
        """One value: the columns of keys and dashes below it, and the one where it may start itself.

        `condition` says that ``{"Condition": name}`` is a function here.
        """
        kind = value.__class__
        if kind is str:
            self.text(None, value)
        elif kind is dict:
            if len(value) != 1 or not self.function(value, dash, at, condition):
                self.mapping(value, below)
        elif kind is list:
            self.sequence(None, value, dash, at, False)
        else:
            text = _other(value)
            if text is None:
                self.node(exact(value), below, dash, at, condition)
            else:
                self.put(self.scalar(None, text, ""))

    def text(self, tag: str | None, value: str) -> None:
        key = value if tag is None else (tag, value)
        event = self.scalars.get(key)
        if event is None:
            event = self.scalars[key] = self.scalar(tag, value, _style(value))
        self.put(event)

    def sequence(self, tag: str | None, items: list[Any], dash: int, at: int, conditions: bool) -> None:
        if dash > 2 * DEEPEST:
            raise Unwritable
        flow = False
        if tag is None:
            self.put(self.block_sequence if items else self.flow_sequence)
        else:
            # Inside brackets the emitter puts everything into brackets.
            flow = _size(items, _WIDTH - at - len(tag) - 1, conditions) >= 0
            self.put(self.sequence_event(None, tag, False, flow_style=flow))
        column = dash + 2
        for item in items:
            if item.__class__ is str:
                self.text(None, item)
            elif item.__class__ is list and item and tag is not None and not flow:
                if _size(item, _WIDTH - column, False) >= 0:
                    self.flow(item, column)
                else:
                    self.put(self.block(None, item))
            else:
                self.node(item, column, column, column, conditions)
        self.put(self.end_sequence)

    def flow(self, items: list[Any], column: int) -> None:
        """A list in brackets; inside them the emitter puts everything into brackets."""
        self.put(self.flow_sequence)
        for item in items:
            self.node(item, column, column, column)
        self.put(self.end_sequence)

    def function(self, value: dict[str, Any], dash: int, at: int, condition: bool) -> bool:
        """Write a mapping of one key as a short tag, or say that it is none."""
        [(name, argument)] = value.items()
        tag = _TAGS.get(name)
        if tag is None:
            if condition and name == "Condition" and argument.__class__ is str:
                self.text("!Condition", argument)
                return True
            return False
        if argument.__class__ is str:
            if tag == "!GetAtt" and "." in argument:
                return False  # this one is text in the long form; the short tag would mean a list
            self.text(tag, argument)
            return True
        if argument.__class__ is not list or tag == "!Ref":
            return False
        if tag == "!GetAtt" and (attribute := _attribute(argument)):
            self.text(tag, attribute)
        else:
            self.sequence(tag, argument, dash, at, name in _CONDITIONS)
        return True


# Stands in the emitter's text for a block. Text that starts like this is quoted, as it may be a number.
_PLACE = "0xblock"

# Hidden characters that the emitter does not escape.
_SHOWN_BY_EMITTER = "[\\xad\\u061c\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufff9-\\ufffb]"
# Of the private use area, and therefore substituted themselves. There is room for the hidden characters, too.
_FIRST_STAND_IN = 0xE000
_MOST_STAND_INS = 0x1800
_SUBSTITUTED = _SHOWN_BY_EMITTER[:-1] + "\\ue000-\\uf8ff\\U00010000-\\U0010ffff]"


def _is_beyond_the_emitter(text: str) -> bool:
    """Whether libyaml would quote a text of several lines, which YAML itself allows in a block.

    It refuses tabs and blanks at the end of a line; and what ends in several newlines it writes, but so that the next
    blank line would belong to it.
    """
    return "\t" in text or " \n" in text or text[-1] == " " or text.endswith("\n\n")


def _style(text: str) -> str:
    """The style for a text; the emitter chooses a safer one if this is not possible."""
    if "\n" in text:
        shown = text.replace("\n", "").replace("\t", "")
        return "|" if shown.strip() and is_printable(shown) and _PLACE not in text else '"'
    if not text:
        return "'"
    if not is_printable(text):
        return '"'
    if text[0] in _NUMERIC and _numeric(text):
        return "'"
    if len(text) < 6 and text.lower() in _WORDS:
        return "'"
    return ""


def _other(value: Any) -> str | None:
    """The text of a number, a boolean or null, or None for anything else."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value.__class__ is int:
        return str(value)
    if value.__class__ is float:
        return number_text(value)
    return None


_QUOTED_IN_FLOW = frozenset(":,[]{}?")


def _size(items: list[Any], room: int, conditions: bool) -> int:
    """How many characters ``[a, b]`` takes; -1 for more than `room`, or if it is hard to read in brackets."""
    size = 2 * len(items) or 2
    for item in items:
        part = _item_size(item, room - size, conditions)
        size += part
        if part < 0 or size > room:
            return -1
    return size if size <= room else -1


def _item_size(item: Any, room: int, conditions: bool) -> int:
    kind: Any = item.__class__
    if kind is str:
        style = _style(item)
        if style in ('"', "|"):
            return -1
        return len(item) + (0 if style == "" and _QUOTED_IN_FLOW.isdisjoint(item) else 2)
    if kind is list:
        return _size(item, room, False)
    if kind is not dict:
        text = _other(item)
        return -1 if text is None else len(text)
    if len(item) != 1:
        return -1
    pair: Any = next(iter(item.items()))
    name, argument = pair
    tag = _TAGS.get(name) or ("!Condition" if conditions and name == "Condition" else "")
    inner: int
    if tag == "!GetAtt" and argument.__class__ is list:
        argument = _attribute(argument) or argument
    if argument.__class__ is str:
        if tag == "!GetAtt" and item[name] is argument and "." in argument:
            return -1  # text in the long form
        inner = _item_size(argument, room, False)
    elif argument.__class__ is list and tag not in ("!Ref", "!Condition"):
        inner = _size(list(argument), room, name in _CONDITIONS)
    else:
        inner = -1
    return -1 if inner < 0 or not tag else len(tag) + 1 + inner


def _attribute(argument: list[Any]) -> str:
    """``A.B.C`` for a GetAtt of "A" and "B.C"; "" if reading it would give something else."""
    if len(argument) == 2:
        target, attribute = argument
        if target.__class__ is str and attribute.__class__ is str and target and "." not in target:
            return f"{target}.{attribute}"
    return ""
