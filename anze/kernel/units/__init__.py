"""Every body that answers for safety, the dated tree between them, their places and calendar."""
