"""The exceptions of pyformation, the place a value was declared, and the nearest valid name.

Every error says in one sentence what was expected and what was found, and ends with the line of the
user's own file. Positions are kept as ``(code object, instruction)`` and turned into a line only
when a message needs it: reading ``f_lineno`` grows with the length of the function, this does not.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType
    from typing import Any

_HERE = __file__.rpartition("errors.py")[0]


class Origin:
    """A place in the user's source: ``file`` and ``line`` (1-based).

    `caller` is where the program makes the component that has this place, if there is one.
    """

    __slots__ = ("file", "line", "caller")

    file: str
    line: int
    caller: Origin | None

    def __init__(self, file: str, line: int, caller: Origin | None = None) -> None:
        self.file = file
        self.line = line
        self.caller = caller

    def __str__(self) -> str:
        return f"{_short(self.file)}:{self.line}"

    def __repr__(self) -> str:
        return f"Origin({self.file!r}, {self.line})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Origin):
            return NotImplemented
        return (self.file, self.line) == (other.file, other.line)

    def __hash__(self) -> int:
        return hash((self.file, self.line))

    def __reduce__(self) -> tuple[type[Origin], tuple[str, int, Origin | None]]:
        return Origin, (self.file, self.line, self.caller)


def _short(file: str) -> str:
    """The path as the user would type it: relative where it lies below the current directory."""
    import os

    try:
        below = os.getcwd() + os.sep
    except OSError:
        return file
    return file[len(below) :] if file.startswith(below) else file


def users_frame(depth: int = 1) -> FrameType | None:
    """The nearest calling frame that is not pyformation's own code."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame


def origin_of(code: CodeType | None, instruction: int) -> Origin | None:
    """Turn a remembered ``(f_code, f_lasti)`` into a place."""
    if code is None:
        return None
    from bisect import bisect

    # Reading the table takes as long as the code is, and a class of a thousand elements asks a thousand times.
    global _lines
    table = _lines
    if table is None or table[0] is not code:
        rows = list(code.co_lines())
        table = _lines = (code, [start for start, _, _ in rows], [number for _, _, number in rows])
    starts, numbers = table[1:]
    place = bisect(starts, instruction) - 1
    line = numbers[place] if place >= 0 else None
    return Origin(code.co_filename, line or code.co_firstlineno)


# The code that was asked for last, with where each of its lines begins.
_lines: tuple[CodeType, list[int], list[int | None]] | None = None


def here(depth: int = 2) -> Origin | None:
    """The user's line that is running now."""
    frame = users_frame(depth)
    return None if frame is None else origin_of(frame.f_code, frame.f_lasti)


def failure(error: BaseException) -> tuple[str, Origin | None]:
    """What code of a user's raised, in one sentence, and the line where: the last one of their own.

    That is neither of pyformation nor, where there is another, of a library.
    """
    import os
    import traceback

    if isinstance(error, SyntaxError):
        origin = None if error.filename is None else Origin(error.filename, error.lineno or 1)
        return f"SyntaxError: {error.msg}", origin
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # Its own __str__ may fail, too.
        lines = []
    said = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    if isinstance(error, SystemExit):
        said = f"it called sys.exit({error.code!r})"
    place: Origin | None = None
    inside = True
    for frame in traceback.extract_tb(error.__traceback__):
        file = os.path.abspath(frame.filename)
        if frame.filename.startswith("<") or file.startswith(os.path.abspath(_HERE) + os.sep):
            continue
        foreign = is_library(file)
        if not foreign or inside:
            place, inside = Origin(frame.filename, frame.lineno or 1), foreign
    return said, place


def is_library(file: str, *, packages: bool = True) -> bool:
    """Whether a file belongs to Python itself or, unless `packages` is False, to an installed package."""
    import os

    installed = "site-packages" in file
    return (packages and installed) or (
        file.startswith(os.path.dirname(os.__file__) + os.sep) and not installed
    )


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` most likely meant, or None where none is near.

    Spellings that differ only in case or punctuation win over typing mistakes.
    """
    found = nearest_names(name, candidates, 1)
    return found[0] if found else None


# How many names one evaluation may still compare a misspelled one with, in a list of one; None without a limit.
SUGGESTIONS: ContextVar[list[int] | None] = ContextVar("suggestions", default=None)
MOST_SUGGESTIONS = 10_000
# Comparing takes time by the square of the length, and names are short.
_LONGEST_NAME = 255


def nearest_names(name: str, candidates: Iterable[str], count: int = 3, cutoff: float = 0.6) -> list[str]:
    """The `count` candidates that `name` most likely meant, best first; with a cutoff of 0, however far."""
    import difflib

    names = list(candidates)
    if len(name) > _LONGEST_NAME:
        return []
    left = SUGGESTIONS.get()
    if left is not None:  # Of many misspelled names only the first few get a suggestion.
        if left[0] <= 0:
            return []
        left[0] -= len(names)
    names = [candidate for candidate in names if len(candidate) <= _LONGEST_NAME]
    plain = _squash(name)
    found = [candidate for candidate in names if _squash(candidate) == plain][:count]
    if len(found) < count:
        found += difflib.get_close_matches(name, names, n=count, cutoff=0.6)
        found = list(dict.fromkeys(found))
    if len(found) < count:
        by_plain = {_squash(candidate): candidate for candidate in names}
        found += [by_plain[close] for close in difflib.get_close_matches(plain, by_plain, count, cutoff)]
        found = list(dict.fromkeys(found))
    return found[:count]


def _squash(name: str) -> str:
    return "".join(c for c in name if c.isalnum()).lower()


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` or nothing, ready to be put behind a sentence."""
    found = nearest(name, candidates)
    return "" if found is None else f"; did you mean {found!r}?"


def unknown_import(module: str, name: str, hint: str) -> ImportError | None:
    """The error for an import statement whose name `module` does not have; None if no import statement is running.

    Python makes one of its own of an AttributeError, without the hint.
    """
    import opcode

    frame = users_frame(2)
    if frame is None or frame.f_code.co_code[frame.f_lasti] != opcode.opmap["IMPORT_FROM"]:
        return None
    return ImportError(f"cannot import name {name!r} from {module!r}{hint}", name=module)


def shown(value: Any, limit: int = 60) -> str:
    """A short `repr` for messages, with its kind where the value does not show it."""
    text = repr(value)
    text = text.replace("\u2063", "").replace("\\u2063", "")
    if "ue000" in text:  # Expressions in a text that was not looked into yet.
        import re

        text = re.sub(r"\\+ue000.*?\\+ue001", "{...}", text)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def join_words(words: Iterable[str], last: str = "and") -> str:
    """ "a, b and c"."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}" if found else ""


# The longest quotation in a sentence, and the longest sentence: paths and lists of names are longer than values.
_LONGEST_QUOTE = 300
_LONGEST = 2_000


def shortened(sentence: str) -> str:
    """A sentence in which nothing that it quotes is so long that the rest is lost."""
    if len(sentence) <= _LONGEST_QUOTE:
        return sentence
    import re

    if len(sentence) > 10 * _LONGEST:
        sentence = f"{sentence[: 5 * _LONGEST]}...{sentence[-_LONGEST:]}"
    found = re.sub(r"""(?<!\w)(['"])(?:(?!\1)[^\\]|\\.)*\1(?!\w)|\S+""", _shorter, sentence)
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 300]} ... {found[-290:]}"


def _shorter(found: Any) -> str:
    quoted: str = found[0]
    if len(quoted) <= _LONGEST_QUOTE:
        return quoted
    return f"{quoted[: _LONGEST_QUOTE - 20]}...{quoted[-1] if found[1] else quoted[-10:]}"


class PyformationError(Exception):
    """The root of every error that pyformation raises.

    `message` is the sentence, `path` the place in the template (``AWS::S3::Bucket.Tags[0]``),
    `origin` the line of the user's file; ``str()`` of the error has all three.
    """

    message: str
    path: str | None
    origin: Origin | None

    def __init__(self, message: str, *, path: str | None = None, origin: Origin | None = None) -> None:
        message = shortened(message)
        super().__init__(message)
        self.message = message
        self.path = path
        self.origin = origin

    def __str__(self) -> str:
        named = self.path is None or self.message.startswith(f"{self.path} ")
        text = self.message if named else f"{shortened(self.path or '')}: {self.message}"
        return text if self.origin is None else f"{text} ({self.origin})"

    def __reduce__(
        self,
    ) -> tuple[object, tuple[type[PyformationError], str, str | None, Origin | None]]:
        return _rebuild, (type(self), self.message, self.path, self.origin)


def _rebuild(
    cls: type[PyformationError], message: str, path: str | None, origin: Origin | None
) -> PyformationError:
    error = cls.__new__(cls, message)
    PyformationError.__init__(error, message, path=path, origin=origin)
    return error


class DeclarationError(PyformationError):
    """Something declared in Python that cannot become a template."""


class InvalidValueError(DeclarationError, TypeError):
    """A value of the wrong type, or one that a template cannot hold."""


class UnknownPropertyError(DeclarationError, TypeError):
    """A property that the type does not have."""


class MissingPropertyError(DeclarationError, TypeError):
    """A required property that was not given."""


class UnknownAttributeError(DeclarationError, AttributeError):
    """A Python attribute that the object does not have."""


class FrozenError(DeclarationError, AttributeError):
    """An attempt to change an element: elements are frozen, use ``evolve``."""


class TokenError(DeclarationError, ValueError):
    """An expression that was put into a string in a way that CloudFormation cannot compute."""


class TemplateError(PyformationError):
    """Elements that do not fit together: names, references, sections."""


class LogicalIdError(TemplateError, ValueError):
    """A logical ID that is illegal or taken."""


class UnresolvedReferenceError(TemplateError, LookupError):
    """A reference to something that is not in the template."""


class CircularReferenceError(TemplateError):
    """Resources that need each other, so that none can be created first."""


class LimitError(TemplateError, ValueError):
    """More than CloudFormation takes."""


class CatalogError(PyformationError, LookupError):
    """A resource type or a path that the catalog does not have."""


class DocumentError(PyformationError, ValueError):
    """Text that is not a template: broken YAML or JSON, duplicate keys, or past a limit.

    `line` and `column` are 1-based and None where no place can be named.
    """

    line: int | None = None
    column: int | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return (*super().__reduce__(), {"line": self.line, "column": self.column})


class EvaluationError(PyformationError, ValueError):
    """An expression of a template that cannot be evaluated, or a parameter's value that does not fit."""


class SourceError(PyformationError):
    """A file, module or stack that was named on the command line and cannot be used."""


class DeploymentError(PyformationError):
    """A call that AWS refused, or a stack that cannot do what was asked.

    `kind` says why a call failed: ``credentials``, ``expired``, ``region``, ``denied``, ``throttled``, ``unreachable``,
    ``missing`` (the stack does not exist) or ``refused``; `code` is AWS's code of the error. Both are None if no call
    failed.
    """

    kind: str | None
    code: str | None

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        origin: Origin | None = None,
        kind: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, path=path, origin=origin)
        self.kind = kind
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return (*super().__reduce__(), {"kind": self.kind, "code": self.code})


class MissingExtraError(PyformationError, ImportError):
    """A package that one of pyformation's extras brings and that is not installed."""


def how_to_install(extra: str) -> str:
    """The command that installs an extra; from a clone, as nothing is released yet."""
    return f"run pip install '.[{extra}]' in a clone of pyformation"


class CatalogWarning(UserWarning):
    """A value that the catalog does not list; AWS adds values faster than any catalog does."""
