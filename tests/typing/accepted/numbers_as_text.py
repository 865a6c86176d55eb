"""An integer parameter fits where text belongs, also in functions: CloudFormation converts it."""

from pyformation import Join, Mapping, Parameter, Split, resolve_ssm
from pyformation.aws import ec2, ecs, sqs

cpu = Parameter(int, default=256)
sizes = Mapping({"256": {"Memory": "512"}, "512": {"Memory": "1024"}})
task = ecs.TaskDefinition(cpu=cpu, memory=sizes.find(cpu, "Memory"))
queue = sqs.Queue(queue_name=Join("-", ["jobs", cpu]), delay_seconds=resolve_ssm("/delay", cpu))
server = ec2.Instance(security_group_ids=Split(",", cpu))
