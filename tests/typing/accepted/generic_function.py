"""A function of any class of resource keeps the class."""

from typing import TypeVar

from pyformation import Resource, Template
from pyformation.aws import rds, sqs

R = TypeVar("R", bound=Resource)


def guarded(resource: R) -> R:
    """The same resource, kept whatever happens."""
    return resource.evolve(deletion_policy="Retain", update_replace_policy="Retain", prevent_deletion=True)


queue: sqs.Queue = guarded(sqs.Queue(delay_seconds=5))
database: rds.DBInstance = guarded(rds.DBInstance(db_instance_class="db.t4g.micro"))
assert queue.delay_seconds == 5


def only(template: Template, kind: type[R]) -> R:
    """The one resource of a class."""
    (found,) = template.find(kind).values()
    return found


template = Template()
template.add("Jobs", queue)
assert only(template, sqs.Queue).queue_name is None
