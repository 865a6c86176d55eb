"""Templates to text: the JSON and YAML that an expert would write by hand, the same bytes every time.

YAML goes through PyYAML's emitter (libyaml), which gets its events from here: what is decided here are
tags, styles and quotes. JSON is written while walking, as Python's own indenting avoids its C encoder.
Both libraries are imported when they are first needed. The style of YAML:

- Short tags (``!Ref x``, ``!GetAtt A.B``) wherever one can stand. The long form where the argument is a
  mapping, a function included (``Fn::GetAZs: !Ref AWS::Region``: two tags cannot follow one another),
  and for functions that AWS documents in the long form only (`_TAGS` has the others).
- A function's arguments on its own line where that fits: ``!If [IsProd, 512, 128]``. Other lists are
  blocks.
- ``!Condition`` only inside And, Or and Not: anywhere else ``Condition`` is an ordinary key.
- Text of several lines as a literal block, where libyaml can write one (not with tabs, emoji or spaces
  at the end of a line). Quotes only where some reader, of YAML 1.1 or 1.2, would take the text for
  something else.
- A blank line between sections and between resources. Nothing is folded; no anchors, no aliases.
"""

from __future__ import annotations

from ..errors import InvalidValueError, LimitError, PyformationError, shown
from ..intrinsics import INTRINSICS
from ..plain import is_mapping, is_sequence, mapping_or_empty

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator
    from typing import Any

_DEEPEST = 400
_WIDTH = 80
_TAGS = {name: function.tag for name, function in INTRINSICS.items() if function.is_written_short}
_CONDITIONS = frozenset([name for name, function in INTRINSICS.items() if function.holds_conditions])


class _Unwritable(Exception):
    """Something that is not plain data; `_fault` describes it."""


def _exact(value: Any) -> Any:
    """A subclass of a plain type as the plain type itself; a tuple as a list."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__index__(value)
    if isinstance(value, float):
        return float.__float__(value)
    kind: type = value.__class__  # not isinstance: its narrowing is noise to a strict checker
    if issubclass(kind, dict):
        return dict(value.items())
    if issubclass(kind, (list, tuple)):
        return list(value)
    raise _Unwritable


def _fault(data: Any) -> PyformationError:
    """The error for data that could not be written: the first place that is at fault."""

    def search(value: Any, path: str, above: tuple[int, ...]) -> PyformationError | None:
        if isinstance(value, str):
            return surrogate(value, path)
        if isinstance(value, float) and value - value != 0:
            return InvalidValueError(f"a template cannot hold the number {value}", path=path or None)
        if value is None or isinstance(value, (int, float)):
            try:
                str(value)
            except ValueError:
                return InvalidValueError("a number of more digits than Python writes", path=path or None)
            return None
        kind: type = value.__class__
        if not issubclass(kind, (dict, list, tuple)):
            message = f"a template cannot hold {shown(value)} ({type(value).__name__})"
            return InvalidValueError(message, path=path or None)
        if id(value) in above:
            return InvalidValueError("a value that contains itself cannot be written", path=path or None)
        if len(above) > _DEEPEST:
            return LimitError(f"nested deeper than {_DEEPEST} levels", path=path or None)
        above = (*above, id(value))
        if not issubclass(kind, dict):
            for index, item in enumerate(value):
                if found := search(item, f"{path}[{index}]", above):
                    return found
            return None
        for key, item in value.items():
            if not isinstance(key, str):
                message = f"a key must be a string, not {shown(key)} ({type(key).__name__})"
                return InvalidValueError(message, path=path or None)
            if found := surrogate(key, path) or search(item, f"{path}.{key}" if path else key, above):
                return found
        return None

    def surrogate(text: str, path: str) -> PyformationError | None:
        try:
            text.encode()
        except UnicodeEncodeError:
            message = f"{shown(text)} holds half a character (a lone surrogate)"
            return InvalidValueError(message, path=path or None)
        return None

    too_deep = LimitError(f"nested deeper than {_DEEPEST} levels")
    try:
        return search(data, "", ()) or too_deep
    except RecursionError:
        return too_deep


def _number(value: float) -> str:
    """A float that every reader takes for one: YAML 1.1 wants a dot and a signed exponent."""
    if value - value != 0:
        raise _Unwritable
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return text if not e or "." in mantissa else f"{mantissa}.0e{exponent}"


# YAML's scalars ---------------------------------------------------------------------------------

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


_UNSAFE = (  # what an editor does not show, or shows in another order, or YAML takes for a line break
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\ufffe\\uffff]"
)


def _printable(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    import re

    return re.search(_UNSAFE, text) is None


# YAML -------------------------------------------------------------------------------------------


def to_yaml(data: dict[str, Any]) -> str:
    """YAML text of plain data, with short tags, ending in one newline; the same bytes every time.

    Raises `InvalidValueError` with the path of whatever is not plain data, `LimitError` for data nested
    too deeply.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
    """
    try:
        plain = data if data.__class__ is dict else _exact(data)
        if not plain:
            return "{}\n"
        return "\n".join(_sections(plain))
    except (_Unwritable, RecursionError, ValueError):  # ValueError: an int past Python's limit
        raise _fault(data) from None


def _sections(data: dict[str, Any]) -> Iterator[str]:
    """The text of each section and each resource, to be joined by blank lines.

    The emitter knows no blank lines, so each part is a document of its own; below the first resource the
    line that names the section is taken off again.
    """
    emit = _Writer().document
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

    def __init__(self) -> None:
        import yaml

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

    def document(self, data: dict[str, Any]) -> str:
        """The text of one mapping."""
        text = self.emitted(data, True)
        if not text.isascii() and not _printable(text.replace("\n", "")):
            # In quotes the emitter leaves what changes the order of the text (U+202E) as it is.
            text = self.emitted(data, False)
        return text

    def emitted(self, data: dict[str, Any], unicode: bool) -> str:
        import io

        stream = io.StringIO()
        # A width below zero is none: text is never folded.
        self.put = self.emitter(stream, allow_unicode=unicode, width=-1).emit
        for event in self.opening:
            self.put(event)
        self.mapping(data, 0)
        for event in self.closing:
            self.put(event)
        return stream.getvalue()

    def mapping(self, value: dict[str, Any], column: int) -> None:
        """A mapping whose keys are at a column."""
        if column > 2 * _DEEPEST:
            raise _Unwritable
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
            raise _Unwritable
        text = str.__str__(key)
        style = _style(text)
        return self.scalar(None, text, '"' if style == "|" else style)

    def scalar(self, tag: str | None, text: str, style: str) -> Any:
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise _Unwritable from None
        untagged = tag is None
        return self.scalar_event(None, tag, (untagged, untagged), text, style=style or None)

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
                self.node(_exact(value), below, dash, at, condition)
            else:
                self.put(self.scalar(None, text, ""))

    def text(self, tag: str | None, value: str) -> None:
        key = value if tag is None else (tag, value)
        event = self.scalars.get(key)
        if event is None:
            event = self.scalars[key] = self.scalar(tag, value, _style(value))
        self.put(event)

    def sequence(self, tag: str | None, items: list[Any], dash: int, at: int, conditions: bool) -> None:
        if dash > 2 * _DEEPEST:
            raise _Unwritable
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
            else:
                self.node(item, column, column, column, conditions)
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


def _style(text: str) -> str:
    """The style for a text; the emitter chooses a safer one if this is not possible."""
    if "\n" in text:
        # A block that ends in several newlines would add to the blank lines behind it.
        if text.endswith("\n\n") or not text.strip("\n") or not _printable(text.replace("\n", "")):
            return '"'
        return "|"
    if not text:
        return "'"
    if not _printable(text):
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
        return _number(value)
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


# JSON -------------------------------------------------------------------------------------------


def to_json(data: dict[str, Any], indent: int | None = 2) -> str:
    """JSON text of plain data, ending in one newline; `indent` None writes it as short as it gets.

    Raises as `to_yaml` does.
    """
    try:
        text = _to_json(data, indent)
        return text if text.isascii() and "\x7f" not in text else _hidden(text)
    except (_Unwritable, RecursionError, ValueError):  # ValueError: an int past Python's limit
        raise _fault(data) from None


def _to_json(data: Any, indent: int | None) -> str:
    out: list[str] = []
    put = out.append
    encode = _encoder()
    colon = ":" if indent is None else ": "
    step = "" if indent is None else " " * indent
    keys: dict[str, str] = {}
    deepest = _DEEPEST

    def write(value: Any, newline: str, depth: int) -> None:
        kind = value.__class__
        if kind is dict:
            if not value:
                put("{}")
                return
            if depth > deepest:
                raise _Unwritable
            inner = newline + step
            lead = "{" + inner
            for key, item in value.items():
                name = keys.get(key)
                if name is None:
                    if not isinstance(key, str):
                        raise _Unwritable
                    name = keys[key] = encode(key) + colon
                kind = item.__class__
                if kind is str:
                    put(lead + name + encode(item))
                elif kind is bool:
                    put(lead + name + ("true" if item else "false"))
                elif kind is int:
                    put(lead + name + str(item))
                else:
                    put(lead + name)
                    write(item, inner, depth + 1)
                lead = "," + inner
            put(newline + "}")
        elif kind is list:
            if not value:
                put("[]")
                return
            if depth > deepest:
                raise _Unwritable
            inner = newline + step
            lead = "[" + inner
            for item in value:
                if item.__class__ is str:
                    put(lead + encode(item))
                else:
                    put(lead)
                    write(item, inner, depth + 1)
                lead = "," + inner
            put(newline + "]")
        elif value is None:
            put("null")
        elif value is True:
            put("true")
        elif value is False:
            put("false")
        elif kind is int:
            put(str(value))
        elif kind is float:
            put(_number(value))
        elif kind is str:
            put(encode(value))
        else:
            write(_exact(value), newline, depth)

    write(data, "" if indent is None else "\n", 0)
    put("\n")
    return "".join(out)


def _hidden(text: str) -> str:
    """Escape invisible characters; the text is JSON already."""
    import re

    def escape(match: re.Match[str]) -> str:
        if "\ud800" <= match[0] <= "\udfff":
            raise _Unwritable
        return f"\\u{ord(match[0]):04x}"

    return re.sub(_UNSAFE.replace("\\x1f", "\\x09\\x0b-\\x1f"), escape, text)


def _encoder() -> Callable[[str], str]:
    try:
        from _json import encode_basestring  # the package around it takes 8 ms to import
    except ImportError:
        from json.encoder import encode_basestring
    return encode_basestring
