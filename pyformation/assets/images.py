"""Container images: an existing local tag is pushed to a repository of ECR by the tool that has it."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from typing import Any

from .. import catalog
from ..errors import SourceError
from ..plain import branches, elements, is_mapping, mapping_or_empty
from ..sources import LoadedTemplate
from ..sources.local_files import Steps, is_local, with_nested
from .sessions import configured, failures, new_session

_TOOLS = ("docker", "podman", "finch")
_REPOSITORY = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/[a-z0-9._/-]+")


def local_images(template: LoadedTemplate) -> dict[Steps, str]:
    """The images of functions that are local tags (``app:latest``), by their place in the template."""
    found: dict[Steps, str] = {}
    for place, resource in elements(mapping_or_empty(template.data.get("Resources")), ("Resources",)):
        if not is_mapping(resource) or not isinstance(resource.get("Type"), str):
            continue
        record = catalog.find(resource["Type"])
        if record is None or "PackageType" not in record.properties:
            continue
        for steps in (("ImageUri",), ("Code", "ImageUri")):
            value: Any = resource.get("Properties")
            for step in steps:
                value = mapping_or_empty(value).get(step)
            for where, tag in branches(value, (*place, "Properties", *steps)):
                # A tag without a registry: no dot, no port, nothing that AWS computes.
                if is_local(tag) and "." not in tag.split("/")[0]:
                    found[where] = tag
    return found


class Images:
    """The repository that the local images of templates go to, if there is one. Each image is pushed once."""

    def __init__(self, repository: str | None, profile: str | None = None) -> None:
        self.repository = repository
        self.profile = profile
        self._pushed: dict[str, str] = {}

    def check(self, template: LoadedTemplate) -> None:
        """Raise `SourceError` if the images of a template or of its nested stacks cannot be pushed there."""
        if self.repository is not None:
            check_repository(self.repository)
            return
        for one in with_nested(template):
            for place, tag in local_images(one).items():
                raise SourceError(
                    f"ImageUri is the local image {tag!r}; give --image-repository, the repository of ECR to push it to",
                    path=f"Resources.{place[1]}",
                    origin=one.origin(place),
                )

    def address(self, tag: str) -> str:
        """The address of a local image, which is pushed; without a repository, the tag."""
        if self.repository is None:
            return tag
        if tag not in self._pushed:
            self._pushed[tag] = push(tag, self.repository, self.profile)
        return self._pushed[tag]


def check_repository(repository: str) -> tuple[str, str]:
    """The account and the region of a repository of ECR. Raises `SourceError` for another address."""
    named = _REPOSITORY.fullmatch(repository)
    if named is None:
        raise SourceError(
            f"expected a repository of ECR (ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME), found {repository!r}"
        )
    return named[1], named[2]


def push(tag: str, repository: str, profile: str | None = None) -> str:
    """Push a local tag to a repository and return the address of the image, by digest.

    Raises `SourceError` if no tool is there, or none has the image.
    """
    _, region = check_repository(repository)
    tool = next((path for path in map(shutil.which, _TOOLS) if path is not None), None)
    if tool is None:
        raise SourceError(
            f"pushing the image {tag!r} needs {', '.join(_TOOLS[:-1])} or {_TOOLS[-1]} on PATH, and none is there"
        )
    about = _run(tool, ["image", "inspect", "--format", "{{.Id}}", tag], f"there is no local image {tag!r}")
    short = about.strip().removeprefix("sha256:")[:40]
    remote = f"{repository}:{short}"
    registry = repository.partition("/")[0]
    with failures(f"the repository {repository}", "ecr"), configured():
        client = new_session(region, profile).client("ecr")
        token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    _run(
        tool,
        ["login", "--username", user, "--password-stdin", registry],
        f"cannot log in to {registry}",
        password,
    )
    _run(tool, ["tag", tag, remote], f"cannot tag {tag!r} as {remote}")
    said = _run(tool, ["push", remote], f"cannot push {remote}")
    digest = re.search(r"sha256:[0-9a-f]{64}", said)
    return f"{repository}@{digest[0]}" if digest else remote


def _run(tool: str, arguments: list[str], failure: str, given: str | None = None) -> str:
    try:
        result = subprocess.run(
            [tool, *arguments], input=given or "", capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise SourceError(f"cannot run {tool!r}: {error.strerror}") from None
    if result.returncode:
        lines = result.stderr.strip().splitlines()
        raise SourceError(f"{failure}{f': {lines[-1]}' if lines else ''}")
    return result.stdout
