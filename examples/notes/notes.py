"""The handler of sam_app.py: notes are read from the table and added to it. boto3 is part of the runtime."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, _context):
    """GET lists the notes, POST adds one: ``{"text": "Buy milk"}``."""
    if event["httpMethod"] == "GET":
        notes = table.scan()["Items"]
        return {"statusCode": 200, "body": json.dumps(notes)}
    note = {"id": str(uuid.uuid4()), "text": json.loads(event["body"])["text"]}
    table.put_item(Item=note)
    return {"statusCode": 201, "body": json.dumps(note)}
