"""From a template and what the user asks for to a request for a change set: packages, parameters, capabilities."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import attrs

from .. import catalog, document
from ..assets.images import Images, local_images
from ..assets.packaging import Options, Package, Packager
from ..changes.diff import ParameterMode
from ..changes.records import STACK
from ..errors import DeploymentError, LimitError, SourceError, did_you_mean
from ..evaluation import macros
from ..evaluation.parameters import given_values
from ..evaluation.unknowns import scalar_text
from ..findings import Settings
from ..limits import LIMITS
from ..plain import is_mapping, mapping_or_empty
from ..policies import Policy
from ..sources import LoadedTemplate
from ..sources.local_files import local_files
from .change_sets import Request
from .connection import Connection
from .records import Stack
from .statuses import express_facts

# The regions of a deployment share what is packaged once.
_PACKAGING = threading.Lock()
_IAM = "AWS::IAM::"
_SERVERLESS = "AWS::Serverless"


@attrs.frozen(kw_only=True)
class Wanted:
    """What the user asks for, apart from the template.

    What is None stays as the stack has it. `imports` are identifiers of resources by logical ID; `fail_on`, `policies`
    and `settings` are the rules, as in `pyformation.diff`. ``{region}`` in `bucket` stands for the region.
    """

    stack_name: str
    parameters: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    parameter_mode: ParameterMode = "previous"
    tags: Mapping[str, str] | None = None
    role: str | None = None
    notifications: tuple[str, ...] | None = None
    rollback_alarms: tuple[str, ...] | None = None
    monitoring_minutes: int | None = None
    termination_protection: bool | None = None
    imports: Mapping[str, str] = attrs.field(factory=dict[str, str])
    import_existing: bool = False
    revert_drift: bool = False
    express: bool = False
    disable_rollback: bool = False
    bucket: str | None = None
    prefix: str = ""
    bucket_owner: str | None = None
    image_repository: str | None = None
    packaging: Options = attrs.field(factory=Options)
    fail_on: tuple[str, ...] = ()
    policies: tuple[Policy, ...] = ()
    settings: Settings = attrs.field(factory=Settings)
    assume_unchanged: bool = False
    # What commands must name that are suggested to the user.
    source: str | None = None
    profile: str | None = None
    names_region: bool = False


class Uploads:
    """The packages of a template in a bucket: named first, uploaded when somebody asks for it."""

    def __init__(self, connection: Connection, wanted: Wanted, packager: Packager) -> None:
        self.connection = connection
        self.wanted = wanted
        self.packager = packager
        self.images = Images(wanted.image_repository, wanted.profile)
        self._bucket: Any = None
        self._packages: dict[str, Package] = {}
        # The texts of nested templates by their addresses.
        self.nested: dict[str, bytes] = {}
        self._texts: dict[str, bytes] = {}

    def bucket(self, why: str) -> Any:
        """The bucket, which is opened when it is first needed."""
        if self._bucket is None:
            from ..assets.upload import Bucket

            if self.wanted.bucket is None:
                raise SourceError(f"{why}; give --bucket")
            name = self.wanted.bucket.replace("{region}", self.connection.region)
            self._bucket = Bucket(
                name,
                region=self.connection.region,
                owner=self.wanted.bucket_owner,
                session=self.connection.session,
            )
        return self._bucket

    def refer(self, package: Package) -> Any:
        """The place where a package will be, in the shape that its property takes."""
        written = package.file.written
        bucket = self.bucket(f"the template refers to the local file {written}, which must be in S3")
        key = self._key(package.name)
        self._packages[key] = package
        place = package.file.location.in_s3(
            bucket.name,
            key,
            region=bucket.region,
            partition=bucket.partition,
            suffix=bucket.suffix,
        )
        if package.file.location.template == "nested" and isinstance(place, str):
            self.nested[place] = b"".join(entry.data or b"" for entry in package.entries())
        return place

    def text(self, text: str, ending: str) -> str:
        """The address where a template will be."""
        data = text.encode()
        bucket = self.bucket(
            f"the template has {len(data):,} bytes, and AWS takes {LIMITS['inline bytes']:,} in a call: it must be in S3"
        )
        key = self._key(f"{hashlib.sha256(data).hexdigest()}.{ending}")
        self._texts[key] = data
        return f"https://s3.{bucket.region}.{bucket.suffix}/{bucket.name}/{key}"

    def send(self, tell: Callable[[str], None]) -> None:
        """Upload what is not in the bucket yet."""
        if self._bucket is None:
            return
        with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
            path = os.path.join(folder, "upload")
            for key, package in self._packages.items():
                if not self._bucket.has(key):
                    package.write(path)
                    tell(f"uploading {package.file.name} ({os.path.getsize(path):,} bytes)")
                    self._bucket.put(key, path)
                    os.unlink(path)
            for key, data in self._texts.items():
                if not self._bucket.has(key):
                    with open(path, "wb") as file:
                        file.write(data)
                    tell(f"uploading the template ({len(data):,} bytes)")
                    self._bucket.put(key, path)
        self._packages, self._texts = {}, {}

    def _key(self, name: str) -> str:
        prefix = self.wanted.prefix.strip("/")
        return f"{prefix}/{name}" if prefix else name


def packaged(template: LoadedTemplate, uploads: Uploads) -> LoadedTemplate:
    """The template with the places of its packages, and local container images in their repository."""
    data = template.data
    if local_files(template) or local_images(template):
        uploads.images.check(template)
        with _PACKAGING:
            data = uploads.packager.template(template, uploads.refer, uploads.images)
    return template if data == template.data else _sent(template, data, uploads)


def _sent(template: LoadedTemplate, data: dict[str, Any], uploads: Uploads) -> LoadedTemplate:
    """A template with other data, and with the uploaded templates of its nested stacks."""
    inner: dict[str, LoadedTemplate] = {}
    for file in local_files(template):
        if file.location.template != "nested":
            continue
        place: Any = data
        for step in file.place:
            place = place[step]
        found = template.beside(file.written)
        if found is not None and place in uploads.nested:
            inner[place] = _sent(found, document.parse(uploads.nested[place]).data, uploads)
    return attrs.evolve(template, data=data, assets={}, uploaded=inner)


def request_of(
    template: LoadedTemplate, sent: LoadedTemplate, wanted: Wanted, stack: Stack | None, uploads: Uploads
) -> Request:
    """The request for a change set. `template` is what the user named, `sent` has its packages."""
    text, ending = _text(template, sent)
    size = len(text.encode())
    if size > LIMITS["template bytes"]:
        raise LimitError(
            f"the template has {size:,} bytes; CloudFormation takes at most {LIMITS['template bytes']:,}"
        )
    inline = size <= LIMITS["inline bytes"]
    parameters, previous = _parameters(sent, wanted, stack)
    return Request(
        template=text if inline else uploads.text(text, ending),
        by_url=not inline,
        parameters=parameters,
        previous=previous,
        capabilities=tuple(capabilities(sent)),
        tags=wanted.tags,
        role=wanted.role,
        notifications=wanted.notifications,
        rollback_alarms=wanted.rollback_alarms,
        monitoring_minutes=wanted.monitoring_minutes,
        nested=any(resource.get("Type") == STACK for _, resource in _resources(sent)),
        imports=_imports(sent, wanted),
        import_existing=wanted.import_existing,
        revert_drift=wanted.revert_drift,
        express=wanted.express,
        disable_rollback=wanted.disable_rollback,
    )


def _text(template: LoadedTemplate, sent: LoadedTemplate) -> tuple[str, str]:
    """What is sent: the user's own text where nothing was put into it."""
    if template.document is not None and sent.data == template.document.data:
        return template.document.text, template.format
    if sent.format == "json":
        return document.to_json(sent.data), "json"
    return document.to_yaml(sent.data), "yaml"


def _resources(template: LoadedTemplate) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in mapping_or_empty(template.data.get("Resources")).items():
        if is_mapping(resource):
            yield name, resource


def _parameters(
    template: LoadedTemplate, wanted: Wanted, stack: Stack | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The values to send, and the parameters that keep theirs."""
    declared = mapping_or_empty(template.data.get("Parameters"))
    for name in wanted.parameters:
        if name not in declared:
            raise SourceError(f"the template has no parameter {name!r}{did_you_mean(name, declared)}")
    sent = given_values({name: {} for name in wanted.parameters}, wanted.parameters)
    values = {name: scalar_text(value) for name, value in sent.items() if value is not None}
    previous: tuple[str, ...] = ()
    if stack is not None and wanted.parameter_mode == "previous":
        previous = tuple(name for name in declared if name not in values and name in stack.parameters)
    for name, facts in declared.items():
        if name not in values and name not in previous and "Default" not in mapping_or_empty(facts):
            raise SourceError(
                f"the parameter {name} has no default and no value; give it with -P {name}=...",
                origin=template.origin(("Parameters", name)),
            )
    return values, previous


def _imports(template: LoadedTemplate, wanted: Wanted) -> dict[str, tuple[str, Mapping[str, str]]]:
    """The identifiers of resources to import: ``Bucket=my-bucket``, ``Stage=RestApiId=a,StageName=b``."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    resources = mapping_or_empty(template.data.get("Resources"))
    for name, text in wanted.imports.items():
        if name not in resources:
            raise SourceError(
                f"the template has no resource {name!r} to import{did_you_mean(name, resources)}"
            )
        type_name = str(mapping_or_empty(resources[name]).get("Type"))
        record = catalog.find(type_name)
        keys = [] if record is None else [key.rpartition("/")[2] for key in record.identifier]
        pairs = [part.partition("=") for part in text.split(",")]
        if all(equals and key.isidentifier() for key, equals, _ in pairs):
            identifier = {key: value for key, _, value in pairs}
        elif len(keys) == 1:
            identifier = {keys[0]: text}
        elif len(keys) == len(text.split("|")) > 1:
            identifier = dict(zip(keys, text.split("|"), strict=True))
        else:
            shape = ",".join(f"{key}=..." for key in keys) or "Key=Value"
            raise SourceError(f"expected --import {name}={shape} for {type_name}, found {text!r}")
        for key in identifier:
            if keys and key not in keys:
                raise SourceError(
                    f"{type_name} is identified by {' and '.join(keys)}, not by {key}{did_you_mean(key, keys)}"
                )
        found[name] = (type_name, identifier)
    return found


def capabilities(template: LoadedTemplate) -> dict[str, str]:
    """The capabilities that AWS asks for, each with what needs it; those that another one includes are left out.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    """
    found: dict[str, str] = {}
    _add_capabilities(template, "", found, 0)
    if "CAPABILITY_NAMED_IAM" in found:
        found.pop("CAPABILITY_IAM", None)
    return found


def _add_capabilities(template: LoadedTemplate, prefix: str, found: dict[str, str], depth: int) -> None:
    data = template.data
    if data.get("Transform"):
        where = prefix.removesuffix(".") or "the template"
        found.setdefault("CAPABILITY_AUTO_EXPAND", f"{where} uses {', '.join(macros(data)) or 'a macro'}")
    for name, resource in _resources(template):
        type_name = str(resource.get("Type", ""))
        if type_name.startswith((_IAM, _SERVERLESS)):
            record = catalog.find(type_name)
            named = None if record is None else record.physical_name
            properties = mapping_or_empty(resource.get("Properties"))
            if type_name.startswith(_IAM) and named is not None and named in properties:
                found.setdefault("CAPABILITY_NAMED_IAM", f"{prefix}{name} sets {named}")
            else:
                found.setdefault("CAPABILITY_IAM", f"{prefix}{name} is an {type_name}")
        if type_name == STACK and depth < 20:
            url = mapping_or_empty(resource.get("Properties")).get("TemplateURL")
            inner = template.beside(url) if isinstance(url, str) else None
            if inner is not None:
                _add_capabilities(inner, f"{prefix}{name}.", found, depth + 1)


def refuse_express(wanted: Wanted, types: Mapping[str, str], replaced: Sequence[str]) -> None:
    """Refuse what AWS does not do in express mode, by the table of statuses: `types` are those of the resources that
    change, `replaced` those that are replaced or may be."""
    if not wanted.express:
        return
    for fact in express_facts():
        found = list(replaced) if fact["about"] == "replacement" else []
        patterns = fact.get("types", ())
        found += [
            name for name, type_ in types.items() if any(fnmatchcase(type_, pattern) for pattern in patterns)
        ]
        if found:
            names = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
            raise DeploymentError(
                f"{names}: {fact['words'].rstrip('.')}; deploy without --express", kind="refused"
            )
