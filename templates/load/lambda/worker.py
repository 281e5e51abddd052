"""One item of the load: takes as long as it is told, and fails as often.

Input    number
Output   number, and the request that did the work
"""

import os
import random
import time

FAILURE_RATE = float(os.environ.get("FAILURE_RATE", "0"))
DELAY_MS = int(os.environ.get("DELAY_MS", "0"))


class ItemFailed(Exception):
    """The item could not be done."""


def lambda_handler(event, context):
    time.sleep(DELAY_MS / 1000)
    if random.random() < FAILURE_RATE:
        raise ItemFailed(f"item {event['number']} failed")
    return {"number": event["number"], "request": context.aws_request_id}
