"""Packages of the local files that a template refers to, and the template that refers to the packages.

Code becomes a ZIP archive with the packages that it needs, named by a hash of what it holds. A cache remembers that
name by a hash of everything that the archive is made from, so that unchanged code costs neither an installation nor
an archive.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

import attrs

from .. import __version__, catalog
from ..errors import SourceError, did_you_mean
from ..files import write as write_file
from ..plain import is_list, is_mapping, mapping_or_empty
from ..sources import LoadedTemplate
from ..sources.contents import Contents, contents
from ..sources.entries import Entry, digest, is_archive, key_of, key_of_archive, mode, read
from ..sources.local_files import LocalFile, Steps, local_files, replaced
from ..sources.projects import LAYER_FOLDERS, code_folder
from .archives import unzipped_size, write_archive
from .dependencies import Requirements, Target, install, local_paths, normalized, requirements_of, target_of
from .images import Images, local_images

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
UNZIPPED = 250 * 1024 * 1024
ZIPPED = 50 * 1024 * 1024
# Of installed packages: most functions need less, and what is read once is not read three times.
_MEMORY = 128 * 1024 * 1024
# A module of CPython, or a library: of the package beside it, for one architecture.
_COMPILED = re.compile(r"\.so(\.[0-9.]+)?$")
_BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath")


@attrs.frozen
class Options:
    """How code is packaged; `parameters` are values of the template's parameters."""

    exclude: tuple[str, ...] = ()
    without_tests: bool = False
    without_boto3: bool = False
    cache: bool = True
    parameters: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.frozen
class Package:
    """What is uploaded for a local file.

    `name` is the key of the upload without its prefix; `files` and `size` are the number and the size of the files in
    it, `ignored` and `excluded` count the files and folders that ``.gitignore`` and patterns left out; `write` writes it to a path.
    `architecture` is that of the compiled packages that were installed, None where there are none.
    """

    name: str
    file: LocalFile
    files: int
    size: int
    write: Callable[[str], None] = attrs.field(repr=False, eq=False)
    entries: Callable[[], Sequence[Entry]] = attrs.field(repr=False, eq=False)
    ignored: int = 0
    excluded: int = 0
    cached: bool = False
    architecture: str | None = None


class StalePackageError(SourceError):
    """The packages that are installed now are not those that the cache knows: some are not pinned."""


# How a place in a template refers to a package: gives the value for the name and the shape of a location.
Refer = Callable[[Package], Any]


class Packager:
    """Packages the local files of templates; a context manager, as what it installs lies in temporary folders."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._made: dict[Any, Package] = {}
        # The files of the nested templates that are being packaged, outermost first.
        self._around: list[str] = []
        self._stack = ExitStack()
        # How many bytes of installed packages may still be kept in memory.
        self._memory = _MEMORY

    def __enter__(self) -> Packager:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def packages(self, template: LoadedTemplate) -> list[Package]:
        """A package for each local file of a template, except for the templates of nested stacks."""
        found = [
            self._package(template, file) for file in local_files(template) if not file.location.template
        ]
        self._check_layers(template, found)
        return found

    def template(self, template: LoadedTemplate, refer: Refer, images: Images) -> dict[str, Any]:
        """The template with references to its packages, each as `refer` makes it, and to its images; inner templates
        first."""
        values: dict[Steps, Any] = {
            place: images.address(tag) for place, tag in local_images(template).items()
        }
        for package in self.packages(template):
            try:
                values[package.file.place] = refer(package)
            except StalePackageError:
                values[package.file.place] = refer(self._package(template, package.file))
        for file in local_files(template):
            if file.location.template:
                values[file.place] = refer(self._inner(template, file, refer, images))
        return replaced(template.data, values)

    def _inner(self, template: LoadedTemplate, file: LocalFile, refer: Refer, images: Images) -> Package:
        """The template of a nested stack, which refers to packages of its own."""
        _must_be_inside(template, file)
        inner = template.beside(file.written)
        if inner is None:
            raise _missing(template, file)
        if file.path in self._around:
            raise SourceError(
                f"{file.property} is {file.written!r}, which nests itself",
                path=_path(file),
                origin=template.origin(file.place),
            )
        from .. import document

        self._around.append(file.path)
        data = self.template(inner, refer, images)
        self._around.pop()
        if inner.format == "json":
            text, ending = document.to_json(data).encode(), ".json"
        else:
            text, ending = document.to_yaml(data).encode(), ".yaml"
        entry = Entry(os.path.basename(file.written), file.path, len(text), data=text)
        return _single(digest([text]) + ending, file, entry)

    def _package(self, template: LoadedTemplate, file: LocalFile) -> Package:
        path = file.path
        archive = file.location.archive
        _must_be_inside(template, file)
        if not os.path.exists(path):
            raise _missing(template, file)
        if os.path.isfile(path) and (not archive or is_archive(path)):
            entry = contents(path).entries[0]
            ending = os.path.splitext(path)[1]
            if not archive:
                return _single(digest([read(entry)]) + ending, file, entry)
            size = unzipped_size(path)
            _check_size(template, file, size)
            return attrs.evolve(_single(key_of_archive(path) + ending, file, entry), size=size)
        targets, is_layer = self._targets(template, file)
        known = self._made.get((path, file.exclude, targets, is_layer))
        if known is not None:
            return attrs.evolve(known, file=file)
        if os.path.isdir(path) and (is_layer or any(target.startswith("python") for target in targets)):
            for needed in local_paths(path, file.root):
                if not template.may_read(needed):
                    raise SourceError(
                        template.outside(f"{needed!r}, which the packages of {file.written!r} need,"),
                        path=_path(file),
                        origin=template.origin(file.place),
                    )
        try:
            made = self._code(file, targets, is_layer)
        except SourceError as error:
            error.path, error.origin = error.path or _path(file), error.origin or template.origin(file.place)
            raise
        _check_size(template, file, made.size)
        self._made[path, file.exclude, targets, is_layer] = made
        return made

    # -- code

    def _targets(self, template: LoadedTemplate, file: LocalFile) -> tuple[tuple[str, ...], bool]:
        """The runtimes that code runs on, each with its architecture (``python3.13 arm64``), and whether it is a
        layer."""
        record = catalog.find(file.type)
        properties = {} if record is None else record.properties
        is_layer = "CompatibleRuntimes" in properties
        if not is_layer and "Runtime" not in properties:
            return (), False
        one, many = (
            ("CompatibleRuntimes", "CompatibleArchitectures") if is_layer else ("Runtime", "Architectures")
        )
        runtimes = self._values(template, file, one)
        architectures = self._values(template, file, many) or ["x86_64"]
        return tuple(f"{runtime} {architectures[0]}" for runtime in runtimes), is_layer

    def _values(self, template: LoadedTemplate, file: LocalFile, name: str) -> list[str]:
        """The texts of a property, evaluated; those of SAM's globals where a resource has none."""
        kind = file.type.rpartition("::")[2]
        resource: Any = template.data
        for step in file.place[: _depth(file.place)]:
            resource = resource[step]
        node = mapping_or_empty(mapping_or_empty(resource).get("Properties")).get(name)
        if node is None and "Serverless" in file.type:
            node = mapping_or_empty(mapping_or_empty(template.data.get("Globals")).get(kind)).get(name)
        if is_mapping(node) or (is_list(node) and not all(isinstance(item, str) for item in node)):
            from ..evaluation import Given, prepare

            given = Given(self.options.parameters)
            node = prepare(template.data, given, serverless=False).engine.value(node)
        found: list[Any] = node if is_list(node) else [] if node is None else [node]
        for item in found:
            if not isinstance(item, str):
                raise SourceError(
                    f"{name} is not known offline; give the parameter that it depends on with -P",
                    path=f"Resources.{file.name}",
                    origin=template.origin(file.place),
                )
        return found

    def _code(self, file: LocalFile, targets: tuple[str, ...], is_layer: bool) -> Package:
        folder = file.path
        pythons = [target for target in targets if target.startswith("python")]
        needed = (
            requirements_of(folder, file.root) if os.path.isdir(folder) and (pythons or is_layer) else None
        )
        own = self._own_files(file, needed)
        if needed is None:
            if not own.entries:
                left_out = f"; .gitignore leaves out {own.ignored}" if own.ignored else ""
                raise SourceError(f"{file.written!r} has no files to package{left_out}")
            if is_layer and (pythons or not targets) and not _is_laid_out(own):
                own = _below("python", own)
            return _archive(file, own, key_of(own.entries))
        if not pythons:
            raise SourceError(
                f"{needed.files[0]} lists packages, and nothing says for which Python: declare "
                f"{'CompatibleRuntimes' if is_layer else 'Runtime'}"
            )
        for_pythons = [target_of(*target.split(" ")) for target in pythons]
        inputs = digest(self._inputs(own, needed, for_pythons, is_layer))
        cache = os.path.join(cache_folder(), f"{inputs}.json")
        known = _remembered(cache) if self.options.cache else None

        def make() -> Contents:
            made = self._with_packages(own, needed, for_pythons, is_layer)
            if known is not None and key_of(made.entries) != known["key"]:
                os.unlink(cache)
                self._made.clear()
                raise StalePackageError(
                    f"the packages of {file.written!r} are newer than the cached ones, as some are not pinned; run again"
                )
            return made

        if known is not None:
            package = _archive(file, own, known["key"], known, make)
            return attrs.evolve(package, architecture=known["architecture"])
        made = make()
        key = key_of(made.entries)
        is_compiled = any(_COMPILED.search(entry.path) for entry in made.entries)
        architecture = for_pythons[0].architecture if is_compiled else None
        package = _archive(file, made, key)
        if self.options.cache:
            about = {"key": key, "files": package.files, "size": package.size, "architecture": architecture}
            _remember(cache, about)
        return attrs.evolve(package, ignored=own.ignored, excluded=own.excluded, architecture=architecture)

    def _own_files(self, file: LocalFile, needed: Requirements | None) -> Contents:
        """The user's own files; of a project with a ``src`` folder, those in it."""
        found = contents(
            code_folder(file.path),
            (*file.exclude, *self.options.exclude),
            root=file.root,
            without_tests=self.options.without_tests,
        )
        if needed is not None:
            kept = tuple(entry for entry in found.entries if entry.path not in needed.files)
            found = attrs.evolve(found, entries=kept)
        return found

    def _inputs(
        self, own: Contents, needed: Requirements, targets: Sequence[Target], is_layer: bool
    ) -> Iterator[bytes]:
        yield from (__version__.encode(), needed.inputs, f"{self.options.without_boto3} {is_layer}".encode())
        yield from (str(target).encode() for target in targets)
        for entry in own.entries:
            yield from (
                entry.path.encode(),
                f"{mode(entry):o}".encode(),
                hashlib.sha256(read(entry)).digest(),
            )

    def _with_packages(
        self, own: Contents, needed: Requirements, targets: Sequence[Target], is_layer: bool
    ) -> Contents:
        """The user's files with the packages that they need."""
        entries: dict[str, Entry] = {}
        for target in targets:
            folder = _Temporary()
            self._stack.callback(folder.delete)
            installed = os.path.join(folder.path, "packages")
            install(needed, target, installed)
            without = _BOTO3 if self.options.without_boto3 else ()
            found = normalized(installed, without, self._memory)
            if all(entry.data is not None for entry in found.entries):
                self._memory -= sum(entry.size for entry in found.entries)
                folder.begin_to_delete()
            where = ""
            if is_layer:
                # Wheels of two versions of Python cannot lie in one folder.
                where = f"python/lib/{target.runtime}/site-packages" if len(targets) > 1 else "python"
            entries.update((entry.path, entry) for entry in _below(where, found).entries)
        mine = _below("python", own) if is_layer and not _is_laid_out(own) else own
        entries.update((entry.path, entry) for entry in mine.entries)
        return attrs.evolve(own, entries=tuple(sorted(entries.values(), key=lambda entry: entry.path)))

    # -- limits

    def _check_layers(self, template: LoadedTemplate, packages: list[Package]) -> None:
        """A function and its layers have one limit together, and one architecture."""
        sizes = {package.file.name: package.size for package in packages}
        compiled = {package.file.name: package for package in packages if package.architecture is not None}
        for layer in compiled.values():
            several = self._values(template, layer.file, "CompatibleArchitectures")
            if len(several) > 1:
                raise SourceError(
                    f"{layer.file.written!r} has packages that are compiled for {layer.architecture}, and the layer is for "
                    f"{' and '.join(several)}; declare a layer for each",
                    path=_path(layer.file),
                    origin=template.origin(layer.file.place),
                )
        resources = mapping_or_empty(template.data.get("Resources"))
        for package in packages:
            layers = mapping_or_empty(
                mapping_or_empty(resources.get(package.file.name)).get("Properties")
            ).get("Layers")
            used = (
                [str(item["Ref"]) for item in layers if is_mapping(item) and "Ref" in item]
                if is_list(layers)
                else []
            )
            total = package.size + sum(sizes.get(name, 0) for name in used)
            if total > UNZIPPED:
                raise _too_large(template, package.file, total, f" with {', '.join(used)}" if used else "")
            own = (self._values(template, package.file, "Architectures") or ["x86_64"])[0] if used else ""
            for other in (compiled[name] for name in used if name in compiled):
                if other.architecture != own:
                    raise SourceError(
                        f"it runs on {own}, and the layer {other.file.name} has packages that are compiled for "
                        f"{other.architecture}; declare the layer's CompatibleArchitectures",
                        path=_path(package.file),
                        origin=template.origin(package.file.place),
                    )


def _depth(place: Steps) -> int:
    """How many steps lead to the resource: those before Properties."""
    return place.index("Properties") if "Properties" in place else 2


def _path(file: LocalFile) -> str:
    return f"Resources.{file.name}" if file.place[0] == "Resources" else str(file.place[0])


def _must_be_inside(template: LoadedTemplate, file: LocalFile) -> None:
    if not template.may_read(file.path):
        raise SourceError(
            template.outside(f"{file.property}, {file.written!r},"),
            path=_path(file),
            origin=template.origin(file.place),
        )


def _missing(template: LoadedTemplate, file: LocalFile) -> SourceError:
    folder, name = os.path.split(file.path)
    if os.path.exists(file.path):
        what = "is no file"
    else:
        hint = did_you_mean(name, os.listdir(folder)) if os.path.isdir(folder) else ""
        what = f"does not exist{hint or f' (looked for {file.path!r})'}"
    return SourceError(
        f"{file.property} is {file.written!r}, which {what}",
        path=_path(file),
        origin=template.origin(file.place),
    )


def _check_size(template: LoadedTemplate, file: LocalFile, size: int) -> None:
    record = catalog.find(file.type)
    if (
        size > UNZIPPED
        and record is not None
        and {"Runtime", "CompatibleRuntimes"} & record.properties.keys()
    ):
        raise _too_large(template, file, size, "")


def _too_large(template: LoadedTemplate, file: LocalFile, size: int, what: str) -> SourceError:
    return SourceError(
        f"{file.written!r}{what} has {size / 2**20:,.0f} MB unzipped; Lambda takes at most {UNZIPPED // 2**20} MB with "
        "layers: exclude what is not needed, or use a container image",
        path=_path(file),
        origin=template.origin(file.place),
    )


def _is_laid_out(found: Contents) -> bool:
    return any(entry.path.split("/")[0] in LAYER_FOLDERS and "/" in entry.path for entry in found.entries)


def _below(folder: str, found: Contents) -> Contents:
    if not folder:
        return found
    entries = tuple(attrs.evolve(entry, path=f"{folder}/{entry.path}") for entry in found.entries)
    return attrs.evolve(found, entries=entries)


def _single(name: str, file: LocalFile, entry: Entry) -> Package:
    """A file that is uploaded as it is."""

    def write(path: str) -> None:
        write_file(path, read(entry))

    return Package(name, file, 1, entry.size, write, lambda: [entry])


def _archive(
    file: LocalFile,
    found: Contents,
    key: str,
    known: Mapping[str, Any] | None = None,
    make: Callable[[], Contents] | None = None,
) -> Package:
    made: list[Contents] = [] if make is not None else [found]

    def entries() -> Sequence[Entry]:
        if not made and make is not None:
            made.append(make())
        return made[0].entries

    return Package(
        f"{key}.zip",
        file,
        len(found.entries) if known is None else known["files"],
        sum(entry.size for entry in found.entries) if known is None else known["size"],
        lambda path: write_archive(entries(), path),
        entries,
        found.ignored,
        found.excluded,
        known is not None,
    )


class _Temporary:
    """A temporary folder, which can be deleted while the program goes on."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="pyformation-")
        self._thread: threading.Thread | None = None

    def begin_to_delete(self) -> None:
        self._thread = threading.Thread(target=_delete, args=(self.path,))
        self._thread.start()

    def delete(self) -> None:
        """Wait until it is gone."""
        if self._thread is None:
            _delete(self.path)
        else:
            self._thread.join()


def _delete(folder: str) -> None:
    """Delete a folder with all in it. Hundreds of directories take seconds on some disks if they are removed in turn."""
    from concurrent.futures import ThreadPoolExecutor

    levels: dict[int, list[str]] = {}
    files: list[str] = []
    for parent, _, names in os.walk(folder):
        levels.setdefault(parent.count(os.sep), []).append(parent)
        files += [os.path.join(parent, name) for name in names]
    with suppress(OSError), ThreadPoolExecutor(8) as pool:
        list(pool.map(os.unlink, files))
        for level in sorted(levels, reverse=True):
            list(pool.map(os.rmdir, levels[level]))
    shutil.rmtree(folder, ignore_errors=True)  # What is left, if anything.


# ---------------------------------------------------------------------------------------------
# The cache


def cache_folder() -> str:
    """Where the names of packages are remembered: below the user's cache directory."""
    if sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    elif sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", os.path.expanduser("~"))
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "pyformation", "packages")


def _remembered(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        architecture = None if found["architecture"] is None else str(found["architecture"])
        sizes = {"files": int(found["files"]), "size": int(found["size"])}
        return {"key": str(found["key"]), **sizes, "architecture": architecture}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(path: str, about: dict[str, Any]) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_file(path, json.dumps(about).encode())
    except (OSError, SourceError):
        pass  # A cache that cannot be written makes the next time slower, nothing else.
