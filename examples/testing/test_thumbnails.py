"""What must hold for the stack: `python -m pytest examples/testing`.

A template is data to ask, so most of it is plain Python: conditions and properties compare with `==`.
"""

from thumbnails import ThumbnailStack

from pyformation import Equals, If
from pyformation.aws import s3
from pyformation.testing import assert_matches_snapshot, assert_same_template

TEMPLATE = ThumbnailStack().template


def test_production_is_the_stage_called_prod() -> None:
    assert TEMPLATE.conditions["IsProd"] == Equals(ThumbnailStack.stage, "prod")


def test_production_gets_more_memory() -> None:
    assert TEMPLATE["Function"].memory_size == If(ThumbnailStack.is_prod, 1024, 256)


def test_only_production_calls_somebody() -> None:
    conditional = [name for name, found in TEMPLATE.to_dict()["Resources"].items() if "Condition" in found]
    assert conditional == ["Alarm"]
    assert TEMPLATE.to_dict()["Resources"]["Alarm"]["Condition"] == "IsProd"


def test_buckets_are_private_and_stay() -> None:
    # A company rule: it holds for every bucket, including those that are added later.
    for name, bucket in TEMPLATE.find(s3.Bucket).items():
        access = bucket.public_access_block_configuration
        assert access is not None, name
        assert access == s3.Bucket.PublicAccessBlockConfiguration(
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        ), name
        assert bucket.deletion_policy == "Retain", name
        assert bucket.update_replace_policy == "Retain", name


def test_the_function_may_do_this_and_nothing_else() -> None:
    # Any part of a template can be compared; a failure names the first difference by path.
    role = TEMPLATE.to_dict()["Resources"]["Role"]["Properties"]
    assert_same_template(
        role["Policies"][0]["PolicyDocument"],
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": {"Fn::Sub": "${Images.Arn}/*"},
                },
                {
                    "Effect": "Allow",
                    "Action": "sqs:SendMessage",
                    "Resource": {"Fn::GetAtt": ["Failed", "Arn"]},
                },
            ],
        },
    )


def test_nothing_changes_unseen() -> None:
    # Written by PYFORMATION_UPDATE_SNAPSHOTS=1 python -m pytest examples/testing; the hash of the code is
    # masked, so new code is no change.
    assert_matches_snapshot(ThumbnailStack, "snapshots/thumbnails.yaml")
