"""Policy as data: versioned packs of clauses, requirements, forms, roles and calendars."""
