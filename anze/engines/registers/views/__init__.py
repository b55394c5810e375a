"""Pages of registers and audits."""
