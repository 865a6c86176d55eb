"""Text to plain data and back: templates as JSON and as YAML with CloudFormation's tags.

Plain data is dict, list, str, int, float, bool and None, with functions in their long form: ``!Ref x``
is ``{"Ref": "x"}``, ``!GetAtt a.b`` is ``{"Fn::GetAtt": ["a", "b"]}``.

>>> document = parse("Bucket: !GetAtt Logs.Arn  # a comment")
>>> document.data
{'Bucket': {'Fn::GetAtt': ['Logs', 'Arn']}}
>>> document.position(["Bucket"])
(1, 1)
>>> print(to_yaml(document.data), end="")
Bucket: !GetAtt Logs.Arn
"""

from __future__ import annotations

from .json_writer import to_json
from .yaml_writer import to_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .reading import DEFAULT, Document, Limits, parse, read

__all__ = ["DEFAULT", "Document", "Limits", "parse", "read", "to_json", "to_yaml"]


def __getattr__(name: str) -> object:
    # A stack that prints itself reads nothing.
    if name in __all__:
        from . import reading

        value = globals()[name] = getattr(reading, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
