# at run time: UnknownPropertyError
"""A type from a schema exists when the program runs."""

from pyformation import catalog, resource_class

catalog.register(
    {
        "typeName": "Acme::Unseen::Name",
        "description": "A name in the company's DNS.",
        "properties": {"Name": {"type": "string"}},
        "additionalProperties": False,
    }
)
name = resource_class("Acme::Unseen::Name")(nmae="shop")
