"""减负: what is asked of schools, who asked for it, and what they say about it."""
