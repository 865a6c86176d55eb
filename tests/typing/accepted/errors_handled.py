"""What goes wrong is one tree of exceptions, with the line of the mistake."""

from pyformation import InvalidValueError, Origin, PyformationError, Template
from pyformation.aws import sqs

origin: Origin | None = None
try:
    Template().add("not legal", sqs.Queue())
except PyformationError as error:
    origin = error.origin
assert origin is not None
assert origin.file.endswith("errors_handled.py")

try:
    sqs.Queue(extra_properties={"Nothing": None})
except InvalidValueError as error:
    assert "found None" in error.message
