"""Addresses inside the portal and beside it, with their query parts. A number leads to its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from anze.engines.duties.models import Occurrence

FOREVER = 9999


def duties(**query: object) -> str:
    """Return the list of occurrences, filtered; empty parts are left out."""
    return _with("portal:duties", query)


def ledger(**query: object) -> str:
    """Return the list of entries, filtered."""
    return _with("portal:ledger", query)


def late(**query: object) -> str:
    """Return the page of those who have not answered, filtered."""
    return _with("portal:late", query)


def _with(route: str, query: dict[str, object]) -> str:
    kept = {key: _text(value) for key, value in query.items() if value not in (None, "")}
    return f"{reverse(route)}?{urlencode(kept)}" if kept else reverse(route)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def duty(occurrence_id: int) -> str:
    """Return the page of an occurrence."""
    return reverse("portal:duty", args=[occurrence_id])


def unit(unit_id: UUID) -> str:
    """Return the page of a unit."""
    return reverse("portal:unit", args=[unit_id])


def entry(uid: UUID) -> str:
    """Return the page of an entry."""
    return reverse("portal:entry", args=[uid])


def document(document_id: UUID) -> str:
    """Return the page of a document."""
    return reverse("portal:document", args=[document_id])


def clause(issuer: str, ref: str) -> str:
    """Return the page of a clause."""
    return reverse("portal:clause", args=[issuer, ref])


def fill(occurrences: Iterable[Occurrence]) -> str:
    """Return the address where this duty is recorded; empty when it is met some other way."""
    for occ in occurrences:
        if occ.requirement.form:
            return _form(occ)
    return ""


def _form(occ: Occurrence) -> str:
    owner, _, ref = occ.requirement.form.rpartition("/")
    issuer = owner or occ.requirement.pack.issuer
    asked = {"unit": str(occ.unit_id), "subject": occ.subject}
    if occ.end.year < FOREVER:  # a form opened for a period that is over asks for the day
        asked |= {"from": occ.start.isoformat(), "to": occ.end.isoformat()}
    kept = urlencode({key: value for key, value in asked.items() if value})
    try:
        return f"{reverse('forms:fill', args=[issuer, ref])}?{kept}"
    except NoReverseMatch:
        return ""
