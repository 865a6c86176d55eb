"""A subclass with the defaults of the house, each of which a use may override or remove."""

from pyformation.aws import s3


class PrivateBucket(s3.Bucket):
    """Versioned; kept when its stack goes."""

    versioning_configuration = s3.Bucket.VersioningConfiguration(status="Enabled")
    tags = [s3.Bucket.Tag(key="team", value="media")]
    deletion_policy = "Retain"


class Archive(PrivateBucket):
    """A preset of a preset."""

    lifecycle_configuration = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 3650}]}


documents = PrivateBucket(bucket_name="documents")
builds = PrivateBucket(versioning_configuration=None, deletion_policy=None)
archive = Archive(versioning_configuration={"Status": "Suspended"})
assert archive.deletion_policy == "Retain"
assert builds.versioning_configuration is None
