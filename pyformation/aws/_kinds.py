"""The kinds of values that properties take and attributes have, as the stubs name them: for checkers only.

CloudFormation converts scalars, so a reference or an attribute fits where any scalar belongs; what a
program writes itself is checked, also in the branches of an `If`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias, TypedDict, TypeVar

    from ..resource import PropertyType
    from ..values import Asset, Expression, GetAtt, Items, Reference, Scalar
    from ..values import Integer as Integer
    from ..values import Text as Text

    T = TypeVar("T")
    K = TypeVar("K")

    class Untyped:
        """The values of a mapping that came from elsewhere: of type Any, as no checker knows anything else here."""

    # The functions that give a whole mapping, in plain data.
    class RefFunction(TypedDict):
        Ref: str

    IfFunction = TypedDict("IfFunction", {"Fn::If": Any})
    MapFunction = TypedDict("MapFunction", {"Fn::FindInMap": Any})
    TransformFunction = TypedDict("TransformFunction", {"Fn::Transform": Any})
    Function: TypeAlias = RefFunction | IfFunction | MapFunction | TransformFunction

    Number: TypeAlias = float | Expression[float] | Reference[Scalar]
    Boolean: TypeAlias = bool | Expression[bool] | Reference[Scalar]
    List: TypeAlias = Items[T] | Expression[Items[T]]
    Map: TypeAlias = Mapping[str, T] | Expression[Mapping[str, T]]
    # A property type, or in its place a mapping with CloudFormation's own names (`K`): a dictionary as written here, a
    # function in plain data, or one that was read from a file.
    Block: TypeAlias = T | K | Function | Mapping[str, Untyped] | Expression[T | Mapping[str, Any]]
    # Not of `Text`: mypy would not find out what a dictionary of several kinds is, beside lists.
    Tags: TypeAlias = Mapping[str, Any]
    Json: TypeAlias = Mapping[str, Any] | PropertyType | Items[Any] | str | Expression[Any]
    # Beside the location in S3 that CloudFormation wants.
    LocalFile: TypeAlias = Asset | Expression[Asset]
    Extra: TypeAlias = Mapping[str, Any] | None

    # How properties read: as they were given. Any stands for the expressions that they may be, and for None, so that a
    # test can use what it knows to be there.
    Str: TypeAlias = str | Any
    Int: TypeAlias = int | Any
    Float: TypeAlias = float | Any
    Bool: TypeAlias = bool | Any
    Read: TypeAlias = T | Any
    ListOf: TypeAlias = list[T] | Any
    MapOf: TypeAlias = dict[str, T] | Any

    TextAttribute: TypeAlias = GetAtt[str]
    IntegerAttribute: TypeAlias = GetAtt[int]
    NumberAttribute: TypeAlias = GetAtt[float]
    BooleanAttribute: TypeAlias = GetAtt[bool]
    AnyAttribute: TypeAlias = GetAtt[Any]
