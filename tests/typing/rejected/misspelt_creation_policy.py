# at run time: UnknownPropertyError
"""The policies have properties like any property type."""

from pyformation import CreationPolicy

policy = CreationPolicy(
    resource_signal=CreationPolicy.ResourceSignal(  # mypy: call-arg; pyright: nothing
        counts=2,  # mypy: nothing; pyright: reportCallIssue
        timeout="PT15M",
    )
)
