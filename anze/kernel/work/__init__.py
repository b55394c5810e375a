"""Notices to people, jobs in the background, and what is done every minute."""
