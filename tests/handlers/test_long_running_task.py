import json
from unittest import mock

from loading import HandlerTest, load


class LongRunningTask(HandlerTest):
    def setUp(self):
        self.client = mock.Mock(spec=["send_task_success", "send_task_failure"])

    def start(self, **task_input):
        module = load("long_running_task", client=self.client)
        return self.call(module, {"taskToken": "token-1", "input": {"operation": "analysis", **task_input}})

    def test_success_answers_the_token_with_the_result(self):
        answer = self.start()
        self.client.send_task_failure.assert_not_called()
        call = self.client.send_task_success.call_args.kwargs
        self.assertEqual(call["taskToken"], "token-1")
        result = json.loads(call["output"])
        self.assertEqual(result["status"], "COMPLETED")
        self.assertIn("analysis", result["result"])
        self.assertEqual(answer["status"], "STARTED")
        self.assertEqual(answer["taskId"], result["taskId"])

    def test_failure_answers_the_token_with_an_error(self):
        self.start(simulation={"callback": "failure"})
        self.client.send_task_success.assert_not_called()
        call = self.client.send_task_failure.call_args.kwargs
        self.assertEqual((call["taskToken"], call["error"]), ("token-1", "TaskExecutionError"))

    def test_silence_leaves_the_token_alone(self):
        self.assertEqual(self.start(simulation={"callback": "silent"})["status"], "STARTED")
        self.assertEqual(self.client.mock_calls, [])

    def test_a_misspelt_outcome_fails_the_task_and_says_so(self):
        self.start(simulation={"callback": "quiet"})
        self.assertIn("silent", self.client.send_task_failure.call_args.kwargs["cause"])

    def test_an_answer_that_is_refused_is_not_answered_again(self):
        self.client.send_task_success.side_effect = RuntimeError("TaskTimedOut")
        with self.assertRaises(RuntimeError):
            self.start()
        self.client.send_task_failure.assert_not_called()

    def test_the_token_is_not_logged(self):
        self.start()
        self.assertNotIn("token-1", self.printed)
