# at run time: UnknownPropertyError
"""The mistake stands four calls deep, and its own line is marked."""

from pyformation.aws import s3

archive = s3.Bucket(
    lifecycle_configuration=s3.Bucket.LifecycleConfiguration(
        rules=[
            s3.Bucket.Rule(
                status="Enabled",
                transitions=[
                    s3.Bucket.Transition(  # mypy: call-arg; pyright: nothing
                        storage_class="GLACIER",
                        transition_in_day=30,  # mypy: nothing; pyright: reportCallIssue
                    )
                ],
            )
        ]
    )
)
