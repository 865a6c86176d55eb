"""Shorter names for the types that a module uses often."""

from typing import TypeAlias

from pyformation.aws import s3

Rule = s3.Bucket.Rule
Rules: TypeAlias = list[s3.Bucket.Rule]


def lifecycle(rules: Rules) -> s3.Bucket.LifecycleConfiguration:
    return s3.Bucket.LifecycleConfiguration(rules=rules)


bucket = s3.Bucket(lifecycle_configuration=lifecycle([Rule(status="Enabled", expiration_in_days=30)]))
