"""Whole copies of a home, made while others write, and the proof that they can be lived in."""
