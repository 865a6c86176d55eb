"""The intrinsic functions: one table of what their names do not show, for all who read or write templates.

What a function computes is in `evaluation/functions.py`, and its class in `values.py`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations


class Intrinsic:
    """A function: its `name`, whether YAML is written with its short tag, whether its argument is the list of what its
    class takes, and whether the items of that list are conditions."""

    __slots__ = ("holds_conditions", "is_spread", "is_written_short", "name")

    def __init__(
        self,
        name: str,
        is_written_short: bool = False,
        is_spread: bool = False,
        holds_conditions: bool = False,
    ) -> None:
        self.name = name
        self.is_written_short = is_written_short
        self.is_spread = is_spread
        self.holds_conditions = holds_conditions

    @property
    def tag(self) -> str:
        """The short tag of YAML: ``!GetAtt``."""
        return "!" + self.name.removeprefix("Fn::")


# AWS documents the rule functions, Transform and the functions of AWS::LanguageExtensions in the long form only, so they
# are read in the short form, but not written.
INTRINSICS = {
    function.name: function
    for function in (
        Intrinsic("Ref", True),
        Intrinsic("Condition"),
        Intrinsic("Fn::And", True, holds_conditions=True),
        Intrinsic("Fn::Base64", True),
        Intrinsic("Fn::Cidr", True, is_spread=True),
        Intrinsic("Fn::Contains"),
        Intrinsic("Fn::EachMemberEquals"),
        Intrinsic("Fn::EachMemberIn"),
        Intrinsic("Fn::Equals", True),
        Intrinsic("Fn::FindInMap", True),
        Intrinsic("Fn::ForEach"),
        Intrinsic("Fn::GetAtt", True),
        Intrinsic("Fn::GetAZs", True),
        Intrinsic("Fn::GetStackOutput"),
        Intrinsic("Fn::If", True),
        Intrinsic("Fn::Implies"),
        Intrinsic("Fn::ImportValue", True),
        Intrinsic("Fn::Join", True, is_spread=True),
        Intrinsic("Fn::Length"),
        Intrinsic("Fn::Not", True, holds_conditions=True),
        Intrinsic("Fn::Or", True, holds_conditions=True),
        Intrinsic("Fn::RefAll"),
        Intrinsic("Fn::Select", True, is_spread=True),
        Intrinsic("Fn::Split", True, is_spread=True),
        Intrinsic("Fn::Sub", True),
        Intrinsic("Fn::ToJsonString"),
        Intrinsic("Fn::Transform"),
        Intrinsic("Fn::ValueOf", is_spread=True),
        Intrinsic("Fn::ValueOfAll", is_spread=True),
    )
}
