"""Templates from text: JSON, and YAML 1.1 as CloudFormation takes it.

PyYAML's parser gives *events* and they are composed here, so that no constructor or resolver, registered
by us or by anybody else, decides what a template means. Every expansion is counted: a hostile document
ends in an error and not in a full memory. Whatever is wrong with a text is a `DocumentError` with line
and column.
"""

from __future__ import annotations

from ..errors import DocumentError, LimitError, Origin, SourceError, did_you_mean, shown
from ..files import regular
from ..intrinsics import INTRINSICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, NoReturn

    Places = dict[int, Any]


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
    """A template that was read: its `data`, `format` (``"yaml"`` or ``"json"``), `name` and `text`.

    `deployed` says that it is the answer of GetTemplate, which has ``?`` for every character outside of ASCII.
    """

    __slots__ = ("_lines", "_offset", "_place", "data", "deployed", "format", "name", "text")

    data: dict[str, Any]
    format: str
    name: str
    text: str

    def __init__(self, data: dict[str, Any], format: str, name: str, text: str) -> None:
        self.data = data
        self.format = format
        self.name = name
        self.text = text
        self.deployed = False
        # Where all of the text stands in the file, of text inside a string.
        self._place: tuple[int, int] | None = None
        self._offset: Callable[[Iterable[Any]], int | None] | None = None
        self._lines: list[int] | None = None

    def __repr__(self) -> str:
        return f"<Document {self.name} ({self.format})>"

    def position(self, path: Iterable[Any]) -> tuple[int, int] | None:
        """Line and column (1-based) of the value at `path`, or None if the text has no such value.

        A mapping's value is where its key is, a list's item where it starts, the argument of a short
        tag where the tag is. A value that came through an alias is where it was written. The text is
        read a second time for the first calls, and what was read then is what is asked: changing
        `data` moves nothing.
        """
        if self._offset is None:
            self._offset = (_JsonPlaces if self.format == "json" else YamlPlaces)(self.text).offset
        offset = self._offset(path)
        if offset is None or self._place is not None:
            return None if offset is None else self._place
        from bisect import bisect_right

        if self._lines is None:
            self._lines = _line_starts(self.text)
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


def read(path: str | os.PathLike[str], *, limits: Limits = DEFAULT) -> Document:
    """Read a template file; its size is checked before its content is.

    Raises `SourceError` if the file does not exist or cannot be read, and what `parse` raises.
    """
    name = str(path)
    try:
        with open(path, "rb", opener=regular) as file:
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
    except DocumentError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"cannot read {name!r}: {reason}") from None
    return parse(data, name=name, limits=limits)


def parse(text: str | bytes, *, name: str = "<text>", limits: Limits = DEFAULT) -> Document:
    """Read a template from JSON or YAML text; `name` stands for it in errors.

    Text that starts with ``{`` is JSON, or else YAML's flow style. Scalars are YAML 1.1's, as
    CloudFormation takes them, but a date stays the string it is. Keys are strings as written. The answer of
    GetTemplate as JSON (``{"TemplateBody": ...}``, or the string of its TemplateBody) is read as the template in it.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html

    Raises `DocumentError` for text that is not a template, `LimitError` for more than `limits` allows;
    both with `line` and `column`.
    """
    try:
        size = len(text if isinstance(text, bytes) or text.isascii() else text.encode())
    except UnicodeEncodeError as error:
        raise _error(DocumentError, _HALF, name, str(text), error.start) from None
    if size > limits.bytes:
        raise _too_large(size, name, limits)
    text = _decode(text, name) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    body = _in_quotes(text)
    if body is not None:
        found = _parsed(body, name, limits)
        found._place = _line_and_column(text, text.index('"'))
        found.deployed = True
        return found
    found = _parsed(text, name, limits)
    return _deployed(found, limits) if "TemplateBody" in found.data else found


def _in_quotes(text: str) -> str | None:
    """The text in a JSON string, which is how ``aws cloudformation get-template --query TemplateBody`` prints YAML."""
    if text.lstrip(" \t\r\n")[:1] != '"':
        return None
    import json

    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, str) and found.lstrip()[:1] != '"' else None


def _parsed(text: str, name: str, limits: Limits) -> Document:
    try:
        if not text.lstrip(" \t\r\n").startswith("{"):
            return Document(_compose(text, limits, None), "yaml", name, text)
        try:
            return Document(_load_json(text, limits), "json", name, text)
        except _Broken as not_json:
            try:
                return Document(_compose(text, limits, None), "yaml", name, text)
            except _Broken as not_yaml:
                # Neither; what starts like JSON was meant to be JSON.
                first_key = text.lstrip("{ \t\r\n")[:1]
                raise not_json if first_key in ('"', "/", "") else not_yaml from None
    except _Refused as refused:
        raise _error(refused.kind, refused.message, name, text, refused.offset) from None
    except RecursionError:
        raise _error(DocumentLimitError, "the document is nested too deeply", name, text, 0) from None


# What an answer of GetTemplate has.
_ANSWER = frozenset({"TemplateBody", "StagesAvailable", "ResponseMetadata"})


def _deployed(answer: Document, limits: Limits) -> Document:
    """The template in an answer of GetTemplate: a mapping, or text if it was sent as YAML."""
    body: Any = answer.data["TemplateBody"]
    if answer.format != "json" or not _ANSWER.issuperset(answer.data) or not isinstance(body, (dict, str)):
        return answer
    if isinstance(body, str):
        found = _parsed(body, answer.name, limits)
        found._place = answer.position(["TemplateBody"])
    else:
        import re

        start, end = _JsonPlaces(answer.text).span("TemplateBody")
        # Blanks before it keep the template in its place in the file.
        text = re.sub(r"[^\r\n]", " ", answer.text[:start]) + answer.text[start:end]
        found = Document(body, answer.format, answer.name, text)  # pyright: ignore[reportUnknownArgumentType]
    found.deployed = True
    return found


# Errors ----------------------------------------------------------------------------------------------


class DocumentLimitError(DocumentError, LimitError):
    """A limit of the document: a `LimitError` that knows its line and column."""


class _Refused(Exception):
    """What is wrong at `offset` of the text, until `parse` adds name, line and column."""

    def __init__(self, message: str, offset: int, kind: type[DocumentError] = DocumentError) -> None:
        self.message = message
        self.offset = offset
        self.kind = kind


class _Broken(_Refused):
    """Text that breaks the rules of JSON, but may be YAML, or those of YAML."""


def _line_starts(text: str) -> list[int]:
    """The offset of each line, computed once, because many places of a long text are needed."""
    from io import StringIO
    from itertools import accumulate

    return list(accumulate(map(len, StringIO(text, newline="\n")), initial=0))


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _error(kind: type[DocumentError], message: str, name: str, text: str, offset: int) -> DocumentError:
    line, column = _line_and_column(text, offset)
    error = kind(message, origin=Origin(name, line))
    error.line, error.column = line, column
    return error


def _too_large(size: int, name: str, limits: Limits) -> DocumentError:
    return _error(
        DocumentLimitError, f"the text has {size:,} bytes; the limit is {limits.bytes:,}", name, "", 0
    )


def _too_deep(offset: int, limits: Limits) -> _Refused:
    return _Refused(f"nested deeper than {limits.depth:,} levels", offset, DocumentLimitError)


def _too_many(offset: int, limits: Limits) -> _Refused:
    return _Refused(f"more than {limits.nodes:,} values, aliases expanded", offset, DocumentLimitError)


def _duplicate(text: str, key: str, first: int, second: int) -> _Refused:
    line, _ = _line_and_column(text, first)
    return _Refused(f"the key {shown(key)} is there twice, first in line {line}", second)


_HALF = "half a character (a lone surrogate)"
_ROOT = 0  # no object's id: where the offset of the whole document is noted
_UNLIMITED = Limits(bytes=1 << 62, depth=1 << 62, nodes=1 << 62)
_LONG_NUMBER = 1000  # digits; Python converts up to 4,300, because it takes quadratic time


# Bytes ----------------------------------------------------------------------------------------


def _decode(data: bytes, name: str) -> str:
    """The text of a file: UTF-8, or UTF-16 if a byte order mark says so."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore").removeprefix("\ufeff")
        found = f"0x{data[error.start]:02x}" if error.start < len(data) else "the end"
        message = f"the text is not {encoding.upper()}: found the byte {found}"
        raise _error(DocumentError, message, name, before, len(before)) from None


# JSON -----------------------------------------------------------------------------------------


_CONTAINERS = frozenset({dict, list})


def _load_json(text: str, limits: Limits) -> Any:
    """``json.loads`` with three checks; `_refuse_json` finds the exact error."""
    import json
    import re

    # What is counted without looking into strings is never less, and the text itself never shorter.
    if len(text) > limits.nodes and text.count(",") + text.count("[") + text.count("{") > limits.nodes:
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

    # A quote that is not escaped ends or begins a text, so that a colon behind one follows a key. Where no quote is
    # escaped, the keys can be counted, and no function has to be called for each mapping to find one that repeats.
    counted = None if '\\"' in text or re.search('"[ \\t\\r\\n]+:', text) else text.count('":')
    data: Any
    try:
        data = json.loads(
            text,
            object_pairs_hook=unique if counted is None else None,
            parse_float=finite,
            parse_constant=constant,
        )
    except json.JSONDecodeError as error:
        found = text[error.pos : error.pos + 20].partition("\n")[0].rstrip()
        what = f", found {found!r}" if found else " at the end of the line" if error.pos < len(text) else ""
        what = what or ", found the end of the text"
        raise _Broken(f"this is not JSON: {error.msg}{what}", error.pos) from None
    except RecursionError:
        raise _too_deep(_deep_json(text, limits.depth), limits) from None
    except (_Suspicious, ValueError):  # ValueError: an int of more digits than Python converts
        _refuse_json(text)
        raise _Refused("this is not JSON that a template can hold", 0) from None  # pragma: no cover
    level: list[Any] = [data]
    keys = 0
    for _ in range(limits.depth):
        if counted is not None:
            keys += sum([len(each) for each in level if each.__class__ is dict])
        level = [
            item
            for each in level
            for item in (each.values() if each.__class__ is dict else each)
            if item.__class__ in _CONTAINERS
        ]
        if not level:
            break
    else:
        raise _too_deep(_deep_json(text, limits.depth), limits)
    if counted is not None and keys != counted:
        _refuse_json(text)
    if "\\" in text and ("\\ud" in text or "\\uD" in text):
        _check_surrogates(text)
    return data


class _Suspicious(Exception):
    """`json.loads` met something that we refuse but cannot place."""


def _json_tokens() -> Any:
    import re

    # A string that never ends is one token: looking for its end from every quote in it takes forever.
    return re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL).finditer


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


def _check_surrogates(text: str) -> None:
    """Refuse an escape like ``"\\ud800"`` without its other half, which no file can contain."""
    import json

    for token in _json_tokens()(text):
        if "\\u" in token[0]:
            try:
                json.loads(token[0]).encode()
            except UnicodeEncodeError:
                raise _Refused(_HALF, token.start()) from None


class _JsonPlaces:
    """The positions of the values of valid JSON. The C parser skips what is not asked for."""

    def __init__(self, text: str) -> None:
        import json
        import re

        self._text = text
        decoder: Any = json.JSONDecoder()
        self._parse: Callable[[str, int], tuple[Any, int]] = decoder.scan_once
        # What stands between two values.
        self._between = re.compile(r"[ \t\r\n]*[,:]?[ \t\r\n]*").match
        # By the offset of a container: where each key or item and its value start.
        self._held: dict[int, dict[Any, tuple[int, int]]] = {}

    def span(self, key: str) -> tuple[int, int]:
        """The start and the end of the value of a key of the outermost mapping."""
        start = dict(self._inside(self._next(0)))[key][1]
        return start, self._parse(self._text, start)[1]

    def offset(self, path: Iterable[Any]) -> int | None:
        """The position of the value at `path`, as `Document.position` returns it."""
        place = value = self._next(0)
        for step in path:
            held = self._held.get(value)
            if held is None:
                held = self._held[value] = dict(self._inside(value))
            if step.__class__ is bool or step not in held:
                return None
            place, value = held[step]
        return place

    def _inside(self, container: int) -> Iterator[tuple[Any, tuple[int, int]]]:
        text = self._text
        bracket = text[container]
        if bracket not in "[{":
            return
        index = 0
        here = self._next(container + 1)
        while text[here] not in "]}":
            place = here
            key: Any = index
            if bracket == "{":
                key, here = self._parse(text, here)
                here = self._next(here)
            yield key, (place, here)
            _, here = self._parse(text, here)
            here = self._next(here)
            index += 1

    def _next(self, offset: int) -> int:
        """The offset of the value, or the closing bracket, that follows."""
        found = self._between(self._text, offset)
        return found.end() if found is not None else offset


def _refuse_json(text: str) -> None:
    """Raise `_Refused` for what only Python accepts as JSON: duplicate keys, NaN, numbers that are too long."""
    import json

    keys: dict[str, int] | None = None  # of the mapping that is open, None in a list
    stack: list[dict[str, int] | None] = []
    is_key = False
    for token in _json_tokens()(text):
        word: str = token[0]
        offset: int = token.start()
        if word in "]}":
            keys = stack.pop()
        elif word in "[{":
            stack.append(keys)
            keys = {} if word == "{" else None
            is_key = word == "{"
        elif word in ",:":
            is_key = word == "," and keys is not None
        elif is_key and keys is not None:
            key = json.loads(word) if "\\" in word else word[1:-1]
            if key in keys:
                raise _duplicate(text, key, keys[key], offset)
            keys[key] = offset
        elif word in ("NaN", "Infinity", "-Infinity"):
            raise _Refused(f"{word} is not a number that JSON or CloudFormation has", offset)
        elif word[0] in "-0123456789":
            _check_json_number(word, offset)


def _check_json_number(word: str, offset: int) -> None:
    try:
        value = float(word) if set(word) & set(".eE") else int(word)
    except ValueError:
        raise _Refused(f"a number of {len(word):,} digits", offset) from None
    if isinstance(value, float) and value - value != 0:
        raise _Refused(f"the number {shown(word)} is larger than any float", offset)


# YAML -----------------------------------------------------------------------------------------

_CORE = "tag:yaml.org,2002:"
_FUNCTIONS = {function.tag: function.name for function in INTRINSICS.values()}
_MERGE = "<<"


# The parser's words for the commonest mistakes, in ours.
_PLAINER = {
    "mapping values are not allowed in this context": "no mapping can start here; text with ':' needs quotes",
    "found character that cannot start any token": "text that starts with {} needs quotes",
    "did not find expected key": "expected a key here; is the indentation right, and every quote closed?",
}


def _function(tag: str, offset: int) -> str:
    """The long name of a short tag."""
    name = _FUNCTIONS.get(tag)
    if name is None:
        tag = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        hint = did_you_mean(tag, _FUNCTIONS) if len(tag) < 50 else ""
        raise _Refused(f"unknown tag {shown(tag)}{hint}", offset)
    return name


class YamlPlaces:
    """The positions of the values of valid YAML."""

    def __init__(self, text: str) -> None:
        self._places: Places = {}
        self._data = _compose(text, _UNLIMITED, self._places)

    def offset(self, path: Iterable[Any]) -> int | None:
        """The position of the value at `path`, as `Document.position` returns it."""
        here: Any = self._data
        offset: int = self._places[_ROOT][0]
        for step in path:
            if here.__class__ is list and (step.__class__ is not int or step < 0):
                return None
            try:
                marks = self._places[id(here)]
                here, offset = here[step], marks[step]
            except (KeyError, IndexError):
                return None
        return offset

    def all(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Every value except the whole, outer ones first: its position and its path.

        What an alias repeats is told once, where it was written.
        """
        stack: list[tuple[Any, tuple[Any, ...]]] = [(self._data, ())]
        seen: set[int] = set()
        while stack:
            here, path = stack.pop()
            marks = self._places.get(id(here))
            if marks is None or id(here) in seen:
                continue
            seen.add(id(here))
            keys: Any = here if here.__class__ is dict else range(len(here))
            inside: list[tuple[Any, tuple[Any, ...]]] = []
            for key in keys:
                if here.__class__ is list or key in marks:
                    yield marks[key], (*path, key)
                    inside.append((here[key], (*path, key)))
            stack += reversed(inside)


def _compose(text: str, limits: Limits, places: Places | None) -> dict[str, Any]:
    """The data of one YAML document, built from the parser's events without recursion.

    With `places`, the offset of everything in every container is noted there under the container's
    ``id``. Aliases give copies, so that changing the data at one place changes no other; while places
    are noted they give the object itself, which has its own.
    """
    import re

    import yaml

    # libyaml compares every %TAG directive with all before it: half a million take many minutes.
    if text.count("%TAG") > 100 and len(re.findall("[\r\n\x85\u2028\u2029]%TAG", text)) > 100:
        raise _Refused("more than 100 %TAG directives", text.find("%TAG"), DocumentLimitError)
    loader: Any = None
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        return _compose_events(loader.get_event, text, limits, places)
    except yaml.reader.ReaderError:
        bad = re.search("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        character, offset = (ord(bad[0]), bad.start()) if bad else (0, 0)
        message = f"the character U+{character:04X} is not allowed in YAML; write it as an escape in quotes"
        raise _Refused(message, offset) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = min(mark.index, len(text)) if mark else 0
        found = text[offset : offset + 1]
        problem = error.problem or "it cannot be parsed"
        if "maximum nesting depth" in problem:
            raise _too_deep(offset, limits) from None  # libyaml's own limit is higher than any of ours.
        if found == "\t":
            problem = "a tab where only spaces may indent"
        elif problem in _PLAINER:
            problem = _PLAINER[problem].format(shown(found))
        elif error.context:
            problem += f" {error.context}"
        raise _Broken(f"this is not YAML: {problem}", offset) from None
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
                raise _Refused(
                    f"there is no anchor {shown('&' + event.anchor)} before this", offset
                ) from None
            if value.__class__ is _Open:
                raise _Refused(
                    f"the alias {shown('*' + event.anchor)} is part of the value that it means", offset
                )
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
                        inherited.update(places[id(source)])
                value.update(container)
                if places is not None:
                    places[id(value)] = {**inherited, **marks}
            if function is not None:
                depth -= 1
                value = {function: value}
                if places is not None:
                    places[id(value)] = {function: event.start_mark.index}
            depth -= 1
            if anchor is not None and anchors[anchor.name] is anchor:
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

    root = event.start_mark
    advance()  # the document's end
    event = advance()
    if event.__class__ is not events.StreamEndEvent:
        raise _Refused("a template is one document; another one starts here", event.start_mark.index)
    if value.__class__ is not dict:
        kinds: dict[object, str] = {list: "a list", str: "a string", None.__class__: "empty"}
        found = kinds.get(value.__class__, "a number or a boolean")
        raise _Refused(f"the text is {found}; a template is a mapping", 0)
    if places is not None:
        places[_ROOT] = [root.index]
    return value


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
            raise _Refused(
                f"aliases repeat more than {limits.bytes:,} characters", offset, DocumentLimitError
            )
        return value
    if value.__class__ is not dict and value.__class__ is not list:
        return value
    if depth >= limits.depth:
        raise _too_deep(offset, limits)
    if value.__class__ is dict:
        return {key: _copy(item, depth + 1, budget, limits, offset) for key, item in value.items()}
    return [_copy(item, depth + 1, budget, limits, offset) for item in value]


def _mergeable(value: Any, offset: int) -> list[dict[str, Any]]:
    """The mappings of a ``<<`` key, most important first."""
    mappings: list[Any] = value if value.__class__ is list else [value]
    for mapping in mappings:
        if mapping.__class__ is not dict:
            raise _Refused("'<<' takes a mapping or a list of mappings", offset)
    return mappings


def _tagged(
    tag: str, text: str, resolve: Callable[[str, int], Any], offset: int, places: Places | None
) -> Any:
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
    # ``++`` keeps no way back for each part of ``1:30:30``, of which there may be millions.
    integer = re.compile(
        "[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])++)"
    ).fullmatch
    floating = re.compile(
        r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])++\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ).fullmatch

    def resolve(text: str, offset: int) -> Any:
        if text in words:
            return words[text]
        whole = integer(text)
        if not whole and not floating(text):
            return text
        if len(text) > 4 * _LONG_NUMBER:
            raise _Refused(f"a number of {len(text):,} digits", offset)
        bare = text.lstrip("+-").replace("_", "")
        try:
            if not whole and bare[-1].isalpha():
                number = float("inf")  # or not a number: refused below
            elif ":" in bare:
                number = _sexagesimal(bare, int if whole else float)
            elif not whole:
                number = float(bare)
            elif bare[:2] in ("0b", "0x"):
                number = int(bare[2:], 2 if bare[1] == "b" else 16)
            else:
                number = int(bare, 8 if bare[0] == "0" else 10)
            if len(text) > _LONG_NUMBER:
                str(number)  # what is read can be written: hexadecimal numbers become longer
        except ValueError:
            if len(text) > _LONG_NUMBER:
                raise _Refused(f"a number of {len(text):,} digits", offset) from None
            return text  # "0x_" has digits in name only
        if number - number != 0:
            raise _Refused(
                f"{shown(text)} is not a number that CloudFormation has; quote it if it is text", offset
            )
        return -number if text[0] == "-" else number

    return resolve


def _sexagesimal(text: str, kind: Any) -> Any:
    """``1:30`` is 90 in YAML 1.1."""
    total = kind(0)
    for part in text.split(":"):
        total = total * 60 + kind(part)
    return total
