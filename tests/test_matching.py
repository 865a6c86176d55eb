"""Patterns of somebody else: always answered in time, by whatever there is."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyformation import budget, matching
from pyformation.matching import fits, matches

SLOW = "a" * 40 + "!"


@pytest.fixture(params=["re2", "without re2"])
def engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "re2":
        pytest.importorskip("re2")
    monkeypatch.setattr(matching, "_re2", None if request.param == "re2" else False)
    yield request.param
    matching.stop()


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("[a-z]+", "abc", "yes"),
        ("[a-z]+", "abc1", "no"),
        (r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})/(\d{1,2})", "10.0.0.0/16", "yes"),
        (r"(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}", "Passw0rd", "yes"),
        (r"(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}", "password", "no"),
        (r"(a|b)\1", "aa", "yes"),
        ("(?i)[a-z]+", "ABC", "yes"),
        ("[a-z", "abc", "unreadable"),
        (r"\w+", "äpfel", "no"),
        ("a" * 5_000, "a" * 5_000, "yes"),
    ],
)
def test_answers(engines: str, pattern: str, text: str, answer: str) -> None:
    assert matches(pattern, text) == answer


def test_somewhere_in_a_text(engines: str) -> None:
    assert matches("b+", "abc", whole=False) == "yes"
    assert matches("((b+))+$", "a" * 30 + "bbc", whole=False) == "no"


@pytest.mark.parametrize(
    "pattern", ["((a+))+", "(a|aa)+", "(a*)*b", "(a|a)*c", "a*" * 30 + "b", "(a?){40}a{40}", "(?=(a+)+$).*", r"((a+)+)\1!!"]
)  # fmt: skip
def test_patterns_with_many_ways_are_answered_in_time(engines: str, pattern: str) -> None:
    begun = time.monotonic()
    with budget.limited() as left:
        left.seconds = 0.2
        found = matches(pattern, SLOW)
    assert found in ("no", "too slow")
    assert time.monotonic() - begun < 5
    if engines == "re2" and not pattern.startswith(("(?=", r"((a+)+)\1")):
        assert found == "no"


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        (r"^[0-9A-Za-z\.\-_]*(?<!\.)$", "code", "yes"),
        (r"^[0-9A-Za-z\.\-_]*(?<!\.)$", "code.", "no"),
        (r"(?!aws:)[a-z:]+", "aws:a", "no"),
        (r"(?=.*[A-Z])[A-Za-z]+", "Abc", "yes"),
    ],
)
def test_looking_around_needs_no_child(
    monkeypatch: pytest.MonkeyPatch, pattern: str, text: str, answer: str
) -> None:
    monkeypatch.setattr(matching, "_re2", False)
    matching.stop()
    assert matches(pattern, text) == answer
    assert matching._child is None


def test_the_child_is_asked_no_more_when_its_time_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_re2", False)
    with budget.limited() as left:
        left.seconds = 0.3
        for _ in range(50):
            assert matches("((a+))+", SLOW) == "too slow"
        assert left.seconds < 0.3
    assert matches("((a+))+", "aaa") == "yes"  # Another evaluation, with another child.
    matching.stop()


def test_no_warning_and_no_log_of_strange_patterns(engines: str, capfd: pytest.CaptureFixture[str]) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pattern in (
            "[a-z&&[b]]",
            "[[a]",
            r"\p{Foo}",
            "(?i)(?s)a",
            "a(?i)b",
            "[a--b]",
            "(?P<a>x)(?P<a>y)",
        ):
            assert matches(pattern, "b" * 30) in ("yes", "no", "unreadable")
    assert capfd.readouterr() == ("", "")


pieces = st.lists(st.text("ab*", max_size=3), min_size=1, max_size=4)


@given(pieces, st.text("ab*", max_size=10), st.booleans())
def test_pieces_fit_as_a_pattern_would(pieces: list[str], text: str, filled: bool) -> None:
    text = text.join(pieces) if filled else text
    expected = re.fullmatch(".*".join(map(re.escape, pieces)), text) is not None
    assert fits(pieces, text) is expected


texts = st.text("ab1.", max_size=8)
simple = st.recursive(
    st.sampled_from(["a", "b", "1", r"\.", "[ab]", ".", r"\d", "^", "$"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "{2}"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda p: f"(?:{p[0]}|{p[1]})"),
    ),
    max_leaves=6,
)


@given(simple, texts, st.booleans())
def test_all_engines_agree(pattern: str, text: str, whole: bool) -> None:
    pytest.importorskip("re2")
    by: Any = matching
    assert by._by_re2(pattern, text, whole) == by._by_re(pattern, text, whole)


@pytest.mark.skipif(sys.platform == "win32", reason="needs another executable")
def test_without_a_child_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    matching.stop()
    monkeypatch.setattr(matching, "_re2", False)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert matches("((a+))+", SLOW) == "too slow"
