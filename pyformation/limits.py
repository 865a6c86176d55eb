"""The limits of CloudFormation for one template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

from .plain import mapping_or_empty
from .sections import SECTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

# Besides those of single sections.
LIMITS: dict[str, int] = {
    "mapping attributes": 200,
    "description bytes": 1024,
    "template bytes": 1_000_000,
    # The maximum for TemplateBody in an API call; a larger template must be in S3.
    "inline bytes": 51_200,
}


def broken(
    data: Mapping[str, Any], sent: Mapping[str, Any] | str | bytes | None
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The limits that a template exceeds: a sentence and the path of each.

    `data` has its loops expanded. `sent` is the text that is sent; for a mapping its shortest JSON is measured,
    and with None the size is not checked.
    """
    for section in SECTIONS.values():
        count = 0 if section.most is None else len(mapping_or_empty(data.get(section.name)))
        if section.most is not None and count > section.most:
            yield (
                f"the template has {count} {section.name.lower()}; CloudFormation takes at most {section.most}",
                (section.name,),
            )
    most = LIMITS["mapping attributes"]
    for name, keys in mapping_or_empty(data.get("Mappings")).items():
        for columns in (keys, *mapping_or_empty(keys).values()):
            count = len(mapping_or_empty(columns))
            if count > most:
                yield (
                    f"the mapping {name} has {count} keys; CloudFormation takes at most {most}",
                    ("Mappings", name),
                )
                break
    size, most = size_of(str(data.get("Description", ""))), LIMITS["description bytes"]
    if size > most:
        yield (
            f"the description has {size} bytes; CloudFormation takes at most {most}",
            ("Description",),
        )
    if sent is None:
        return
    most = LIMITS["template bytes"]
    at_least = ""
    if not isinstance(sent, (str, bytes)):
        if len(mapping_or_empty(data.get("Resources"))) <= 20 and len(repr(data)) <= most // 2:
            return
        import json

        sent, at_least = json.dumps(sent, separators=(",", ":"), ensure_ascii=False), "at least "
    size = size_of(sent)
    if size > most:
        yield f"the template has {at_least}{size:,} bytes; CloudFormation takes at most {most:,}", ()


def size_of(text: str | bytes) -> int:
    """The size of a text in bytes, as UTF-8."""
    return len(text if isinstance(text, bytes) or text.isascii() else text.encode(errors="surrogatepass"))
