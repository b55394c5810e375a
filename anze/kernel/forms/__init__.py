"""Forms: what a pack asks, answered once, becomes one entry of the ledger."""
