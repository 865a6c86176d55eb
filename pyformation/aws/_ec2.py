"""Helpers that stand beside the classes of EC2."""

from __future__ import annotations

from ..errors import shown
from ..values import Base64, Expression, bad_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._kinds import Text


def user_data(script: Text, *, strip_indentation: bool = True) -> Expression[str]:
    """User data in Base64, as an instance or launch template takes it.

    An f-string with references works: ``user_data(f"#!/bin/bash\\necho {bucket}")``. Common indentation is
    taken off, so that the script can be indented with the program.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
    """
    if isinstance(script, str):
        if strip_indentation:
            import textwrap

            script = textwrap.dedent(script).lstrip("\n")
        if not script:
            raise bad_value((None, "user_data"), "expected a script, found an empty text")
    elif not isinstance(script, Expression):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_value((None, "user_data"), f"expected text, found {shown(script)}")
    return Base64(script)
