"""Charges a validated order. A declined payment is an answer, not an error: the workflow's Choice state reads it.

Input (from the ProcessPayment state)
    the validated order

Output
    the same order with `payment` {status, transactionId, ...} and `nextStep`;
    status is COMPLETED, or FAILED with errorCode and errorMessage

Simulation
    simulation.payment      "completed" or "declined"
    simulation.delay_scale  multiplies the pretended working time; 0 turns it off
Without them chance decides, at the rate in PAYMENT_FAILURE_RATE.
"""

import json
import os
import random
import time

FAILURE_RATE = float(os.environ.get("PAYMENT_FAILURE_RATE", "0.15"))
DELAY_SCALE = float(os.environ.get("SIMULATED_DELAY_SCALE", "1.0"))

DECLINES = [
    ("DECLINE", "Insufficient funds"),
    ("DECLINE", "Card declined"),
    ("TIMEOUT", "Payment gateway timeout"),
    ("INVALID", "Invalid payment information"),
]


def lambda_handler(event, context):
    print(f"Processing payment: {json.dumps(event)}")
    if not event.get("validation", {}).get("isValid"):
        raise ValueError("Cannot process payment for invalid order")

    simulation = event.get("simulation", {})
    processing_time = random.uniform(0.2, 0.8) * simulation.get("delay_scale", DELAY_SCALE)
    time.sleep(processing_time)

    if is_declined(simulation):
        code, message = random.choice(DECLINES)
        payment = {"transactionId": None, "status": "FAILED", "errorCode": code, "errorMessage": message}
        print(f"Payment failed: {message}")
    else:
        payment = {
            "transactionId": f"txn_{event.get('orderId')}_{int(time.time())}",
            "status": "COMPLETED",
            "paymentMethod": random.choice(["credit_card", "debit_card", "digital_wallet"]),
            "amount": event.get("amount"),
        }
        print(f"Payment successful: {payment['transactionId']}")

    payment.update(processingTime=processing_time, timestamp=time.time())
    completed = payment["status"] == "COMPLETED"
    return {**event, "payment": payment, "nextStep": "fulfill_order" if completed else "payment_failed"}


def is_declined(simulation):
    outcome = simulation.get("payment")
    if outcome is None:
        return random.random() < FAILURE_RATE
    if outcome in ("completed", "declined"):
        return outcome == "declined"
    raise ValueError(f"simulation.payment is {outcome!r}; use completed or declined")
