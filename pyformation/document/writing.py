"""Templates to text: the JSON and YAML that an expert would write by hand, the same bytes every time.

Neither PyYAML nor ``re`` nor ``json`` is needed: this module is on the path of every stack that prints
itself, and importing those takes longer than the printing. The style:

- Short tags (``!Ref x``, ``!GetAtt A.B``) wherever one can stand. The long form where the argument is a
  mapping, a function included (``Fn::GetAZs: !Ref AWS::Region``: two tags cannot follow one another),
  and for functions that AWS documents in the long form only (`_TAGS` has the others).
- A function's arguments on its own line where that fits: ``!If [IsProd, 512, 128]``. Other lists are
  blocks, indented below their key.
- ``!Condition`` only inside And, Or and Not: anywhere else ``Condition`` is an ordinary key.
- Text of several lines as a literal block. Quotes only where some reader, of YAML 1.1 or 1.2, would
  take the text for something else; single ones, unless an escape is needed.
- A blank line between sections and between resources. Nothing is folded; no anchors, no aliases.
"""

from __future__ import annotations

from ..errors import InvalidValueError, LimitError, PyformationError, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from typing import Any

_DEEPEST = 400
_WIDTH = 80
# What the one-line form may have short tags for. The rule functions, Transform and the functions of
# AWS::LanguageExtensions are documented by AWS in the long form.
_TAGS = {
    name: "!" + name.removeprefix("Fn::")
    for name in (
        "Ref Fn::And Fn::Base64 Fn::Cidr Fn::Equals Fn::FindInMap Fn::GetAtt Fn::GetAZs Fn::If "
        "Fn::ImportValue Fn::Join Fn::Not Fn::Or Fn::Select Fn::Split Fn::Sub"
    ).split()
}
_CONDITIONS = frozenset(["Fn::And", "Fn::Or", "Fn::Not"])


class _Unwritable(Exception):
    """Something that is not plain data; `_fault` says where and what."""


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

_INDICATORS = frozenset("?:,[]{}#&*!|>'\"%@` ")
_WORDS = frozenset("~ null true false yes no on off y n = <<".split())
_NUMERIC = frozenset("0123456789+-.")


def _scalar(text: str) -> str:
    """Text on one line, in quotes where it needs them."""
    if not _printable(text):
        return _escaped(text)
    if text and _is_plain(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str) -> bool:
    """Whether every reader takes the unquoted text (printable, not empty) for a string, in a block."""
    first = text[0]
    return not (
        first in _INDICATORS
        or text[-1] in " :"
        or ": " in text
        or " #" in text
        or (first in _NUMERIC and _numeric(text))
        or (len(text) < 6 and text.lower() in _WORDS)
    )


def _numeric(text: str) -> bool:
    """Whether text may be a number, a date or a marker of YAML 1.1 or 1.2; quoting too much is no harm."""
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


def _escaped(text: str) -> str:
    """Text in double quotes, with escapes that YAML and JSON share."""
    text = _encoder()(text)
    return text if text.isascii() and "\x7f" not in text else _hidden(text)


def _hidden(text: str) -> str:
    """Escape what is not to be seen raw in a file; the text is JSON already."""
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


def _has_block(text: str) -> bool:
    """Whether text of several lines can stand in a literal block and come back unchanged."""
    end = text.rstrip("\n")[-1:]
    return end not in ("", " ", "\t") and _printable(text.replace("\n", "").replace("\t", ""))


class _Scalars(dict[str, str]):
    """Text on one line by text; "" for what is better written as a block."""

    def __missing__(self, text: str) -> str:
        result = self[text] = "" if "\n" in text and _has_block(text) else _scalar(text)
        return result


class _Keys(dict[str, str]):
    """Keys as they are written, with their colon."""

    def __missing__(self, key: Any) -> str:
        if not isinstance(key, str):
            raise _Unwritable
        result = self[key] = _scalar(str.__str__(key)) + ":"
        return result


# YAML -------------------------------------------------------------------------------------------


def to_yaml(data: dict[str, Any]) -> str:
    """YAML text of plain data, with short tags, ending in one newline; the same bytes every time.

    Raises `InvalidValueError` with the path of whatever is not plain data, `LimitError` for data nested
    too deeply.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
    """
    try:
        text = _to_yaml(data, keep=True)
        # A block that keeps its last newlines would add to the end of the file.
        return _to_yaml(data, keep=False) if text.endswith("\n\n") else text
    except (_Unwritable, RecursionError, ValueError):  # ValueError: an int past Python's limit
        raise _fault(data) from None


def _to_yaml(data: dict[str, Any], keep: bool) -> str:
    out: list[str] = []
    put = out.append
    scalars = _Scalars()
    keys = _Keys()
    deepest = "  " * _DEEPEST

    def mapping(value: dict[str, Any], indent: str, lead: str) -> None:
        # `lead` stands before the first key: the indentation, or the dash of a list.
        if len(indent) > len(deepest):
            raise _Unwritable
        for key, item in value.items():
            head = lead + keys[key]
            if len(head) > 500:
                # YAML reads no more than 1,024 characters ahead to find the colon.
                put(f"{lead}? {keys[key][:-1]}\n")
                head = indent + ":"
            lead = indent
            if item.__class__ is str and (text := scalars[item]):
                put(f"{head} {text}\n")
            else:
                entry(head, item, indent)

    def sequence(value: list[Any], indent: str, lead: str, conditions: bool = False) -> None:
        if len(indent) > len(deepest):
            raise _Unwritable
        for item in value:
            head = lead + "-"
            lead = indent
            if item.__class__ is str and (text := scalars[item]):
                put(f"{head} {text}\n")
            else:
                entry(head, item, indent, conditions)

    def entry(head: str, value: Any, indent: str, conditions: bool = False) -> None:
        """Write `value` behind the key or dash that ends `head`, in a block indented by `indent`."""
        kind = value.__class__
        if kind is str:
            text = scalars[value]
            put(f"{head} {text}\n" if text else literal(head, value, indent))
        elif kind is dict:
            if len(value) == 1 and function(head, value, indent, conditions):
                return
            if not value:
                put(head + " {}\n")
            elif head[-1] == "-":
                mapping(value, indent + "  ", head + " ")
            else:
                put(head + "\n")
                mapping(value, indent + "  ", indent + "  ")
        elif kind is list:
            if not value:
                put(head + " []\n")
            elif head[-1] == "-":
                sequence(value, indent + "  ", head + " ")
            else:
                put(head + "\n")
                sequence(value, indent + "  ", indent + "  ")
        else:
            text = other(value)
            if text:
                put(f"{head} {text}\n")
            else:
                entry(head, _exact(value), indent, conditions)

    def other(value: Any) -> str:
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
        return ""

    def literal(head: str, text: str, indent: str) -> str:
        """A literal block, https://yaml.org/spec/1.1/#id926836."""
        body = text.rstrip("\n")
        newlines = len(text) - len(body)
        if newlines > 1 and not keep:
            return f"{head} {_scalar(text)}\n"
        # Where the first line is indented itself, the reader cannot tell how far the block is.
        size = "2" if body.lstrip("\n")[0] in " \t" else ""
        chomp = "-" if newlines == 0 else "" if newlines == 1 else "+"
        lines = [f"{indent}  {line}\n" if line else "\n" for line in body.split("\n")]
        return f"{head} |{size}{chomp}\n{''.join(lines)}" + "\n" * (newlines - 1)

    def function(head: str, value: dict[str, Any], indent: str, conditions: bool) -> bool:
        """Write a mapping of one key as a short tag, or say that it is none."""
        [(name, argument)] = value.items()
        tag = _TAGS.get(name)
        if tag is None:
            if conditions and name == "Condition" and argument.__class__ is str:
                put(f"{head} !Condition {_scalar(argument)}\n")
                return True
            return False
        if argument.__class__ is str:
            if tag == "!GetAtt" and "." in argument:
                return False  # this one is text in the long form; the short tag would mean a list
            text = scalars[argument]
            put(f"{head} {tag} {text}\n" if text else literal(f"{head} {tag}", argument, indent))
            return True
        if argument.__class__ is not list or tag == "!Ref":
            return False
        if tag == "!GetAtt" and (attribute := _attribute(argument)):
            put(f"{head} !GetAtt {scalars[attribute] or _scalar(attribute)}\n")
            return True
        text = flow(argument, _WIDTH - len(head) - len(tag) - 2, name in _CONDITIONS)
        if text:
            put(f"{head} {tag} {text}\n")
        else:
            put(f"{head} {tag}\n")
            sequence(argument, indent + "  ", indent + "  ", name in _CONDITIONS)
        return True

    def flow(items: list[Any], room: int, conditions: bool) -> str:
        """The items as ``[a, b]`` in no more than `room` characters, or ""."""
        parts: list[str] = []
        room -= 2
        for item in items:
            part = flow_item(item, room, conditions)
            if not part:
                return ""
            parts.append(part)
            room -= len(part) + 2
            if room < -2:
                return ""
        return f"[{', '.join(parts)}]"

    def flow_item(value: Any, room: int, conditions: bool) -> str:
        if room < 0:
            return ""
        kind = value.__class__
        if kind is str:
            return flow_text(scalars[value])
        if kind is list:
            return flow(value, room, False)
        if kind is not dict:
            return other(value) or flow_item(_exact(value), room, conditions)
        if len(value) != 1:
            return ""
        [(name, argument)] = value.items()
        tag = _TAGS.get(name)
        if tag is None:
            if conditions and name == "Condition" and argument.__class__ is str:
                return f"!Condition {flow_text(_scalar(argument))}"
            return ""
        if argument.__class__ is list:
            if tag == "!GetAtt" and (attribute := _attribute(argument)):
                argument = attribute
            else:
                text = "" if tag == "!Ref" else flow(argument, room - len(tag) - 1, name in _CONDITIONS)
                return text and f"{tag} {text}"
        elif argument.__class__ is not str or (tag == "!GetAtt" and "." in argument):
            return ""
        text = flow_text(scalars[argument])
        return text and f"{tag} {text}"

    def flow_text(text: str) -> str:
        # What is plain in a block may hold the brackets and commas of the flow style.
        if text[:1] not in ("'", '"', "") and not _FLOW.isdisjoint(text):
            return f"'{text.replace(chr(39), chr(39) * 2)}'"
        return text

    after_block = True
    value: Any
    for section, value in (data if data.__class__ is dict else _exact(data)).items():
        block = value.__class__ is dict or value.__class__ is list
        if out and (block or after_block):
            put(_blank(out))
        after_block = block
        if section != "Resources" or not value or value.__class__ is not dict:
            mapping({section: value}, "", "")
            continue
        put("Resources:\n")
        first = True
        for name, resource in value.items():
            if not first:
                put(_blank(out))
            first = False
            mapping({name: resource}, "  ", "  ")
    return "".join(out) or "{}\n"


_FLOW = frozenset(",[]{}?")  # "?" is what PyYAML itself stumbles over


def _blank(out: list[str]) -> str:
    # Behind a block that keeps its last newlines one more would be text.
    return "" if out[-1].endswith("\n\n") else "\n"


def _attribute(argument: list[Any]) -> str:
    """``A.B.C`` for a GetAtt of "A" and "B.C"; "" where reading that back would give something else."""
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
                if item.__class__ is str:
                    put(lead + name + encode(item))
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
