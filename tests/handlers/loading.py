"""Loads a handler of the pack as Lambda does: a fresh module with its own environment, and boto3 replaced by a fake."""

import contextlib
import importlib.util
import io
import os
import pathlib
import sys
import types
import unittest
from unittest import mock

# The pack's folder goes into the binary as it is: leave no bytecode there.
sys.dont_write_bytecode = True

PACK = pathlib.Path(__file__).resolve().parents[2] / "templates" / "step-functions" / "lambda"


def load(name, environment=None, client=None):
    fake_boto3 = types.ModuleType("boto3")
    fake_boto3.client = lambda service: client
    spec = importlib.util.spec_from_file_location(name, PACK / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    settings = {"SIMULATED_DELAY_SCALE": "0", **(environment or {})}
    with mock.patch.dict(os.environ, settings), mock.patch.dict(sys.modules, {"boto3": fake_boto3}):
        spec.loader.exec_module(module)
    return module


def order(**changes):
    """The handout's valid order."""
    return {
        "orderId": "order-12345",
        "customerId": "customer-67890",
        "amount": 99.99,
        "items": [{"productId": "laptop-001", "quantity": 1, "price": 99.99}],
        **changes,
    }


class HandlerTest(unittest.TestCase):
    """Keeps what a handler prints off the test's own output, and has it at hand in `self.printed`."""

    def call(self, module, event):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                return module.lambda_handler(event, None)
            finally:
                self.printed = printed.getvalue()
