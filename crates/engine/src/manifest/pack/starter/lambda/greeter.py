"""Greets. `GREETING` comes from the pack's settings."""

import os


def lambda_handler(event, context):
    name = event["name"]
    return {"status": "GREETED", "name": name, "greeting": f"{os.environ['GREETING']}, {name}"}
