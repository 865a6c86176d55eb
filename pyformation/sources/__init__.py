"""What a user names on a command line, and the templates behind it.

`load` reads every kind of source, `loaded` also takes the objects of a program. The child process of a stack
module imports this package, so that its names are imported when they are first used. docs/diff.md.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .deployed import DeployedStack, Exports, is_scheme
    from .records import EMPTY, LoadedTemplate, is_template, of_document
    from .templates import (
        at_head,
        is_folder,
        load,
        load_folder,
        loaded,
        refuse_flags,
        split_revision,
        split_source,
        template_files,
        template_of_folder,
    )

__all__ = [
    "EMPTY",
    "DeployedStack",
    "Exports",
    "LoadedTemplate",
    "at_head",
    "is_folder",
    "is_scheme",
    "is_template",
    "load",
    "load_folder",
    "loaded",
    "of_document",
    "refuse_flags",
    "split_revision",
    "split_source",
    "template_files",
    "template_of_folder",
]
_OTHERS = {
    "EMPTY": "records",
    "DeployedStack": "deployed",
    "Exports": "deployed",
    "LoadedTemplate": "records",
    "is_scheme": "deployed",
    "is_template": "records",
    "of_document": "records",
}


def __getattr__(name: str) -> object:
    if name in __all__:
        import importlib

        return getattr(importlib.import_module(f".{_OTHERS.get(name, 'templates')}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
