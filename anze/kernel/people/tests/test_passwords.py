"""The two password profiles."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from anze.kernel.bus import clock
from anze.kernel.people import passwords
from anze.kernel.people.models import User


def accepted(password, user=None):
    try:
        passwords.check(password, user)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("password", "dengbao", "asvs"),
    [
        ("Reed-77", False, False),  # seven characters
        ("Reed-773", True, True),
        ("reedpond", False, True),  # one class
        ("reed7734", False, True),  # two
        ("reed-7734", True, True),  # three
        ("芦苇荡里的小船儿", False, True),
        ("password1", False, False),  # common
        ("Anze2026!", False, False),  # the house's own name
        ("Officer01!", False, False),  # like the username
        ("a" * 40 + "B-7" * 8, True, True),  # 64
        ("aB-7" * 33, False, False),  # 132
    ],
)
def test_what_each_profile_accepts(settings, password, dengbao, asvs):
    user = User(username="officer01", name="程全")
    for profile, wanted in (("dengbao", dengbao), ("asvs", asvs)):
        settings.ANZE_PASSWORD_PROFILE = profile
        assert accepted(password, user) is wanted, profile


def test_an_unknown_profile_is_refused(settings):
    settings.ANZE_PASSWORD_PROFILE = "none"
    with pytest.raises(LookupError):
        passwords.check("Reed-7734-pond", None)


def test_dengbao_refuses_the_last_three(cast, settings):
    user = cast.officer
    used = [f"Reed-773{n}-pond" for n in range(4)]
    for password in used:
        assert accepted(password, user)
        passwords.store(user, password, clock.now(), must_change=False)
    assert [accepted(password, user) for password in used] == [True, False, False, False]
    assert user.old_passwords.count() == 3
    settings.ANZE_PASSWORD_PROFILE = "asvs"
    assert accepted(used[-1], user)


def test_dengbao_wants_a_new_password_after_ninety_days(cast, settings):
    user, now = cast.officer, clock.now()
    assert not passwords.must_change(user, now)  # signs in by text message: none to change
    passwords.store(user, "Reed-7734-pond", now, must_change=False)
    assert not passwords.must_change(user, now + timedelta(days=90))
    assert passwords.must_change(user, now + timedelta(days=91))
    settings.ANZE_PASSWORD_PROFILE = "asvs"
    assert not passwords.must_change(user, now + timedelta(days=91))


def test_a_random_password_pleases_both_profiles(settings):
    for profile in passwords.PROFILES:
        settings.ANZE_PASSWORD_PROFILE = profile
        assert all(accepted(passwords.random_password()) for _ in range(50))


def test_the_rules_are_said_in_words(settings):
    assert any("三类" in rule for rule in passwords.rules_in_words())
    settings.ANZE_PASSWORD_PROFILE = "asvs"
    assert not any("三类" in rule for rule in passwords.rules_in_words())
