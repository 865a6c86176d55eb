"""How much CloudFormation takes in one template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

LIMITS: dict[str, int] = {
    "Resources": 500,
    "Parameters": 200,
    "Mappings": 200,
    "Outputs": 200,
    "mapping attributes": 200,
    "description bytes": 1024,
    "template bytes": 1_000_000,
    # What a call of the API takes as TemplateBody; a larger template has to lie in S3.
    "inline bytes": 51_200,
}


def broken(
    data: Mapping[str, Any], sent: Mapping[str, Any] | str | bytes
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The limits that a template breaks: a sentence, and where.

    `data` has its loops written out. `sent` is its text; of a mapping the shortest spelling counts, and so what
    cannot be sent in any.
    """
    for part in ("Resources", "Parameters", "Mappings", "Outputs"):
        count = len(_mapping(data.get(part)))
        if count > LIMITS[part]:
            yield (
                f"the template has {count} {part.lower()}; CloudFormation takes at most {LIMITS[part]}",
                (part,),
            )
    most = LIMITS["mapping attributes"]
    for name, keys in _mapping(data.get("Mappings")).items():
        for columns in (keys, *_mapping(keys).values()):
            count = len(_mapping(columns))
            if count > most:
                yield (
                    f"the mapping {name} has {count} keys; CloudFormation takes at most {most}",
                    ("Mappings", name),
                )
                break
    size, most = len(str(data.get("Description", "")).encode()), LIMITS["description bytes"]
    if size > most:
        yield (
            f"the description has {size} bytes; CloudFormation takes at most {most}",
            ("Description",),
        )
    most = LIMITS["template bytes"]
    at_least = ""
    if not isinstance(sent, (str, bytes)):
        if len(_mapping(data.get("Resources"))) <= 20 and len(repr(data)) <= most // 2:
            return
        import json

        sent, at_least = json.dumps(sent, separators=(",", ":"), ensure_ascii=False), "at least "
    size = size_of(sent)
    if size > most:
        yield f"the template has {at_least}{size:,} bytes; CloudFormation takes at most {most:,}", ()


def size_of(text: str | bytes) -> int:
    """The bytes of a text as it is sent."""
    return len(text if isinstance(text, bytes) or text.isascii() else text.encode())


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]
