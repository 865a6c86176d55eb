"""From CloudFormation's names to Python's, and from Python's names to logical IDs.

``DBInstanceClass`` is ``db_instance_class``; an attribute called ``api_v2_role`` becomes the
logical ID ``ApiV2Role``. Both rules are promises: changing the first breaks programs, changing the
second replaces resources.
"""

from __future__ import annotations

import re
from functools import cache
from keyword import iskeyword

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Words that the case rule alone would cut in the wrong place.
_WORDS = (
    "OAuth IoT IPv4 IPv6 GiB MiB KiB MiBps DynamoDBv2 DDoS LoRaWAN FSx VCpu GraphQL MySQL MySql "
    "PromQL IdC SaaS QnA ETag WiFi SThree"
).split()

MAX_LOGICAL_ID = 255

STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in "AccountId NotificationARNs NoValue Partition Region StackId StackName URLSuffix".split()
)

# CloudFormation ignores blanks around a name, and before the mark of a literal: ``${ !Name}``.
SUB_NAME = re.compile(r"\$\{(\s*[^!}\s][^}]*)\}")
IN_BRACES = re.compile(r"\$\{([^}]*)\}")


def in_braces(text: str, pattern: re.Pattern[str] = IN_BRACES) -> Iterator[re.Match[str]]:
    """Where a text has ``${...}``.

    Behind the last closing brace nothing is looked for: each ``${`` there would be searched to the end of the text.
    """
    return pattern.finditer(text, 0, text.rfind("}") + 1) if "${" in text else iter(())


def with_braces_replaced(
    text: str, replace: Callable[[re.Match[str]], str], pattern: re.Pattern[str] = IN_BRACES
) -> str:
    """A text with each ``${...}`` replaced."""
    if "${" not in text:
        return text
    end = text.rfind("}") + 1
    return pattern.sub(replace, text[:end]) + text[end:]


def sub_names(text: str) -> list[str]:
    """The names that the text of an Fn::Sub refers to: ``${A} ${B.C} ${!no}`` gives A and B.C."""
    return [match[1].strip() for match in in_braces(text, SUB_NAME)] if "${" in text else []


@cache
def snake_case(name: str) -> str:
    """The Python name of a property or attribute: ``MultiAZ`` -> ``multi_az``.

    Python's keywords get a trailing underscore, dots of nested attributes become underscores.
    """
    text = name
    for word in _WORDS:
        if word in text:
            text = _isolate(text)
            break
    start = 0
    cuts: list[str] = []
    size = len(text)
    for i in range(1, size):
        # A capital starts a word behind a small letter or a digit, and as the last of several capitals
        # before a small letter: DB|Instance. But an acronym in the plural (VPCs, ARNs) is one word.
        if text[i].isupper() and text[i - 1] != "_":
            after = text[i + 1 : i + 2]
            plural = after == "s" and (i + 2 == size or text[i + 2].isupper() or text[i + 2] == "_")
            if not text[i - 1].isupper() or (after.islower() and not plural):
                cuts.append(text[start:i])
                start = i
    cuts.append(text[start:])
    text = "_".join(cuts).lower().replace(".", "_")
    text = text.replace("__", "_").replace("__", "_").strip("_")
    return text + "_" if iskeyword(text) else text


def _isolate(name: str) -> str:
    """Put the words that are written with humps of their own between underscores."""
    pattern = "(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")(?![a-z])"
    return re.sub(pattern, lambda m: f"_{m[0].capitalize()}_", name)


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
