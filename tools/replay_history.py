"""The diff of every pair of consecutive versions of the templates in a git repository's history.

    python tools/replay_history.py REPOSITORY [REPOSITORY ...] [--slower-than 1.0] [--limit 60] [--json FILE]

Prints the pairs that the diff refuses (a `PyformationError`), those that crash it (anything else), and those that
take longer than --slower-than seconds; then one line with the totals. The exit status is 1 if a pair crashed it or
did not end within --limit seconds. A file counts as a template where both versions have a key `Resources`
and the name of a type. Renamed files are followed. Nothing in the repository is run or written.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import attrs

import pyformation
from pyformation import PyformationError

_SUFFIXES = (".json", ".yaml", ".yml", ".template")
# At the top of a YAML document, or a key of the outermost mapping of a JSON one.
_RESOURCES = re.compile(rb'^Resources:|^\s{0,8}"Resources"\s*:|^\{.*"Resources"\s*:', re.MULTILINE)
_MAX_BYTES = 1_000_000  # CloudFormation takes no larger template.

Outcome = Literal["ok", "refused", "crashed", "no answer in time"]


@attrs.frozen
class Pair:
    """Two consecutive versions of one file: the commit of the later one, and both git object IDs."""

    commit: str
    path: str
    before: str
    after: str


@attrs.frozen
class Replayed:
    """What the diff of one pair came to, and how many seconds it took."""

    repository: str
    commit: str
    path: str
    outcome: Outcome
    seconds: float
    detail: str = ""


def pairs(repository: Path) -> Iterator[Pair]:
    """Every change of a file with a template's suffix, the oldest first.

    Raises `subprocess.CalledProcessError` where the folder is no git repository.
    """
    log = subprocess.run(
        [
            *("git", "-C", str(repository), "log", "--reverse", "--no-merges", "--format=commit %H"),
            *("--raw", "--no-abbrev", "-z", "-M", "--diff-filter=MR"),
        ],
        capture_output=True,
        check=True,
    )
    fields = iter(log.stdout.decode("utf-8", "surrogateescape").replace("\n", "\0").split("\0"))
    commit = ""
    for field in fields:
        if field.startswith("commit "):
            commit = field.removeprefix("commit ")
        elif field.startswith(":"):
            _, _, before, after, status = field.split(" ")
            path = next(fields)
            if status.startswith("R"):
                path = next(fields)
            if path.lower().endswith(_SUFFIXES) and before != after:
                yield Pair(commit, path, before, after)


def texts(repository: Path, found: list[Pair]) -> dict[str, bytes]:
    """The contents of all versions, by object ID."""
    wanted = list(dict.fromkeys(blob for pair in found for blob in (pair.before, pair.after)))
    answer = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch"],
        input="".join(f"{blob}\n" for blob in wanted).encode(),
        capture_output=True,
        check=True,
    ).stdout
    contents: dict[str, bytes] = {}
    at = 0
    for blob in wanted:
        end = answer.index(b"\n", at)
        head = answer[at:end].split()
        if len(head) != 3 or head[0].decode() != blob:
            raise ValueError(f"git has no object {blob}")
        size = int(head[2])
        contents[blob] = answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return contents


def is_template(text: bytes) -> bool:
    """Whether a text, readable or not, means to be a template: it has the key Resources and the name of a type."""
    return b"::" in text and _RESOURCES.search(text) is not None


def replay(repository: Path, *, limit: float) -> Iterator[Replayed]:
    """The outcome of each pair of versions of a repository's templates; `limit` is in seconds a pair."""
    found = list(pairs(repository))
    contents = texts(repository, found)
    with tempfile.TemporaryDirectory() as folder:
        for pair in found:
            versions = contents[pair.before], contents[pair.after]
            if not all(len(text) <= _MAX_BYTES and is_template(text) for text in versions):
                continue
            files: list[Path] = []
            for name, text in zip(("before", "after"), versions, strict=True):
                file = Path(folder, name + Path(pair.path).suffix.lower())
                file.write_bytes(text)
                files.append(file)
            yield _diffed(repository, pair, files, limit)


class _TooLong(BaseException):
    """The time for one pair is over; no handler of exceptions takes it for an error of the template."""


def _alarm(_number: int, _frame: object) -> None:
    raise _TooLong


def _diffed(repository: Path, pair: Pair, files: list[Path], limit: float) -> Replayed:
    outcome: Outcome = "ok"
    detail = ""
    signal.signal(signal.SIGALRM, _alarm)
    start = time.perf_counter()
    try:  # Around everything else, as the alarm may also ring while an answer is handled.
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            pyformation.diff(*files).change_set(include_property_values=True)
        except PyformationError as error:
            outcome, detail = "refused", str(error).splitlines()[0]
        except Exception as error:
            outcome, detail = "crashed", f"{type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TooLong:
        outcome = "no answer in time"
    return Replayed(str(repository), pair.commit, pair.path, outcome, time.perf_counter() - start, detail)


def main(arguments: list[str] | None = None) -> int:
    """Replay the histories of the repositories that are named; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path, metavar="REPOSITORY")
    parser.add_argument("--slower-than", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--limit", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every outcome, as a list of objects")
    given = parser.parse_args(arguments)
    results: list[Replayed] = []
    for repository in given.repositories:
        for one in replay(repository, limit=given.limit):
            results.append(one)
            slow = one.seconds > given.slower_than
            if one.outcome != "ok" or slow:
                what = one.outcome if one.outcome != "ok" else "slow"
                print(
                    f"{what}: {one.repository} {one.commit[:12]} {one.path!r} ({one.seconds:.2f} s) {one.detail}"
                )
    if given.json is not None:
        given.json.write_text(json.dumps([attrs.asdict(one) for one in results], indent=2) + "\n")
    counts = Counter(one.outcome for one in results)
    slow = sum(one.seconds > given.slower_than for one in results)
    slowest = max((one.seconds for one in results), default=0.0)
    print(
        f"{len(results)} pairs: {counts['ok']} compared, {counts['refused']} refused, "
        f"{counts['crashed']} crashed, {counts['no answer in time']} without an answer in time; "
        f"{slow} slow, the slowest {slowest:.2f} s"
    )
    return 1 if counts["crashed"] or counts["no answer in time"] else 0


if __name__ == "__main__":
    sys.exit(main())
