"""Policies with less writing."""

from pyformation.aws import iam, s3

bucket = s3.Bucket()
role = iam.Role(
    assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com", aws="123456789012"),
    policies=[
        iam.Role.Policy(
            policy_name="read",
            policy_document=iam.policy_document(
                iam.statement("s3:ListBucket", bucket.arn),
                iam.statement(["s3:GetObject"], [f"{bucket.arn}/*"], sid="Read"),
                iam.statement(
                    "s3:*", "*", effect="Deny", condition={"Bool": {"aws:SecureTransport": "false"}}
                ),
            ),
        )
    ],
)
reader = s3.BucketPolicy(
    bucket=bucket,
    policy_document=iam.policy_document(
        iam.statement("s3:GetObject", f"{bucket.arn}/*", principal={"AWS": role.arn}),
    ),
)
