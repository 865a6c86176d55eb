"""The table of intrinsic functions, and those that other rooms know."""

from __future__ import annotations

import pytest

from pyformation import document, values
from pyformation.evaluation.functions import FUNCTIONS
from pyformation.intrinsics import INTRINSICS


def test_every_class_and_every_function_that_is_evaluated_has_a_row() -> None:
    assert values.FUNCTION_CLASSES.keys() <= INTRINSICS.keys()
    assert FUNCTIONS.keys() <= INTRINSICS.keys()


@pytest.mark.parametrize("name", INTRINSICS)
def test_every_short_tag_is_read(name: str) -> None:
    tag = INTRINSICS[name].tag
    assert document.parse(f"A: {tag} [x, y]\n", name="t").data == {"A": {name: ["x", "y"]}}


@pytest.mark.parametrize("name", INTRINSICS)
def test_short_tags_are_written_where_the_table_says_it(name: str) -> None:
    text = document.to_yaml({"Resources": {"A": {"Type": "T", "Properties": {"P": {name: "x"}}}}})
    assert (f"!{name.removeprefix('Fn::')} x" in text) == INTRINSICS[name].is_written_short
