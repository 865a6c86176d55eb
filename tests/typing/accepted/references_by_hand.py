"""Ref and GetAtt for everything that has no shorter way."""

from pyformation import GetAtt, Output, Ref
from pyformation.aws import ec2, sqs

queue = sqs.Queue(delay_seconds=Ref("Delay"))
server = ec2.Instance(security_group_ids=[GetAtt("OtherGroup", "GroupId"), Ref("Group")])
arn = Output(GetAtt(queue, "Arn"))
name = Output(queue.get_att.queue_name)
other = Output(queue.get_att["QueueName"])
