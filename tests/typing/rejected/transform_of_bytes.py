# at run time: InvalidValueError
"""A macro has a name."""

from pyformation import Transform

snippet = Transform(
    b"AWS::Include",  # mypy: arg-type; pyright: reportArgumentType
    {"Location": "s3://snippets/common.yaml"},
)
