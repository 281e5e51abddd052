from loading import HandlerTest, load, order

VALID = {"isValid": True, "errors": []}


class PaymentProcessor(HandlerTest):
    def pay(self, environment=None, **changes):
        return self.call(load("payment_processor", environment), order(validation=VALID, **changes))

    def test_a_completed_payment_has_a_transaction(self):
        result = self.pay(simulation={"payment": "completed"})
        self.assertEqual(result["payment"]["status"], "COMPLETED")
        self.assertEqual(result["payment"]["amount"], 99.99)
        self.assertTrue(result["payment"]["transactionId"].startswith("txn_order-12345_"))
        self.assertEqual(result["nextStep"], "fulfill_order")

    def test_a_declined_payment_is_an_answer(self):
        result = self.pay(simulation={"payment": "declined"})
        self.assertEqual(result["payment"]["status"], "FAILED")
        self.assertIsNone(result["payment"]["transactionId"])
        self.assertIn(result["payment"]["errorCode"], ["DECLINE", "TIMEOUT", "INVALID"])
        self.assertEqual(result["nextStep"], "payment_failed")

    def test_the_order_passes_through(self):
        result = self.pay(simulation={"payment": "completed"})
        self.assertEqual({key: result[key] for key in order()}, order())
        self.assertEqual(result["validation"], VALID)

    def test_an_order_that_is_not_valid_is_refused(self):
        with self.assertRaisesRegex(ValueError, "invalid order"):
            self.call(load("payment_processor"), order())

    def test_the_rate_decides_without_a_simulation(self):
        self.assertEqual(self.pay({"PAYMENT_FAILURE_RATE": "1"})["payment"]["status"], "FAILED")
        self.assertEqual(self.pay({"PAYMENT_FAILURE_RATE": "0"})["payment"]["status"], "COMPLETED")

    def test_a_misspelt_outcome_is_refused(self):
        with self.assertRaisesRegex(ValueError, "completed or declined"):
            self.pay(simulation={"payment": "ok"})
