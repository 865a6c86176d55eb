"""Packages of code and other local files that a template refers to: what they hold, their names, their upload.

`Packager` makes the packages of a template; `upload` brings them to S3. Only `upload` and `images` talk to AWS, and
import boto3 when they do. docs/package.md.
"""

from __future__ import annotations

from .packaging import Options, Package, Packager

__all__ = ["Options", "Package", "Packager"]
