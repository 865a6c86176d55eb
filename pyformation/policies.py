"""Users' policies: functions in a Python file that check a diff or a template and yield findings.

A policy is a function ``check_diff(diff)`` or ``check_template(template)``. Only the file that the user names is
run. docs/diff.md.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.machinery import FileFinder, SourceFileLoader
from types import FrameType
from typing import Any

import attrs

from .changes import Diff, Finding, nested_first
from .errors import Origin, PyformationError, SourceError, did_you_mean, failure, shown
from .evaluation.secrets import Secret, masking, secret_texts
from .evaluation.unknowns import parts
from .findings import Settings, arranged
from .plain import is_list
from .pointers import place_of

_NAMES = ("check_diff", "check_template")
_SEVERITIES = ("error", "warning", "info")


@attrs.frozen
class Policy:
    """The policy functions of a file; `name` is what the user typed."""

    name: str
    functions: tuple[tuple[str, Callable[..., Any]], ...]

    def check(self, diff: Diff) -> tuple[Finding, ...]:
        """The findings of the policy in one stack. Raises `SourceError` if the policy raises, or yields anything but
        findings."""
        found: list[Finding] = []
        hide = masking(_secrets(diff))
        for name, function in self.functions:
            subject = _after(diff) if _takes_template(name, function) else diff
            listed = _run(self.name, lambda f=function, s=subject: _listed(f(s)), hide)  # type: ignore[misc]
            found += _findings(self.name, listed, hide)
        return tuple(found)

    def check_template(self, template: Any) -> tuple[Finding, ...]:
        """The findings of the functions that take a template. Raises `SourceError` if there are none, and like
        `check`."""
        found: list[Finding] = []
        taking = [function for name, function in self.functions if _takes_template(name, function)]
        if not taking:
            raise SourceError(
                f"the policy {self.name!r} has no check_template, and there is no diff to check"
            )
        hide = masking(_known_secrets(template.parameters.values()))
        for function in taking:
            listed = _run(self.name, lambda f=function: list(f(template) or ()), hide)  # type: ignore[misc]
            found += _findings(self.name, listed, hide)
        return tuple(found)


class _Source(SourceFileLoader):
    """Runs what a file says, and never compiled code that lies beside it and may say something else."""

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self.get_data(self.path), self.path)


class _Beside:
    """Finds modules in the folder of a policy, last of all and only for the files in that folder.

    If the folder were on the import path, this package would import from it what is not installed.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._finder = FileFinder(folder, (_Source, [".py"]))

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        asks = "" if frame is None else os.path.abspath(frame.f_code.co_filename)
        if path is not None or not asks.startswith(os.path.join(self.folder, "")):
            return None
        self._finder.invalidate_caches()
        return self._finder.find_spec(name)


def load_policy(source: str) -> Policy:
    """The policy in ``FILE.py`` or ``FILE.py:function``; the file is run, and finds modules beside it."""
    path, colon, name = source.rpartition(":")
    if not colon or not path.endswith(".py"):
        path, name = source, ""
    if not path.endswith(".py") or (colon and path != source and not name):
        raise SourceError(f"expected FILE.py or FILE.py:function as a policy, found {source!r}")
    if not os.path.isfile(path):
        raise SourceError(f"there is no policy {path!r}")
    from importlib.util import module_from_spec, spec_from_file_location

    module_name = (
        f"policy_{''.join(c if c.isalnum() else '_' for c in os.path.splitext(os.path.basename(path))[0])}"
    )
    spec = spec_from_file_location(module_name, path, loader=_Source(module_name, os.path.abspath(path)))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    folder = os.path.dirname(os.path.abspath(path))
    if not any(isinstance(known, _Beside) and known.folder == folder for known in sys.meta_path):
        sys.meta_path.append(_Beside(folder))
    sys.modules[module_name] = module
    loader = spec.loader
    _run(path, lambda: loader.exec_module(module), lambda text: text)
    functions = {key: value for key, value in vars(module).items() if callable(value) and key[:1] != "_"}
    if name:
        if name not in functions:
            raise SourceError(f"{path} has no function {name!r}{did_you_mean(name, functions)}")
        return Policy(source, ((name, functions[name]),))
    wanted = tuple((key, functions[key]) for key in _NAMES if key in functions)
    if not wanted:
        hint = next((hint for key in _NAMES if (hint := did_you_mean(key, functions))), "")
        raise SourceError(f"{path} has neither check_diff nor check_template{hint}")
    return Policy(source, wanted)


def with_policies(diff: Diff, policies: Sequence[Policy], settings: Settings) -> tuple[Diff, tuple[str, ...]]:
    """The diff with the findings of policies, and a sentence for each of these that is an error.

    Nested stacks are checked separately, like the stack around them.
    """
    errors: dict[tuple[str, ...], list[str]] = {}

    def checked(stack: Diff, path: tuple[str, ...]) -> Diff:
        found = [_placed(finding, stack) for each in policies for finding in each.check(stack)]
        kept, suppressed = arranged(stack, found, settings)
        where = f"in {'.'.join(path)}: " if path else ""
        errors[path] = [f"{where}{finding}" for finding in kept if finding.severity == "error"]
        findings, _ = arranged(stack, [*stack.findings, *kept], Settings())
        return attrs.evolve(stack, findings=findings, suppressed=(*stack.suppressed, *suppressed))

    found = nested_first(diff, checked)
    return found, tuple(error for path, _ in found.stacks() for error in errors[path])


def _placed(finding: Finding, diff: Diff) -> Finding:
    """A finding of a policy with the line of its element."""
    origin, element = finding.origin, finding.element
    if origin is None and element is not None:
        place, name = element
        # A removed element is only in the template before the update.
        elements: Any = diff.after.data.get(place)
        template = diff.after if isinstance(elements, dict) and name in elements else diff.before
        origin = template.origin(element if finding.path is None else place_of(finding.path))
    return attrs.evolve(finding, origin=origin)


def _secrets(diff: Diff) -> list[str]:
    """The texts of NoEcho parameters on both sides: a policy also sees the templates as they are written."""
    found: list[str] = []
    for side in (diff.sides.before, diff.sides.after):
        found += secret_texts(side.data)
        found += _known_secrets(side.engine.inputs.parameters.values())
    return found


def _known_secrets(values: Iterable[Any]) -> list[str]:
    return [part for value in values for part in parts(value) if isinstance(part, Secret)]


def _takes_template(name: str, function: Callable[..., Any]) -> bool:
    if name in _NAMES:
        return name == "check_template"
    code = getattr(function, "__code__", None)
    return code is not None and code.co_varnames[:1] == ("template",)


def _after(diff: Diff) -> Any:
    from .evaluation import Prepared, evaluated

    side = diff.sides.after
    return evaluated(Prepared(side.data, side.engine, side.partial))


# The types of the fields of a finding; users' policies may be untyped.
_FIELDS: dict[str, tuple[type, ...]] = {
    "code": (str,),
    "kind": (str,),
    "resource": (str, type(None)),
    "message": (str,),
    "subject": (str,),
    "path": (str, type(None)),
    "origin": (Origin, type(None)),
}


def _findings(name: str, found: Any, hide: Callable[[str], str]) -> Iterator[Finding]:
    """What a policy found, checked, and without secrets."""
    if not is_list(found):
        raise SourceError(
            f"the policy {name!r} returned {hide(shown(found))}; expected to iterate over findings"
        )
    for item in found:
        if not isinstance(item, Finding):
            raise SourceError(
                f"the policy {name!r} yielded {hide(shown(item))}; expected pyformation.Finding"
            )
        if item.severity not in _SEVERITIES:
            raise SourceError(
                f"the policy {name!r} yielded the severity {hide(shown(item.severity))}; expected error, warning or info"
            )
        for field, types in _FIELDS.items():
            value: Any = getattr(item, field)
            if not isinstance(value, types):
                raise SourceError(
                    f"the policy {name!r} yielded a finding whose {field} is {hide(shown(value))}; expected "
                    f"{' or '.join('None' if kind is type(None) else kind.__name__ for kind in types)}"
                )
        yield attrs.evolve(
            item,
            code=hide(item.code),
            kind=hide(item.kind),
            resource=None if item.resource is None else hide(item.resource),
            message=hide(item.message),
            subject=hide(item.subject),
            path=None if item.path is None else hide(item.path),
        )


def _listed(found: Any) -> Any:
    """The findings that a policy yields as a list; a result that is not iterable is returned as it is."""
    return [] if found is None else list(found) if isinstance(found, Iterable) else found  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


class _Hiding(io.TextIOBase):
    """A stream that gets text without secrets."""

    def __init__(self, stream: Any, hide: Callable[[str], str]) -> None:
        self.stream = stream
        self.hide = hide

    def write(self, text: str, /) -> int:
        self.stream.write(self.hide(text))
        return len(text)

    def flush(self) -> None:
        if not self.stream.closed:  # Python flushes once more when this is collected.
            self.stream.flush()


def _run(name: str, work: Callable[[], Any], hide: Callable[[str], str]) -> Any:
    """Run the code of a policy. Its output goes to standard error, and an exception becomes a `SourceError`."""
    import contextlib

    stream: Any = _Hiding(sys.stderr, hide)
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            return work()
    except PyformationError as error:
        said, origin = error.message, failure(error)[1]
    except (Exception, SystemExit) as error:
        said, origin = failure(error)
    raise SourceError(f"the policy {name!r} failed: {hide(said)}", origin=origin)
