"""Properties read as they were given, and can be given on."""

from pyformation.aws import s3

bucket = s3.Bucket(
    bucket_name="logs",
    versioning_configuration=s3.Bucket.VersioningConfiguration(status="Enabled"),
    deletion_policy="Retain",
)
copy = s3.Bucket(
    bucket_name=bucket.bucket_name,
    versioning_configuration=bucket.versioning_configuration,
    deletion_policy=bucket.deletion_policy,
)
name = bucket.bucket_name
assert isinstance(name, str)
assert name.upper() == "LOGS"
versioning = copy.versioning_configuration
assert isinstance(versioning, s3.Bucket.VersioningConfiguration)
assert versioning.status == "Enabled"
