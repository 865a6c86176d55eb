"""Build `pyformation/catalog/data` from the pinned sources and the reviewed tables.

    python tools/build_catalog.py             write the files
    python tools/build_catalog.py --check     fail if they are not what would be written
    python tools/build_catalog.py --changes   say what a rebuild changes for users, and write nothing

A second run changes no byte. `docs/catalog.md` explains the sources and the format.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import catalog_changes  # noqa: E402
import catalog_overlays  # noqa: E402
import catalog_sources  # noqa: E402

from pyformation.catalog.registry import handler_permissions  # noqa: E402

DATA = ROOT / "pyformation" / "catalog" / "data"
MARK = "by tools/build_catalog.py; do not edit, see docs/catalog.md"


def build() -> dict[str, dict[str, Any]]:
    """Every type's entry."""
    return catalog_overlays.entries()


def files(entries: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The text of every data file by name."""
    schemas = catalog_sources.schemas()
    permissions = {name: handler_permissions(schema) for name, schema in schemas.items()}
    listed = ",\n".join(
        f"{_compact(name)}: {_compact(found)}" for name, found in permissions.items() if found
    )
    services: dict[str, dict[str, dict[str, Any]]] = {}
    for name in sorted(entries):
        services.setdefault(name.split("::")[1].lower(), {})[name] = entries[name]
    texts = {f"{module}.json": _service_text(types) for module, types in services.items()}
    texts["_permissions.json.gz"] = (
        f'{{\n"generated": {_compact(MARK)},\n"permissions": {{\n{listed}\n}}\n}}\n'
    )
    actions = ",\n".join(
        f"{_compact(prefix)}: {_compact(' '.join(names))}"
        for prefix, names in catalog_sources.iam_actions().items()
    )
    texts["_actions.json.gz"] = f'{{\n"generated": {_compact(MARK)},\n"actions": {{\n{actions}\n}}\n}}\n'
    index = ",\n".join(f"{_compact(m)}: {_compact(list(types))}" for m, types in sorted(services.items()))
    texts["_index.json"] = (
        f'{{\n"generated": {_compact(MARK)},\n"modules": {{\n{index}\n}},\n'
        f'"schemas": {_compact(catalog_sources.schema_date())}\n}}\n'
    )
    return texts


def _service_text(types: dict[str, dict[str, Any]]) -> str:
    body = ",\n".join(f"{_compact(name)}: {_entry_text(entry)}" for name, entry in types.items())
    return f'{{\n"generated": {_compact(MARK)},\n"types": {{\n{body}\n}}\n}}\n'


def _entry_text(entry: dict[str, Any]) -> str:
    lines: list[str] = []
    for key in sorted(entry):
        value = entry[key]
        if key == "definitions":
            inner = ",\n".join(f"  {_compact(n)}: {_block(value[n], '   ')}" for n in sorted(value))
            text = f"{{\n{inner}\n }}" if value else ""
        elif key in ("properties", "attributes", "paths"):
            text = _block(value, "  ") if value or key == "properties" else ""
        else:
            text = _compact(value)
        if text:
            lines.append(f" {_compact(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _block(facts: dict[str, Any], indent: str) -> str:
    """A mapping with one entry a line."""
    if not facts:
        return "{}"
    body = ",\n".join(f"{indent}{_compact(name)}: {_compact(facts[name])}" for name in sorted(facts))
    return f"{{\n{body}\n{indent[:-1]}}}"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(path: Path) -> str:
    """The text of a data file."""
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()


def _write(path: Path, text: str) -> None:
    """Write a file. One that few read is compressed; its text decides whether it is up to date, because not every zlib
    compresses alike."""
    raw = text.encode()
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="fail if the files differ from what would be written"
    )
    parser.add_argument("--changes", action="store_true", help="print what a rebuild changes for users")
    parser.add_argument("--data", type=Path, default=DATA, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    data: Path = options.data
    try:
        entries = build()
    except (catalog_sources.MissingSource, catalog_overlays.BadRow) as error:
        print(f"build_catalog: {error}", file=sys.stderr)
        return 1
    wanted = files(entries)
    present = {path.name: read(path) for path in data.iterdir()} if data.is_dir() else {}
    differing = sorted(n for n in {*wanted, *present} if wanted.get(n) != present.get(n))
    if options.check:
        for name in differing:
            print(f"{data / name} is not what tools/build_catalog.py writes", file=sys.stderr)
        return 1 if differing else 0
    for line in catalog_changes.changes(catalog_changes.read(present), entries):
        print(line)
    if options.changes:
        return 0
    data.mkdir(parents=True, exist_ok=True)
    for name in differing:
        if name in wanted:
            _write(data / name, wanted[name])
        else:
            (data / name).unlink()
    print(f"{len(entries)} types in {len(wanted) - 3} files; {len(differing)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
