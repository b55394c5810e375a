"""Files: received once, proved by the bytes as they came, shown only without what they carried."""
