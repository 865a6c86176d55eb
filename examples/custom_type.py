"""User-defined types: a custom resource, a private type, a type from a registry schema.

Declared types are checked like AWS's own: a misspelled or missing property is an error on its line.
"""

from typing import Any

from pyformation import (
    Expression,
    Output,
    Parameter,
    PropertyType,
    Resource,
    Stack,
    Value,
    attribute,
    catalog,
    field,
    resource_class,
)


class Column(PropertyType):
    """A property type: a class with annotated fields. CloudFormation's names follow from Python's."""

    name: Value[str]
    type: Value[str]
    nullable: Value[bool] = False


class Table(Resource, type="Custom::PostgresTable", replaces=["database", "table_name"]):
    """A custom resource: the function behind `service_token` creates the table.

    `replaces` names the fields that cannot change in place, so that a diff can say so. Fields without a default are
    required; `service_token` belongs to every custom resource and need not be declared.
    """

    database: Value[str]
    table_name: Value[str]
    columns: Value[list[Column]]
    # By default, this would be TtlDays; the function expects capitals.
    ttl_days: Value[int] = field("TTLDays", default=365)
    # What the function returns in its Data: GetAtt, not a property.
    row_type: Expression[str] = attribute()


class Monitor(Resource, type="Acme::Monitoring::Check"):
    """A private type of the registry. Nothing declares what replaces it, so a diff calls a replacement possible."""

    url: Value[str]
    interval: Value[int] = 60
    labels: Value[dict[str, str]] | None = None


# A third way: the registry's own schema, from a file or (here) a mapping, known when it is registered.
catalog.register(
    {
        "typeName": "Acme::Network::Name",
        "description": "A name in the company's DNS.",
        "properties": {
            "Name": {"type": "string"},
            "Target": {"type": "string"},
            "Ttl": {"type": "integer", "minimum": 60},
            "Fqdn": {"type": "string"},
        },
        "required": ["Name", "Target"],
        "createOnlyProperties": ["/properties/Name"],
        "readOnlyProperties": ["/properties/Fqdn"],
        "primaryIdentifier": ["/properties/Name"],
        "additionalProperties": False,
    }
)
DnsName: Any = resource_class("Acme::Network::Name")


class ShopStack(Stack):
    """A table, a check and a name."""

    table_maker = Parameter(str, description="ARN of the function that makes tables.")
    database = Parameter(str, default="shop")

    orders = Table(
        service_token=table_maker,
        database=database,
        table_name="orders",
        columns=[
            Column(name="id", type="bigint"),
            Column(name="note", type="text", nullable=True),
        ],
    )
    dns_name = DnsName(name="shop", target="shop.example.com", ttl=300)
    monitor = Monitor(url=f"https://{dns_name.fqdn}/health", labels={"team": "shop"})

    orders_row_type = Output(orders.row_type)


if __name__ == "__main__":
    ShopStack().main()
