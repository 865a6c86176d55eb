"""How Sphinx makes a site of these pages: ``make docs`` writes it to build/docs. Needs no network."""

from __future__ import annotations

import re
from typing import Any

from pyformation import __version__

project = "pyformation"
copyright = "the pyformation authors"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"pyformation {release}"
html_copy_source = False

myst_heading_anchors = 3

# Docstrings write `name` for names; the ones that are documented become links.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
# Defaults and types as they are written: `region=Region`, `Value[int] | Value[str]`.
autodoc_preserve_defaults = True
autodoc_type_aliases = {"Value": "Value"}
python_maximum_signature_line_length = 88

_LISTED = re.compile(r"^- \[[^]]*\]\(([^)#:]+)\.md\)", re.MULTILINE)


def _add_contents(_app: object, page: str, source: list[str]) -> None:
    """Make the lists of pages in an index the site's table of contents, so that there is only one."""
    if page.rpartition("/")[2] != "index":
        return
    title, *sections = re.split(r"^## ", source[0], flags=re.MULTILINE)
    parts = [title]
    for section in sections:
        caption = section.partition("\n")[0]
        pages = "\n".join(_LISTED.findall(section))
        contents = f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n" if pages else ""
        parts.append(f"## {section}\n{contents}")
    source[0] = "".join(parts)


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", _add_contents)
    return {"parallel_read_safe": True}
