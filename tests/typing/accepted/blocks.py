"""Property types in property types, each a class on its resource."""

from pyformation.aws import s3

archive = s3.Bucket(
    lifecycle_configuration=s3.Bucket.LifecycleConfiguration(
        rules=[
            s3.Bucket.Rule(
                status="Enabled",
                transitions=[s3.Bucket.Transition(storage_class="GLACIER", transition_in_days=30)],
            )
        ]
    )
)
