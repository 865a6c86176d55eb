"""What users say of findings in ``pyproject.toml``: other severities, and findings that are not to be shown.

[tool.pyformation.findings]
severity = { PF502 = "warning" }

[[tool.pyformation.findings.suppress]]
code = "PF101"
resource = "Cache*"
reason = "a cache, filled again within minutes"
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, get_args

import attrs

from ..errors import SourceError, did_you_mean, nearest, shown
from ..finding import Finding
from ..plain import is_list, is_mapping
from ..sources.projects import read_toml
from .codes import CODES, Severity

_TABLE = "tool.pyformation.findings"
# The rules of cloudformation-validate: F1010, E3012, W2001, I9001.
_OF_THE_VALIDATOR = r"[FEWID]\d{4}"
_SEVERITIES: tuple[str, ...] = get_args(Severity)


@attrs.frozen
class Suppression:
    """A suppressed code, for all elements or for those whose logical ID matches a pattern, with the reason."""

    code: str
    reason: str
    resource: str | None = None

    def fits(self, finding: Finding) -> bool:
        """Whether it is about a finding."""
        if self.code != finding.code:
            return False
        element = finding.element
        return self.resource is None or fnmatchcase("" if element is None else element[1], self.resource)


@attrs.frozen
class Settings:
    """Severities by code, and suppressions."""

    severities: Mapping[str, Severity] = attrs.field(factory=dict[str, Severity])
    suppressions: tuple[Suppression, ...] = ()

    def reason_to_suppress(
        self, finding: Finding, declared: Mapping[str, Mapping[str, str]] | None = None
    ) -> str | None:
        """The reason of the first suppression that applies to a finding; those that were `declared` come first."""
        if declared and finding.element is not None:
            reason = declared.get(".".join(finding.element), {}).get(finding.code)
            if reason is not None:
                return reason
        return next((found.reason for found in self.suppressions if found.fits(finding)), None)

    def and_suppress(self, given: Iterable[str]) -> Settings:
        """The settings with the suppressions of ``--suppress``: ``PF701=reason`` or ``PF701:LogicalId=reason``.

        Raises `SourceError` for a suppression without a reason, and for a code that does not exist.
        """
        return attrs.evolve(
            self, suppressions=(*(suppression_of(text) for text in given), *self.suppressions)
        )


def suppression_of(text: str) -> Suppression:
    """The suppression that a command line spells ``CODE[:LogicalId]=reason``."""
    what, _, reason = text.partition("=")
    code, _, element = what.strip().partition(":")
    problem = _problem(code) if code else "it needs a code"
    if problem is not None:
        raise SourceError(f"--suppress {text!r}: {problem}")
    if not reason.strip():
        raise SourceError(
            f"--suppress {text!r}: the suppression of {code} needs a reason (CODE[:LogicalId]=reason)"
        )
    return Suppression(code, reason.strip(), element or None)


_LARGEST = 1_000_000


def settings_from(path: str | os.PathLike[str] | None = None) -> Settings:
    """The settings in the nearest ``pyproject.toml`` at or above a file or folder, by default the current folder.

    Without such a file, the settings are empty. Raises `SourceError` for invalid ones.
    """
    try:
        start: str = os.getcwd() if path is None else os.path.abspath(os.fspath(path))
    except FileNotFoundError:  # The current folder is gone.
        return Settings()
    file = _nearest_file(start)
    if file is None:
        return Settings()
    data = read_toml(_short(file), _LARGEST)
    table: Any = data
    for step in _TABLE.split("."):
        if not is_mapping(table):
            return Settings()
        table = table.get(step, {})
    return settings_of(table, _short(file))


def _nearest_file(start: str) -> str | None:
    folder = start if os.path.isdir(start) else os.path.dirname(start)
    while True:
        file = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(file):
            return file
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _short(file: str) -> str:
    below = os.path.join(os.getcwd(), "")
    return file.removeprefix(below)


def settings_of(table: object, file: str = "pyproject.toml") -> Settings:
    """Settings from the table of a TOML file."""

    def wrong(where: str, problem: str) -> SourceError:
        return SourceError(f"{file}: {_TABLE}{where}: {problem}")

    if not is_mapping(table):
        raise wrong("", f"expected a table, found {shown(table)}")
    for key in table:
        if key not in ("severity", "suppress"):
            raise wrong("", f"there is no setting {key!r}{did_you_mean(key, ['severity', 'suppress'])}")
    severities: dict[str, Severity] = {}
    levels = table.get("severity", {})
    if not is_mapping(levels):
        raise wrong(".severity", f"expected a table of codes, found {shown(levels)}")
    for code, level in levels.items():
        unknown = _problem(code)
        if unknown is not None:
            raise wrong(".severity", unknown)
        if level not in _SEVERITIES:
            hint = did_you_mean(str(level), _SEVERITIES)
            raise wrong(f".severity.{code}", f"expected error, warning or info, found {shown(level)}{hint}")
        severities[code] = level
    entries = table.get("suppress", [])
    if not is_list(entries):
        raise wrong(".suppress", f"expected a list of tables, found {shown(entries)}")
    suppressions: list[Suppression] = []
    for index, entry in enumerate(entries):
        where = f".suppress[{index}]"
        if not is_mapping(entry):
            raise wrong(where, f"expected a table with code and reason, found {shown(entry)}")
        facts = entry
        for key, value in facts.items():
            if key not in ("code", "resource", "reason"):
                raise wrong(
                    where, f"there is no key {key!r}{did_you_mean(key, ['code', 'resource', 'reason'])}"
                )
            if not isinstance(value, str):
                raise wrong(f"{where}.{key}", f"expected text, found {shown(value)}")
        if "code" not in facts:
            raise wrong(where, "it needs a code")
        unknown = _problem(facts["code"])
        if unknown is not None:
            raise wrong(where, unknown)
        if not facts.get("reason", "").strip():
            raise wrong(where, f"the suppression of {facts['code']} needs a reason")
        suppressions.append(Suppression(facts["code"], facts["reason"], facts.get("resource")))
    return Settings(severities, tuple(suppressions))


def _problem(code: str) -> str | None:
    """What is wrong with a code that is neither ours nor looks like one of a user's own policy."""
    if code in CODES or re.fullmatch(_OF_THE_VALIDATOR, code):
        return None
    if re.match(r"(?i)pf\d", code) is None and nearest(code, CODES) is None:
        return None
    return f"there is no code {code!r}{did_you_mean(code.upper(), CODES)}"
