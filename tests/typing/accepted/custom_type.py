"""A class with annotated fields is a type like AWS's own."""

from pyformation import Expression, Output, Parameter, PropertyType, Resource, Stack, Value, attribute, field


class Column(PropertyType):
    name: Value[str]
    type: Value[str] = "text"


class Table(Resource, type="Custom::AcceptedTable", replaces=["database"]):
    """A table; the function behind `service_token` makes it."""

    database: Value[str]
    columns: Value[list[Column]]
    ttl_days: Value[int] = field("TTLDays", default=365)
    labels: Value[dict[str, str]] | None = None
    row_type: Expression[str] = attribute()


class Shop(Stack):
    database = Parameter(str, default="shop")
    orders = Table(
        service_token="arn:aws:lambda:eu-west-1:123456789012:function:tables",
        database=database,
        columns=[Column(name="id", type="bigint"), Column(name="note")],
    )
    row_type = Output(orders.row_type)
    text = Output(f"{orders.row_type} in {orders}")


shop = Shop()
assert shop.template.find(Table)["Orders"].ttl_days == 365
