"""The two password profiles, and setting passwords.

``dengbao`` (GB/T 22239-2019 8.1.4.1): at least 8 characters of 3 classes, changed every 90 days,
none of the last 3. ``asvs`` (OWASP ASVS 5.0, 6.2.1–6.2.12): at least 8 characters, no composition
rules, no periodic change. Both refuse common and personal passwords (ASVS 6.2.4, 6.2.11).
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    validate_password,
)
from django.core.exceptions import ValidationError

from anze.kernel.people.models import OldPassword, User

LONGEST: Final = 128  # ASVS 6.2.9 asks for at least 64; an end keeps hashing cheap
CHANGE_AFTER: Final = timedelta(days=90)
REMEMBERED: Final = 3
CLASSES_WANTED: Final = 3
# Words that everybody who attacks this house would try (ASVS 6.2.11).
OWN_WORDS: Final = ("anze", "anquan", "jiaoyu", "xuexiao", "安责")
# Without look-alikes: it is read out from a slip of paper.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_DIGITS: Final = "23456789"


class LongestValidator:
    """Refuses what is too long to hash for a stranger."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError above 128 characters."""
        if len(password) > LONGEST:
            raise ValidationError(f"密码不能超过 {LONGEST} 个字符")

    def get_help_text(self) -> str:
        """Return what to keep to."""
        return f"不超过 {LONGEST} 个字符"


class ClassesValidator:
    """Wants three of: capital letters, small letters, digits, anything else."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for fewer classes."""
        tests = (str.isupper, str.islower, str.isdigit)
        classes = {next((t.__name__ for t in tests if t(c)), "other") for c in password}
        if len(classes) < CLASSES_WANTED:
            raise ValidationError("密码须包含大写字母、小写字母、数字、符号中的至少三类")

    def get_help_text(self) -> str:
        """Return what to keep to."""
        return "包含大写字母、小写字母、数字、符号中的至少三类"


class HistoryValidator:
    """Refuses the present password and those just before it."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for one of the last three."""
        if user is None or user._state.adding:
            return
        hashes = list(user.old_passwords.order_by("-pk")[:REMEMBERED])
        if any(check_password(password, old.password) for old in hashes):
            raise ValidationError(f"不能使用最近 {REMEMBERED} 次用过的密码")

    def get_help_text(self) -> str:
        """Return what to keep to."""
        return f"不与最近 {REMEMBERED} 次用过的密码相同"


class OwnWordsValidator:
    """Refuses passwords made of the house's own words and some digits."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when little is left without those words and digits."""
        rest = password.lower()
        for word in OWN_WORDS:
            rest = rest.replace(word, "")
        if rest != password.lower() and sum(c.isalpha() for c in rest) < 3:
            raise ValidationError("密码里用了平台的名称或常用词，太容易猜到")

    def get_help_text(self) -> str:
        """Return what to keep to."""
        return "不用平台名称、姓名、手机号等容易猜到的内容"


_BOTH: Final[tuple[Any, ...]] = (
    MinimumLengthValidator(8),
    LongestValidator(),
    CommonPasswordValidator(),
    UserAttributeSimilarityValidator(user_attributes=("username", "name", "phone")),
    OwnWordsValidator(),
)
PROFILES: Final[dict[str, tuple[Any, ...]]] = {
    "dengbao": (*_BOTH, ClassesValidator(), HistoryValidator()),
    "asvs": _BOTH,
}


def profile() -> str:
    """Return the name of the chosen profile; raise LookupError for an unknown one."""
    name = str(settings.ANZE_PASSWORD_PROFILE)
    if name not in PROFILES:
        raise LookupError(f"ANZE_PASSWORD_PROFILE={name!r}: choose one of {sorted(PROFILES)}")
    return name


def validators() -> tuple[Any, ...]:
    """Return the validators of the chosen profile."""
    return PROFILES[profile()]


def rules_in_words() -> list[str]:
    """Return what to keep to, one line per rule, for the page."""
    return [str(validator.get_help_text()).rstrip("。") for validator in validators()]


def check(password: str, user: User | None) -> None:
    """Raise ValidationError (Chinese messages) unless the profile accepts the password."""
    validate_password(password, user, password_validators=validators())


def store(user: User, password: str, now: datetime, *, must_change: bool) -> None:
    """Set a checked password, remember its hash, forget those no longer needed."""
    user.password = make_password(password)
    user.password_changed_at, user.must_change_password = now, must_change
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])
    OldPassword.objects.create(user=user, password=user.password, set_at=now)
    kept = user.old_passwords.order_by("-pk").values_list("pk", flat=True)[:REMEMBERED]
    user.old_passwords.exclude(pk__in=list(kept)).delete()


def must_change(user: User, now: datetime) -> bool:
    """Tell whether a new password is due: a first one, or (dengbao) one older than 90 days."""
    if user.must_change_password:
        return True
    if profile() != "dengbao" or not user.has_usable_password():
        return False
    return user.password_changed_at is None or now - user.password_changed_at > CHANGE_AFTER


def random_password() -> str:
    """Return a one-time password that both profiles accept: like ``Kmpx-3749-tvra``."""
    words = ["".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2)]
    number = "".join(secrets.choice(_DIGITS) for _ in range(4))
    return f"{words[0].capitalize()}-{number}-{words[1]}"
