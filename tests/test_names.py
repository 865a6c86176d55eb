"""The two naming rules, which are promises: Python names of properties, logical IDs of attributes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyformation import catalog, names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BucketName", "bucket_name"),
        ("MultiAZ", "multi_az"),
        ("DBInstanceClass", "db_instance_class"),
        ("AssumeRolePolicyDocument", "assume_role_policy_document"),
        ("S3Bucket", "s3_bucket"),
        ("CidrIpv6", "cidr_ipv6"),
        ("IPv6Addresses", "ipv6_addresses"),
        ("VPCs", "vpcs"),
        ("TargetGroupARNs", "target_group_arns"),
        ("AllowedOAuthFlows", "allowed_oauth_flows"),
        ("MemoryGiBPerVCpu", "memory_gib_per_vcpu"),
        ("TargetMiBps", "target_mibps"),
        ("MySqlSettings", "mysql_settings"),
        ("WiFiSimpleSetupConfiguration", "wifi_simple_setup_configuration"),
        ("Endpoint.Port", "endpoint_port"),
        ("And", "and_"),
        ("Lambda", "lambda_"),
        ("vCpu", "v_cpu"),
        ("deadLetterTargetArn", "dead_letter_target_arn"),
        ("X", "x"),
        ("XAxis", "x_axis"),
    ],
)
def test_python_names(name: str, expected: str) -> None:
    assert names.snake_case(name) == expected


WORDS = "(?:" + "|".join(sorted(names._WORDS, key=len, reverse=True)) + ")(?![a-z])"


def by_patterns(name: str) -> str:
    """The rule once more, as botocore and others write it: with patterns."""
    text = name.replace(".", "_")
    for pattern in (WORDS, "[A-Z]{2,}s(?=[A-Z]|$)"):
        text = re.sub(pattern, lambda m: f"_{m[0].lower().capitalize()}_", text)
    text = re.sub("([^_])([A-Z][a-z]+)", r"\1_\2", text)
    text = re.sub("([a-z0-9])([A-Z])", r"\1_\2", text).lower()
    return re.sub("_+", "_", text).strip("_")


def test_every_name_of_the_catalog_follows_the_rule() -> None:
    seen: set[str] = set()
    for type_name in catalog.types():
        facts = catalog.resource_type(type_name).facts
        seen.update(facts["properties"], facts.get("attributes", ()))
        for properties in facts.get("definitions", {}).values():
            seen.update(properties)
    assert len(seen) > 17_000
    for name in seen:
        assert names.snake_case(name).rstrip("_") == by_patterns(name), name


@given(st.from_regex(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", fullmatch=True).filter(lambda name: len(name) <= 255))
def test_logical_ids_are_legal(attribute: str) -> None:
    assert names.logical_id_problem(names.pascal_case(attribute)) is None
