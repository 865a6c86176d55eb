"""What every resource takes beside its properties, in a sentence each."""

from __future__ import annotations

PAGES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-"
# What every resource takes beside its properties. The keywords are those of `resource.py`.
OPTIONS: dict[str, dict[str, str]] = {
    "condition": {
        "name": "Condition",
        "page": "",
        "text": "the resource exists only where the condition holds; a change of the condition's outcome adds or "
        "removes it",
    },
    "depends_on": {
        "name": "DependsOn",
        "page": "dependson.html",
        "text": "what has to be there before the resource is made, where no reference says so; a change of it "
        "alone changes nothing that is deployed",
    },
    "metadata": {
        "name": "Metadata",
        "page": "metadata.html",
        "text": "data of your own; an update of it is in place, and most types ignore it",
    },
    "creation_policy": {
        "name": "CreationPolicy",
        "page": "creationpolicy.html",
        "text": "how many signals, and for how long, the creation waits for",
    },
    "update_policy": {
        "name": "UpdatePolicy",
        "page": "updatepolicy.html",
        "text": "how certain types are updated; for some properties it decides whether the resource is replaced",
    },
    "deletion_policy": {
        "name": "DeletionPolicy",
        "page": "deletionpolicy.html",
        "text": "what happens to the resource when it leaves the template or the stack is deleted: Delete, Retain, "
        "RetainExceptOnCreate or Snapshot; on replacement UpdateReplacePolicy counts instead",
    },
    "update_replace_policy": {
        "name": "UpdateReplacePolicy",
        "page": "updatereplacepolicy.html",
        "text": "what happens to the old resource when an update replaces it: Delete (the default of every type), "
        "Retain or Snapshot",
    },
    "logical_id": {
        "name": "logical ID",
        "page": "",
        "text": "the name in the template instead of that of the attribute; another one means another resource",
    },
    "prevent_replacement": {
        "name": "prevent_replacement",
        "page": "",
        "text": "never rendered: a diff fails if an update would replace the resource",
    },
    "prevent_deletion": {
        "name": "prevent_deletion",
        "page": "",
        "text": "never rendered: a diff fails if an update would delete the resource",
    },
    "suppress": {
        "name": "suppress",
        "page": "",
        "text": "never rendered: codes of findings about the resource that are not to be reported, each with the reason",
    },
    "inherit_tags": {
        "name": "inherit_tags",
        "page": "",
        "text": "never rendered: False keeps the tags of the stack away from this resource",
    },
    "extra_properties": {
        "name": "extra_properties",
        "page": "",
        "text": "properties that the catalog does not know, by CloudFormation's names, unchecked",
    },
    "extra_attributes": {
        "name": "extra_attributes",
        "page": "",
        "text": "resource attributes that are newer than this package, by CloudFormation's names, unchecked",
    },
}
