"""Organisation 组织领导: who leads, what was decided, what was signed, what is checked weekly."""
