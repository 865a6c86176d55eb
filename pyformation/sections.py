"""The table of the sections of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations


class Section:
    """A section: its `name`, the word for one of its elements, whether loops are allowed in it, and the largest
    number of elements."""

    __slots__ = ("element", "has_loops", "most", "name")

    def __init__(
        self, name: str, element: str = "", has_loops: bool = False, most: int | None = None
    ) -> None:
        self.name = name
        self.element = element
        self.has_loops = has_loops
        self.most = most


# In the order of AWS's pages, which is that of rendered templates.
SECTIONS = {
    section.name: section
    for section in (
        Section("AWSTemplateFormatVersion"),
        Section("Description"),
        Section("Metadata"),
        Section("Parameters", "parameter", most=200),
        Section("Rules", "rule"),
        Section("Mappings", "mapping", most=200),
        Section("Conditions", "condition", has_loops=True),
        Section("Transform"),
        Section("Globals"),
        Section("Hooks", "hook"),
        Section("Resources", "resource", has_loops=True, most=500),
        Section("Outputs", "output", has_loops=True, most=200),
    )
}
# The sections with named elements, and the word for one element; then the reverse.
ELEMENTS = {section.name: section.element for section in SECTIONS.values() if section.element}
SECTION_OF = {element: name for name, element in ELEMENTS.items()}
LOOPING = tuple(section.name for section in SECTIONS.values() if section.has_loops)
