"""Ships an order that is paid for and in stock.

Input (from the FulfillOrder state)
    the order with `payment` and `inventory`, as MergeResults joined them

Output
    the same order with `fulfillment`, `orderSummary` and `status` COMPLETED

Simulation
    simulation.fulfillment  "ok" or "fail" (raises FulfillmentError)
    simulation.delay_scale  multiplies the pretended working time; 0 turns it off
Without them chance decides, at the rate in FULFILLMENT_FAILURE_RATE.
"""

import json
import os
import random
import time

FAILURE_RATE = float(os.environ.get("FULFILLMENT_FAILURE_RATE", "0"))
DELAY_SCALE = float(os.environ.get("SIMULATED_DELAY_SCALE", "1.0"))

# Shortest and longest delivery in business days.
DELIVERY_DAYS = {"standard": (3, 7), "express": (1, 3), "overnight": (1, 1)}


class FulfillmentError(Exception):
    """The warehouse cannot ship the order. Trying again would not help, so no Retry names it."""


def lambda_handler(event, context):
    order_id = event.get("orderId")
    simulation = event.get("simulation", {})
    print(f"Processing order fulfillment: {json.dumps(event)}")

    time.sleep(random.uniform(0.1, 0.4) * simulation.get("delay_scale", DELAY_SCALE))
    if fails(simulation):
        raise FulfillmentError(f"Order {order_id} could not be shipped")

    method = random.choice(list(DELIVERY_DAYS))
    fulfillment = {
        "fulfillmentId": f"fulfill_{order_id}_{int(time.time())}",
        "trackingNumber": f"TRK{random.randint(100000, 999999)}",
        "shippingMethod": method,
        "estimatedDeliveryDays": random.randint(*DELIVERY_DAYS[method]),
        "warehouseLocation": random.choice(["US-EAST", "US-WEST", "US-CENTRAL"]),
        "status": "PROCESSING",
        "createdAt": time.time(),
    }
    print(f"Order {order_id} ships {method}, tracking number {fulfillment['trackingNumber']}")
    return {**event, "fulfillment": fulfillment, "orderSummary": summarize(event, fulfillment), "status": "COMPLETED"}


def summarize(event, fulfillment):
    payment, inventory = event.get("payment", {}), event.get("inventory", {})
    return {
        "orderId": event.get("orderId"),
        "customerId": event.get("customerId"),
        "totalAmount": event.get("amount"),
        "itemCount": len(event.get("items", [])),
        "transactionId": payment.get("transactionId"),
        "paymentStatus": payment.get("status"),
        "inventoryUpdated": len(inventory.get("updates", [])),
        "fulfillmentStatus": fulfillment["status"],
        "trackingNumber": fulfillment["trackingNumber"],
        "estimatedDelivery": f"{fulfillment['estimatedDeliveryDays']} business days",
    }


def fails(simulation):
    outcome = simulation.get("fulfillment")
    if outcome is None:
        return random.random() < FAILURE_RATE
    if outcome in ("ok", "fail"):
        return outcome == "fail"
    raise ValueError(f"simulation.fulfillment is {outcome!r}; use ok or fail")
