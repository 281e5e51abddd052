"""Checks an event and says which way it goes, fast enough for an Express workflow.

Input (from the ValidateEvent state)
    userId, action, timestamp (seconds since 1970), metadata

Output
    the same fields with `validation` {isValid, processedAt} and `nextStep`, which the RouteEvent state reads
"""

import json
import time

ROUTES = {"purchase": "process_transaction", "view": "log_analytics"}


def lambda_handler(event, context):
    print(f"Real-time validation: {json.dumps(event)}")
    user, action, timestamp = event.get("userId", ""), event.get("action", ""), event.get("timestamp", 0)
    return {
        "userId": user,
        "action": action,
        "timestamp": timestamp,
        "metadata": event.get("metadata", {}),
        "validation": {
            "isValid": bool(user and action and timestamp > 0),
            "processedAt": time.time(),
        },
        "nextStep": ROUTES.get(action, "log_event"),
    }
