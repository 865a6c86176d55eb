"""Every code of a finding: what it is about, how bad it is, and the paragraph that explains it.

1xx data at risk, 2xx what will fail, 3xx renames, 4xx access, 5xx interruptions and notes, 6xx guards, 7xx what is
wrong with a template by itself. A code keeps its meaning for ever; docs/findings.md has a heading for each.
"""

from __future__ import annotations

from typing import Literal

import attrs

from ..errors import CatalogError, did_you_mean

Kind = Literal[
    "data-loss",
    "failure",
    "access",
    "interruption",
    "rename",
    "guard",
    "order",
    "unused",
    "deprecation",
    "other",
]
Severity = Literal["error", "warning", "info"]


@attrs.frozen
class Code:
    """A code: `kind` is the word that ``--fail-on`` takes, `severity` the one without settings."""

    code: str
    kind: Kind
    severity: Severity
    title: str
    text: str

    @property
    def page(self) -> str:
        """Where the documentation has it."""
        return f"docs/findings.md#{self.code.lower()}"


# The hundreds, for the page.
GROUPS = {
    "1": "Data at risk",
    "2": "What will fail",
    "3": "Renames",
    "4": "Access",
    "5": "Interruptions and notes",
    "6": "Guards",
    "7": "The template by itself",
}

_ROWS: tuple[Code, ...] = (
    # -- data at risk
    Code(
        "PF101",
        "data-loss",
        "error",
        "Data is deleted",
        "A resource that stores data is removed or replaced, and no policy keeps the old one: CloudFormation "
        "deletes it with everything in it. After a replacement the new one is empty. DeletionPolicy counts for "
        "a removal, UpdateReplacePolicy for a replacement, and neither for the other; UpdateReplacePolicy is "
        "Delete where none is given, for databases too. Add the policy in an update of its own first, or move "
        "the data.",
    ),
    Code(
        "PF102",
        "data-loss",
        "warning",
        "Data may be deleted",
        "A resource that stores data may be removed or replaced, and no policy would keep the old one. Whether "
        "it happens depends on something that is not known here: a condition over an unknown value, a property "
        "that replaces in some cases only, a value that another resource gives. Find out before you deploy.",
    ),
    Code(
        "PF103",
        "other",
        "warning",
        "Only a snapshot is left",
        "A resource that stores data is, or may be, removed or replaced, and CloudFormation takes a final "
        "snapshot before it deletes the old one. Nothing is lost, but nothing is restored either: after a "
        "replacement the new resource is empty, and the snapshot costs money until somebody deletes it.",
    ),
    Code(
        "PF104",
        "other",
        "info",
        "Kept, outside of the stack",
        "A resource that stores data or has an identity is, or may be, removed or replaced, and its policy keeps "
        "the old one. It stays in the account and costs what it did, but no stack manages it any more; after a "
        "replacement the new one is empty and everything that refers to it uses the new one.",
    ),
    Code(
        "PF105",
        "data-loss",
        "warning",
        "An identity is lost",
        "A resource that stores nothing, but that others know by its address, name or key, is removed or "
        "replaced: an Elastic IP address, a certificate, an API, a role. What is deleted cannot be had again as "
        "it was, and whoever uses it from outside of the stack is cut off.",
    ),
    Code(
        "PF106",
        "data-loss",
        "info",
        "An identity may be lost",
        "As PF105, where it depends on something that is not known here whether the resource is removed or "
        "replaced at all.",
    ),
    Code(
        "PF107",
        "data-loss",
        "warning",
        "The deletion fails unless it is empty",
        "A resource is, or may be, deleted, and AWS refuses that while something is in it: a bucket with objects, "
        "a repository with images. Then the data stays. A removal or a replacement deletes at the end of "
        "the update, which has succeeded by then: the old one is left behind, outside of the stack. If it is empty, "
        "it goes.",
    ),
    Code(
        "PF108",
        "data-loss",
        "warning",
        "The deletion is scheduled",
        "A key is, or may be, deleted. AWS waits some days, in which the deletion can be cancelled; the key is "
        "out of use at once, and after the wait nothing that it encrypted can be read again.",
    ),
    Code(
        "PF109",
        "data-loss",
        "error",
        "The old one is gone before the new one exists",
        "A resource of a type that CloudFormation replaces by deleting first is, or may be, replaced. Its data or "
        "identity is gone before anybody knows whether the new one can be made, and a rollback does not bring "
        "it back.",
    ),
    Code(
        "PF110",
        "data-loss",
        "warning",
        "A copy is deleted, without a snapshot",
        "A read replica or a member of a cluster is, or may be, deleted. The data lives on in its source or its cluster, "
        "as long as that stays; no final snapshot is taken, whatever the policy says.",
    ),
    Code(
        "PF111",
        "data-loss",
        "warning",
        "The policy comes too late",
        "The same update adds a DeletionPolicy and takes the resource out of the stack. CloudFormation goes by "
        "the policy of the template before, so the new one changes nothing. Add the policy in an update of its "
        "own, and take the resource out in the next.",
    ),
    Code(
        "PF112",
        "other",
        "warning",
        "Kept by a policy of this very update",
        "A resource is, or may be, replaced, and the UpdateReplacePolicy that would keep the old one stands in "
        "the template after only. Change sets go by it, but AWS does not promise that. For data that matters, "
        "add the policy in an update of its own.",
    ),
    Code(
        "PF113",
        "other",
        "info",
        "Nobody knows what is deleted",
        "A resource is removed whose type the catalog does not know, or that a function of yours makes. What its "
        "deletion does, and whether it holds data, cannot be told here.",
    ),
    # -- what will fail
    Code(
        "PF201",
        "failure",
        "error",
        "A replacement under the same name",
        "A resource with a name of your own is replaced and keeps the name. CloudFormation makes the new one "
        "first, and the name is taken until the old one is gone: the update fails. Change the name in the same "
        "update, or leave it to CloudFormation. A policy that retains the old one does not help.",
    ),
    Code(
        "PF202",
        "failure",
        "warning",
        "Perhaps a replacement under the same name",
        "As PF201, where it is not known whether the resource is replaced, or whether it has the name: if so, "
        "the update fails.",
    ),
    Code(
        "PF203",
        "failure",
        "warning",
        "What may exist only once exists twice",
        "Two resources have in common what AWS allows only once: the address range of a subnet, the "
        "port of a listener, a detector of an account. The old one is deleted last, whether a resource is "
        "replaced or goes on under another logical ID, so for a while there would be two.",
    ),
    Code(
        "PF204",
        "failure",
        "error",
        "A name that is taken",
        "A new resource, or one with a new name, has the name that another resource of its type has before the "
        "update. Even if that one is removed in the same update, it is deleted last: the new one cannot be made. "
        "To rename a logical ID, use a stack refactor.",
    ),
    Code(
        "PF205",
        "failure",
        "error",
        "Protected against deletion",
        "A resource is removed or replaced while its deletion protection is on. The deletion fails, and the "
        "resource stays behind. What counts is the value before the update: of what is removed or replaced, "
        "the old one is not updated any more. Switch the protection off in an update of its own.",
    ),
    Code(
        "PF206",
        "failure",
        "error",
        "Another type under the same logical ID",
        "CloudFormation does not change the type of a resource: it refuses the change set. Give the new resource "
        "another logical ID.",
    ),
    Code(
        "PF207",
        "failure",
        "error",
        "Another service token",
        "The ServiceToken of a custom resource cannot change, and it does when the function behind it is "
        "replaced. Give the custom resource another logical ID, or keep the function.",
    ),
    Code(
        "PF208",
        "failure",
        "error",
        "An update that is not supported",
        "A property changes that AWS cannot update, and the resource is not replaced either: the update fails.",
    ),
    Code(
        "PF209",
        "failure",
        "error",
        "An export in use is removed",
        "Another template imports an export that the update takes away. CloudFormation refuses that as long as "
        "the other stack uses it. Change the other stack first.",
    ),
    Code(
        "PF210",
        "failure",
        "error",
        "An export in use gets another value",
        "Another template imports an export whose value changes, often because a resource behind it is "
        "replaced. CloudFormation refuses to change the value of an export in use.",
    ),
    Code(
        "PF211",
        "failure",
        "error",
        "The stack policy denies it",
        "The stack policy does not allow what the update does to a resource. Once a stack has a policy, "
        "what it does not allow is denied, and updates that follow from others are checked, too.",
    ),
    Code(
        "PF212",
        "other",
        "info",
        "An export is removed or changes",
        "The update takes an export away, or changes its value. If another stack imports it, the update fails; "
        "give the templates of other stacks to have that looked up.",
    ),
    Code(
        "PF213",
        "failure",
        "warning",
        "An export that may be in use",
        "The name of the export, the name that another template imports, or the value after the update is not "
        "known here. If the names are the same and the value changes, the update fails.",
    ),
    Code(
        "PF214",
        "failure",
        "error",
        "A rule is broken",
        "The template's Rules refuse the parameters: an assertion is false. CloudFormation checks that before "
        "anything else.",
    ),
    Code(
        "PF215",
        "failure",
        "error",
        "A limit of CloudFormation",
        "The template is larger than CloudFormation takes: too many resources, parameters, outputs, mappings, "
        "or bytes.",
    ),
    Code(
        "PF216",
        "failure",
        "error",
        "References in a circle",
        "Resources refer to each other in a circle, so that none can be made first. CloudFormation refuses the "
        "template.",
    ),
    Code(
        "PF217",
        "failure",
        "error",
        "A reference to nothing",
        "A reference leads to something that the template does not declare, or to a resource whose condition is "
        "false. CloudFormation refuses the template.",
    ),
    Code(
        "PF218",
        "failure",
        "warning",
        "A type that is never updated",
        "A resource changes, what changes need not replace it, and AWS declares no way to update its type. The "
        "update may fail, or replace the resource after all.",
    ),
    Code(
        "PF219",
        "failure",
        "warning",
        "An update documented as not supported",
        "AWS's documentation says that updates of the property are not supported, but something else may happen: "
        "the schema says that the resource is replaced, or an item of a list goes and another one comes.",
    ),
    Code(
        "PF220",
        "failure",
        "error",
        "Two exports of one name",
        "Two outputs of the template are exported under the same name. Names of exports are unique in an account "
        "and region: the update fails.",
    ),
    # -- renames
    Code(
        "PF301",
        "rename",
        "warning",
        "A new logical ID, nothing else",
        "A resource is removed and one of the same type and content is added: to CloudFormation that is not a "
        "rename, it makes a new one and deletes the old one. A stack refactor renames without "
        "touching the resource; --refactor-mapping writes what it needs.",
    ),
    Code(
        "PF302",
        "rename",
        "warning",
        "A new logical ID, with edits",
        "A resource is removed and a similar one of the same type is added. If that is meant as a rename, it "
        "takes two steps: a stack refactor to the intermediate template (renamed, otherwise as before), then "
        "this update. --refactor-mapping writes what the first needs.",
    ),
    Code(
        "PF303",
        "rename",
        "error",
        "The rename deletes what is live",
        "Two logical IDs stand for one and the same object: the new one writes it, and then the old one is "
        "deleted, which removes it. At the end it is gone, though the template has it. Use a stack refactor, or "
        "remove first and add in a second update.",
    ),
    # -- access
    Code(
        "PF401",
        "access",
        "warning",
        "A broader permission",
        "A policy allows something that it did not allow before: more actions, more resources, fewer conditions. "
        "What becomes narrower is not reported.",
    ),
    Code(
        "PF402",
        "access",
        "warning",
        "More may assume a role",
        "The trust policy of a role lets somebody in who was not let in before, or under fewer conditions.",
    ),
    Code(
        "PF403",
        "access",
        "warning",
        "A broader resource policy",
        "The policy of a bucket, queue, topic, key or the like gives somebody something that was not given "
        "before.",
    ),
    Code(
        "PF404",
        "access",
        "warning",
        "A broader security group",
        "A rule of a security group lets traffic through that was not let through before: more ports, more "
        "addresses, another group.",
    ),
    Code(
        "PF405",
        "access",
        "error",
        "Access for everybody",
        "A policy names everybody as principal, without a condition that would narrow it.",
    ),
    Code(
        "PF406",
        "access",
        "error",
        "Open to the world",
        "A security-group rule lets in 0.0.0.0/0 or ::/0, every address there is.",
    ),
    Code(
        "PF407",
        "access",
        "error",
        "Public by a setting",
        "A setting opens a resource to everybody: a canned ACL, an address that the internet reaches, a URL that "
        "asks for no signature. Other policies may still narrow it; nothing of the resource itself does.",
    ),
    Code(
        "PF408",
        "access",
        "warning",
        "A setting lets in more",
        "A setting protects less than before: public access is no longer blocked, callers need not say who they "
        "are, what is launched gets a public address. By itself that opens nothing; with a policy or a rule it does.",
    ),
    # -- interruptions and notes
    Code(
        "PF501",
        "interruption",
        "warning",
        "The update may interrupt",
        "The resource is updated in place, but AWS's documentation says that such an update may interrupt it: a "
        "database restarts, an instance stops.",
    ),
    Code(
        "PF502",
        "order",
        "info",
        "Only the order differs",
        "A list has the same items in another order, and the order means nothing to AWS. CloudFormation "
        "compares by place all the same: the resource is updated, or even replaced.",
    ),
    Code(
        "PF503",
        "order",
        "info",
        "Only the order differs, which may matter",
        "A list has the same items in another order. Whether the order means anything is not known here. "
        "CloudFormation compares by place: the resource is updated, or even replaced.",
    ),
    Code(
        "PF504",
        "interruption",
        "warning",
        "Gone while it is replaced",
        "CloudFormation replaces resources of this type by deleting first. Until the new one exists there is none: "
        "no route, no association, no permission.",
    ),
    # -- guards
    Code(
        "PF601",
        "guard",
        "error",
        "A replacement that the stack forbids",
        "The resource was declared with prevent_replacement=True, before or after, and is replaced, or may be.",
    ),
    Code(
        "PF602",
        "guard",
        "error",
        "A deletion that the stack forbids",
        "The resource was declared with prevent_deletion=True before the update, and is removed from the stack, "
        "or may be. The declaration of the template before counts, as the one after no longer has the resource.",
    ),
    # -- the template by itself: `pyformation validate`
    Code(
        "PF701",
        "unused",
        "warning",
        "A parameter that nothing uses",
        "Whoever deploys the stack is asked for a value that changes nothing. Remove the parameter, or use it. Where a "
        "macro works on the template nothing is said, as it may read parameters.",
    ),
    Code(
        "PF702",
        "unused",
        "warning",
        "A condition that nothing uses",
        "No resource, output or other condition has it, and no Fn::If asks for it.",
    ),
    Code(
        "PF703",
        "unused",
        "warning",
        "A mapping that nothing uses",
        "No Fn::FindInMap looks anything up in it. Where the name of a mapping is computed nothing is said.",
    ),
    Code(
        "PF704",
        "failure",
        "warning",
        "A reference that may lead to nothing",
        "A resource or output refers to a resource with a condition, and may be there where that condition does not "
        "hold: then CloudFormation refuses the template. The finding has a case in which it happens. Give both the same "
        "condition, or make the reference in an Fn::If. All combinations of what the conditions compare are tried, and "
        "a parameter with AllowedValues has no other values; a combination that your Rules forbid is not known to be "
        "impossible. What DependsOn names is left to the rules of cloudformation-validate.",
    ),
    Code(
        "PF705",
        "failure",
        "error",
        "A reference that leads to nothing",
        "A resource or output refers to a resource whose condition never holds where the reference is made: the two "
        "conditions exclude each other. CloudFormation refuses the template whenever the reference counts.",
    ),
    Code(
        "PF706",
        "failure",
        "error",
        "A reserved key",
        "A function sets an environment variable that Lambda keeps for itself, such as AWS_REGION. AWS refuses the "
        "function; its code can read the variable without that.",
    ),
    Code(
        "PF707",
        "failure",
        "error",
        "Text that does not match the pattern",
        "The schema of the type has a pattern for the property, and the text does not match it: AWS refuses it when the "
        "resource is made. Only ASCII text that is written out is looked at, and no dynamic references.",
    ),
    Code(
        "PF708",
        "deprecation",
        "warning",
        "A deprecated property",
        "The schema of the type says that the property is deprecated: it still works, and AWS has something else for "
        "it. The page of the type says what; `pyformation explain` has its address.",
    ),
    Code(
        "PF709",
        "deprecation",
        "warning",
        "A deprecated runtime",
        "The runtime of a function gets no more updates, of its security neither. On a later day Lambda refuses new "
        "functions with it, and on another one updates of those that exist.",
    ),
    Code(
        "PF710",
        "failure",
        "error",
        "A runtime that is no longer taken",
        "Lambda refuses new functions with this runtime, and perhaps updates of those that exist. A stack that has such "
        "a function can keep it for a while; a new stack cannot be made.",
    ),
    Code(
        "PF711",
        "other",
        "info",
        "Too large for a call",
        "The template is larger than what CloudFormation takes in the call itself. Tools that put it into an S3 bucket "
        "first can deploy it; `aws cloudformation deploy` wants --s3-bucket.",
    ),
    Code(
        "PF712",
        "failure",
        "error",
        "A policy that was not run",
        "A policy of yours looks at the values of a template, and this one has none: something in it cannot be "
        "evaluated, which the sentence names. Repair that first.",
    ),
)

CODES: dict[str, Code] = {row.code: row for row in _ROWS}


def explain(code: str) -> Code:
    """What a code means. A `CatalogError` for an unknown one names the nearest."""
    found = CODES.get(code.upper())
    if found is None:
        raise CatalogError(f"there is no code {code!r}{did_you_mean(code.upper(), CODES)}")
    return found
