"""The pictures in docs/images show what the commands print to a terminal, and draw, today."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are needed")

SVG = "{http://www.w3.org/2000/svg}"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def tool(name: str) -> Any:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def recorder() -> Any:
    return tool("record_terminal")


@pytest.fixture(scope="module")
def drawer() -> Any:
    return tool("draw_graphs")


def pieces(picture: Path) -> Iterator[tuple[float, float, str, str]]:
    """The texts of a picture: line, column, class of style, text."""
    for node in ElementTree.parse(picture).iter(f"{SVG}text"):
        if node.text and node.get("clip-path"):
            text = node.text.replace("\xa0", " ")
            yield float(node.get("y", 0)), float(node.get("x", 0)), node.get("class", ""), text


# How wide rich draws a character; runs of spaces are drawn as no text.
COLUMN = 12.2


def lines(picture: Path) -> list[str]:
    found: dict[float, str] = {}
    for y, x, _, text in sorted(pieces(picture), key=lambda piece: piece[:2]):
        found[y] = found.get(y, "").ljust(round(x / COLUMN)) + text
    return [line.rstrip() for line in found.values() if line.strip()]


def test_every_picture_is_made_here(recorder: Any, drawer: Any) -> None:
    assert {path.name for path in (ROOT / "docs" / "images").iterdir()} == {
        *(f"{picture.name}.svg" for picture in recorder.PICTURES),
        *drawer.PICTURES,
    }


def test_graphs_are_drawn_as_they_are_today(drawer: Any) -> None:
    for name in drawer.PICTURES:
        drawn = (ROOT / "docs" / "images" / name).read_text(encoding="utf-8")
        assert drawn == drawer.draw(name), f"python tools/draw_graphs.py draws {name} again"
        addresses = re.findall(r"https?://[^\"' )]*|url\((?!#)[^)]*\)|<script|<image", drawn)
        assert addresses == ["http://www.w3.org/2000/svg"]


def test_pictures_are_what_the_commands_print(recorder: Any) -> None:
    for picture in recorder.PICTURES:
        written = recorder.run(picture)
        expected = [f"$ {picture.command}", *_ESCAPE.sub("", written).splitlines()]
        shown = lines(ROOT / "docs" / "images" / f"{picture.name}.svg")
        assert shown == [line.rstrip() for line in expected if line.strip()], (
            "python tools/record_terminal.py draws it again"
        )
        assert "\x1b[" in written, "a terminal gets colors"


def test_pictures_have_colors_and_load_nothing(recorder: Any) -> None:
    for picture in recorder.PICTURES:
        path = ROOT / "docs" / "images" / f"{picture.name}.svg"
        text = path.read_text(encoding="utf-8")
        addresses = re.findall(r"https?://[^\"' )]*|url\((?!#)[^)]*\)|<script|<image", text)
        assert addresses == ["http://www.w3.org/2000/svg"]
        styles = {
            style
            for _, _, style, shown in pieces(path)
            if shown.strip() in ("must be replaced", "1 replaced")
        }
        plain = {style for _, _, style, shown in pieces(path) if "AWS::" in shown}
        assert styles
        assert styles.isdisjoint(plain)
