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


def write_text(text: str, path: str | None) -> None:
    """Write to standard output, or to a file as a whole: never half, never with other line ends."""
    import os

    data = text.encode()
    if path is None or path == "-":
        out: Any = sys.stdout
        if out is None:
            raise SourceError("cannot write to standard output: it is closed")
        try:
            out.flush()
            out.buffer.write(data)
            out.buffer.flush()
        except OSError as error:
            # Python would try once more on exit, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
            if not isinstance(error, BrokenPipeError):  # The reader may go (``| head``).
                raise SourceError(f"cannot write to standard output: {error.strerror}") from None
        return
    target = os.path.realpath(path)  # A link stays a link.
    exists = os.path.exists(target)
    # A device or a pipe (/dev/null) is written to; it cannot be replaced.
    temporary = target if exists and not os.path.isfile(target) else f"{target}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        if temporary == target:
            return
        if exists:
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        if temporary != target:
            try:
                os.unlink(temporary)
            except OSError:
                pass
        raise SourceError(f"cannot write {path!r}: {error.strerror}") from None
