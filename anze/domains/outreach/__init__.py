"""Outreach 宣传教育: lectures, training, publicity."""
