# at run time: passes
"""All public names at once: for mypy as good as any import, a habit to pyright in strict mode."""

from pyformation import *  # mypy: nothing; pyright: reportWildcardImportFromLibrary
from pyformation.aws import sqs


class Orders(Stack):
    stage = Parameter(str, default="dev")
    queue = sqs.Queue(queue_name=f"orders-{stage}")


Orders().template.to_dict()
