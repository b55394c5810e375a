"""Plugins of the whole suite."""

pytest_plugins = ["anze.kernel.ledger.testing", "tests.cast"]
