"""A private type of the registry, whose attributes other resources take."""

from pyformation import Expression, Resource, Stack, Value, attribute
from pyformation.aws import route53


class Monitor(Resource, type="Acme::Monitoring::AcceptedCheck"):
    url: Value[str]
    interval: Value[int] = 60
    host: Expression[str] = attribute("Host.Name")


class Web(Stack):
    monitor = Monitor(url="https://example.com", interval=30)
    record = route53.RecordSet(
        name="status.example.com", type="CNAME", ttl="300", resource_records=[monitor.host]
    )


assert Web().template.resources["Monitor"].TYPE == "Acme::Monitoring::AcceptedCheck"
