"""The sample stack as a literal, with PyYAML: a lower bound for any library."""

import sys

import yaml

template = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "A sample template",
    "Resources": {
        "MyEC2Instance": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": "ami-0ff8a91507f77f867",
                "InstanceType": "t2.micro",
                "KeyName": "testkey",
                "BlockDeviceMappings": [
                    {
                        "DeviceName": "/dev/sdm",
                        "Ebs": {
                            "VolumeType": "io1",
                            "Iops": 200,
                            "DeleteOnTermination": False,
                            "VolumeSize": 20,
                        },
                    }
                ],
            },
        }
    },
}

if __name__ == "__main__":
    sys.stdout.write(yaml.dump(template, Dumper=yaml.CSafeDumper, sort_keys=False))
