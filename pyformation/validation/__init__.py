"""What is wrong with a template by itself: `validate`.

cloudformation-validate checks the text, our own checks (`checks`) its meaning, and users' policies its values; what
several of them find is reported once (`overlaps`). docs/validate.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from ..budget import limited, without_collections
from ..errors import EvaluationError, Origin, SourceError, did_you_mean, shortened
from ..evaluation import Given
from ..evaluation.checking import Checked, checked, unknown_parameters
from ..evaluation.expressions import is_function
from ..evaluation.references import named
from ..evaluation.secrets import Secret, is_secret, masking, secret_texts
from ..evaluation.unknowns import parts
from ..finding import Finding, Suppressed
from ..findings.settings import Settings, settings_of
from ..plain import is_list, is_mapping, mapping_or_empty
from ..pointers import place_of, pointer
from ..sources import LoadedTemplate, is_folder, load, load_folder, loaded, refuse_flags
from ..sources.local_files import local_files, replaced
from ..validator import in_background, start
from . import attributes, checks, kinds, requirements, statements, structure
from .diagnostics import NoAnswerError, Said, ask, ask_in_child, asks_for_much, too_slow
from .mistaken import Mistakes
from .overlaps import BY_DATE, without_overlaps, without_repeats

if TYPE_CHECKING:
    from ..policies import Policy

__all__ = ["Summary", "Validation", "validate", "validate_all"]

# The validator may try all combinations of conditions.
_SECONDS, _FEWEST_SECONDS = 7.0, 1.0
Cases = Mapping[str, Mapping[str, Any]]
"""Values of parameters by the name of a case."""

_RANK = {"error": 0, "warning": 1, "info": 2}


@attrs.frozen
class Summary:
    """The number of findings of each severity, and of suppressed ones."""

    errors: int = 0
    warnings: int = 0
    infos: int = 0
    suppressed: int = 0


@attrs.frozen
class Validation:
    """The findings on a template: `findings` in its order, and `suppressed` ones. `rules` has the wording of
    cloudformation-validate for its rules."""

    template: LoadedTemplate
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    rules: Mapping[str, str] = attrs.field(factory=dict[str, str])

    @property
    def summary(self) -> Summary:
        """The numbers."""
        severities = [found.severity for found in self.findings]
        count = severities.count
        return Summary(count("error"), count("warning"), count("info"), len(self.suppressed))

    def is_declared(self, one: Suppressed) -> bool:
        """Whether the element itself declares the suppression."""
        element = one.finding.element
        declared = {} if element is None else self.template.suppressions.get(".".join(element), {})
        return declared.get(one.finding.code) == one.reason


def validate(
    template: object,
    *,
    settings: Settings | Mapping[str, Any] | None = None,
    policies: Iterable[Policy] = (),
    parameters: Mapping[str, Any] | None = None,
    cases: Cases | None = None,
    date: str | None = None,
) -> Validation:
    """Find, offline, what CloudFormation or AWS would refuse in a template, and what is doubtful.

    `template` is a `Template`, a `Stack`, a mapping, or the path of a template file or stack module. `settings` has
    the content of ``[tool.pyformation.findings]``; no file is read for it. `policies` are those of
    `pyformation.policies.load_policy`. The template is looked at with parameters that may have any value, and with the
    values of `parameters`, or of each of several `cases` by name; the others then have their defaults. `date` is the day (``2027-02-01``) that findings on runtimes refer to, by
    default today.

    Raises `MissingExtraError` if cloudformation-validate is not installed, `SourceError` and `DocumentError` for a
    source that cannot be used.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-validate-template.html
    """
    engine = start()
    if not isinstance(settings, Settings):
        settings = settings_of(settings or {}, "settings")
    given = _cases(parameters or {}, cases or {})
    return _validations({None: loaded(template)}, settings, policies, given, engine, date)[None]


def validate_all(
    source: str,
    *,
    settings: Settings | None = None,
    policies: Iterable[Policy] = (),
    strict: bool = False,
    parameters: Mapping[str, Any] | None = None,
    cases: Cases | None = None,
    engine: Callable[[], Any] | None = None,
    date: str | None = None,
    note: Callable[[str], None] = lambda _sentence: None,
    modules: bool | None = None,
) -> dict[str | None, Validation]:
    """The validations of a source: one with the key None, or those of a folder or of a module with several stacks, by
    path or name.

    `modules` runs the stack modules of a folder or leaves them out; `strict` turns the warnings of a stack module
    into errors; `engine` is the result of `validator.start`; `note` is called with sentences on what was not read.
    Raises what `validate` raises.
    """
    engine = engine or start()
    found: dict[str | None, LoadedTemplate]
    if source != "-" and is_folder(source):
        files: Mapping[Any, LoadedTemplate] = load_folder(source, modules=modules, strict=strict)
        found = {path: one for path, one in files.items() if one.data or not one.partial}
        if not found:
            raise SourceError(f"{source!r} has no template")
    else:
        refuse_flags(source, modules)
        several = load(source, strict=strict)
        found = {None: several[0]} if len(several) == 1 else {one.name: one for one in several}
        files = dict(found)
    for one in files.values():
        for sentence in one.partial:
            note(sentence)
    given = _cases(parameters or {}, cases or {})
    return _validations(found, settings or Settings(), policies, given, engine, date)


def _cases(parameters: Mapping[str, Any], cases: Cases) -> Cases:
    """The values by case; what is given for all cases is overridden by a case."""
    if not cases:
        return {"": parameters} if parameters else {}
    return {name: {**parameters, **values} for name, values in cases.items()}


def _validations(
    found: Mapping[str | None, LoadedTemplate],
    settings: Settings,
    policies: Iterable[Policy],
    cases: Cases,
    engine: Callable[[], Any],
    date: str | None,
) -> dict[str | None, Validation]:
    policies = list(policies)
    if len(found) > 1:
        # A file of values may be for several templates.
        everywhere = [set(mapping_or_empty(one.data.get("Parameters"))) for one in found.values()]
        _refuse_unknown(cases, set[str]().union(*everywhere))
    day = None if date is None else _day(date)
    several = len(found) > 1
    done: dict[str | None, Validation] = {}
    lost: list[float] = []
    for key, template in found.items():
        declared = mapping_or_empty(template.data.get("Parameters"))
        own_cases = {
            case: {name: value for name, value in given.items() if not several or name in declared}
            for case, given in cases.items()
        }
        done[key] = _validation(template, settings, policies, own_cases, engine, day, lost)
    return done


@without_collections()
def _validation(
    template: LoadedTemplate,
    settings: Settings,
    policies: Iterable[Policy],
    cases: Cases,
    engine: Callable[[], Any],
    day: str | None,
    lost: list[float],
) -> Validation:
    _must_be_template(template)
    text = _text(template)
    packaged, places = _as_packaged(template)
    sent = attrs.evolve(template, data=packaged, document=None) if places else template
    answer = _asked(engine, _text(sent), sent, lost)
    try:
        with limited():
            looked = checks.look(packaged, text, day)
            values = _values(packaged, cases)
            by_us = [*looked.findings, *_of_shape(template, packaged, values)]
            by_default = partial(_by_default, values, packaged)
            wrong = frozenset(found.element for found in by_us if found.code in ("PF217", "PF713"))
            mistakes = Mistakes(packaged, by_default, looked.undecided, wrong)
            if not mistakes.rewrites:
                by_us += [*requirements.broken(values), *kinds.wrong(packaged, values)]
                by_us += [
                    *attributes.wrong(values),
                    *structure.out_of_place(packaged),
                    *structure.exports(values),
                ]
            ours = without_repeats(by_us)
    except RecursionError:
        raise SourceError(f"{_name(template)} is nested too deeply") from None
    template.origin(["Resources"])  # The lines are found while the answer is made.
    own = [*_of_policies(template, policies, cases)]
    said = _without(places, answer, mistakes)
    return _arranged(template, ours, own, said, settings, day is not None)


def _values(data: dict[str, Any], cases: Cases) -> dict[str | None, Checked]:
    """The values of a template where nothing is known of its parameters, and in each case."""
    found: dict[str | None, Checked] = {None: checked(data, Given(unknown_parameters(data)))}
    for case, given in cases.items():
        found[case] = checked(data, Given(given))
    return found


def _refuse_unknown(cases: Cases, declared: Iterable[str]) -> None:
    for given in cases.values():
        for name in given:
            if name not in declared:
                raise SourceError(f"no template has a parameter {name!r}{did_you_mean(name, declared)}")


def _by_default(values: Mapping[str | None, Checked], data: dict[str, Any]) -> Checked:
    return values.get("") or checked(data, Given())


def _of_shape(
    template: LoadedTemplate, data: dict[str, Any], values: Mapping[str | None, Checked]
) -> Iterator[Finding]:
    yield from structure.malformed(data)
    yield from structure.refused(template, values)
    yield from structure.nested(template)
    yield from statements.unknown_actions(data)


def _as_packaged(template: LoadedTemplate) -> tuple[dict[str, Any], list[str]]:
    """The template with a location in S3 for each local file, as it will be deployed, and the places of these files."""
    found = local_files(template)
    values = {file.place: file.location.in_s3("example", "example.zip") for file in found}
    return replaced(template.data, values), [pointer(file.place) for file in found]


def _without(places: list[str], answer: Callable[[], Said], mistakes: Mistakes) -> Callable[[], Said]:
    """The answer without mistakes, and without findings on the locations of local files, which are invented."""
    below = tuple(f"{place}/" for place in places)

    def left() -> Said:
        said = answer()
        kept = [
            # With such a location, its lines are those of another text.
            (found, None if places else line)
            for found, line in zip(said.findings, said.lines, strict=True)
            if not (found.path or "").startswith(below or ("\0",)) and not mistakes.has(found)
        ]
        return attrs.evolve(
            said, findings=tuple(found for found, _ in kept), lines=tuple(line for _, line in kept)
        )

    return left


def _day(date: str) -> str:
    import datetime

    try:
        return datetime.date.fromisoformat(date).isoformat()
    except ValueError:
        raise SourceError(f"expected a day such as 2027-02-01, found {date!r}") from None


def _asked(
    engine: Callable[[], Any], text: str, template: LoadedTemplate, lost: list[float]
) -> Callable[[], Said]:
    """What the validator says of a template; where it says nothing, that is a finding.

    `lost` has the seconds in vain: after those, the other templates of a folder get fewer.
    """
    name, data = _name(template), template.data
    begun = time.monotonic()
    left = max(_FEWEST_SECONDS, _SECONDS - sum(lost))
    seconds = left * max(1.0, len(text) / 1_000_000)
    if asks_for_much(data):
        found = in_background(lambda: ask_in_child(text, name, data, left))
    else:
        found = in_background(lambda: ask(engine(), text, name, data), seconds)

    def answer() -> Said:
        try:
            return found()
        except (TimeoutError, NoAnswerError) as error:
            # A refusal takes no time.
            lost.append(left if isinstance(error, TimeoutError) else min(left, time.monotonic() - begun))
            why = error if isinstance(error, NoAnswerError) else too_slow(seconds)
            sentence = f"cloudformation-validate gave no answer, so its rules are not checked: {why}"
            return Said((checks.finding("PF718", sentence, ()),), {}, (None,))

    return answer


def _must_be_template(template: LoadedTemplate) -> None:
    data = template.data
    if "Resources" not in data and "Transform" not in data and "Fn::Transform" not in data:
        names = [repr(name) for name in list(data)[:3]]
        listed = ", ".join(names) + (", ..." if len(data) > 3 else "") if names else "nothing"
        raise SourceError(
            f"{_name(template)} is not a template: `Resources` is missing; found {listed}",
            origin=None if template.document is None else Origin(template.document.name, 1),
        )


def _name(template: LoadedTemplate) -> str:
    return template.name if template.document is None else template.document.name


def _text(template: LoadedTemplate) -> str:
    """The text that would be sent: that of a file, or the rendered stack module."""
    if template.document is not None:
        return template.document.text
    from .. import document

    return document.to_yaml(template.data)


def _of_policies(template: LoadedTemplate, policies: Iterable[Policy], cases: Cases) -> Iterable[Finding]:
    said: set[tuple[str, str | None, str]] = set()
    for policy in policies:
        for case, given in (cases or {"": {}}).items():
            where = f" (in the case {case})" if case else ""
            try:
                subject = _subject(template, given)
            except EvaluationError as error:
                sentence = f"the policy {policy.name!r} was not run{where}, as the template has no values: {error.message}"
                yield attrs.evolve(checks.finding("PF712", sentence, ()), origin=error.origin)
                continue
            for found in policy.check_template(subject):
                if (found.code, found.path, found.message) not in said:
                    said.add((found.code, found.path, found.message))
                    yield attrs.evolve(found, message=f"{found.message}{where}")


def _subject(template: LoadedTemplate, given: Mapping[str, Any]) -> Any:
    """The argument of ``check_template``: the values of the template for the defaults of its parameters, as for a
    diff, or for what is given."""
    from ..evaluation import evaluate

    return evaluate(template, given)


def _arranged(
    template: LoadedTemplate,
    ours: list[Finding],
    own: list[Finding],
    answer: Callable[[], Said],
    settings: Settings,
    at_date: bool,
) -> Validation:
    """All findings with their lines and severities, in the order of the template. `at_date` says that a date was
    given, as the validator only knows today."""
    said = answer()
    lines = {id(found): line for found, line in zip(said.findings, said.lines, strict=True)}
    ours, theirs = without_overlaps(ours, said.findings)
    theirs = [*_without_secrets(template, theirs, said.rules)]
    if at_date:
        theirs = [found for found in theirs if found.code not in BY_DATE]
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []
    for found in [*ours, *theirs, *own]:
        severity = settings.severities.get(found.code, found.severity)
        origin = found.origin or _origin(template, found, lines.get(id(found)))
        # After secrets were hidden in it, which the middle of one would not be.
        message = shortened(found.message)
        placed = attrs.evolve(found, message=message, severity=severity, origin=origin)
        reason = settings.reason_to_suppress(placed, template.suppressions)
        if reason is None:
            kept.append(placed)
        else:
            suppressed.append(Suppressed(placed, reason))
    key = _order(template)
    return Validation(
        template,
        tuple(sorted(kept, key=key)),
        tuple(sorted(suppressed, key=lambda one: key(one.finding))),
        said.rules,
    )


def _without_secrets(
    template: LoadedTemplate, findings: Iterable[Finding], rules: Mapping[str, str]
) -> Iterator[Finding]:
    """The findings of the validator without the texts of NoEcho parameters, as it computes and quotes values.

    If a value is made of such a text, only the rule is named; around it, what is made of the text is hidden.
    """
    names = {
        name for name, facts in mapping_or_empty(template.data.get("Parameters")).items() if is_secret(facts)
    }
    if not names:
        yield from findings
        return
    made = _made_of_secrets(template)
    hide = masking([*secret_texts(template.data), *(made or ())])
    for found in findings:
        message = hide(found.message)
        node: Any = template.data
        for step in place_of(found.path) if found.path is not None else ():
            inside: Any = node[step] if is_list(node) and isinstance(step, int) and step < len(node) else None
            node = node.get(str(step)) if is_mapping(node) else inside
        if (
            (made is None or (is_mapping(node) and is_function(node)))
            and found.path is not None
            and not names.isdisjoint(named(node, "reference"))
        ):
            rule = rules.get(found.code, "")
            message = hide(rule) if rule != found.message else "the value of a NoEcho parameter does not fit"
        # It writes out loops, too, and names what they make.
        resource = None if found.resource is None else hide(found.resource)
        path = None if found.path is None else hide(found.path)
        yield attrs.evolve(found, message=message, resource=resource, path=path)


def _made_of_secrets(template: LoadedTemplate) -> list[str] | None:
    """The secret texts in the values of a template, None if it cannot be evaluated."""
    try:
        found = _subject(template, {})
    except EvaluationError:
        return None
    values = [[one.properties, one.attributes] for one in found.resources.values()]
    values += [[one.value, one.export] for one in found.outputs.values()]
    return [part for part in parts([values, *found.conditions.values()]) if isinstance(part, Secret)]


def _origin(template: LoadedTemplate, found: Finding, line: int | None) -> Origin | None:
    # A policy may name a resource only.
    steps = place_of(found.path) if found.path is not None else found.element or ()
    place = template.origin(steps) if steps else None
    if place is not None or template.document is None:
        return place
    return Origin(template.document.name, line or 1)


def _order(template: LoadedTemplate) -> Callable[[Finding], tuple[Any, ...]]:
    """Sorted by element in the order of the template, those on the whole first; within an element, errors first."""
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for number, (part, elements) in enumerate(template.data.items()):
        for place, name in enumerate(mapping_or_empty(elements)):
            places[part, str(name)] = (number, place)

    def key(found: Finding) -> tuple[Any, ...]:
        place = (-1, 0) if found.element is None else places.get(found.element, (len(places), 0))
        line = 0 if found.origin is None else found.origin.line
        return *place, _RANK[found.severity], line, found.code, found.path or ""

    return key
