"""Write the codes of findings into docs/findings.md, behind its last line that is written by hand.

python tools/build_findings.py           write it
python tools/build_findings.py --check   fail if the page is not what this would write
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pyformation.findings.codes import CODES, GROUPS  # noqa: E402

PAGE = ROOT / "docs" / "findings.md"
MARK = "<!-- Generated from here on by tools/build_findings.py; do not edit. -->\n"


def generated() -> str:
    """The part of the page that is made from the table."""
    parts: list[str] = []
    for digit, title in GROUPS.items():
        parts.append(f"\n## {title}\n")
        for row in CODES.values():
            if row.code[2] == digit:
                text = f"**{row.title}.** `{row.kind}`, {row.severity}. {row.text}"
                lines = textwrap.wrap(text, 115, break_long_words=False, break_on_hyphens=False)
                parts.append(f"\n### {row.code}\n\n" + "\n".join(lines) + "\n")
    return "".join(parts)


def main() -> int:
    """Write or check."""
    now = PAGE.read_text(encoding="utf-8")
    written = now.partition(MARK)[0] + MARK + generated()
    if sys.argv[1:] == ["--check"]:
        if now != written:
            print("docs/findings.md is not what tools/build_findings.py writes; run 'make rebuild'")
            return 1
        return 0
    PAGE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
