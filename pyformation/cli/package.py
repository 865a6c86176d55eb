"""``pyformation package SOURCE``."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import click

from ..errors import SourceError
from . import options, say

if TYPE_CHECKING:
    from ..assets import Package, Packager
    from ..assets.upload import Bucket
    from ..sources import LoadedTemplate

_DEFAULT = "build"
_WRITERS = {"yaml": "to_yaml", "json": "to_json"}


@click.command()
@click.argument("source")
@click.option(
    "--output-dir",
    metavar="DIR",
    help=f"Write the template into DIR; without --bucket the packages, too. [default without --bucket: {_DEFAULT}]",
)
@click.option(
    "--bucket", metavar="BUCKET", help="Upload the packages to BUCKET, those that it does not have yet."
)
@click.option("--prefix", metavar="PREFIX", default="", help="Begin the keys of uploads with PREFIX.")
@click.option("--region", metavar="REGION", help="The region of the stack, which BUCKET must be in.")
@click.option(
    "--bucket-owner", metavar="NUMBER", help="The account that BUCKET must belong to; by default yours."
)
@click.option("--profile", metavar="NAME", help="A profile of the AWS configuration.")
@click.option(
    "--image-repository", metavar="URI", help="Push local container images to this repository of ECR."
)
@click.option(
    "-P",
    "assigned",
    metavar="KEY=VALUE",
    multiple=True,
    help="A parameter value, where a runtime depends on it.",
)
@click.option(
    "--exclude", metavar="PATTERN", multiple=True, help="Leave files out, as a line of a .gitignore does."
)
@click.option("--without-tests", is_flag=True, help="Leave out tests, by their usual names.")
@click.option("--without-boto3", is_flag=True, help="Leave out boto3 and botocore, which the runtime has.")
@click.option("--no-cache", is_flag=True, help="Install packages again, also where nothing changed.")
@click.option(
    "--dry-run", is_flag=True, help="List the content of the packages with their sizes; write nothing."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(_WRITERS)),
    help="The format of the template; by default that of SOURCE.",
)
@options.allow_outside
@options.output
def package(
    source: str,
    output_dir: str | None,
    bucket: str | None,
    prefix: str,
    region: str | None,
    bucket_owner: str | None,
    profile: str | None,
    image_repository: str | None,
    dry_run: bool,
    format_: str | None,
    output: str | None,
    **given: Any,
) -> None:
    """Package the local files of SOURCE, and write the template that refers to the packages.

    SOURCE is a stack module (stack.py or stack.py:Name) or a template file. Code becomes a ZIP archive, named by its
    content, with the Python packages that its uv.lock or requirements.txt lists. With --bucket the archives are
    uploaded and the template is printed; without it they are written beside the template, into DIR.
    """
    from .. import sources
    from ..assets import Options, Packager
    from ..assets.images import Images
    from ..programs import write_text
    from ..sources import parameter_files

    if output is not None and output_dir is not None:
        raise click.UsageError("give --output or --output-dir, not both")
    if output is not None and bucket is None and not dry_run:
        raise click.UsageError("--output needs --bucket; without it use --output-dir")
    settings = Options(
        tuple(given["exclude"]),
        given["without_tests"],
        given["without_boto3"],
        not given["no_cache"],
        dict(parameter_files.assignments(given["assigned"])),
    )
    templates = [template.allowing(given["allow_outside"]) for template in sources.load(source)]
    written: _Beside | _InBucket
    with options.ended_by_signals(), Packager(settings) as packager:
        if dry_run:
            for template in templates:
                _list_contents(template, packager)
            return
        folder = output_dir or (None if bucket else _DEFAULT)
        targets = _targets(source, templates, format_, folder, output)
        if folder is not None:
            _make(folder)
        if bucket is None:
            written = _Beside(folder or _DEFAULT)
        else:
            from ..assets.upload import Bucket

            written = _InBucket(Bucket(bucket, region=region, owner=bucket_owner, profile=profile), prefix)
        texts: dict[str, str] = {}
        images = Images(image_repository, profile)
        # What is wrong with the options is said before anything is uploaded; without a bucket, images may stay local.
        for template in templates if bucket or image_repository else ():
            images.check(template)
        for template in templates:
            data = packager.template(template, written.refer, images)
            texts[template.name] = _text(data, format_ or template.format)
    from ..reports.harmless import harmless

    for name, text in texts.items():
        write_text(text, targets[name])
        if folder is not None:
            click.echo(harmless(str(targets[name])))


def _make(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise SourceError(f"cannot create the directory {folder!r}: {error.strerror}") from None


class _Beside:
    """Packages in the folder of the template."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def refer(self, package: Package) -> Any:
        path = os.path.join(self.folder, package.name)
        there = os.path.exists(path)
        if not there:
            package.write(path)
        _tell(package, f"{'already in' if there else 'written to'} {self.folder}")
        return f"./{package.name}"


class _InBucket:
    """Packages in a bucket."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.known: set[str] = set()

    def refer(self, package: Package) -> Any:
        bucket = self.bucket
        key = self.prefix + package.name
        there = key in self.known or bucket.has(key)
        if not there:
            with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
                path = os.path.join(folder, package.name)
                package.write(path)
                size = os.path.getsize(path)
                with _progress(package.file.name, size) as progress:
                    bucket.put(key, path, progress)
        self.known.add(key)
        place = f"s3://{bucket.name}/{key}"
        _tell(package, f"already in {place}" if there else f"uploaded to {place}")
        return package.file.location.in_s3(
            bucket.name,
            key,
            region=bucket.region,
            partition=bucket.partition,
            suffix=bucket.suffix,
        )


@contextlib.contextmanager
def _progress(name: str, size: int) -> Generator[Callable[[int], None]]:
    """A bar in a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():

        def ignore(_sent: int) -> None: ...

        yield ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=size)

        def advance(sent: int) -> None:
            bar.advance(task, sent)

        yield advance


def _tell(package: Package, what: str) -> None:

    line = f"{package.file.name}: {_files(package.files)}, {_size(package.size)}{_left_out(package)}; {what}"
    say(line)


def _left_out(package: Package) -> str:
    return "".join(
        f", {count} {word}"
        for count, word in ((package.ignored, "left out by .gitignore"), (package.excluded, "excluded"))
        if count
    )


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 2**20:,.1f} MB" if count >= 2**20 else f"{count / 2**10:,.1f} KB"


def _list_contents(template: LoadedTemplate, packager: Packager) -> None:
    from ..assets.packaging import UNZIPPED, ZIPPED
    from ..reports.harmless import harmless

    rows: list[tuple[str, str, str, str]] = [("", "files", "unzipped", "zipped")]
    for package in packager.packages(template):
        click.echo(
            harmless(
                f"{package.file.name} {package.file.property}: {package.file.written} -> "
                f"{package.name}{_left_out(package)}"
            )
        )
        for entry in package.entries():
            arrow = "" if entry.target is None else f" -> {entry.target}"
            click.echo(harmless(f"  {_size(entry.size):>12}  {entry.path}{arrow}"))
        with tempfile.TemporaryDirectory(prefix="pyformation-") as folder:
            path = os.path.join(folder, package.name)
            package.write(path)
            zipped = os.path.getsize(path)
        rows.append((package.file.name, f"{package.files:,}", _size(package.size), _size(zipped)))
    rows.append(("Lambda's limits", "", _size(UNZIPPED), _size(ZIPPED)))
    width = max(len(row[0]) for row in rows)
    for name, *cells in rows:
        click.echo(harmless(f"{name:<{width}}" + "".join(f"{cell:>12}" for cell in cells)))
    click.echo(
        "A function and its layers have the limit of 250 MB together; 50 MB is that of a direct upload."
    )


def _text(data: dict[str, Any], format_: str) -> str:
    from .. import document

    written: str = getattr(document, _WRITERS[format_])(data)
    return written


def _targets(
    source: str, templates: list[LoadedTemplate], format_: str | None, folder: str | None, output: str | None
) -> dict[str, str | None]:
    """Where each template is written to, by its name; None is standard output."""
    found: dict[str, str | None]
    if folder is None:
        if len(templates) > 1:
            names = ", ".join(template.name for template in templates)
            raise SourceError(
                f"{source} has several stacks ({names}); name one ({source}:{templates[0].name}) or use --output-dir"
            )
        found = {templates[0].name: output}
    else:
        found = {
            template.name: os.path.join(folder, f"{template.name}.{format_ or template.format}")
            for template in templates
        }
    for template in templates:
        path = found[template.name]
        if path is not None and os.path.exists(path) and os.path.exists(template.file):
            if os.path.samefile(path, template.file):
                raise SourceError(
                    f"{path!r} is the template itself, which would be lost; choose another place"
                )
    return found
