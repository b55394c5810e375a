"""Signing in by password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from anze.kernel.people.models import User


class PasswordBackend(BaseBackend):
    """Username and password. Lockout is done by axes, which stands before it."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_others: Any,
    ) -> User | None:
        """Return the active user with this password, or None."""
        if not username or password is None:
            return None
        user = User.objects.filter(username=username).first()
        if user is None or not user.has_usable_password():
            make_password(password)  # as slow as for a known name, so that time tells nothing
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: UUID) -> User | None:
        """Return the user of a session while the account is open."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def canonical(typed: str) -> str:
    """Return the username meant by what was typed: a username in any case, or a phone number.

    One name for both, or the lockout could be doubled by trying each.
    """
    name = typed.strip().lower()
    if name.isdigit() and len(name) == 11:
        known = User.objects.filter(phone=name).values_list("username", flat=True).first()
        return known or name
    return name
