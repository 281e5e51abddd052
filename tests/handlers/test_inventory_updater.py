from unittest import mock

from loading import HandlerTest, load, order


class InventoryUpdater(HandlerTest):
    def update(self, environment=None, **changes):
        return self.call(load("inventory_updater", environment), order(**changes))

    def test_stock_is_reserved_without_sight_of_the_payment(self):
        inventory = self.update()["inventory"]
        self.assertEqual(len(inventory["updates"]), 1)
        update = inventory["updates"][0]
        self.assertEqual(update["productId"], "laptop-001")
        self.assertEqual(update["previousStock"] - update["newStock"], 1)
        self.assertIn("updatedAt", inventory)

    def test_a_payment_that_is_there_must_be_completed(self):
        module = load("inventory_updater")
        self.call(module, order(payment={"status": "COMPLETED"}))
        for payment in ({"status": "FAILED"}, {}):
            with self.assertRaises(module.InventoryError):
                self.call(module, order(payment=payment))

    def test_low_stock_is_listed(self):
        module = load("inventory_updater")
        with mock.patch.object(module.random, "randint", return_value=50):
            inventory = self.call(module, order(items=[{"productId": "p", "quantity": 60, "price": 1}]))["inventory"]
        self.assertEqual(inventory["updates"][0]["newStock"], 0)
        self.assertEqual(inventory["lowStockItems"], inventory["updates"])

    def test_the_simulation_decides_before_the_rate(self):
        module = load("inventory_updater", {"INVENTORY_FAILURE_RATE": "1"})
        self.call(module, order(simulation={"inventory": "ok"}))
        with self.assertRaises(module.InventoryError):
            self.call(module, order())
        never = load("inventory_updater")
        with self.assertRaises(never.InventoryError):
            self.call(never, order(simulation={"inventory": "fail"}))

    def test_a_misspelt_outcome_is_refused(self):
        with self.assertRaisesRegex(ValueError, "ok or fail"):
            self.update(simulation={"inventory": "failed"})
