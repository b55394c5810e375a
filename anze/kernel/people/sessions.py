"""Sessions in the database that do not turn a page into an error while nothing can be written."""

from __future__ import annotations

from django.contrib.sessions.backends import db

from anze.kernel.bus import readonly


class SessionStore(db.SessionStore):
    """The usual store; only a new session must be written, an old one may stay as it is."""

    def save(self, must_create: bool = False) -> None:
        """Write the session; for want of room, leave the stored one as it was."""
        try:
            super().save(must_create)
        except Exception as error:
            if must_create or not readonly.note(error):
                raise
