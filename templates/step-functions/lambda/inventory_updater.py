"""Reserves stock for each item of an order.

It runs beside ProcessPayment in a Parallel state. Branches do not see each other's output, so a missing `payment`
is the normal case; only a payment that is there and not COMPLETED is refused.

Input (from the UpdateInventory state)
    the validated order

Output
    the same order with `inventory` {updates, lowStockItems, updatedAt} and `nextStep`

Simulation
    simulation.inventory    "ok" or "fail" (raises InventoryError)
    simulation.delay_scale  multiplies the pretended working time; 0 turns it off
Without them chance decides, at the rate in INVENTORY_FAILURE_RATE.
"""

import json
import os
import random
import time

FAILURE_RATE = float(os.environ.get("INVENTORY_FAILURE_RATE", "0"))
DELAY_SCALE = float(os.environ.get("SIMULATED_DELAY_SCALE", "1.0"))

LOW_STOCK = 10


class InventoryError(Exception):
    """Stock cannot be reserved. Trying again would not help, so no Retry names it."""


def lambda_handler(event, context):
    print(f"Updating inventory: {json.dumps(event)}")
    payment = event.get("payment")
    if payment is not None and payment.get("status") != "COMPLETED":
        raise InventoryError("Cannot update inventory for unsuccessful payment")

    simulation = event.get("simulation", {})
    if fails(simulation):
        raise InventoryError("Stock could not be reserved")

    updates = [reserve(item, simulation.get("delay_scale", DELAY_SCALE)) for item in event.get("items", [])]
    inventory = {
        "updates": updates,
        "lowStockItems": [update for update in updates if update["lowStockAlert"]],
        "updatedAt": time.time(),
    }
    return {**event, "inventory": inventory, "nextStep": "fulfill_order"}


def reserve(item, delay_scale):
    product, quantity = item.get("productId"), item.get("quantity", 0)
    before = random.randint(50, 500)
    after = max(0, before - quantity)
    time.sleep(random.uniform(0.05, 0.15) * delay_scale)
    print(f"Reserved {quantity} of {product}: {before} -> {after}{', low stock' if after < LOW_STOCK else ''}")
    return {
        "productId": product,
        "quantityReserved": quantity,
        "previousStock": before,
        "newStock": after,
        "lowStockAlert": after < LOW_STOCK,
        "timestamp": time.time(),
    }


def fails(simulation):
    outcome = simulation.get("inventory")
    if outcome is None:
        return random.random() < FAILURE_RATE
    if outcome in ("ok", "fail"):
        return outcome == "fail"
    raise ValueError(f"simulation.inventory is {outcome!r}; use ok or fail")
