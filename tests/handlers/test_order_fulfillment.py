from loading import HandlerTest, load, order

PAID = {"payment": {"status": "COMPLETED", "transactionId": "txn_1"}, "inventory": {"updates": [{}]}}


class OrderFulfillment(HandlerTest):
    def ship(self, environment=None, **changes):
        return self.call(load("order_fulfillment", environment), order(**PAID, **changes))

    def test_an_order_is_shipped_and_summed_up(self):
        result = self.ship()
        self.assertEqual(result["status"], "COMPLETED")
        self.assertEqual(result["fulfillment"]["status"], "PROCESSING")
        summary = result["orderSummary"]
        self.assertEqual(summary["transactionId"], "txn_1")
        self.assertEqual(summary["totalAmount"], 99.99)
        self.assertEqual(summary["itemCount"], 1)
        self.assertEqual(summary["inventoryUpdated"], 1)
        self.assertEqual(summary["trackingNumber"], result["fulfillment"]["trackingNumber"])

    def test_the_days_fit_the_way_of_shipping(self):
        module = load("order_fulfillment")
        for _ in range(50):
            fulfillment = self.call(module, order(**PAID))["fulfillment"]
            shortest, longest = module.DELIVERY_DAYS[fulfillment["shippingMethod"]]
            self.assertTrue(shortest <= fulfillment["estimatedDeliveryDays"] <= longest)

    def test_the_simulation_decides_before_the_rate(self):
        module = load("order_fulfillment", {"FULFILLMENT_FAILURE_RATE": "1"})
        self.call(module, order(simulation={"fulfillment": "ok"}))
        with self.assertRaises(module.FulfillmentError):
            self.call(module, order())
        never = load("order_fulfillment")
        with self.assertRaises(never.FulfillmentError):
            self.call(never, order(**PAID, simulation={"fulfillment": "fail"}))

    def test_a_misspelt_outcome_is_refused(self):
        with self.assertRaisesRegex(ValueError, "ok or fail"):
            self.ship(simulation={"fulfillment": "no"})
