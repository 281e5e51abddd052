from unittest import mock

from loading import HandlerTest, load, order

NEVER = {"VALIDATION_OUTAGE_RATE": "0"}
ALWAYS = {"VALIDATION_OUTAGE_RATE": "1"}


class OrderValidator(HandlerTest):
    def errors(self, event):
        return self.call(load("order_validator", NEVER), event)["validation"]["errors"]

    def test_a_consistent_order_is_valid(self):
        result = self.call(load("order_validator", NEVER), {"order": order(), "attempt": 0})
        self.assertTrue(result["validation"]["isValid"])
        self.assertEqual(result["validation"]["calculatedTotal"], 99.99)
        self.assertEqual(result["nextStep"], "process_payment")
        self.assertEqual(result["items"], order()["items"])

    def test_an_order_alone_works_as_a_test_event(self):
        self.assertEqual(self.errors(order()), [])

    def test_every_mistake_is_named(self):
        wrong = {"orderId": "", "customerId": "", "amount": -10, "items": []}
        result = self.call(load("order_validator", NEVER), {"order": wrong, "attempt": 0})
        self.assertFalse(result["validation"]["isValid"])
        self.assertEqual(len(result["validation"]["errors"]), 5)
        self.assertEqual(result["nextStep"], "validation_failed")

    def test_an_amount_must_be_the_sum_of_the_items(self):
        self.assertEqual(self.errors(order(amount=100)), ["Amount doesn't match item totals"])
        self.assertEqual(self.errors(order(amount=99.995)), [])

    def test_an_outage_raises_the_error_that_the_retry_names(self):
        module = load("order_validator", NEVER)
        for attempt in range(4):
            with self.assertRaises(module.TransientServiceError):
                self.call(module, {"order": order(simulation={"validation": "outage"}), "attempt": attempt})

    def test_one_outage_is_over_on_the_second_try(self):
        module = load("order_validator", NEVER)
        event = {"order": order(simulation={"validation": "outage-once"}), "attempt": 0}
        with self.assertRaises(module.TransientServiceError):
            self.call(module, event)
        self.assertTrue(self.call(module, {**event, "attempt": 1})["validation"]["isValid"])

    def test_the_rate_decides_only_what_the_simulation_leaves_open(self):
        module = load("order_validator", ALWAYS)
        with self.assertRaises(module.TransientServiceError):
            self.call(module, {"order": order(), "attempt": 0})
        pinned = order(simulation={"validation": "ok"})
        self.assertTrue(self.call(module, {"order": pinned, "attempt": 0})["validation"]["isValid"])

    def test_the_simulation_goes_on_to_the_next_state(self):
        simulation = {"payment": "declined", "validation": "ok"}
        result = self.call(load("order_validator", NEVER), {"order": order(simulation=simulation), "attempt": 0})
        self.assertEqual(result["simulation"], simulation)
        self.assertEqual(self.call(load("order_validator", NEVER), {"order": order()})["simulation"], {})

    def test_a_misspelt_outcome_is_refused(self):
        with self.assertRaisesRegex(ValueError, "outage-once"):
            self.errors(order(simulation={"validation": "otage"}))

    def test_the_delay_follows_the_input_before_the_environment(self):
        module = load("order_validator", {**NEVER, "SIMULATED_DELAY_SCALE": "1000"})
        with mock.patch.object(module.time, "sleep") as sleep:
            self.call(module, order(simulation={"delay_scale": 0}))
        sleep.assert_called_once_with(0)
