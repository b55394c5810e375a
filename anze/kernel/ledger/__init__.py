"""The ledger (存证): append-only entries, numbered in one Merkle tree, the source of decisions."""
