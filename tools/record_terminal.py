"""Pictures of a terminal in docs/images: real runs of ``pyformation``, recorded and drawn as SVG.

    python tools/record_terminal.py            draw them
    python tools/record_terminal.py --check    list those that differ from what the commands print now

A command runs in a pseudo terminal, in a directory of the examples; rich draws its output. The pictures are
self-contained, so that they look the same everywhere. Needs a system with pseudo terminals.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WIDTH = 88


@attrs.frozen
class Picture:
    """A command, and the directory that it runs in."""

    name: str
    folder: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command line."""
        return f"pyformation {' '.join(self.arguments)}"


PICTURES = (
    Picture("diff", "examples/diff/database", ("diff", "parameter.before.yaml", "parameter.after.yaml")),
)

# rich's own frame loads a font from a server; this one uses the reader's fonts.
_FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(picture: Picture) -> str:
    """The output of a command in a terminal, with its escapes."""
    import fcntl
    import pty
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, WIDTH, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "pyformation", *picture.arguments],
        cwd=ROOT / picture.folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    pieces: list[bytes] = []
    while True:
        try:
            piece = os.read(master, 65_536)
        except OSError:  # Linux raises this when the other end is closed.
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(master)
    if process.wait() != 0:
        raise SystemExit(f"{picture.command} ends with status {process.returncode}")
    return b"".join(pieces).decode().replace("\r\n", "\n")


def draw(picture: Picture, written: str) -> str:
    """The output of a terminal as SVG."""
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=io.StringIO(), record=True, width=WIDTH, force_terminal=True, color_system="standard"
    )
    console.print(Text.assemble(("$ ", "dim"), (picture.command, "bold")))
    console.print(Text.from_ansi(written.rstrip("\n")), end="\n\n")
    drawn = console.export_svg(title="", code_format=_FRAME, unique_id=picture.name)
    return re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)


def main(arguments: list[str]) -> int:
    stale: list[str] = []
    for picture in PICTURES:
        path = IMAGES / f"{picture.name}.svg"
        drawn = draw(picture, run(picture))
        if path.exists() and path.read_text(encoding="utf-8") == drawn:
            continue
        stale.append(path.name)
        if arguments != ["--check"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(drawn, encoding="utf-8")
    if stale and arguments == ["--check"]:
        print(f"out of date: {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
