"""One module per subject; each has a ``router``. Thin: selectors and services do the work."""
