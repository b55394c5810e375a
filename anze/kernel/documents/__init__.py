"""Documents: one shape, written as Word and PDF, numbered, and verified by anybody."""
