"""A YAML template that becomes Python one resource at a time.

`legacy.yaml` is part of the stack. The queue has moved here already: under the same logical ID, so that
`pyformation diff` of before and after finds nothing.
"""

from pyformation import If, Stack, include
from pyformation.aws import sqs


class OrdersStack(Stack):
    legacy = include("legacy.yaml")

    queue = sqs.Queue(
        queue_name=f"{legacy['Stage']}-orders",
        visibility_timeout=If(legacy["IsProd"], 300, 30),
    )


if __name__ == "__main__":
    OrdersStack().main()
