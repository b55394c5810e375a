"""What monitors are told, and who may ask."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from anze.interfaces.health import metrics, views
from anze.kernel.bus import readonly

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so_without_a_session(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/-/live")
    assert answer.json() == {"live": True}
    assert not answer.cookies


def test_a_ready_process_names_what_it_looked_at(client):
    assert client.get("/-/ready").json() == {
        "ready": True, "database": True, "migrated": True, "guarded": True, "read_only": False,
    }  # fmt: skip


def test_a_process_without_guards_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(views.guards, "missing", lambda: ["ledger_entry_no_update"])
    answer = client.get("/-/ready")
    assert (answer.status_code, answer.json()["guarded"]) == (503, False)
    assert "ledger_entry" not in answer.content.decode()


def test_a_process_whose_database_is_away_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(views, "_migrated", lambda: 1 / 0)
    assert client.get("/-/ready").status_code == 503


def figures(client, **headers):
    return client.get("/-/metrics", headers=headers)


def test_metrics_are_for_the_machine_itself(client):
    answer = figures(client)
    assert answer.status_code == 200
    assert "anze_ledger_size " in answer.content.decode()
    assert "anze_read_only 0.0" in answer.content.decode()


def test_metrics_are_not_for_who_comes_through_the_proxy(client):
    assert figures(client, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 404
    assert Client(REMOTE_ADDR="203.0.113.7").get("/-/metrics").status_code == 404


def test_with_a_token_only_the_token_counts(client, settings):
    settings.ANZE_METRICS_TOKEN = "abc"
    assert figures(client).status_code == 404
    assert figures(client, Authorization="Bearer abd").status_code == 404
    assert figures(Client(REMOTE_ADDR="203.0.113.7"), Authorization="Bearer abc").status_code == 200


def test_requests_are_counted_by_route_and_never_by_address(client):
    client.get("/-/live?phone=13800138000")
    client.get("/nobody/wang-xiaoming/")
    text = figures(client).content.decode()
    assert 'anze_requests_total{method="GET",route="health:live",status="200"}' in text
    assert 'route="-",status="404"' in text
    assert "wang" not in text
    assert "13800138000" not in text


def test_a_strange_method_makes_no_new_series(client):
    client.generic("BREW", "/-/live")
    assert 'method="OTHER"' in figures(client).content.decode()


def test_a_figure_that_cannot_be_read_is_left_out(client, monkeypatch):
    monkeypatch.setitem(metrics._figures, "anze_broken", ("", "", lambda: 1 / 0))
    text = figures(client).content.decode()
    assert "anze_broken" not in text
    assert "anze_jobs" in text


def test_the_read_only_state_is_told(client, monkeypatch):
    monkeypatch.setattr(readonly, "active", lambda: True)
    assert json.loads(client.get("/-/ready").content)["read_only"] is True
    assert client.get("/-/ready").status_code == 200
    assert "anze_read_only 1.0" in figures(client).content.decode()
