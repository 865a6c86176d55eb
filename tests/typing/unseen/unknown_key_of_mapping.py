# at run time: InvalidValueError
"""Keys that are known are looked up in the mapping."""

from pyformation import Mapping

sizes = Mapping({"dev": {"Class": "db.t4g.micro"}, "prod": {"Class": "db.m7g.large"}})
size = sizes.find("prdo", "Class")
