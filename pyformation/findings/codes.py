"""The codes of findings: the kind, severity and explanation of each.

1xx data at risk, 2xx failures, 3xx renames, 4xx access, 5xx interruptions and notes, 6xx guards, 7xx problems of a
single template. A code never changes its meaning; docs/findings.md has a heading for each.
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
    "refresh",
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
    """A code: `kind` is the word that ``--fail-on`` takes, `severity` the default one."""

    code: str
    kind: Kind
    severity: Severity
    title: str
    text: str

    @property
    def page(self) -> str:
        """Where it is documented."""
        return f"docs/findings.md#{self.code.lower()}"


# The headings of the page, by the first digit.
GROUPS = {
    "1": "Data at risk",
    "2": "Failures",
    "3": "Renames",
    "4": "Access",
    "5": "Interruptions and notes",
    "6": "Guards",
    "7": "Single templates",
}

_ROWS: tuple[Code, ...] = (
    # -- data at risk
    Code(
        "PF101",
        "data-loss",
        "error",
        "Data is deleted",
        "A resource that stores data is removed or replaced without a policy that retains it. CloudFormation "
        "deletes it with its data; a replacement starts empty, or with the data of the snapshot, backup or source "
        "that it is created from, without later changes. DeletionPolicy applies to removals only, "
        "UpdateReplacePolicy to replacements only. UpdateReplacePolicy defaults to Delete, even for "
        "databases. To keep the data, add the policy in an earlier update, or move the data first.",
    ),
    Code(
        "PF102",
        "data-loss",
        "warning",
        "Data may be deleted",
        "A resource that stores data may be removed or replaced, and no policy would retain it. Whether this "
        "happens depends on something that is not known offline: a condition with an unknown value, a property "
        "that forces a replacement in some cases only, or a value that another resource provides. Find out before "
        "you deploy. It is only information where AWS calls the change conditional, but has always made it in "
        "place.",
    ),
    Code(
        "PF103",
        "other",
        "warning",
        "Only a snapshot remains",
        "A resource that stores data is removed or replaced, or may be, and CloudFormation takes a final "
        "snapshot before it deletes the resource. No data is lost, but nothing is restored either: a "
        "replacement starts empty. The snapshot incurs cost until someone deletes it.",
    ),
    Code(
        "PF104",
        "other",
        "info",
        "Retained outside the stack",
        "A resource that stores data or has an identity is removed or replaced, or may be, and its policy "
        "retains it. The old resource stays in the account and keeps incurring cost, but no stack manages it. "
        "A replacement starts empty, and references in the stack point to the replacement.",
    ),
    Code(
        "PF105",
        "data-loss",
        "warning",
        "An identity is lost",
        "A resource that stores no data, but that others know by its address, name or key, is removed or "
        "replaced: an Elastic IP address, a certificate, an API, a role. The old one cannot be restored, and "
        "references to it from outside the stack break. Retain it, or update those references.",
    ),
    Code(
        "PF106",
        "data-loss",
        "info",
        "An identity may be lost",
        "As PF105, but whether the resource is removed or replaced depends on something that is not known "
        "offline.",
    ),
    Code(
        "PF107",
        "data-loss",
        "warning",
        "Deletion fails unless empty",
        "A resource is deleted, or may be, and AWS refuses to delete it while it has content: a bucket with "
        "objects, a repository with images. CloudFormation deletes at the end of an update, when the update "
        "has already succeeded, so a resource with content is left behind outside the stack with its data. An "
        "empty one is deleted.",
    ),
    Code(
        "PF108",
        "data-loss",
        "warning",
        "Deletion is scheduled",
        "A key is deleted, or may be. It is disabled at once. AWS deletes it after a waiting period, in which "
        "you can still cancel the deletion; after that, nothing that it encrypted can be decrypted.",
    ),
    Code(
        "PF109",
        "data-loss",
        "error",
        "Deleted before the replacement exists",
        "A resource is replaced, or may be, and CloudFormation deletes resources of its type before it "
        "creates the replacement. The data or identity is gone even if creating the replacement fails, and a "
        "rollback does not restore it. Back up the data first.",
    ),
    Code(
        "PF110",
        "data-loss",
        "warning",
        "A copy is deleted without a snapshot",
        "A read replica or a member of a cluster is deleted, or may be. Its source or cluster still has the "
        "data. No final snapshot is taken, regardless of the policy.",
    ),
    Code(
        "PF111",
        "data-loss",
        "warning",
        "DeletionPolicy comes too late",
        "The same update adds a DeletionPolicy and removes the resource. CloudFormation applies the policy of "
        "the template before the update, so the new one has no effect. Add the policy in one update, and "
        "remove the resource in the next.",
    ),
    Code(
        "PF112",
        "other",
        "warning",
        "Retained by a new policy only",
        "A resource is replaced, or may be, and only the template after the update has the "
        "UpdateReplacePolicy that retains the old resource. Change sets show that policy, but AWS does not "
        "document that it applies. To be safe, add the policy in an earlier update.",
    ),
    Code(
        "PF113",
        "other",
        "info",
        "Unknown what is deleted",
        "A resource is removed whose type the catalog does not know, or that your own function manages. What "
        "its deletion does, and whether it stores data, is not known offline. Check its provider.",
    ),
    # -- failures
    Code(
        "PF201",
        "failure",
        "error",
        "Replacement with the same name",
        "A resource with an explicit name is replaced and keeps that name. CloudFormation creates the "
        "replacement before it deletes the old resource, so the name is still taken and the update fails. "
        "Change the name in the same update, or let CloudFormation generate it. Retaining the old resource "
        "does not help.",
    ),
    Code(
        "PF202",
        "failure",
        "warning",
        "Replacement may have the same name",
        "As PF201, but whether the resource is replaced, or whether it has that name, is not known offline. "
        "If both are true, the update fails.",
    ),
    Code(
        "PF203",
        "failure",
        "warning",
        "Two resources where AWS allows one",
        "AWS allows only one resource with certain values: one subnet for an address range, one listener for a "
        "port, one load balancer for a target group, one detector for an account and region. CloudFormation "
        "deletes old resources last, so a replacement, a new logical ID or a resource of another type means two "
        "at the same time, and the update may fail. Where AWS takes both, the last one to be updated wins. Remove "
        "the old resource in an earlier update, or change the value. Where the old resource gives the place up "
        "first, it is only information: the place is empty for a moment.",
    ),
    Code(
        "PF204",
        "failure",
        "error",
        "Name already taken",
        "A new or renamed resource has a name that another resource of its type, or of a type that shares its "
        "names, has before the update, in this stack or in one nested in it. Even if that one is removed in the "
        "same update, it is deleted last, so the new one cannot be created. To change a logical ID, or to move a "
        "resource to another stack, use a stack refactor.",
    ),
    Code(
        "PF205",
        "failure",
        "error",
        "Deletion protection is on",
        "A resource is removed or replaced while its deletion protection is on. The deletion fails, and the "
        "resource stays. The value before the update applies, because a resource that is removed or replaced "
        "is not updated first. Turn the protection off in an earlier update.",
    ),
    Code(
        "PF206",
        "failure",
        "error",
        "Type changes under the same logical ID",
        "CloudFormation cannot change the type of a resource and refuses the change set. Give the new "
        "resource another logical ID.",
    ),
    Code(
        "PF207",
        "failure",
        "error",
        "Service token changes",
        "The ServiceToken of a custom resource cannot change, and it does when the function behind it is "
        "replaced. Give the custom resource another logical ID, or keep the function.",
    ),
    Code(
        "PF208",
        "failure",
        "error",
        "Update is not supported",
        "A property changes that AWS cannot update, and the change does not replace the resource, so the "
        "update fails. Keep the value, or give the resource another logical ID.",
    ),
    Code(
        "PF209",
        "failure",
        "error",
        "Export in use is removed",
        "The update removes an export that another template imports. CloudFormation refuses this while the "
        "other stack imports it. Update the other stack first. If that one is to import a new export of this "
        "update instead, neither can be updated first: export both names, update the other stack, and remove the "
        "old export then.",
    ),
    Code(
        "PF210",
        "failure",
        "error",
        "Export in use changes",
        "The value of an export that another template imports changes, often because a resource behind it is "
        "replaced. CloudFormation refuses to change the value of an export in use. Update the other stack "
        "first, or export the new value under another name.",
    ),
    Code(
        "PF211",
        "failure",
        "error",
        "Denied by the stack policy",
        "The stack policy does not allow what the update does to a resource. Once a stack has a policy, "
        "everything that it does not allow is denied, including updates that follow from other changes. "
        "Override the policy for this update, or change it.",
    ),
    Code(
        "PF212",
        "other",
        "info",
        "Export is removed or changes",
        "The update removes an export or changes its value. If another stack imports it, the update fails. "
        "Provide the templates of the other stacks to have this checked.",
    ),
    Code(
        "PF213",
        "failure",
        "warning",
        "Export may be in use",
        "The name of the export, the name that another template imports, or the value after the update is not "
        "known offline. If the names are equal and the value changes, the update fails.",
    ),
    Code(
        "PF214",
        "failure",
        "error",
        "Rule fails",
        "An assertion in the template's Rules section is false for these parameters. CloudFormation checks "
        "the rules before anything else and refuses the update. Change the parameters.",
    ),
    Code(
        "PF215",
        "failure",
        "error",
        "CloudFormation limit exceeded",
        "The template exceeds a limit of CloudFormation: too many resources, parameters, outputs, mappings or "
        "bytes. Split the stack.",
    ),
    Code(
        "PF216",
        "failure",
        "error",
        "Circular dependency",
        "Resources depend on each other in a circle, so none of them can be created first. CloudFormation "
        "refuses the template. Remove one of the references.",
    ),
    Code(
        "PF217",
        "failure",
        "error",
        "Unresolved reference",
        "A reference names something that the template does not declare, or a resource whose condition is "
        "false. CloudFormation refuses the template.",
    ),
    Code(
        "PF218",
        "failure",
        "warning",
        "No update handler",
        "A resource changes without being replaced for certain, and AWS declares no update handler for its "
        "type. The update may fail, or replace the resource.",
    ),
    Code(
        "PF219",
        "failure",
        "warning",
        "Update documented as not supported",
        "AWS documents that updates of this property are not supported, but the outcome is not certain: the "
        "schema says that the resource is replaced, or the change may replace an item of a list rather than "
        "edit it.",
    ),
    Code(
        "PF220",
        "failure",
        "error",
        "Duplicate export name",
        "Two outputs of the template are exported under the same name. Export names are unique in an account "
        "and region, so the update fails. Rename one.",
    ),
    Code(
        "PF221",
        "failure",
        "error",
        "Import of an export that does not exist",
        "The template imports an export that no stack of the account and region has, so CloudFormation refuses the "
        "update. Correct the name, or deploy the stack that exports it first. This is only known in comparison with "
        "a live stack.",
    ),
    # -- renames
    Code(
        "PF301",
        "rename",
        "warning",
        "New logical ID without other changes",
        "A resource is removed, and one with the same type and content is added. CloudFormation does not "
        "recognize this as a rename: it creates a new resource and deletes the old one. A stack refactor "
        "renames the resource without touching it; `--refactor-mapping` writes its input.",
    ),
    Code(
        "PF302",
        "rename",
        "warning",
        "New logical ID with other changes",
        "A resource is removed, and a similar one of the same type is added. If you mean to rename it, do it "
        "in two steps: a stack refactor to the intermediate template, which only renames, and then this "
        "update. `--refactor-mapping` writes the input of the refactor.",
    ),
    Code(
        "PF303",
        "rename",
        "error",
        "Rename deletes the live resource",
        "Two logical IDs refer to the same physical resource, or a resource and an item in a list of another "
        "resource do, such as an inline policy. The update writes it under the new logical ID and then deletes it "
        "under the old one, so it no longer exists although the template declares it. Use a stack refactor, or "
        "set `DeletionPolicy: Retain` on the old resource in an earlier update.",
    ),
    # -- access
    Code(
        "PF401",
        "access",
        "warning",
        "Broader permission",
        "A policy allows something that it did not allow before: more actions, more resources or fewer "
        "conditions. Permissions that become narrower are not reported. The ARN of a resource and a reference to "
        "it are the same; where that depends on the account or the region of the stack, which are not given, it "
        "is only information.",
    ),
    Code(
        "PF402",
        "access",
        "warning",
        "Broader trust policy",
        "The trust policy of a role allows principals to assume it that could not before, or under fewer "
        "conditions.",
    ),
    Code(
        "PF403",
        "access",
        "warning",
        "Broader resource policy",
        "The policy of a bucket, queue, topic, key or similar resource grants access that it did not grant "
        "before.",
    ),
    Code(
        "PF404",
        "access",
        "warning",
        "Broader security group",
        "A security group rule allows traffic that was not allowed before: more ports, more addresses or "
        "another group.",
    ),
    Code(
        "PF405",
        "access",
        "error",
        "Access for everyone",
        "A policy has everyone as principal, and no condition restricts it. Name the principals, or add a "
        "condition.",
    ),
    Code(
        "PF406",
        "access",
        "error",
        "Open to the world",
        "A security group rule allows traffic from 0.0.0.0/0 or ::/0, that is, from every address. Restrict "
        "it to the addresses that need it.",
    ),
    Code(
        "PF407",
        "access",
        "error",
        "Public setting",
        "A setting makes a resource public: a canned ACL, a public address, a URL without authentication. "
        "Other policies may still restrict access; nothing on the resource itself does.",
    ),
    Code(
        "PF408",
        "access",
        "warning",
        "Less restrictive setting",
        "A setting protects less than before: public access is no longer blocked, callers are not "
        "authenticated, instances get a public address. The setting alone grants no access; together with a "
        "policy or a rule it does.",
    ),
    # -- interruptions and notes
    Code(
        "PF501",
        "interruption",
        "warning",
        "Update may cause an interruption",
        "The resource is updated in place, and AWS documents that this update may interrupt it: a database "
        "restarts, an instance stops. Deploy it in a maintenance window.",
    ),
    Code(
        "PF502",
        "order",
        "info",
        "Only the order differs",
        "A list has the same items in another order, and the order has no meaning to AWS. CloudFormation "
        "compares lists by position, so it updates or even replaces the resource. Restore the order to avoid "
        "that.",
    ),
    Code(
        "PF503",
        "order",
        "info",
        "Only the order differs, which may matter",
        "A list has the same items in another order, and whether the order has a meaning is not known "
        "offline. CloudFormation compares lists by position, so it updates or even replaces the resource.",
    ),
    Code(
        "PF504",
        "interruption",
        "warning",
        "Unavailable during replacement",
        "CloudFormation deletes resources of this type before it creates the replacement. Until then there is "
        "no such resource: no route, no association, no permission.",
    ),
    Code(
        "PF505",
        "refresh",
        "warning",
        "Replaced if a value has moved that AWS re-reads",
        "CloudFormation reads the values behind SSM-typed parameters and the outputs of other stacks again on "
        "every update, and may read those behind dynamic references without a version. If the value has changed "
        "since the last update, the resource is replaced, or may be, although nothing in the template asks for "
        "it: a new machine image behind a public parameter has replaced instances this way. Compare the values "
        "(--before-resolved and --resolved), name a version, or use --assume-unchanged where the value cannot "
        "have changed.",
    ),
    Code(
        "PF506",
        "refresh",
        "info",
        "Changed if a value has moved that AWS re-reads",
        "Like PF505, but the resource is updated in place, or added or removed by a condition, if the value has changed "
        "since the last update. It is a warning where AWS does not support the update, so that the update would fail.",
    ),
    Code(
        "PF507",
        "other",
        "info",
        "Texts of the deployed template cannot be read",
        "GetTemplate returns ? for every character outside of ASCII. If the template before comes from "
        "GetTemplate, text that reads the same in the template after counts as unchanged; where other text would "
        "replace the resource, it may be replaced. To be sure, compare with the original template from its "
        "repository.",
    ),
    Code(
        "PF508",
        "other",
        "warning",
        "A new credential is generated",
        "An update in place makes AWS generate a secret value or a password, which replaces the one in use: "
        "GenerateSecretString changes, or Secrets Manager takes over the password of a database. Whatever keeps "
        "the old value, such as an application or a database that got it at creation, is refused until it gets "
        "the new one. It is only information where the secret is rotated on a schedule, which changes both sides.",
    ),
    # -- guards
    Code(
        "PF601",
        "guard",
        "error",
        "Replacement prevented",
        "The resource is declared with `prevent_replacement=True`, before or after the update, and is "
        "replaced, or may be. Undo the change, or remove the guard.",
    ),
    Code(
        "PF602",
        "guard",
        "error",
        "Deletion prevented",
        "The resource is declared with `prevent_deletion=True` before the update and is removed from the "
        "stack, or may be. The declaration before the update applies, because the template after it no longer "
        "has the resource. Remove the guard in an earlier update.",
    ),
    # -- single templates: `pyformation validate`
    Code(
        "PF701",
        "unused",
        "warning",
        "Unused parameter",
        "Nothing uses the parameter, but its value must be given when the stack is deployed. Remove "
        "the parameter, or use it. Templates with a macro are not checked, because a macro may read "
        "parameters.",
    ),
    Code(
        "PF702",
        "unused",
        "warning",
        "Unused condition",
        "No resource, output, condition or `Fn::If` uses the condition. Remove it.",
    ),
    Code(
        "PF703",
        "unused",
        "warning",
        "Unused mapping",
        "No `Fn::FindInMap` uses the mapping. Remove it. Templates that compute the name of a mapping are not "
        "checked.",
    ),
    Code(
        "PF704",
        "failure",
        "warning",
        "Reference may be unresolved",
        "A resource or output refers to a resource with a condition and may exist when that condition is "
        "false; CloudFormation then refuses the template. The finding shows such a case. Use the same "
        "condition for both, or put the reference into an `Fn::If`. All combinations of compared values are "
        "tried, with only the AllowedValues of a parameter; a combination that the template's Rules exclude "
        "may still be reported. `DependsOn` is checked by cloudformation-validate.",
    ),
    Code(
        "PF705",
        "failure",
        "error",
        "Reference is never resolved",
        "A resource or output refers to a resource whose condition is always false when the reference is "
        "used: the two conditions exclude each other. CloudFormation refuses the template whenever the "
        "reference is used. Change one of the conditions.",
    ),
    Code(
        "PF706",
        "failure",
        "error",
        "Reserved environment variable",
        "A function sets an environment variable that Lambda reserves, such as AWS_REGION. AWS refuses the "
        "function. Remove the variable; the code can read it anyway.",
    ),
    Code(
        "PF707",
        "failure",
        "error",
        "Pattern mismatch",
        "The schema of the type has a pattern for the property, and the text does not match it. AWS refuses "
        "the value when the resource is created. Only literal ASCII text without dynamic references is "
        "checked.",
    ),
    Code(
        "PF708",
        "deprecation",
        "warning",
        "Deprecated property",
        "The schema of the type marks the property as deprecated. It still works, but AWS offers an "
        "alternative; see the documentation of the type (`pyformation explain` prints its address).",
    ),
    Code(
        "PF709",
        "deprecation",
        "warning",
        "Deprecated runtime",
        "AWS no longer updates the runtime of a function, not even for security. Lambda will later refuse to "
        "create functions with it, and later still to update them. Move to a newer runtime.",
    ),
    Code(
        "PF710",
        "failure",
        "warning",
        "Unsupported runtime",
        "Lambda refuses to create functions with this runtime, and may refuse to update existing ones. An "
        "existing stack can keep such a function for a while; a new stack cannot be created. Move to a newer "
        "runtime. It is a warning because AWS sometimes postpones these dates; `--date` checks for another day.",
    ),
    Code(
        "PF711",
        "other",
        "info",
        "Too large for a direct call",
        "The template is larger than CloudFormation accepts in an API call. Tools that upload it to an S3 "
        "bucket first can deploy it; `aws cloudformation deploy` needs `--s3-bucket`.",
    ),
    Code(
        "PF712",
        "failure",
        "error",
        "Policy check not run",
        "One of your policies inspects the values of the template, and they cannot be computed: the message "
        "names the expression that cannot be evaluated. Fix it first.",
    ),
    Code(
        "PF713",
        "failure",
        "error",
        "Expression cannot be evaluated",
        "CloudFormation refuses the template, whatever the values of its parameters are: an intrinsic function "
        "has arguments that it does not take, an index is out of range, or a name does not exist. The template is "
        "evaluated with unknown parameter values; `-P`, `--parameters` and `--case` evaluate it with known ones, "
        "too.",
    ),
    Code(
        "PF714",
        "failure",
        "error",
        "Malformed template",
        "CloudFormation refuses the template before it looks at any resource: a null, an output without a value, a "
        "function in a mapping or in another place that takes none, a default that is a list, a condition or the name "
        "of an export or import that depends on a resource.",
    ),
    Code(
        "PF715",
        "failure",
        "error",
        "Properties that do not go together",
        "The service refuses this combination of properties, or this value, although each of them fits the "
        "schema. The message names the rule, whose source is in the table of rules.",
    ),
    Code(
        "PF716",
        "failure",
        "error",
        "Parameters of a nested stack",
        "A nested stack is not given a parameter that its template requires, or is given one that it does not have. "
        "CloudFormation refuses the nested stack.",
    ),
    Code(
        "PF717",
        "other",
        "warning",
        "Unknown IAM action",
        "No service has the action, so the statement does not allow or deny what its author intended. IAM accepts "
        "it silently. Wildcards are matched. It is a warning because AWS adds actions.",
    ),
    Code(
        "PF718",
        "other",
        "error",
        "Not checked by cloudformation-validate",
        "cloudformation-validate refused the template, or took too much time or memory, so none of its rules was "
        "checked; the other findings are complete. Most often, values that grow with each function around them are "
        "the reason, or conditions with very many combinations.",
    ),
    Code(
        "PF719",
        "failure",
        "warning",
        "Outside the documentation",
        "The documentation of the service does not list this value, or excludes this combination of properties. The "
        "service usually refuses it. It is a warning because AWS adds values, and ignores some combinations.",
    ),
    Code(
        "PF720",
        "failure",
        "error",
        "Value of another kind",
        "A property that takes one value is given a list, or the other way round: most often a function or a parameter "
        "gives a list. CloudFormation refuses the value when the resource is created or updated.",
    ),
)

CODES: dict[str, Code] = {row.code: row for row in _ROWS}


def explain(code: str) -> Code:
    """The explanation of a code. Raises `CatalogError` for an unknown code, with the nearest one."""
    found = CODES.get(code.upper())
    if found is None:
        raise CatalogError(f"there is no code {code!r}{did_you_mean(code.upper(), CODES)}")
    return found
