"""A module that makes a template, as a program: ``python stack.py --format json > template.json``.

It reads its few options itself: argparse and click cost more than everything else such a program does.
"""

from __future__ import annotations

import sys

from .errors import InvalidValueError, PyformationError, SourceError, here, users_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .template import Template

_USAGE = "usage: python {script} [--format yaml|json] [--output FILE] [--assets relative] [--strict]"
# What is done with local files, beside refusing them.
_ASSETS = (None, "relative")


def run_main(make: Any, arguments: list[str], assets: str | None = None) -> None:
    """What ``Stack.main`` does, for anything that makes a template."""
    try:
        if assets not in _ASSETS:
            raise InvalidValueError(f"main: assets takes 'relative', found {assets!r}", origin=here())
        settings = _read_arguments(arguments, assets)
        if settings is None:
            return
        template: Template = make()
        template._scope.assets.source = sys.argv[0]
        if settings["strict"]:
            check_strictly(template)
        folder = None
        if settings["assets"] is not None:
            # That of the output, which is written to the current one by default.
            folder = (settings["output"] or "").rpartition("/")[0] or "."
        write = template.to_json if settings["format"] == "json" else template.to_yaml
        text = write(relative_to=folder)
        write_text(text, settings["output"])
        if reader_has_gone():
            raise SystemExit(1)
    except PyformationError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _read_arguments(arguments: list[str], assets: str | None) -> dict[str, Any] | None:
    settings: dict[str, Any] = {"format": "yaml", "output": None, "assets": assets, "strict": False}
    frame = users_frame()
    script = sys.argv[0] if frame is None else frame.f_code.co_filename.rpartition("/")[2]
    usage = _USAGE.format(script=script)
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name in ("--help", "-h"):
            print(usage, file=sys.stderr)  # Standard output is for the template.
            return None
        if name == "--strict" and not equals:
            settings["strict"] = True
        elif name in ("--format", "--output", "-o", "--assets"):
            if not equals:
                value = next(rest, "")
            if not value:
                raise SourceError(f"{name} needs a value; {usage}")
            settings["output" if name == "-o" else name[2:]] = value
        else:
            raise SourceError(f"unknown option {argument!r}; {usage}")
    if settings["format"] not in ("yaml", "json"):
        raise SourceError(f"--format takes yaml or json, found {settings['format']!r}; {usage}")
    if settings["assets"] not in _ASSETS:
        raise SourceError(f"--assets takes relative, found {settings['assets']!r}; {usage}")
    return settings


def check_strictly(template: Template) -> None:
    """Raise an error for the first thing that construction only warned about."""
    for sentence, origin in template.doubts():
        raise InvalidValueError(f"{sentence} (an error with --strict)", origin=origin)


def write_text(text: str, path: str | None, *, new: bool = False) -> None:
    """Write to standard output, or to a file as a whole: never half, never with other line ends.

    If `new`, there must be no file yet.
    """
    data = text.encode(errors="backslashreplace")  # The name of a file may hold anything.
    if path is not None and path != "-":
        from . import files

        files.write(path, data, new=new)
        return
    out: Any = sys.stdout
    if out is None:
        raise SourceError("cannot write to standard output: it is closed")
    try:
        out.flush()
        out.buffer.write(data)
        out.buffer.flush()
    except OSError as error:
        give_up(out)
        if isinstance(error, BrokenPipeError):  # The reader has gone (``| head``), and knows it.
            _gone.append(True)
            return
        raise SourceError(cannot_write(error)) from None


_gone: list[bool] = []


def reader_has_gone() -> bool:
    """Whether `write_text` could not write, as the reader of standard output has gone: no success, and no message."""
    return bool(_gone)


def cannot_write(error: OSError) -> str:
    """The sentence on standard output that cannot be written to."""
    import errno

    why = "it is closed" if error.errno == errno.EBADF else error.strerror
    return f"cannot write to standard output: {why}"


def give_up(out: Any) -> None:
    """Write no more to a stream that cannot be written to: Python would try once more on exit, and complain."""
    import os

    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass  # It has no descriptor, as in a test.
