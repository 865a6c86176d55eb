"""From the registry's schemas to finished entries: every other source and the reviewed tables on top.

Each function adds one kind of fact to all entries. The order matters twice: behavior before SAM, which
inherits it, and attributes before what refers to them.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import catalog_forms
import catalog_sources

from pyformation.catalog import _stability
from pyformation.catalog._types import parse_type
from pyformation.catalog.registry import Converter, Marker, names_in, prune, tags_of
from pyformation.plain import is_mapping

REVIEWED = catalog_sources.HERE.parent / "pyformation" / "catalog" / "reviewed"
GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"

Entries = dict[str, dict[str, Any]]
Row = dict[str, Any]


class BadRow(Exception):
    """A reviewed row that names something that does not exist, or says nothing."""


def rows(table: str) -> list[Row]:
    """A reviewed table; every row says why and where from."""
    found: list[Row] = json.loads((REVIEWED / f"{table}.json").read_text(encoding="utf-8"))["rows"]
    for row in found:
        for key in ("type", "reason", "source"):
            if not row.get(key):
                raise BadRow(f"reviewed/{table}.json: a row without {key}: {row}")
    return found


def entries() -> Entries:
    """Every type's entry, in its final form."""
    schemas = catalog_sources.schemas()
    _corrections(schemas)
    found: Entries = {name: convert(schema) for name, schema in schemas.items()}
    spec = catalog_sources.service_spec()
    labels = catalog_sources.documentation_labels()
    _attributes(found, schemas, spec)
    _references(found, spec)
    _behavior(found)
    _labels(found, labels)
    _reviewed_types(found)
    _names(found, spec)
    _refused(found)
    _item_keys(found)
    _assets(found)
    _sam(found)
    _mirrors(found)
    _moves_with(found, spec)
    _forms(found, spec)
    _takes(found, spec)
    _documentation(found, labels)
    _meanings(found)
    return found


def convert(schema: dict[str, Any]) -> dict[str, Any]:
    """One schema's entry without what nothing uses."""
    entry = Converter(schema).entry()
    prune(entry)
    return entry


# -- corrections ----------------------------------------------------------------------------------


def _corrections(schemas: dict[str, dict[str, Any]]) -> None:
    for row in rows("types"):
        schema = copy.deepcopy(schemas[row["type"]])
        *above, last = row["pointer"].split("/")[1:]
        node: Any = schema
        for step in above:
            node = node.get(step, {})
        if last not in node and above != ["definitions"]:
            raise BadRow(f"reviewed/types.json: {row['type']} has nothing at {row['pointer']}")
        node[last] = row["node"]
        schemas[row["type"]] = schema


# -- attributes and Ref ---------------------------------------------------------------------------


def _attributes(found: Entries, schemas: dict[str, Any], spec: dict[str, Any]) -> None:
    """cfn-lint's two tables, and the attributes of aws-service-spec that are also properties."""
    everything, exceptions = catalog_sources.get_atts()
    for name, entry in found.items():
        converter = Converter(schemas[name])
        attributes = entry["attributes"]
        if name in everything:
            for pointer in converter.leaves():
                converter.add_attribute(attributes, pointer)
        for attribute in exceptions.get(name, ()):
            converter.add_attribute(attributes, [attribute])
        for attribute, facts in spec.get(name, {}).get("attributes", {}).items():
            if attribute not in attributes:
                kind = _spec_type(facts["type"])
                attributes[attribute] = {} if kind == "string" else {"type": kind}
        # A table that says "all properties" means those that AWS gives back.
        for property_name, facts in entry["properties"].items():
            if facts.get("write_only"):
                attributes.pop(property_name, None)
    for name in ("AWS::CloudFormation::Stack", "AWS::ServiceCatalog::CloudFormationProvisionedProduct"):
        found[name]["any_attribute"] = "Outputs."
    found["AWS::CloudFormation::CustomResource"]["any_attribute"] = ""


def _spec_type(node: dict[str, Any]) -> str:
    kind = node["type"]
    if kind in ("string", "integer", "number", "boolean"):
        return str(kind)
    if kind == "array":
        inner = _spec_type(node["element"])
        return f"[{inner}]" if inner in ("string", "integer", "number", "boolean") else "[json]"
    return "string" if kind == "date-time" else "json"


def _references(found: Entries, spec: dict[str, Any]) -> None:
    for name, resource in spec.items():
        ref = resource.get("cfnRefIdentifier")
        if ref and name in found and ref != found[name].get("identifier"):
            found[name]["ref"] = ref


def _mirrors(found: Entries) -> None:
    """An attribute of a writable property's name reads it back; a table has those of other names."""
    named = {(r["type"], r["attribute"]): r["property"] for r in rows("attributes")}
    for name, entry in found.items():
        for attribute, facts in entry["attributes"].items():
            path = named.pop((name, attribute), None) or attribute.replace(".", "/")
            if _is_writable(entry, path.split("/")):
                facts["mirrors"] = f"/Properties/{path}"
            elif path != attribute.replace(".", "/"):
                raise BadRow(f"reviewed/attributes.json: {name} has no property {path}")
    if named:
        raise BadRow(f"reviewed/attributes.json: no such attributes: {sorted(named)}")


def _moves_with(found: Entries, spec: dict[str, Any]) -> None:
    """What can change an attribute: by rule, and by a table, which wins (``*``: any property)."""
    for name, entry in found.items():
        _stability.add(name, entry, spec.get(name, {}).get("arnTemplate"))
    for row in rows("stable"):
        entry = _entry(found, "stable", row)
        moves_with = row.get("moves_with", [])
        for path in moves_with:
            if path != "*":
                _must_have(entry, "stable", row, path)
        for attribute in row["attributes"]:
            facts = entry["attributes"].get(attribute)
            if facts is None or "mirrors" in facts:
                raise BadRow(f"reviewed/stable.json: {row['type']} has no attribute {attribute} of its own")
            if "*" in moves_with:
                facts.pop("moves_with", None)
            else:
                facts["moves_with"] = moves_with
    for entry in found.values():
        if "becomes" in entry:
            # A SAM type has other properties than what it becomes: only what nothing moves is the same.
            target = found[entry["becomes"]]["attributes"]
            for attribute, facts in entry["attributes"].items():
                facts.pop("moves_with", None)
                if target.get(attribute, {}).get("moves_with") == []:
                    facts["moves_with"] = []


def _forms(found: Entries, spec: dict[str, Any]) -> None:
    """What an ARN or a URL is made of: by rule, and by a table, which wins (no form: not known)."""
    for name, entry in found.items():
        form = catalog_forms.form(name, entry, spec.get(name, {}).get("arnTemplate"))
        for attribute in catalog_forms.own_arns(name, entry) if form is not None else ():
            entry["attributes"][attribute]["form"] = form
    for row in rows("forms"):
        entry = _entry(found, "forms", row)
        for path in [*catalog_forms.names(row.get("form", "")), *filter(None, [row.get("unless")])]:
            if path not in entry["properties"] and path not in entry["attributes"]:
                raise BadRow(f"reviewed/forms.json: {row['type']} has no property or attribute {path}")
        for attribute in row["attributes"]:
            facts = entry["attributes"].get(attribute)
            if facts is None:
                raise BadRow(f"reviewed/forms.json: {row['type']} has no attribute {attribute}")
            facts.pop("form", None)
            facts.update({"form": row["form"]} if "form" in row else {})
            facts.update({"form_unless": row["unless"]} if "unless" in row else {})


def _is_writable(entry: dict[str, Any], steps: list[str]) -> bool:
    """Whether a path leads through plain blocks, and items of lists by name, to a property that can be given."""
    properties: dict[str, Any] = entry["properties"]
    path, kind = "/Properties", ""
    for step in steps:
        by, named, _ = step.partition("=")
        if named:
            properties = entry["definitions"].get(kind.strip("[]"), {}) if kind.startswith("[") else {}
            if by not in properties:
                return False
            continue
        path += f"/{step}"
        facts = properties.get(step)
        if facts is None or facts.get("read_only") or "read_only" in entry.get("paths", {}).get(path, {}):
            return False
        kind = facts.get("type", "string")
        properties = entry["definitions"].get(kind, {})
    return True


# -- behavior ------------------------------------------------------------------------------------


def _behavior(found: Entries) -> None:
    """The reviewed rows; none weakens what the schema says."""
    for row in rows("updates"):
        entry = _entry(found, "updates", row)
        marker = Marker(entry)
        condition = _condition(row)
        for path in row["paths"]:
            steps = path.split("/")[2:]
            if not marker.mark(steps, "update", row["update"]):
                raise BadRow(f"reviewed/updates.json: {row['type']} has nothing at {path}")
            marker.mark(steps, "rule", row["id"])
            if condition:
                marker.mark(steps, "condition", condition)
        _decidable(entry, row)


# What `decide` of a row may hold; pyformation/changes/decisions.py and clauses.py read it.
_DECIDE = {"at", "replaced", "in_place", "unclear"}
# What a clause may hold: everything that its reader knows.
_CLAUSE = {"before", "after", "had", "with", "by", "only", "some", "more_than", "change", "numbers", "also"}
_WORDS = {"given", "absent", "set", "empty"}
_TESTS = {"starts", "contains", "longer", "not"}
_CHANGES = {"decreases", "more_than_doubles", "less_than_halves", "major_version", "skips_minor_version"}
_REFUSED = {
    *("type", "property", "code", "on", "alone", "before_replacement", "when", "certainty"),
    *("reason", "source"),
}


def _decidable(entry: dict[str, Any], row: Row) -> None:
    """A row that is exact says how it is decided, in words that its reader knows and of what there is."""
    where = f"reviewed/updates.json: {row.get('id')}"
    decide = row.get("decide")
    if decide is None:
        if row.get("exact") and row["update"] == "Conditionally":
            raise BadRow(f"{where} is exact and has no decide")
        return
    if {*decide} - _DECIDE or not {"replaced", "in_place"} & {*decide}:
        raise BadRow(f"{where} decides by what nobody reads: {sorted({*decide} - _DECIDE)}")
    if "at" in decide:
        _readable(entry, where, [], [decide["at"]])
    _readable(entry, where, [clause for key in _DECIDE - {"at"} for clause in decide.get(key, [])])


def _readable(
    entry: dict[str, Any], where: str, clauses: list[dict[str, Any]], places: Iterable[str] = ()
) -> None:
    """Clauses use words that their reader knows, and look at properties that exist."""
    places = list(places)
    unknown: set[str] = set()
    tests: list[Any] = []
    for clause in clauses:
        unknown |= {*clause} - _CLAUSE
        unknown |= {str(clause["change"])} - _CHANGES if "change" in clause else set()
        if ("by" in clause) != ("only" in clause or "some" in clause):
            unknown.add("by without only or some")
        tests += [clause[key] for key in ("before", "after") if key in clause]
        places += clause.get("also", [])
        for side in ("had", "with"):
            places += clause.get(side, {})
            tests += clause.get(side, {}).values()
    for test in tests:
        inner = test["not"] if is_mapping(test) and "not" in test else test
        unknown |= {inner} - _WORDS if isinstance(inner, str) else set()
        unknown |= {*inner} - _TESTS if is_mapping(inner) else set()
    if unknown:
        raise BadRow(f"{where} decides by what nobody reads: {sorted(unknown)}")
    for place in places:
        if place.startswith("/Properties/") and not _is_writable(entry, place.split("/")[2:]):
            raise BadRow(f"{where} looks at {place}, and there is nothing")


def _item_keys(found: Entries) -> None:
    """The rows on what tells items of a list apart name what exists; they are read as they are."""
    for row in rows("item_keys"):
        entry = _entry(found, "item_keys", row)
        _must_have(entry, "item_keys", row, "/".join([row["property"], *filter(None, [row["key"]])]))


_BUCKET = re.compile("bucket(name|arn)?$", re.IGNORECASE)
_KEY = re.compile("(?<!encryption)(?<!kms)key$", re.IGNORECASE)
_LOCATIONS = ("s3", "url")
# The sections with types that no registry knows.
_WITHOUT_SCHEMA = ("Metadata", "Transform")


def _assets(found: Entries) -> None:
    """The properties that take a local file, by a table; each that looks like a location in S3 has a row."""
    stated: set[tuple[str, str]] = set()
    for row in rows("assets"):
        if row.get("section") in _WITHOUT_SCHEMA:
            continue
        entry = _entry(found, "assets", row)
        path, location = row["property"], row["location"]
        where = f"reviewed/assets.json: {row['type']} {path}"
        places = list(_at(entry, path.split("/")))
        if not places or (row["type"], path) in stated:
            raise BadRow(f"{where} does not exist, or has two rows")
        stated.add((row["type"], path))
        if is_mapping(location):
            for name in (location["bucket"], location["key"]):
                # SAM's schema leaves the shape of some locations open.
                if places[0].get("type") != "any":
                    _must_have(entry, "assets", row, f"{path}/{name}")
        elif location is not None and location not in _LOCATIONS:
            raise BadRow(f"{where} has a location that nobody reads: {location}")
        if location is not None:
            for facts in places:
                facts["local_file"] = True
    missing = sorted({(name, path) for name in found for path in _in_s3(found[name])} - stated)
    if missing:
        raise BadRow(f"reviewed/assets.json: these look like locations in S3 and have no row: {missing}")


def _in_s3(entry: dict[str, Any]) -> Iterator[str]:
    """The paths of nested properties that are a bucket and a key, and require nothing else."""

    def inside(properties: dict[str, Any], path: str, around: frozenset[str]) -> Iterator[str]:
        for name, facts in properties.items():
            for definition in names_in(facts.get("type", "string")):
                if definition in around:
                    continue
                own: dict[str, Any] = entry["definitions"][definition]
                bucket = next((each for each in own if _BUCKET.search(each)), None)
                key = next((each for each in own if _KEY.search(each)), None)
                if bucket is None or key is None:
                    yield from inside(own, f"{path}{name}/", around | {definition})
                elif {each for each, its in own.items() if its.get("required")} <= {bucket, key}:
                    yield f"{path}{name}"

    return inside(entry["properties"], "", frozenset())


def _refused(found: Entries) -> None:
    """The rows on updates that are refused name what exists; the diff reads them as they are."""
    for row in rows("refused_updates"):
        if row["type"] == "AWS::CloudFormation::CustomResource":
            continue  # Its properties are open.
        entry = _entry(found, "refused_updates", row)
        where = f"reviewed/refused_updates.json: {row['type']} {row['property']}"
        unknown = {*row} - _REFUSED
        if row.get("certainty", "may_fail") != "may_fail" or row.get("on", "replacement") != "replacement":
            unknown |= {"certainty", "on"} & {*row}
        if unknown:
            raise BadRow(f"{where} has what nobody reads: {sorted(unknown)}")
        # A step in a list is the place of an item, or the property that names it.
        steps = [step for step in row["property"].split("/") if "=" not in step and not step.isdecimal()]
        _must_have(entry, "refused_updates", row, "/".join(steps))
        clauses = row.get("when", [])
        _readable(entry, where, clauses)
        for clause in clauses:
            names = [clause.get("by"), *clause.get("only", []), *clause.get("some", [])]
            for name in names:
                if name is not None and name not in ("+", "-", "*"):
                    _must_have(entry, "refused_updates", row, "/".join([*steps, name]))


def _condition(row: Row) -> str:
    parts = [f"replaced if {row['replaced_if']}"] if row.get("replaced_if") else []
    parts.extend([f"in place if {row['in_place_if']}"] if row.get("in_place_if") else [])
    parts.extend([f"in practice {row['in_practice']}"] if row.get("in_practice") else [])
    return "; ".join(parts)


def _labels(found: Entries, labels: dict[str, Any]) -> None:
    """Two facts that only the documentation has; its text is not used."""
    for name, page in labels["ResourceTypes"].items():
        if name in found:
            _label(found[name]["properties"], page)
    for key, page in labels["PropertyTypes"].items():
        name, _, definition = key.partition(".")
        if definition in found.get(name, {}).get("definitions", {}):
            _label(found[name]["definitions"][definition], page)


def _label(properties: dict[str, Any], page: dict[str, Any]) -> None:
    for name, described in page.get("Properties", {}).items():
        label = re.search(r"Update requires\**:?\s*(.*)", described.get("MarkdownDocumentation") or "")
        if label is None or name not in properties:
            continue
        if label[1].startswith("Updates are not supported"):
            properties[name]["update_not_supported"] = True
        elif label[1].startswith("[Some interruptions]") and properties[name].get("update") != "Always":
            properties[name]["interrupts"] = True


# -- facts on types -------------------------------------------------------------------------------


def _reviewed_types(found: Entries) -> None:
    for row in rows("stateful"):
        entry = _entry(found, "stateful", row)
        entry["stateful"] = row["stateful"]
        if "on_delete" in row:
            entry["on_delete"] = row["on_delete"]
    stated = {r["type"] for r in rows("stateful")}
    unknown = [t for t in catalog_sources.stateful() if t in found and t not in stated]
    if unknown:
        raise BadRow(f"reviewed/stateful.json: cfn-lint has stateful types without a row: {unknown}")
    for row in rows("protection"):
        entry = _entry(found, "protection", row)
        _must_have(entry, "protection", row, row["property"])
        entry["protection"] = row["property"]
        if "values" in row:
            entry["protection_values"] = row["values"]
        if "where" in row:
            entry["protection_where"] = row["where"]
    for row in rows("snapshots"):
        entry = _entry(found, "snapshots", row)
        entry["snapshot"] = True
        if "default" in row:
            entry["deletion_default"] = row["default"]
            if "unless" in row["default"]:
                _must_have(entry, "snapshots", row, row["default"]["unless"])
    for row in rows("versions"):
        _entry(found, "versions", row)["version"] = True
    for row in rows("uniqueness"):
        entry = _entry(found, "uniqueness", row)
        for path in row["properties"]:
            _must_have(entry, "uniqueness", row, path)
        entry["unique_by"] = row["properties"]
    for row in rows("tags"):
        entry = _entry(found, "tags", row)
        entry.pop("tags", None)
        if row["tags"]:
            _must_have(entry, "tags", row, row["tags"]["property"])
            entry["tags"] = row["tags"]


def _names(found: Entries, spec: dict[str, Any]) -> None:
    """The physical name: a name of the type's own that is the whole identifier or alone makes the ARN, and a table."""
    for name, entry in found.items():
        identifier: list[str] = entry.get("identifier", [])
        candidates = identifier if len(identifier) == 1 else []
        if not any(part.partition("/")[0] in entry["properties"] for part in identifier):
            candidates = _stability.only_in_arn(name, entry, spec.get(name, {}).get("arnTemplate"))
        for candidate in candidates:
            if _is_own_name(name, candidate, entry["properties"].get(candidate)):
                entry["name"] = candidate
    for row in rows("names"):
        entry = _entry(found, "names", row)
        _must_have(entry, "names", row, row["property"])
        entry["name"] = row["property"]


def _is_own_name(type_name: str, identifier: str, facts: dict[str, Any] | None) -> bool:
    if facts is None or facts.get("update") != "Always" or facts.get("type", "string") != "string":
        return False
    stem = re.sub("(Name|Identifier)$", "", identifier)
    if stem == identifier or facts.get("takes"):
        return False
    return type_name.rpartition("::")[2].lower().endswith(stem.lower())


def _entry(found: Entries, table: str, row: Row) -> dict[str, Any]:
    if row["type"] not in found:
        raise BadRow(f"reviewed/{table}.json: there is no type {row['type']}")
    return found[row["type"]]


def _must_have(entry: dict[str, Any], table: str, row: Row, path: str) -> None:
    if not any(True for _ in _at(entry, path.split("/"))):
        raise BadRow(f"reviewed/{table}.json: {row['type']} has no property {path}")


def _at(entry: dict[str, Any], steps: list[str]) -> Iterator[dict[str, Any]]:
    level: list[dict[str, Any]] = [entry["properties"]]
    for number, step in enumerate(steps):
        facts = [properties[step] for properties in level if step in properties]
        if number == len(steps) - 1:
            yield from facts
        level = [entry["definitions"][n] for f in facts for n in names_in(f.get("type", "string"))]


# -- SAM ------------------------------------------------------------------------------------------


def _sam(found: Entries) -> None:
    """SAM types take the facts of what they become; what is not known is Conditionally."""
    table = rows("sam")
    special = {(r["type"], r["property"]): r for r in table if "property" in r}
    targets = {r["type"]: r["becomes"] for r in table if "property" not in r}
    for name in [n for n in found if n.startswith("AWS::Serverless::")]:
        if name not in targets:
            raise BadRow(f"reviewed/sam.json: {name} has no row")
        entry, target_name = found[name], targets[name]
        nothing: dict[str, Any] = {"properties": {}, "attributes": {}, "definitions": {}}
        target = found[target_name] if target_name else nothing
        if target_name:
            entry["becomes"] = target_name
        for key in ("stateful", "on_delete", "snapshot", "any_attribute"):
            if key in target:
                entry[key] = target[key]
        attributes = entry["attributes"]
        for attribute, facts in target["attributes"].items():
            attributes.setdefault(attribute, dict(facts))
        if target.get("identifier"):
            entry["identifier"] = target["identifier"]
        if target.get("ref"):
            entry["ref"] = target["ref"]
        if target.get("name") in entry["properties"]:
            entry["name"] = target["name"]
        for property_name, facts in entry["properties"].items():
            row = special.pop((name, property_name), None)
            same = target["properties"].get(property_name)
            if row is not None:
                update = row["update"]
            elif same is not None:
                update = same.get("update", "Never")
                inside = Marker(target).below(property_name)
                if update == "Never" and inside:
                    update = "Conditionally"
                for key in ("condition", "rule", "interrupts", "update_not_supported"):
                    if key in same:
                        facts[key] = same[key]
            else:
                update = "Conditionally"
            if update != "Never":
                facts["update"] = update
        if "Tags" in entry["properties"]:
            tags = tags_of(entry, "Tags")
            if tags:
                entry["tags"] = tags
    if special:
        raise BadRow(f"reviewed/sam.json: no such properties: {sorted(special)}")


# -- relations and links --------------------------------------------------------------------------


def _takes(found: Entries, spec: dict[str, Any]) -> None:
    """Relations from the schemas (`format`, `relationshipRef`) and from aws-service-spec, checked."""
    for name, resource in spec.items():
        if name not in found:
            continue
        _relations(found[name]["properties"], resource["properties"])
        for definition in resource["types"].values():
            own = found[name]["definitions"].get(definition["name"])
            if own is not None:
                _relations(own, definition["properties"])
    for entry in found.values():
        for properties in (entry["properties"], *entry["definitions"].values()):
            for facts in properties.values():
                if "takes" in facts:
                    real = sorted({t for t in (_real(found, t) for t in facts.pop("takes")) if t})
                    if real:
                        facts["takes"] = real


def _relations(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name, facts in theirs.items():
        if name in ours:
            for relation in facts.get("relationshipRefs", ()):
                text = f"{relation['cloudFormationType']}.{relation['propertyName'].replace('/', '.')}"
                ours[name].setdefault("takes", []).append(text)


def _real(found: Entries, text: str) -> str | None:
    """The relation if the attribute or property exists; a loose ``Id`` or ``Name`` made exact; else None."""
    type_name, _, attribute = text.partition(".")
    entry = found.get(type_name)
    if entry is None:
        return None
    if attribute in entry["attributes"] or attribute in entry["properties"]:
        return text
    reference: list[str] = entry.get("ref") or entry.get("identifier") or []
    if attribute in ("Id", "Name") and len(reference) == 1 and reference[0].endswith(attribute):
        return f"{type_name}.{reference[0].replace('/', '.')}"
    return None


def _documentation(found: Entries, labels: dict[str, Any]) -> None:
    for name, page in labels["ResourceTypes"].items():
        file = (page.get("Documentation") or "").rpartition("/")[2]
        rule = f"aws-resource-{'-'.join(name.lower().split('::')[1:])}.html"
        if name in found and file and file != rule:
            found[name]["documentation"] = GUIDE + file


def _meanings(found: Entries) -> None:
    table: list[Row] = json.loads((REVIEWED / "meanings.json").read_text(encoding="utf-8"))["rows"]
    # What holds for every type comes first, and is overwritten.
    for row in sorted(table, key=lambda row: row["type"] != "*"):
        name = row["property"]
        entries = found.values() if row["type"] == "*" else [found[row["type"]]]
        of_types = [entry for entry in entries if name in entry["properties"]]
        if not of_types:
            raise BadRow(f"reviewed/meanings.json: {row['type']} has no property {name}")
        for entry in of_types:
            entry["properties"][name]["meaning"] = row["meaning"]


def check_types(found: Entries) -> Iterable[str]:
    """Complaints about types that name what does not exist: there must be none."""
    for name, entry in found.items():
        for properties in (entry["properties"], *entry["definitions"].values()):
            for property_name, facts in properties.items():
                for definition in parse_type(facts.get("type", "string")).definitions():
                    if definition not in entry["definitions"]:
                        yield f"{name} {property_name}: {definition}"
