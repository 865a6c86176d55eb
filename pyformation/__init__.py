"""Declare AWS CloudFormation templates as typed Python, and know what an update will do.

Names are loaded when they are first used; importing this package costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import aws as aws
    from . import catalog as catalog
    from .changes import Diff as Diff
    from .custom_types import attribute as attribute
    from .custom_types import field as field
    from .deployment.deletion import delete as delete
    from .deployment.drifting import drift as drift
    from .deployment.inspection import status as status
    from .deployment.operations import deploy as deploy
    from .deployment.operations import outputs as outputs
    from .deployment.operations import plan as plan
    from .deployment.recovery import recover as recover
    from .elements import ForEach as ForEach
    from .elements import Hook as Hook
    from .elements import Interface as Interface
    from .elements import Mapping as Mapping
    from .elements import Output as Output
    from .elements import Parameter as Parameter
    from .elements import RawElement as RawElement
    from .elements import Rule as Rule
    from .elements import TemplateMapping as TemplateMapping
    from .errors import CatalogError as CatalogError
    from .errors import CatalogWarning as CatalogWarning
    from .errors import CircularReferenceError as CircularReferenceError
    from .errors import DeclarationError as DeclarationError
    from .errors import DeploymentError as DeploymentError
    from .errors import DocumentError as DocumentError
    from .errors import EvaluationError as EvaluationError
    from .errors import FrozenError as FrozenError
    from .errors import InvalidValueError as InvalidValueError
    from .errors import LimitError as LimitError
    from .errors import LogicalIdError as LogicalIdError
    from .errors import MissingExtraError as MissingExtraError
    from .errors import MissingPropertyError as MissingPropertyError
    from .errors import Origin as Origin
    from .errors import PyformationError as PyformationError
    from .errors import SourceError as SourceError
    from .errors import TemplateError as TemplateError
    from .errors import TokenError as TokenError
    from .errors import UnknownAttributeError as UnknownAttributeError
    from .errors import UnknownPropertyError as UnknownPropertyError
    from .errors import UnresolvedReferenceError as UnresolvedReferenceError
    from .evaluation import EvaluatedTemplate as EvaluatedTemplate
    from .evaluation import evaluate as evaluate
    from .finding import Finding as Finding
    from .helpers import arn as arn
    from .helpers import file_text as file_text
    from .helpers import keywords_of as keywords_of
    from .invocation import Invocation as Invocation
    from .invocation import LocalFunction as LocalFunction
    from .invocation import invoke as invoke
    from .loading import include as include
    from .prediction import diff as diff
    from .prediction import diff_directories as diff_directories
    from .resource import AnyResource as AnyResource
    from .resource import CreationPolicy as CreationPolicy
    from .resource import PropertyType as PropertyType
    from .resource import Resource as Resource
    from .resource import UpdatePolicy as UpdatePolicy
    from .resource import resource_class as resource_class
    from .stack import Component as Component
    from .stack import ComponentOptions as ComponentOptions
    from .stack import Stack as Stack
    from .template import Template as Template
    from .validation import validate as validate
    from .values import AccountId as AccountId
    from .values import And as And
    from .values import Asset as Asset
    from .values import Base64 as Base64
    from .values import Cidr as Cidr
    from .values import Condition as Condition
    from .values import Contains as Contains
    from .values import EachMemberEquals as EachMemberEquals
    from .values import EachMemberIn as EachMemberIn
    from .values import Equals as Equals
    from .values import Expression as Expression
    from .values import FindInMap as FindInMap
    from .values import Function as Function
    from .values import GetAtt as GetAtt
    from .values import GetAZs as GetAZs
    from .values import GetStackOutput as GetStackOutput
    from .values import If as If
    from .values import ImportValue as ImportValue
    from .values import Join as Join
    from .values import Length as Length
    from .values import Not as Not
    from .values import NotificationARNs as NotificationARNs
    from .values import NoValue as NoValue
    from .values import Or as Or
    from .values import Partition as Partition
    from .values import Raw as Raw
    from .values import Ref as Ref
    from .values import RefAll as RefAll
    from .values import Region as Region
    from .values import Select as Select
    from .values import Split as Split
    from .values import StackId as StackId
    from .values import StackName as StackName
    from .values import Sub as Sub
    from .values import ToJsonString as ToJsonString
    from .values import Transform as Transform
    from .values import UrlSuffix as UrlSuffix
    from .values import Value as Value
    from .values import ValueOf as ValueOf
    from .values import ValueOfAll as ValueOfAll
    from .values import resolve_secret as resolve_secret
    from .values import resolve_ssm as resolve_ssm
    from .values import resolve_ssm_secure as resolve_ssm_secure

__version__ = "0.1.0"

# The public names by the module that has them.
_MODULES = {
    "changes": "Diff",
    "custom_types": "attribute field",
    "deployment.operations": "deploy outputs plan",
    "deployment.deletion": "delete",
    "deployment.drifting": "drift",
    "deployment.inspection": "status",
    "deployment.recovery": "recover",
    "elements": "ForEach Hook Interface Mapping Output Parameter RawElement Rule TemplateMapping",
    "errors": "CatalogError CatalogWarning CircularReferenceError DeclarationError DeploymentError DocumentError"
    " EvaluationError FrozenError InvalidValueError LimitError LogicalIdError MissingExtraError MissingPropertyError Origin"
    " PyformationError SourceError TemplateError TokenError UnknownAttributeError UnknownPropertyError"
    " UnresolvedReferenceError",
    "evaluation": "EvaluatedTemplate evaluate",
    "finding": "Finding",
    "helpers": "arn file_text keywords_of",
    "invocation": "Invocation LocalFunction invoke",
    "loading": "include",
    "prediction": "diff diff_directories",
    "resource": "AnyResource CreationPolicy PropertyType Resource UpdatePolicy resource_class",
    "stack": "Component ComponentOptions Stack",
    "template": "Template",
    "validation": "validate",
    "values": "AccountId And Asset Base64 Cidr Condition Contains EachMemberEquals EachMemberIn Equals Expression"
    " FindInMap Function GetAtt GetAZs GetStackOutput If ImportValue Join Length Not NotificationARNs NoValue"
    " Or Partition Raw Ref RefAll Region Select Split StackId StackName Sub ToJsonString Transform UrlSuffix"
    " Value ValueOf ValueOfAll resolve_secret resolve_ssm resolve_ssm_secure",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

# Written out for checkers, which read no computed list.
__all__ = [
    "AccountId",
    "And",
    "AnyResource",
    "Asset",
    "Base64",
    "CatalogError",
    "CatalogWarning",
    "Cidr",
    "CircularReferenceError",
    "Component",
    "ComponentOptions",
    "Condition",
    "Contains",
    "CreationPolicy",
    "DeclarationError",
    "DeploymentError",
    "Diff",
    "DocumentError",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "EvaluatedTemplate",
    "EvaluationError",
    "Expression",
    "FindInMap",
    "Finding",
    "ForEach",
    "FrozenError",
    "Function",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "Hook",
    "If",
    "ImportValue",
    "Interface",
    "InvalidValueError",
    "Invocation",
    "Join",
    "Length",
    "LimitError",
    "LocalFunction",
    "LogicalIdError",
    "Mapping",
    "MissingExtraError",
    "MissingPropertyError",
    "NoValue",
    "Not",
    "NotificationARNs",
    "Or",
    "Origin",
    "Output",
    "Parameter",
    "Partition",
    "PropertyType",
    "PyformationError",
    "Raw",
    "RawElement",
    "Ref",
    "RefAll",
    "Region",
    "Resource",
    "Rule",
    "Select",
    "SourceError",
    "Split",
    "Stack",
    "StackId",
    "StackName",
    "Sub",
    "Template",
    "TemplateError",
    "TemplateMapping",
    "ToJsonString",
    "TokenError",
    "Transform",
    "UnknownAttributeError",
    "UnknownPropertyError",
    "UnresolvedReferenceError",
    "UpdatePolicy",
    "UrlSuffix",
    "Value",
    "ValueOf",
    "ValueOfAll",
    "__version__",
    "arn",
    "attribute",
    "aws",
    "catalog",
    "delete",
    "deploy",
    "diff",
    "diff_directories",
    "drift",
    "evaluate",
    "field",
    "file_text",
    "include",
    "invoke",
    "keywords_of",
    "outputs",
    "plan",
    "recover",
    "resolve_secret",
    "resolve_ssm",
    "resolve_ssm_secure",
    "resource_class",
    "status",
    "validate",
]


if not TYPE_CHECKING:
    # Hidden from checkers, for which any name would exist.
    def __getattr__(name: str) -> object:
        import sys

        module = _HOMES.get(name) or (name if name in ("aws", "catalog") else None)
        if module is None:
            text = f"module 'pyformation' has no attribute {name!r}"
            # An import statement asks first whether a name is there, as it may be a module that was not imported yet.
            if name.startswith("_") or sys._getframe(1).f_code.co_name == "_handle_fromlist":
                raise AttributeError(text)
            from .errors import did_you_mean, unknown_import

            hint = did_you_mean(name, __all__)
            raise unknown_import("pyformation", name, hint) or AttributeError(text + hint)
        # The import statement's own function: importlib would cost a millisecond.
        __import__(f"{__name__}.{module}")
        found = sys.modules[f"{__name__}.{module}"]
        value: object = found if module == name else getattr(found, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
