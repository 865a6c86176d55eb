"""The pinned sources that the catalog is built from, read into plain data."""

from __future__ import annotations

import ast
import gzip
import json
from importlib import metadata
from pathlib import Path
from typing import Any

PINNED = {"cfn-lint": "1.58.0", "cfn-lsp-extra": "0.7.5"}
NPM = ("@aws-cdk/aws-service-spec", "0.1.216")
HERE = Path(__file__).parent


class MissingSource(Exception):
    """A pinned dependency that is absent or of another version; the message says how to install it."""


def _package(distribution: str) -> Path:
    wanted = PINNED[distribution]
    how = f"install it with: python -m pip install {distribution}=={wanted}"
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        raise MissingSource(f"{distribution} {wanted} is not installed; {how}") from None
    if found.version != wanted:
        raise MissingSource(
            f"{distribution} is {found.version}, but the catalog is built from {wanted}; {how}"
        )
    return Path(str(found.locate_file("")))


def schemas() -> dict[str, dict[str, Any]]:
    """The registry schema of every type: the union of all regions, us-east-1 first, and SAM."""
    root = _package("cfn-lint") / "cfnlint" / "data" / "schemas"
    providers = root / "providers"
    regions = sorted(p.name for p in providers.glob("*.json"))
    hashes: dict[str, str] = {}
    for name in ("us-east-1.json", *(r for r in regions if r != "sam.json"), "sam.json"):
        for type_name, digest in _json(providers / name).items():
            hashes.setdefault(type_name, digest)
    return {t: _json(root / "resources" / f"{digest}.json") for t, digest in sorted(hashes.items())}


def schema_date() -> str:
    """The day of the registry's schemas."""
    return str(_json(_package("cfn-lint") / "cfnlint" / "data" / "schemas" / "version.json")["schema_date"])[
        :10
    ]


def stateful() -> list[str]:
    """cfn-lint's list of stateful types."""
    path = _package("cfn-lint") / "cfnlint" / "data" / "AdditionalSpecs" / "StatefulResources.json"
    return sorted(_json(path)["ResourceTypes"])


def get_atts() -> tuple[set[str], dict[str, list[str]]]:
    """cfn-lint's tables: types whose properties are all attributes, and attributes that are also properties.

    They are read and not imported, which would import all of cfn-lint.
    """
    path = _package("cfn-lint") / "cfnlint" / "schema" / "_getatts.py"
    tables: dict[str, Any] = {
        node.targets[0].id: node.value
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return set(ast.literal_eval(tables["_all_property_types"])), ast.literal_eval(tables["_exceptions"])


def iam_actions() -> dict[str, list[str]]:
    """The actions of each service prefix, in lower case, as IAM does not look at case."""
    table = _json(_package("cfn-lint") / "cfnlint" / "data" / "AdditionalSpecs" / "Policies.json")
    return {
        prefix: sorted(name.lower() for name in facts["Actions"]) for prefix, facts in sorted(table.items())
    }


def documentation_labels() -> dict[str, Any]:
    """The documentation as cfn-lsp-extra scraped it. Only its links and "Update requires" labels are used."""
    return dict(_json(_package("cfn-lsp-extra") / "cfn_lsp_extra" / "resources" / "context.json"))


def service_spec() -> dict[str, dict[str, Any]]:
    """The resources of aws-service-spec by type; each has its property types under ``types``."""
    name, wanted = NPM
    root = HERE / "node_modules" / Path(name)
    how = "install it with: npm ci --prefix tools"
    if not (root / "db.json.gz").exists():
        raise MissingSource(f"{name} {wanted} is not installed; {how}")
    version = _json(root / "package.json")["version"]
    if version != wanted:
        raise MissingSource(f"{name} is {version}, but the catalog is built from {wanted}; {how}")
    with gzip.open(root / "db.json.gz") as file:
        tables = json.load(file)["schema"]
    definitions = {d["$id"]: d for d in tables["typeDefinition"]["entities"]}
    uses = tables["usesType"]["forward"]
    found: dict[str, dict[str, Any]] = {}
    for resource in tables["resource"]["entities"]:
        ids = [use["$id"] for use in uses.get(resource["$id"], ())]
        resource["types"] = {i: definitions[i] for i in ids if i in definitions}
        found[resource["cloudFormationType"]] = resource
    return found


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
