"""The values of NoEcho parameters: text that only the evaluator opens.

A `Secret` is text to all who look at it, and that text is the mask: whatever writes, joins, cuts or encodes it gets
asterisks. Its real text is compared and hashed, so that a diff sees that it changed. Only the functions that compute
values ask for it, by `opened`, and give back a `Secret` again, by `like`. tests/test_secrets.py lists who may.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..plain import is_mapping, mapping_or_empty, placed

MASK = "****"
# Names a secret in comparisons of names, in this process only.
_KEY = os.urandom(16)


class Secret(str):
    """The value of a NoEcho parameter, or a text that was made of one."""

    __slots__ = ("_text",)

    _text: str

    def __new__(cls, text: str) -> Secret:
        made = super().__new__(cls, MASK)
        made._text = opened(text)
        return made

    def __getnewargs__(self) -> tuple[str]:
        return (self._text,)

    def __eq__(self, other: object) -> bool:
        return self._text == (other._text if isinstance(other, Secret) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"'{MASK}'"

    def __str__(self) -> str:
        return MASK

    @property
    def tag(self) -> str:
        """What tells this secret from others, and nothing about it."""
        import hashlib

        return hashlib.blake2b(
            self._text.encode(errors="surrogatepass"), key=_KEY, digest_size=12
        ).hexdigest()


def opened(text: str) -> str:
    """The real text of a value, for those who compute with it."""
    return text._text if text.__class__ is Secret else text  # pyright: ignore


def like(made: str, *sources: Any) -> str:
    """A text that was made of others: a `Secret` where any of them is."""
    return Secret(made) if any(source.__class__ is Secret for source in sources) else made


def is_secret(facts: Any) -> bool:
    """Whether a parameter is declared NoEcho."""
    return is_mapping(facts) and str(facts.get("NoEcho", False)).lower() == "true"


def secret_texts(data: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> list[str]:
    """The texts that NoEcho parameters of a template have: by default, by what is given, and those allowed."""
    found: list[str] = []
    for name, facts in mapping_or_empty(data.get("Parameters")).items():
        if is_secret(facts):
            for value in (facts.get("Default"), facts.get("AllowedValues"), (given or {}).get(name)):
                found += _texts(value)
    return found


def _texts(value: Any) -> Iterator[str]:
    for _, part in placed(value):
        if isinstance(part, str):
            text = opened(part)
            yield from [text, *(text.split(",") if "," in text else ())]
        elif isinstance(part, (int, float)) and not isinstance(part, bool):
            yield str(part)


# A shorter text is found in many a word that has nothing to do with it.
_SHORT = 4


def masking(texts: Iterable[str]) -> Callable[[str], str]:
    """What hides some texts in a sentence from outside: a policy's or a validator's, who saw the template itself."""
    hidden: set[str] = set()
    for text in texts:
        if text := opened(text).strip():
            escaped = json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]
            hidden |= {text, *escaped, base64.b64encode(text.encode(errors="surrogatepass")).decode()}
    if not hidden:
        return lambda sentence: sentence
    # The longest first, as one may contain another.
    ordered = sorted(hidden, key=lambda text: (-len(text), text))
    long = [text for text in ordered if len(text) >= _SHORT]
    short = [re.escape(text) for text in ordered if len(text) < _SHORT]
    alone = re.compile(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)") if short else None

    def hide(sentence: str) -> str:
        for text in long:
            if text in sentence:
                sentence = sentence.replace(text, MASK)
        return sentence if alone is None else alone.sub(MASK, sentence)

    return hide
