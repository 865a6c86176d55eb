# at run time: passes
"""The version of a stored parameter is a number; without one it is the latest anyway."""

from pyformation import resolve_ssm

image = resolve_ssm("/images/web", "latest")  # mypy: arg-type; pyright: reportArgumentType
