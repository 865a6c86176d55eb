# at run time: InvalidValueError
"""The labels of a container are text."""

from pyformation.aws import ecs

container = ecs.TaskDefinition.ContainerDefinition(
    name="web",
    image="nginx",
    docker_labels={"team": "media", "port": 8080},  # mypy: dict-item; pyright: reportArgumentType
)
