"""An HTML document in one file, which loads nothing."""

from __future__ import annotations

import base64
import hashlib

from .harmless import html_text

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'{scripts}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, style: str, body: str, script: str | None = None) -> str:
    """A document with a title, which may be any text, a style sheet, and a body of HTML.

    Of scripts, only `script` may run, which ends the body; the browser refuses any other.
    """
    scripts = ""
    if script is not None:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        scripts = f"; script-src 'sha256-{digest}'"
        body += f"\n<script>{script}</script>"
    return _PAGE.format(title=html_text(title), style=style, body=body, scripts=scripts)
