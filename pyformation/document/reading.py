"""Text to plain data and back: templates as JSON and as YAML with CloudFormation's tags.

Plain data is dict, list, str, int, float, bool and None, with functions in their long form: ``!Ref x``
is ``{"Ref": "x"}``. Reading takes YAML 1.1 from PyYAML's parser *events* and composes them here, so
that no constructor or resolver, registered by us or by anybody else, decides what a template means;
every expansion is counted, so that a hostile document ends in an error and not in a full memory.

Writing needs neither PyYAML nor ``re`` nor ``json``: this module is on the path of every stack that
prints itself, and importing those costs more than the printing. The style is an expert's:

- Short tags (``!Ref x``, ``!GetAtt A.B``) wherever a tag can stand. The long form where the argument is
  a mapping, a function included (``Fn::GetAZs: !Ref AWS::Region``: two tags cannot follow one another),
  and for functions without a short form that CloudFormation documents (`_WRITTEN` lists the others).
- A function's arguments on its own line where they are short: ``!If [IsProd, 512, 128]``. Other lists
  are blocks, indented below their key.
- ``!Condition`` only inside And, Or and Not: anywhere else ``Condition`` is an ordinary key.
- Text of several lines as a literal block. Quotes only where some reader, of YAML 1.1 or 1.2, would
  take the text for something else; single ones, unless an escape is needed.
- A blank line between sections and between resources. Nothing is folded, no anchors.
"""

from __future__ import annotations

from .errors import (
    DocumentError,
    InvalidValueError,
    LimitError,
    Origin,
    PyformationError,
    SourceError,
    did_you_mean,
    shown,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

    Marks = dict[Any, int] | list[int]
    Places = dict[int, Marks]

__all__ = ["DEFAULT", "Document", "Limits", "parse", "read", "to_json", "to_yaml"]


class Limits:
    """How much a document may ask for before reading it is refused with a `LimitError`.

    `bytes` is the size of the text, and again the size of the text that aliases may repeat; `depth` how
    deep mappings and lists may nest; `nodes` how many values there are once aliases are expanded.
    CloudFormation itself takes 1 MB (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
    cloudformation-limits.html); the defaults leave room for templates that are still to be shortened.
    """

    __slots__ = ("bytes", "depth", "nodes")

    def __init__(self, *, bytes: int = 8_000_000, depth: int = 200, nodes: int = 1_000_000) -> None:
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes

    def __repr__(self) -> str:
        return f"Limits(bytes={self.bytes}, depth={self.depth}, nodes={self.nodes})"


DEFAULT = Limits()


class Document:
    """A template that was read: its `data`, `format` (``"yaml"`` or ``"json"``) and `name`."""

    __slots__ = ("_places", "_text", "data", "format", "name")

    data: dict[str, Any]
    format: str
    name: str

    def __init__(self, data: dict[str, Any], format: str, name: str, text: str) -> None:
        self.data = data
        self.format = format
        self.name = name
        self._text = text
        self._places: tuple[dict[str, Any], Places] | None = None

    def __repr__(self) -> str:
        return f"<Document {self.name} ({self.format})>"

    def position(self, path: Iterable[str | int]) -> tuple[int, int] | None:
        """Line and column (1-based) of the value at `path`, or None where the text has no such value.

        A mapping's value is where its key is, a list's item where it starts, the argument of a short
        tag where the tag is. A value that came through an alias is where it was written. The text is
        read a second time on the first call, and what was read then is what is asked: changing
        `data` moves nothing.
        """
        if self._places is None:
            if self.format == "json":
                self._places = _scan_json(self._text)
            else:
                places: Places = {}
                self._places = _compose(self._text, self.name, _UNLIMITED, places), places
        here: Any
        here, places = self._places
        offset = len(self._text) - len(self._text.lstrip())
        for step in path:
            marks: Any = places.get(id(here))
            if marks is None or (type(marks) is list and (type(step) is not int or step < 0)):
                return None
            try:
                here, offset = here[step], marks[step]
            except (KeyError, IndexError):
                return None
        return _line_and_column(self._text, offset)


def read(path: str | os.PathLike[str], *, limits: Limits = DEFAULT) -> Document:
    """Read a template file; its size is checked before its content is.

    Raises `SourceError` where there is no such file or it cannot be read, and what `parse` raises.
    """
    name = str(path)
    try:
        with open(path, "rb") as file:
            # Not stat alone: a pipe has no size, and a file may grow.
            if file.seekable() and (size := file.seek(0, 2)) > limits.bytes:
                raise _too_large(size, name, limits)
            if file.seekable():
                file.seek(0)
            data = file.read(limits.bytes + 1)
    except FileNotFoundError:
        raise SourceError(f"there is no file {name!r}") from None
    except IsADirectoryError:
        raise SourceError(f"{name!r} is a directory, not a template") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"cannot read {name!r}: {reason}") from None
    return parse(data, name=name, limits=limits)


def parse(text: str | bytes, *, name: str = "<text>", limits: Limits = DEFAULT) -> Document:
    """Read a template from JSON or YAML text; `name` stands for it in errors.

    Text that starts with ``{`` is JSON, or else YAML's flow style. Scalars are YAML 1.1's, as
    CloudFormation takes them, but a date stays the string it is. Keys are strings as written.

    Raises `DocumentError` for text that is no template, `LimitError` for more than `limits` allows;
    both with `line` and `column`.
    """
    size = len(text) if isinstance(text, bytes) or text.isascii() else len(text.encode("utf-8", "replace"))
    if size > limits.bytes:
        raise _too_large(size, name, limits)
    text = _decode(text, name) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    try:
        if not text.lstrip(" \t\r\n").startswith("{"):
            return Document(_compose(text, name, limits, None), "yaml", name, text)
        try:
            return Document(_load_json(text, limits), "json", name, text)
        except _NotJson as not_json:
            try:
                return Document(_compose(text, name, limits, None), "yaml", name, text)
            except _Refused as not_yaml:
                # The reading that got further is the one that was meant.
                raise not_yaml if not_yaml.offset > not_json.offset else not_json from None
    except _Refused as refused:
        raise _error(refused.kind, refused.message, name, text, refused.offset) from None
    except RecursionError:
        raise _error(_TooMuch, "the document is nested too deeply", name, text, 0) from None


# Errors ----------------------------------------------------------------------------------------------


class _TooMuch(DocumentError, LimitError):
    """A limit of the document: a `LimitError` that knows its line and column."""


class _Refused(Exception):
    """What is wrong at `offset` of the text, until `parse` adds name, line and column."""

    def __init__(self, message: str, offset: int, kind: type[DocumentError] = DocumentError) -> None:
        self.message = message
        self.offset = offset
        self.kind = kind


class _NotJson(_Refused):
    """Text that is no JSON, but may be YAML."""


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _error(kind: type[DocumentError], message: str, name: str, text: str, offset: int) -> DocumentError:
    line, column = _line_and_column(text, offset)
    error = kind(message, origin=Origin(name, line))
    error.line, error.column = line, column
    return error


def _too_large(size: int, name: str, limits: Limits) -> DocumentError:
    return _error(_TooMuch, f"the text has {size:,} bytes; the limit is {limits.bytes:,}", name, "", 0)


def _too_deep(offset: int, limits: Limits) -> _Refused:
    return _Refused(f"nested deeper than {limits.depth:,} levels", offset, _TooMuch)


def _too_many(offset: int, limits: Limits) -> _Refused:
    return _Refused(f"more than {limits.nodes:,} values, aliases expanded", offset, _TooMuch)


def _duplicate(text: str, key: str, first: int, second: int) -> _Refused:
    line, _ = _line_and_column(text, first)
    return _Refused(f"the key {shown(key)} is there twice, first in line {line}", second)


_UNLIMITED = Limits(bytes=1 << 62, depth=1 << 62, nodes=1 << 62)
_LONGEST_NUMBER = 1000  # digits: beyond a few thousand Python refuses to convert, and takes quadratic time


# Reading: bytes ----------------------------------------------------------------------------------------


def _decode(data: bytes, name: str) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte order mark says so."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore").removeprefix("\ufeff")
        found = f"0x{data[error.start]:02x}" if error.start < len(data) else "the end"
        message = f"the text is not {encoding.upper()}: found the byte {found}"
        raise _error(DocumentError, message, name, before, len(before)) from None


# Reading: JSON -----------------------------------------------------------------------------------------


def _load_json(text: str, limits: Limits) -> dict[str, Any]:
    """Plain ``json.loads`` with three checks; what is wrong exactly, `_scan_json` finds."""
    import json

    if text.count(",") + text.count("[") + text.count("{") > limits.nodes:
        _count_json(text, limits)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            raise _Suspicious
        return mapping

    def finite(number: str) -> float:
        value = float(number)
        if value - value != 0:
            raise _Suspicious
        return value

    def constant(_: str) -> NoReturn:
        raise _Suspicious

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_float=finite, parse_constant=constant)
    except json.JSONDecodeError as error:
        found = text[error.pos : error.pos + 20].split("\n")[0].rstrip()
        what = f", found {found!r}" if found else " at the end of the line" if error.pos < len(text) else ""
        what = what or ", found the end of the text"
        raise _NotJson(f"this is not JSON: {error.msg}{what}", error.pos) from None
    except RecursionError:
        raise _too_deep(_deep_json(text, limits.depth), limits) from None
    except (_Suspicious, ValueError):  # ValueError: an int of more digits than Python converts
        _scan_json(text)
        raise _Refused("this is not JSON that a template can hold", 0) from None  # pragma: no cover
    if text.count("{") + text.count("[") > limits.depth:
        level: list[Any] = [data]
        for _ in range(limits.depth + 1):
            level = [
                item
                for each in level
                for item in (each.values() if type(each) is dict else each)
                if type(item) is dict or type(item) is list
            ]
            if not level:
                break
        else:
            raise _too_deep(_deep_json(text, limits.depth), limits)
    if "\\ud" in text or "\\uD" in text or not text.isascii():
        _scan_surrogates(text, data)
    return data  # type: ignore[no-any-return]  # it starts with "{"


class _Suspicious(Exception):
    """`json.loads` met something that we refuse but cannot place."""


def _json_tokens() -> Any:
    import re

    return re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL).finditer


def _count_json(text: str, limits: Limits) -> None:
    nodes = 0
    for token in _json_tokens()(text):
        if token[0] in ",[{":
            nodes += 1
            if nodes > limits.nodes:
                raise _too_many(token.start(), limits)


def _deep_json(text: str, depth: int) -> int:
    """The offset of the bracket that opens one level too many."""
    level = 0
    for token in _json_tokens()(text):
        if token[0] in "[{":
            level += 1
            if level > depth:
                return int(token.start())
        elif token[0] in "]}":
            level -= 1
    return 0


def _scan_surrogates(text: str, data: Any) -> None:
    """Refuse half characters (``"\\ud800"``): no file can hold them."""
    import json

    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        for token in _json_tokens()(text):
            if token[0].startswith('"'):
                try:
                    json.loads(token[0], strict=False).encode()
                except UnicodeEncodeError:
                    message = f"{shown(token[0])} holds half a character (a lone surrogate)"
                    raise _Refused(message, token.start()) from None


def _scan_json(text: str) -> tuple[dict[str, Any], Places]:
    """The skeleton of valid JSON (scalars are None) and the offsets of what each container holds.

    Raises `_Refused` for what is JSON to Python and not to us: duplicate keys, NaN, endless numbers.
    """
    import json

    root: list[Any] = []
    places: Places = {id(root): []}
    container: Any = root
    stack: list[Any] = []
    key: str | None = None
    for token in _json_tokens()(text):
        word = token[0]
        if word in ",:":
            continue
        if word in "]}":
            container = stack.pop()
            continue
        marks: Any = places[id(container)]
        value: Any = {} if word == "{" else [] if word == "[" else None
        if type(container) is list:
            container.append(value)
            marks.append(token.start())
        elif key is None:
            key = json.loads(word) if "\\" in word else word[1:-1]
            if key in marks:
                raise _duplicate(text, key, marks[key], token.start())
            marks[key] = token.start()
            continue
        else:
            container[key] = value
            key = None
        if value is not None:
            places[id(value)] = {} if word == "{" else []
            stack.append(container)
            container = value
        elif word in ("NaN", "Infinity", "-Infinity"):
            raise _Refused(f"{word} is not a number that JSON or CloudFormation has", token.start())
        elif word[0] in "-0123456789":
            _check_json_number(word, token.start())
    return root[0], places


def _check_json_number(word: str, offset: int) -> None:
    try:
        value = float(word) if set(word) & set(".eE") else int(word)
    except ValueError:
        raise _Refused(f"a number of {len(word):,} digits", offset) from None
    if isinstance(value, float) and value - value != 0:
        raise _Refused(f"the number {shown(word)} is larger than any float", offset)


# Reading: YAML -----------------------------------------------------------------------------------------

_CORE = "tag:yaml.org,2002:"
_FUNCTIONS = {
    "!Ref": "Ref",
    "!Condition": "Condition",
    **{
        f"!{name}": f"Fn::{name}"
        for name in (
            "And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap ForEach GetAtt GetAZs "
            "GetStackOutput If Implies ImportValue Join Length Not Or RefAll Select Split Sub ToJsonString "
            "Transform ValueOf ValueOfAll"
        ).split()
    },
}
_MERGE = "<<"


def _function(tag: str, offset: int) -> str:
    """The long name of a short tag."""
    name = _FUNCTIONS.get(tag)
    if name is None:
        tag = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        raise _Refused(f"unknown tag {shown(tag)}{did_you_mean(tag, _FUNCTIONS)}", offset)
    return name


def _compose(text: str, name: str, limits: Limits, places: Places | None) -> dict[str, Any]:
    """The data of one YAML document, built from the parser's events without recursion.

    With `places`, the offset of everything in every container is noted there under the container's
    ``id``. Aliases give copies, so that changing the data at one place changes no other; while places
    are noted they give the object itself, which has its own.
    """
    import yaml

    loader: Any = None
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        return _compose_events(loader.get_event, text, limits, places)
    except UnicodeEncodeError as error:
        raise _Refused("half a character (a lone surrogate)", error.start) from None
    except yaml.reader.ReaderError:
        import re

        found = re.search("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text)
        character, offset = (ord(found[0]), found.start()) if found else (0, 0)
        message = f"the character U+{character:04X} is not allowed in YAML; write it as an escape in quotes"
        raise _Refused(message, offset) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = min(mark.index, len(text)) if mark else 0
        message = f"this is not YAML: {error.problem or 'it cannot be parsed'}"
        if error.context and not error.context.startswith("while scanning for the next token"):
            message += f" {error.context}"
        if text[offset : offset + 1] == "\t":
            message = "this is not YAML: a tab where only spaces may indent"
        raise _Refused(message, offset) from None
    finally:
        if loader is not None:
            loader.dispose()


def _compose_events(
    advance: Callable[[], Any], text: str, limits: Limits, places: Places | None
) -> dict[str, Any]:
    from yaml import events

    scalar_event, alias_event = events.ScalarEvent, events.AliasEvent
    mapping_event, sequence_event = events.MappingStartEvent, events.SequenceStartEvent
    resolve = _resolver()
    plain: dict[str, Any] = {}  # what unquoted texts mean
    anchors: dict[str, Any] = {}
    budget = [0, 0]  # nodes, and characters that aliases repeat
    nodes = depth = 0
    most_nodes, most_depth = limits.nodes, limits.depth

    # The container that is being filled; `stack` has those around it. A mapping waits for its next
    # key while `key` is None.
    stack: list[Any] = []
    container: Any = None
    marks: Any = None
    key: str | None = None
    function: str | None = None
    anchor: _Open | None = None
    start: Any = None
    merged: list[dict[str, Any]] | None = None

    advance()  # the stream's start
    event = advance()
    if event.__class__ is events.StreamEndEvent:
        raise _Refused("the text is empty; a template is a mapping", 0)
    while True:
        event = advance()
        kind = event.__class__
        value: Any
        if kind is scalar_event:
            value = event.value
            tag = event.tag
            if key is None and container.__class__ is dict:
                offset = event.start_mark.index
                if tag is not None and tag != "!" and tag != _CORE + "str":
                    raise _Refused("a key must be a string, not a function or another type", offset)
                if not value and not event.style:
                    raise _Refused("there is no key before the colon", offset)
                if event.anchor is not None:
                    anchors[event.anchor] = value
                if value in marks:
                    raise _duplicate(text, value, marks[value], offset)
                marks[value] = offset
                key = value
                if value == _MERGE and not event.style and tag is None:
                    merged = []
                continue
            if tag is None:
                if not event.style and value[:1] in _NOT_TEXT:
                    try:
                        value = plain[value]
                    except KeyError:
                        value = plain[value] = resolve(value, event.start_mark.index)
            elif tag != "!":
                value = _tagged(tag, value, resolve, event.start_mark.index, places)
            if event.anchor is not None:
                anchors[event.anchor] = value
        elif kind is mapping_event or kind is sequence_event:
            offset = event.start_mark.index
            if key is None and container.__class__ is dict:
                raise _Refused("a key must be a string, not a list or a mapping", offset)
            stack.append((container, marks, key, function, anchor, start, merged))
            tag = event.tag
            is_mapping = kind is mapping_event
            if tag is None or tag == "!" or tag == _CORE + ("map" if is_mapping else "seq"):
                function = None
                depth += 1
            else:
                function = _function(tag, offset)
                depth += 2
            if depth > most_depth:
                raise _too_deep(offset, limits)
            container = {} if is_mapping else []
            marks = {} if is_mapping else []
            key = merged = anchor = None
            start = event
            if event.anchor is not None:
                anchors[event.anchor] = anchor = _Open(event.anchor)
            if places is not None:
                places[id(container)] = marks
            continue
        elif kind is alias_event:
            offset = event.start_mark.index
            try:
                value = anchors[event.anchor]
            except KeyError:
                raise _Refused(f"there is no anchor {shown('&' + event.anchor)} before this", offset) from None
            if value.__class__ is _Open:
                raise _Refused(f"the alias {shown('*' + event.anchor)} stands inside what it means", offset)
            if key is None and container.__class__ is dict:
                if value.__class__ is not str:
                    raise _Refused("a key must be a string", offset)
                if value in marks:
                    raise _duplicate(text, value, marks[value], offset)
                marks[value] = offset
                key = value
                continue
            if places is None:
                budget[0] = nodes
                value = _copy(value, depth, budget, limits, offset)
                nodes = budget[0] - 1
        else:  # the end of a mapping or list
            value, event = container, start
            if merged is not None:
                value = {}
                inherited: dict[Any, int] = {}
                for source in reversed(merged):
                    value.update(source)
                    if places is not None:
                        inherited.update(places[id(source)])  # type: ignore[arg-type]
                value.update(container)
                if places is not None:
                    places[id(value)] = {**inherited, **marks}
            if function is not None:
                depth -= 1
                value = {function: value}
                if places is not None:
                    places[id(value)] = {function: event.start_mark.index}
            depth -= 1
            if anchor is not None and anchors.get(anchor.name) is anchor:
                anchors[anchor.name] = value
            container, marks, key, function, anchor, start, merged = stack.pop()

        nodes += 1
        if nodes > most_nodes:
            raise _too_many(event.start_mark.index, limits)
        if container.__class__ is list:
            container.append(value)
            if places is not None:
                marks.append(event.start_mark.index)
        elif key is not None:
            if merged is not None and key == _MERGE:
                merged = _mergeable(value, marks[key])
            else:
                container[key] = value
            key = None
        else:
            break

    advance()  # the document's end
    event = advance()
    if event.__class__ is not events.StreamEndEvent:
        raise _Refused("a template is one document; another one starts here", event.start_mark.index)
    if value.__class__ is not dict:
        kind_of = {list: "a list", str: "a string", type(None): "empty"}.get(type(value), "a number or boolean")
        raise _Refused(f"the text is {kind_of}; a template is a mapping", 0)
    return value  # type: ignore[no-any-return]


class _Open:
    """What an anchor means while its value is not complete yet."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def _copy(value: Any, depth: int, budget: list[int], limits: Limits, offset: int) -> Any:
    """What an alias means, counted while it is copied: a bomb ends when the budget does."""
    budget[0] += 1
    if budget[0] > limits.nodes:
        raise _too_many(offset, limits)
    if type(value) is str:
        budget[1] += len(value)
        if budget[1] > limits.bytes:
            raise _Refused(f"aliases repeat more than {limits.bytes:,} characters", offset, _TooMuch)
        return value
    if type(value) is not dict and type(value) is not list:
        return value
    if depth >= limits.depth:
        raise _too_deep(offset, limits)
    if type(value) is dict:
        return {key: _copy(item, depth + 1, budget, limits, offset) for key, item in value.items()}
    return [_copy(item, depth + 1, budget, limits, offset) for item in value]


def _mergeable(value: Any, offset: int) -> list[dict[str, Any]]:
    """The mappings of a ``<<`` key, most important first."""
    mappings = value if type(value) is list else [value]
    for mapping in mappings:
        if type(mapping) is not dict:
            raise _Refused("'<<' takes a mapping or a list of mappings", offset)
    return mappings


def _tagged(tag: str, text: str, resolve: Callable[[str, int], Any], offset: int, places: Places | None) -> Any:
    """The value of a scalar behind a tag: a function of a string, or one of YAML's own types."""
    if tag.startswith(_CORE):
        kinds = {"str": str, "int": int, "float": float, "bool": bool, "null": type(None)}
        kind = kinds.get(tag.removeprefix(_CORE))
        if kind is str:
            return text
        if kind is not None:
            value = resolve(text, offset)
            if kind is float and type(value) is int:
                return float(value)
            if type(value) is not kind:
                raise _Refused(f"{shown(text)} is no !!{tag.removeprefix(_CORE)}", offset)
            return value
    name = _function(tag, offset)
    target, dot, attribute = text.partition(".")
    argument = [target, attribute] if name == "Fn::GetAtt" and dot else text
    value = {name: argument}
    if places is not None:
        places[id(value)] = {name: offset}
        places[id(argument)] = [offset, offset]
    return value


# The first characters of unquoted text that may be something else than a string; "" is null.
_NOT_TEXT = frozenset([*"0123456789+-.~yYnNtTfFoO", ""])


def _resolver() -> Callable[[str, int], Any]:
    """YAML 1.1's meaning of unquoted text, without dates (https://yaml.org/type/)."""
    import re

    words: dict[str, bool | None] = {"": None, "~": None, "null": None}
    words.update({"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False})
    words.update({case: value for word, value in words.items() for case in (word.title(), word.upper())})
    integer = re.compile(
        "[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)"
    ).fullmatch
    floating = re.compile(
        r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ).fullmatch

    def resolve(text: str, offset: int) -> Any:
        if text in words:
            return words[text]
        whole = integer(text)
        if not whole and not floating(text):
            return text
        if len(text) > _LONGEST_NUMBER:
            raise _Refused(f"a number of {len(text):,} digits", offset)
        bare = text.lstrip("+-").replace("_", "")
        try:
            if not whole:
                number = _sexagesimal(bare, float) if ":" in bare else float(bare)
            elif bare[:2] in ("0b", "0x"):
                number = int(bare[2:], 2 if bare[1] == "b" else 16)
            elif ":" in bare:
                number = _sexagesimal(bare, int)
            else:
                number = int(bare, 8 if bare[0] == "0" else 10)
        except (ValueError, OverflowError):  # "0x_": digits in name only
            return text
        if number - number != 0:
            raise _Refused(f"{shown(text)} is not a number that CloudFormation has; quote it if it is text", offset)
        return -number if text[0] == "-" else number

    return resolve


def _sexagesimal(text: str, kind: Any) -> Any:
    """``1:30`` is 90 in YAML 1.1."""
    total = kind(0)
    for part in text.split(":"):
        total = total * 60 + kind(part)
    return total


# Writing -----------------------------------------------------------------------------------------------

_DEEPEST = 400
_WIDTH = 80
# What the one-line form may have short tags for. The rule functions, Transform and the functions of
# AWS::LanguageExtensions are documented by AWS in the long form.
_WRITTEN = {
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
    if isinstance(value, dict):
        return dict(value.items())
    if isinstance(value, (list, tuple)):
        return list(value)
    raise _Unwritable


def _fault(data: Any) -> PyformationError:
    """The error for data that could not be written: the first place that is at fault."""

    def search(value: Any, path: str, above: tuple[int, ...]) -> PyformationError | None:
        if isinstance(value, (dict, list, tuple)):
            if id(value) in above:
                return InvalidValueError("a value that contains itself cannot be written", path=path or None)
            if len(above) > _DEEPEST:
                return LimitError(f"nested deeper than {_DEEPEST} levels", path=path or None)
            above = (*above, id(value))
            if isinstance(value, dict):
                for key, item in value.items():
                    where = f"{path}.{key}" if path else str(key)
                    if not isinstance(key, str):
                        message = f"a key must be a string, not {shown(key)} ({type(key).__name__})"
                        return InvalidValueError(message, path=path or None)
                    if found := surrogate(key, path) or search(item, where, above):
                        return found
            else:
                for index, item in enumerate(value):
                    if found := search(item, f"{path}[{index}]", above):
                        return found
            return None
        if isinstance(value, str):
            return surrogate(value, path)
        if isinstance(value, float) and value - value != 0:
            return InvalidValueError(f"a template cannot hold the number {value}", path=path or None)
        if isinstance(value, int) and abs(value) >= 10**_LONGEST_NUMBER:
            return InvalidValueError(f"a number of more than {_LONGEST_NUMBER:,} digits", path=path or None)
        if value is None or isinstance(value, (int, float)):
            return None
        message = f"a template cannot hold {shown(value)} ({type(value).__name__})"
        return InvalidValueError(message, path=path or None)

    def surrogate(text: str, path: str) -> PyformationError | None:
        try:
            text.encode()
        except UnicodeEncodeError:
            message = f"{shown(text)} holds half a character (a lone surrogate)"
            return InvalidValueError(message, path=path or None)
        return None

    return search(data, "", ()) or LimitError(f"nested deeper than {_DEEPEST} levels")


def _number(value: float) -> str:
    """A float that every reader takes for one: YAML 1.1 wants a dot and a signed exponent."""
    if value - value != 0:
        raise _Unwritable
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return text if not e or "." in mantissa else f"{mantissa}.0e{exponent}"


def _integer(value: int) -> str:
    if value.bit_length() > 3322:  # 10 ** 1000
        raise _Unwritable
    return str(value)


# Writing: YAML's scalars ---------------------------------------------------------------------------------

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
    if (
        first in _INDICATORS
        or text[-1] in " :"
        or ": " in text
        or " #" in text
        or (first in _NUMERIC and _numeric(text))
        or (len(text) < 6 and text.lower() in _WORDS)
    ):
        return False
    return True


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


# Writing: YAML -------------------------------------------------------------------------------------------


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
    except (_Unwritable, RecursionError):
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
            return _integer(value)
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
        tag = _WRITTEN.get(name)
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
        lead = len(indent) + 2 if head[-1] == "-" else len(head) + 1
        text = flow(argument, _WIDTH - lead - len(tag), name in _CONDITIONS)
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
        tag = _WRITTEN.get(name)
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
    data = _exact(data) if data.__class__ is not dict else data
    for section, value in data.items():
        block = isinstance(value, (dict, list)) and bool(value)
        if out and (block or after_block):
            put(_blank(out))
        after_block = block
        if section != "Resources" or not block or value.__class__ is not dict:
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


_FLOW = frozenset(",[]{}")


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


# Writing: JSON -------------------------------------------------------------------------------------------


def to_json(data: dict[str, Any], indent: int | None = 2) -> str:
    """JSON text of plain data, ending in one newline; `indent` None writes it as short as it gets.

    Raises as `to_yaml` does.
    """
    try:
        text = _to_json(data, indent)
        return text if text.isascii() and "\x7f" not in text else _hidden(text)
    except (_Unwritable, RecursionError):
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
            put(_integer(value))
        elif kind is float:
            put(_number(value))
        elif kind is str:
            put(encode(value))
        else:
            write(_exact(value), newline, depth)

    write(data, "" if indent is None else "\n", 0)
    put("\n")
    return "".join(out)
