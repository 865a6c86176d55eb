"""Names that the user chooses: environment variables and labels."""

from pyformation import Region
from pyformation.aws import ecs, lambda_, sqs

queue = sqs.Queue()
LABELS: dict[str, str] = {"team": "media"}
environment = lambda_.Function.Environment(variables={"QUEUE": queue, "REGION": Region, "STAGE": "prod"})
container = ecs.TaskDefinition.ContainerDefinition(name="web", image="nginx", docker_labels=LABELS)
