# at run time: InvalidValueError
"""The keys of a mapping are text."""

from pyformation.aws import ecs

container = ecs.TaskDefinition.ContainerDefinition(
    name="web",
    image="nginx",
    docker_labels={1: "one"},  # mypy: dict-item; pyright: reportArgumentType
)
