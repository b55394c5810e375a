"""When the phone's word about the time of a capture is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from anze.kernel.outbox.trust import DOUBTS, SKEW, doubt

ISSUED = datetime(2026, 11, 20, 1, tzinfo=UTC)
EXPIRES = ISSUED + timedelta(days=7)
NOON = ISSUED + timedelta(hours=3)
instants = st.datetimes(datetime(2016, 1, 1), datetime(2038, 1, 1), timezones=st.just(UTC))


def told(captured, sent=None, now=NOON):
    return doubt(captured, sent or now, issued=ISSUED, expires=EXPIRES, now=now)


def test_a_capture_inside_the_packets_time_is_believed():
    assert told(ISSUED) == told(ISSUED + timedelta(hours=1)) == told(NOON) == ""


def test_a_capture_before_the_packet_was_issued_is_not():
    assert told(ISSUED - timedelta(microseconds=1)) == "before_issue"


def test_a_capture_after_it_was_received_is_not():
    assert told(NOON + timedelta(seconds=1)) == "after_receipt"


def test_a_capture_after_the_packet_expired_is_not():
    late = EXPIRES + timedelta(hours=2)
    assert told(EXPIRES + timedelta(hours=1), now=late) == "after_expiry"
    assert told(EXPIRES, now=late) == ""


def test_a_phone_whose_clock_is_off_when_it_sends_is_not():
    for ahead in (timedelta(hours=-8), -SKEW - timedelta(seconds=1), timedelta(days=3650)):
        assert told(ISSUED, sent=NOON + ahead) == "clock_off"
    assert told(ISSUED, sent=NOON + SKEW) == ""


def test_a_phone_that_says_nothing_is_not():
    assert told(None) == doubt(ISSUED, None, issued=ISSUED, expires=EXPIRES, now=NOON) == "missing"


@given(captured=instants, sent=instants, now=instants, length=st.integers(0, 10**7))
def test_what_is_believed_always_lies_inside_packet_and_past(captured, sent, now, length):
    expires = ISSUED + timedelta(seconds=length)
    why = doubt(captured, sent, issued=ISSUED, expires=expires, now=now)
    if not why:
        assert ISSUED <= captured <= min(expires, now)
        assert abs(sent - now) <= SKEW
    else:
        assert why in DOUBTS
