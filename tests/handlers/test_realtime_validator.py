from loading import HandlerTest, load


class RealtimeValidator(HandlerTest):
    def check(self, **event):
        return self.call(load("realtime_validator"), event)

    def test_the_action_decides_the_route(self):
        routes = {"purchase": "process_transaction", "view": "log_analytics", "logout": "log_event", "": "log_event"}
        for action, route in routes.items():
            self.assertEqual(self.check(userId="u", action=action, timestamp=1)["nextStep"], route)

    def test_an_event_needs_user_action_and_time(self):
        self.assertTrue(self.check(userId="u", action="view", timestamp=1)["validation"]["isValid"])
        self.assertFalse(self.check(action="view", timestamp=1)["validation"]["isValid"])
        self.assertFalse(self.check(userId="u", timestamp=1)["validation"]["isValid"])
        self.assertFalse(self.check(userId="u", action="view")["validation"]["isValid"])

    def test_metadata_passes_through(self):
        self.assertEqual(self.check(metadata={"product": "widget-456"})["metadata"], {"product": "widget-456"})
