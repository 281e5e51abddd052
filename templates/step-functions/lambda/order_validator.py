"""Checks an order before anything is charged or reserved.

Input (from the ValidateOrder state)
    order     orderId, customerId, amount, items[{productId, quantity, price}], simulation (optional)
    attempt   how often the state has been retried: 0 on the first try
An order alone works too, as a test event in the Lambda console.

Output
    the order with `validation` {isValid, errors, calculatedTotal, validatedAt} and `nextStep`

Simulation
    order.simulation.validation   "ok", "outage", or "outage-once" (out on the first try only)
    order.simulation.delay_scale  multiplies the pretended working time; 0 turns it off
Without them chance decides, at the rate in VALIDATION_OUTAGE_RATE.
"""

import json
import os
import random
import time

OUTAGE_RATE = float(os.environ.get("VALIDATION_OUTAGE_RATE", "0.10"))
DELAY_SCALE = float(os.environ.get("SIMULATED_DELAY_SCALE", "1.0"))


class TransientServiceError(Exception):
    """The validation service is out for a moment. The workflow's Retry names this error."""


def lambda_handler(event, context):
    order = event.get("order", event)
    simulation = order.get("simulation", {})
    print(f"Validating order: {json.dumps(order)}")

    time.sleep(random.uniform(0.1, 0.3) * simulation.get("delay_scale", DELAY_SCALE))
    if is_out(simulation, event.get("attempt", 0)):
        raise TransientServiceError("Validation service temporarily unavailable")

    items = order.get("items", [])
    total = sum(item.get("price", 0) * item.get("quantity", 0) for item in items)
    errors = find_errors(order, items, total)
    print(f"Validation {'failed: ' + '; '.join(errors) if errors else 'passed'}")

    return {
        "orderId": order.get("orderId", ""),
        "customerId": order.get("customerId", ""),
        "amount": order.get("amount", 0),
        "items": items,
        "simulation": simulation,  # the next functions read it too
        "validation": {
            "isValid": not errors,
            "errors": errors,
            "calculatedTotal": total,
            "validatedAt": time.time(),
        },
        "nextStep": "validation_failed" if errors else "process_payment",
    }


def is_out(simulation, attempt):
    outcome = simulation.get("validation")
    if outcome is None:
        return random.random() < OUTAGE_RATE
    if outcome == "outage-once":
        return attempt == 0
    if outcome in ("ok", "outage"):
        return outcome == "outage"
    raise ValueError(f"simulation.validation is {outcome!r}; use ok, outage or outage-once")


def find_errors(order, items, total):
    amount = order.get("amount", 0)
    errors = []
    if not order.get("orderId"):
        errors.append("Order ID is required")
    if not order.get("customerId"):
        errors.append("Customer ID is required")
    if amount <= 0:
        errors.append("Amount must be greater than 0")
    if not items:
        errors.append("At least one item is required")
    if abs(total - amount) > 0.01:
        errors.append("Amount doesn't match item totals")
    return errors
