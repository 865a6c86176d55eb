"""Try the product on every template of a folder.

    python tools/try_templates.py FOLDER [--jobs N] [--slow SECONDS] [--json]

The templates are found as `validate FOLDER` finds them. Each is read, rendered and read again, loaded, converted with
and without loops (every program is run and compared), evaluated with and without the defaults of its parameters,
validated, compared with itself and drawn. What is printed: refusals by step and sentence, faults, and files that take
long. A fault is an exception that is no `PyformationError`, or a template that is not the same afterwards; with
any of them the exit status is 1. A refusal is an error in one sentence: whether it is right is for the reader to judge.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import FrameType
from typing import Any, NoReturn

import attrs

from pyformation import CatalogWarning, Template, document, graphs
from pyformation.conversion import convert
from pyformation.document import Document
from pyformation.errors import PyformationError
from pyformation.evaluation import evaluate_data
from pyformation.plain import is_list, is_mapping, mapping_or_empty
from pyformation.prediction import diff
from pyformation.sources import LoadedTemplate, of_document, template_files
from pyformation.validation import validate

_LONGEST = 120


@attrs.frozen
class Problem:
    """Something that went wrong with a file: a refusal in a sentence, or a fault."""

    file: str
    step: str
    sentence: str
    is_fault: bool = False
    # Where the exception was raised, for a fault.
    where: str = ""


@attrs.frozen
class Tried:
    """A file with its problems, the seconds that each step took, and the findings of `validate` by severity."""

    file: str
    problems: tuple[Problem, ...] = ()
    seconds: dict[str, float] = attrs.field(factory=dict[str, float])
    findings: dict[str, int] = attrs.field(factory=dict[str, int])


class Unequal(Exception):
    """A template is not the same after a step."""


class Slow(Exception):
    """A step takes longer than a reader waits."""


def _processes(count: int) -> ProcessPoolExecutor:
    # The validator works in threads, which a fork may not have.
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def try_folder(folder: str, jobs: int) -> list[Tried]:
    """Every template of a folder, tried in several processes."""
    paths = sorted(template_files(folder, lambda sentence: print(f"note: {sentence}", file=sys.stderr)))
    done: dict[str, Tried] = {}
    try:
        with _processes(jobs) as pool:
            for path, future in [(path, pool.submit(try_file, folder, path)) for path in paths]:
                done[path] = future.result()
    except BrokenProcessPool:
        # Each of the rest in a process of its own, to see which one ends it.
        for path in paths:
            if path not in done:
                done[path] = _alone(folder, path)
    return [done[path] for path in paths]


def _alone(folder: str, path: str) -> Tried:
    try:
        with _processes(1) as pool:
            return pool.submit(try_file, folder, path).result()
    except BrokenProcessPool:
        return Tried(path, (Problem(path, "all", "the process ended", is_fault=True),))


def try_file(folder: str, path: str) -> Tried:
    """One template, through every step; if it cannot be read or loaded, the steps that need it are left out."""
    problems: list[Problem] = []
    seconds: dict[str, float] = {}
    findings: dict[str, int] = {}

    def attempt(step: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        try:
            return _within(work)
        except Exception as error:
            problems.append(_problem(path, step, error))
        finally:
            seconds[step] = round(time.perf_counter() - started, 3)
        return None

    def validated() -> None:
        summary = validate(template).summary
        findings.update(errors=summary.errors, warnings=summary.warnings)

    full = os.path.join(folder, path)
    with warnings.catch_warnings():
        # What the catalog doubts was in the template.
        warnings.simplefilter("ignore", CatalogWarning)
        read: Document | None = attempt("read", lambda: document.read(full))
        template: LoadedTemplate | None = None
        if read is not None:
            template = attempt("read", lambda: of_document(path, read, os.path.dirname(full)))
        if read is not None and template is not None:
            data = read.data
            attempt("YAML", lambda: _round_trip(data, document.to_yaml))
            attempt("JSON", lambda: _round_trip(data, document.to_json))
            attempt(
                "YAML in ASCII", lambda: _round_trip(data, lambda each: document.to_yaml(each, ascii=True))
            )
            attempt("load", lambda: _must_be_equal(Template.from_dict(data).to_dict(), data, in_order=False))
            attempt("convert", lambda: convert(read))
            attempt("convert --loops", lambda: convert(read, loops=True, keep_order=True))
            attempt("evaluate", lambda: evaluate_data(data))
            attempt("evaluate without defaults", lambda: evaluate_data(_without_defaults(data)))
            attempt("validate", validated)
            attempt("diff", lambda: _must_not_change(template))
            attempt("graph", lambda: graphs.mermaid(graphs.graph(template)))
    return Tried(path, tuple(problems), seconds, findings)


def _within(work: Callable[[], Any]) -> Any:
    """The result of a step, or `Slow` after a while."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise Slow(f"takes more than {_LONGEST} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(_LONGEST)
    try:
        return work()
    finally:
        signal.alarm(0)


def _problem(path: str, step: str, error: Exception) -> Problem:
    sentence = str(error)
    if isinstance(error, PyformationError) and "\n" not in sentence.strip():
        # A conversion proves itself: that its program is wrong is no fault of the template.
        return Problem(path, step, sentence, is_fault="the program that was written" in sentence)
    if isinstance(error, (Unequal, Slow)):
        return Problem(path, step, sentence, is_fault=True)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    return Problem(path, step, f"{type(error).__name__}: {sentence}", is_fault=True, where=where)


def _round_trip(data: dict[str, Any], write: Callable[[dict[str, Any]], str]) -> None:
    text = write(data)
    again = document.parse(text).data
    _must_be_equal(again, data)
    if write(again) != text:
        raise Unequal("the second rendering differs from the first")


def _must_be_equal(one: Any, other: Any, *, in_order: bool = True) -> None:
    path = _difference(one, other, in_order, "")
    if path is not None:
        raise Unequal(f"another value at {path or 'the top'}")


def _difference(one: Any, other: Any, in_order: bool, path: str) -> str | None:
    """Where two values differ first, in value, type or, with `in_order`, the order of keys."""
    if is_mapping(one) and is_mapping(other):
        if list(one) != list(other) if in_order else one.keys() != other.keys():
            return path
        pairs = [(key, one[key], other[key]) for key in one]
    elif is_list(one) and is_list(other) and len(one) == len(other):
        pairs = [(str(index), *items) for index, items in enumerate(zip(one, other, strict=True))]
    else:
        return None if type(one) is type(other) and one == other else path
    for key, first, second in pairs:
        found = _difference(first, second, in_order, f"{path}.{key}" if path else key)
        if found is not None:
            return found
    return None


def _without_defaults(data: dict[str, Any]) -> dict[str, Any]:
    declared = mapping_or_empty(data.get("Parameters"))
    bare = {
        name: {key: item for key, item in mapping_or_empty(facts).items() if key != "Default"}
        for name, facts in declared.items()
    }
    return {**data, "Parameters": bare} if declared else data


def _must_not_change(template: LoadedTemplate) -> None:
    changed = [change.logical_id for change in diff(template, template).resources]
    if changed:
        raise Unequal(f"the diff with itself changes {', '.join(changed)}")


# ---------------------------------------------------------------------------------------------
# What is printed

_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|\S*[/\\]\S*|\b\d+\b|\S+\.(?:ya?ml|json|template)\S*")


def _kind(sentence: str) -> str:
    """A sentence without the names and numbers in it, to group by."""
    return _NAMES.sub("...", sentence)


def _grouped(problems: list[Problem]) -> dict[tuple[str, str], list[Problem]]:
    found: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        found.setdefault((problem.step, _kind(problem.sentence)), []).append(problem)
    return dict(sorted(found.items(), key=lambda each: (each[0][0], -len(each[1]))))


def _report(tried: list[Tried], slow: float) -> str:
    problems = [problem for one in tried for problem in one.problems]
    faults = [problem for problem in problems if problem.is_fault]
    refused = [problem for problem in problems if not problem.is_fault]
    lines = [
        f"{len(tried)} templates; {len(faults)} faults; {len(refused)} refusals in "
        f"{len({problem.file for problem in refused})} files"
    ]
    if faults:
        lines += ["", "Faults"]
        lines += [
            f"  {each.file}: {each.step}: {each.sentence}{f' ({each.where})' if each.where else ''}"
            for each in faults
        ]
    if refused:
        lines += ["", "Refusals"]
        for (step, _), several in _grouped(refused).items():
            lines.append(f"  {step}: {several[0].sentence}")
            files = [problem.file for problem in several]
            more = f" and {len(files) - 5} more" if len(files) > 5 else ""
            lines.append(f"    {', '.join(files[:5])}{more}")
    long = [(one, step, took) for one in tried for step, took in one.seconds.items() if took > slow]
    if long:
        lines += ["", f"Steps of more than {slow:g} seconds"]
        lines += [
            f"  {took:6.1f} s  {one.file}: {step}"
            for one, step, took in sorted(long, key=lambda row: -row[2])
        ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run the command, and give its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="how many processes"
    )
    parser.add_argument(
        "--slow", type=float, default=5.0, metavar="SECONDS", help="list steps that take longer"
    )
    parser.add_argument("--json", action="store_true", help="print every problem and time as JSON")
    given = parser.parse_args(arguments)
    try:
        tried = try_folder(given.folder, max(given.jobs, 1))
    except PyformationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps([attrs.asdict(one) for one in tried], indent=2))
    else:
        print(_report(tried, given.slow))
    return int(any(problem.is_fault for one in tried for problem in one.problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
