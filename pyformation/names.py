"""From CloudFormation's names to Python's, and from Python's names to logical IDs.

``DBInstanceClass`` is ``db_instance_class``; an attribute called ``api_v2_role`` becomes the
logical ID ``ApiV2Role``. Both rules are promises: changing the first breaks programs, changing the
second replaces resources.
"""

from __future__ import annotations

import re
from functools import cache
from keyword import iskeyword

# Words that the case rule alone would cut in the wrong place.
_WORDS = (
    "OAuth IoT IPv4 IPv6 GiB MiB KiB MiBps DynamoDBv2 DDoS LoRaWAN FSx VCpu GraphQL MySQL MySql "
    "PromQL IdC SaaS QnA ETag WiFi SThree"
).split()
_WORD = "(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")(?![a-z])"
# An acronym in the plural (VPCs, ARNs) is one word.
_PLURAL = r"[A-Z]{2,}s(?=[A-Z]|$)"
_HUMP = r"([^_])([A-Z][a-z]+)"
_EDGE = r"([a-z0-9])([A-Z])"
# Most names are plain humps. In those each capital starts a word of at least two letters.
_HUMPS = {ord(c): f"_{c.lower()}" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_CUT_WORDS = ("_mi_bps", "_my_sql", "_wi_fi")

MAX_LOGICAL_ID = 255


@cache
def snake_case(name: str) -> str:
    """The Python name of a property or attribute: ``MultiAZ`` -> ``multi_az``.

    Python's keywords get a trailing underscore, dots of nested attributes become underscores.
    """
    text = name.translate(_HUMPS)
    words = text.split("_")
    plain = min(map(len, words[1:]), default=0) > 1 and len(words[0]) != 1 and "." not in text
    if plain and not any(word in text for word in _CUT_WORDS):
        text = text.removeprefix("_")
    else:
        text = _snake_case(name)
    return text + "_" if iskeyword(text) else text


def _snake_case(name: str) -> str:
    """The whole rule, for names with acronyms."""
    text = name.replace(".", "_")
    for pattern in (_WORD, _PLURAL):
        text = re.sub(pattern, lambda m: f"_{m[0].lower().capitalize()}_", text)
    text = re.sub(_HUMP, r"\1_\2", text)
    text = re.sub(_EDGE, r"\1_\2", text).lower()
    return re.sub("_+", "_", text).strip("_")


def pascal_case(name: str) -> str:
    """The logical ID (or property name) that a Python name stands for: ``api_role`` -> ``ApiRole``.

    Only the first letter of each word is touched, so ``MyEC2Instance`` stays as it is.
    """
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def item_name(prefix: str, key: object) -> str:
    """The name of one item of a list or dict attribute: ``qs`` and ``"eu-west-1"`` -> ``qs_eu_west_1``."""
    return f"{prefix}_{re.sub('[^A-Za-z0-9]+', '_', str(key))}"


def logical_id_problem(logical_id: str) -> str | None:
    """What is wrong with a logical ID, as the end of a sentence, or None.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
    """
    if not logical_id:
        return "is empty"
    if not (logical_id.isascii() and logical_id.isalnum()):
        return "may hold only the letters A to Z, a to z and digits"
    if len(logical_id) > MAX_LOGICAL_ID:
        return f"is {len(logical_id)} characters long, over the limit of {MAX_LOGICAL_ID}"
    return None


def module_name(type_name: str) -> str:
    """The service module of a type: ``AWS::Lambda::Function`` -> ``lambda_``."""
    name = type_name.split("::")[1].lower()
    return name + "_" if iskeyword(name) else name
