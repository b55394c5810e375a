"""Schemathesis calls every operation: what the document allows and what it forbids.

``ANZE_API_EXAMPLES`` sets how many requests each operation gets per person (20 by default).
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from anze.kernel.people.signin import BACKEND
from tests.api.world import DRILL, PDF

EXAMPLES = int(os.environ.get("ANZE_API_EXAMPLES", "20"))

# Rules of the house refuse data that fits the document, and the same id twice on purpose. What the
# three stateful checks ask is enumerated in test_scope.py, person by person.
LEFT_OUT = {
    "positive_data_acceptance",
    "use_after_free",
    "ensure_resource_availability",
    "object_level_authorization",
}

# Reading operations that never answer this person with a 200.
NOT_THEIRS = {
    # What is imported into a school's registers is the school's.
    "desk": {"/api/v1/collections/owed", "/api/v1/imports/{batch_id}"},
    "officer": {
        "/api/v1/notices/deliveries",
        "/api/v1/suggestions",
        "/api/v1/collections",
        "/api/v1/collections/{task_id}",
        "/api/v1/collections/{task_id}/answers",
    },
}

load_all_checks()
CHOSEN = [
    check
    for name, check in zip(CHECKS.get_all_names(), CHECKS.get_all(), strict=True)
    if name not in LEFT_OUT
]


def session(person) -> dict[str, dict[str, str]]:
    """Return the headers and cookies of a signed-in person, as a browser has them."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, backend=BACKEND)
    token = client.get("/api/v1/me").json()["csrf_token"]
    return {
        "headers": {"X-CSRFToken": token, "Accept-Encoding": "identity"},
        "cookies": {name: morsel.value for name, morsel in client.cookies.items()},
    }


def seeded(document: dict[str, Any], known: dict[str, list[Any]]) -> dict[str, Any]:
    """Return the document with real ids among the values to try: random ones only find a 404."""
    found = copy.deepcopy(document)
    for path, methods in found["paths"].items():
        for operation in methods.values():
            for one in operation["parameters"]:
                one["schema"] = _among(one["schema"], known.get(_name(path, one["name"])))
    for shape in ("SubmissionIn", "RemindIn", "CorrectionIn"):
        parts = found["components"]["schemas"][shape]["properties"]
        for name in parts:
            values = known.get(f"{shape}.{name}")
            parts[name] = {"anyOf": [_among(parts[name], values), parts[name]]}
    return found


def _name(path: str, name: str) -> str:
    return f"{path.split('/')[3]}.{name}"


def _among(schema: dict[str, Any], values: list[Any] | None) -> dict[str, Any]:
    return {"enum": values} if values else schema


def known_ids(world) -> dict[str, list[Any]]:
    """Return what there is, by where it is asked for."""
    cast = world.cast
    units = [str(one.pk) for one in (cast.primary, cast.primary_east, cast.primary_west)]
    outside = str(cast.other_school.pk)
    duties = [world.duty(cast.primary_east).pk, world.duty(cast.primary_west).pk]
    return {
        "units.unit_id": [*units, outside],
        "units.under": [str(cast.town.pk), outside],
        "duties.duty_id": duties,
        "duties.under": [str(cast.town.pk)],
        "duties.issuer": ["trial"],
        "duties.clause": ["1.1"],
        "waivers.uid": [str(world.proposal.uid)],
        "forms.issuer": ["trial"],
        "forms.ref": ["drill", "weekly", "everything", "bus"],
        "forms.unit": [*units, str(cast.section.pk)],
        "submissions.submission_id": [str(world.submission.pk)],
        "files.file_id": [str(world.file.pk)],
        "plan.issuer": ["trial"],
        "ledger.uid": [str(world.submission.entry_uid), str(world.proposal.uid)],
        "ledger.kind": ["drill.held", "units.registered"],
        "ledger.old": [1, 2, 40],
        "documents.document_id": [str(world.document.pk)],
        "documents.unit": units,
        "imports.batch_id": [str(world.batch.pk)],
        "registers.code": ["fire_equipment", "special_equipment", "nothing"],
        "registers.thing_id": [str(world.thing.pk)],
        "registers.unit": units,
        "suggestions.suggestion_id": [str(world.suggestion.pk)],
        "collections.task_id": [str(world.waiting.pk), str(world.running.pk)],
        "collections.unit_id": units,
        "packs.issuer": ["trial"],
        "packs.version": ["2026.1"],
        "SubmissionIn.form": ["trial/drill", "trial/everything", "trial/bus"],
        "SubmissionIn.unit": units,
        "SubmissionIn.answers": [DRILL, {"passed": True}, {"count": 3, "at": "2026-11-01 08:00"}],
        "SubmissionIn.happened": ["2026-11-03", "2026-11-03T08:00:00+08:00"],
        "CorrectionIn.answers": [{**DRILL, "participants": 600}],
        "RemindIn.duties": [duties],
    }


@contextmanager
def one_connection() -> Iterator[None]:
    """Keep the test's connection: a served request would close it when it ends."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.mark.parametrize("part", ["desk", "officer"])
def test_no_operation_breaks_or_answers_outside_the_document(world, part, client_for):
    document = client_for(world.cast.people[part]).get("/api/v1/openapi.json").json()
    credentials = session(world.cast.people[part])
    seen: Counter[int] = Counter()
    called, reached = set(), set()

    def call(case) -> None:
        case._has_explicit_auth = True  # else ``ignored_auth`` takes the session for a guess
        response = case.call()
        seen[response.status_code] += 1
        if response.status_code < 300:
            reached.add((case.operation.method, case.operation.path))
        case.validate_response(response, checks=CHOSEN)

    with one_connection():
        for operation in _operations(seeded(document, known_ids(world))):
            called.add((operation.method, operation.path))
            _try(operation.as_strategy(GenerationMode.POSITIVE, **credentials), call)
        # What is forbidden follows from the document as it is, not from the ids to try.
        for operation in _operations(document):
            if operation.query or operation.path_parameters or operation.body:
                _try(operation.as_strategy(GenerationMode.NEGATIVE, **credentials), call)
    assert len(called) == sum(len(methods) for methods in document["paths"].values())
    missed = {path for method, path in called - reached if method == "get"}
    assert missed == NOT_THEIRS[part], seen
    assert not [status for status in seen if status >= 500]


def _operations(document: dict[str, Any]) -> list[Any]:
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    return [found.ok() for found in schema.get_all_operations()]


def _try(cases, call) -> None:
    settled = settings(
        max_examples=max(1, EXAMPLES // 2),
        deadline=None,
        derandomize=EXAMPLES <= 20,
        database=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )

    @settled
    @given(case=cases)
    def run(case) -> None:
        call(case)

    run()


def test_a_real_file_passes_where_the_fuzz_sends_rubbish(world):
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = SimpleUploadedFile("甲.pdf", PDF + b"%2\n")
    body = {"unit": str(world.cast.primary.pk), "file": sent}
    assert world.client("officer").post("/api/v1/files", body).status_code == 201
