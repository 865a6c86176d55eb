"""The kinds of values that properties take and attributes have, as the stubs name them: for checkers only.

CloudFormation converts scalars, so a reference or an attribute fits where any scalar belongs; what a
program writes itself is checked, also in the branches of an `If`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias, TypeVar

    from ..resource import PropertyType
    from ..values import Asset, Expression, GetAtt, Items, Reference, Scalar
    from ..values import Integer as Integer
    from ..values import Text as Text

    T = TypeVar("T")

    Number: TypeAlias = float | Expression[float] | Reference[Scalar]
    Boolean: TypeAlias = bool | Expression[bool] | Reference[Scalar]
    List: TypeAlias = Items[T] | Expression[Items[T]]
    Map: TypeAlias = Mapping[str, T] | Expression[Mapping[str, T]]
    # A property type, or a mapping with CloudFormation's own names in its place.
    Block: TypeAlias = T | Mapping[str, Any] | Expression[T | Mapping[str, Any]]
    Json: TypeAlias = Mapping[str, Any] | PropertyType | Items[Any] | str | Expression[Any]
    # Beside the location in S3 that CloudFormation wants.
    LocalFile: TypeAlias = Asset | Expression[Asset]
    Extra: TypeAlias = Mapping[str, Any] | None

    TextAttribute: TypeAlias = GetAtt[str]
    IntegerAttribute: TypeAlias = GetAtt[int]
    NumberAttribute: TypeAlias = GetAtt[float]
    BooleanAttribute: TypeAlias = GetAtt[bool]
    AnyAttribute: TypeAlias = GetAtt[Any]
