"""A Lambda function whose code is a ZIP archive in S3, run every night.

The archive is uploaded before the deployment, under a new key for every build: CloudFormation compares
keys, not contents, so an archive that is overwritten in place is never deployed. (packages/domain_stack.py leaves all this to
"pyformation package".)

    aws s3 cp report.zip s3://my-builds/report/3f2a91c.zip
    aws cloudformation deploy --template-file template.yaml --stack-name report \\
        --capabilities CAPABILITY_IAM --parameter-overrides CodeBucket=my-builds CodeKey=report/3f2a91c.zip
"""

from pyformation import Output, Parameter, Stack
from pyformation.aws import events, iam, lambda_, logs, s3


class ReportStack(Stack):
    """A nightly report, written to a bucket."""

    code_bucket = Parameter(str, description="The bucket with the code, in the stack's own region.")
    code_key = Parameter(str, description="The key of the ZIP archive; a new one for every build.")

    reports = s3.Bucket(
        # Reports are worth more than the stack: both policies, for deletion and for replacement.
        deletion_policy="Retain",
        update_replace_policy="Retain",
        lifecycle_configuration=s3.Bucket.LifecycleConfiguration(
            rules=[s3.Bucket.Rule(status="Enabled", expiration_in_days=365)]
        ),
    )
    # The function is given this group by name, so its first lines already have the right retention.
    log_group = logs.LogGroup(retention_in_days=30)
    role = iam.Role(
        assume_role_policy_document=iam.trust_policy("lambda.amazonaws.com"),
        policies=[
            iam.Role.Policy(
                policy_name="report",
                policy_document=iam.policy_document(
                    iam.statement(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.arn),
                    iam.statement("s3:PutObject", f"{reports.arn}/*"),
                ),
            )
        ],
    )
    function = lambda_.Function(
        runtime="python3.13",
        architectures=["arm64"],
        handler="report.main",
        role=role.arn,
        code=lambda_.Function.Code(s3_bucket=code_bucket, s3_key=code_key),
        timeout=300,
        memory_size=512,
        environment=lambda_.Function.Environment(variables={"BUCKET": reports}),
        logging_config=lambda_.Function.LoggingConfig(log_format="JSON", log_group=log_group),
    )
    nightly = events.Rule(
        description="Every night at half past two (UTC)",
        schedule_expression="cron(30 2 * * ? *)",
        targets=[events.Rule.Target(id="report", arn=function.arn)],
    )
    # A rule can name any function; Lambda still requires a permission for the rule.
    nightly_permission = lambda_.Permission(
        action="lambda:InvokeFunction",
        function_name=function,
        principal="events.amazonaws.com",
        source_arn=nightly.arn,
    )

    bucket_name = Output(reports, description="Where the reports are.")


if __name__ == "__main__":
    ReportStack().main()
