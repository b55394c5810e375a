"""Plain Python that knows nothing of Django: canonical JSON, Merkle trees, calendars, sheets."""
