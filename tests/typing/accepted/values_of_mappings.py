"""What a mapping holds may be of any kind."""

from pyformation import FindInMap, Mapping, Parameter, Region, Stack
from pyformation.aws import ec2, rds


class Data(Stack):
    stage = Parameter(str, default="dev")
    sizes = Mapping(
        {
            "dev": {"Class": "db.t4g.micro", "Storage": 20, "MultiAz": False, "Groups": ["sg-1"]},
            "prod": {"Class": "db.m7g.large", "Storage": 200, "MultiAz": True, "Groups": ["sg-1", "sg-2"]},
        }
    )
    database = rds.DBInstance(
        db_instance_class=sizes.find(stage, "Class"),
        allocated_storage=FindInMap(sizes, stage, "Storage"),
        multi_az=sizes.find(stage, "MultiAz"),
        vpc_security_groups=sizes.find(stage, "Groups"),
        engine="postgres",
        engine_version=sizes.find(stage, "Version", default="16") if False else "16",
    )
    server = ec2.Instance(image_id=FindInMap("Images", Region, "Arm", default="ami-1"))
