"""The folder that the code of a function or layer stands for: a local folder, zip or file, or inline text."""

from __future__ import annotations

import os
import shutil
import zipfile
from typing import Any

from ..errors import SourceError, nearest
from ..plain import is_mapping
from ..sources.contents import contents
from ..sources.entries import Entry

# The unzipped size of a function with its layers.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST = 250 * 1024 * 1024
_INLINE = "index.py"
# The module that inline code finds beside itself.
CUSTOM_RESOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child", "cfnresponse.py")


def folder_of(what: str, code: Any, beside: str, temporary: str) -> str:
    """The folder with the code, extracted or written below `temporary` if it is not a folder yet.

    `what` names the function or layer in errors, `beside` is where relative paths begin.
    """
    if is_mapping(code):
        if isinstance(code.get("ZipFile"), str):
            return _inline(code["ZipFile"], temporary)
        if "ImageUri" in code:
            raise SourceError(
                f"{what} is a container image; pyformation invoke runs code from a folder or zip file"
            )
        bucket, key = code.get("S3Bucket", code.get("Bucket")), code.get("S3Key", code.get("Key"))
        place = f"s3://{bucket}/{key}" if bucket is not None else "no local folder"
        raise SourceError(f"the code of {what} is in {place}; name the local folder that it is made of")
    if not isinstance(code, str):
        raise SourceError(f"the code of {what} is not known offline")
    if code.startswith("s3://"):
        raise SourceError(f"the code of {what} is in {code}; name the local folder that it is made of")
    path = os.path.normpath(os.path.join(beside, code))
    if os.path.isdir(path):
        return path
    if not os.path.exists(path):
        raise SourceError(f"the code of {what} is in {code!r}, which does not exist{_near(path, code)}")
    if zipfile.is_zipfile(path):
        return _extracted(path, code, temporary)
    target = os.path.join(temporary, "task")
    os.makedirs(target, exist_ok=True)
    shutil.copy(path, target)
    return target


def check_size(what: str, folders: list[str]) -> None:
    """Raise `SourceError` if the code and its layers are larger than Lambda takes."""
    total = 0
    for file in (file for folder in folders for file in files_below(folder)):
        total += file.size
        if total > LARGEST:
            layers = " with its layers" if len(folders) > 1 else ""
            raise SourceError(
                f"the code of {what}{layers} is larger than the {LARGEST // 1_048_576} MB that Lambda takes ({folders[0]})"
            )


def files_below(folder: str) -> list[Entry]:
    """The files in a folder and its subfolders that belong to a package of it."""
    return [entry for entry in contents(folder, strict=False).entries if entry.target is None]


def _inline(text: str, temporary: str) -> str:
    target = os.path.join(temporary, "task")
    os.makedirs(target, exist_ok=True)
    with open(os.path.join(target, _INLINE), "w", encoding="utf-8") as file:
        file.write(text)
    os.symlink(CUSTOM_RESOURCES, os.path.join(target, os.path.basename(CUSTOM_RESOURCES)))
    return target


def _extracted(path: str, code: str, temporary: str) -> str:
    target = os.path.join(temporary, f"zip-{len(os.listdir(temporary))}")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST:
                raise SourceError(
                    f"{code} is larger than the {LARGEST // 1_048_576} MB that Lambda takes, unzipped"
                )
            archive.extractall(target)  # It never writes outside of the target.
            for info in archive.infolist():
                mode = info.external_attr >> 16 & 0o777
                if mode and not info.is_dir():
                    os.chmod(os.path.join(target, info.filename), mode | 0o600)
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise SourceError(f"{code} cannot be unzipped: {error}") from None
    return target


def _near(path: str, code: str) -> str:
    parent, name = os.path.split(path)
    try:
        found = nearest(name, os.listdir(parent))
    except OSError:
        return f" (in {parent})"
    return (
        f"; did you mean {os.path.join(os.path.dirname(code.rstrip('/')), found)!r}?"
        if found
        else f" ({path})"
    )
