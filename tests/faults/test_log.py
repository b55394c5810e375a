"""Nothing a person typed is found in the log, or on an error page."""

from __future__ import annotations

import io
import json
import logging
from datetime import date
from random import Random
from uuid import uuid4

import pytest
from django.test import Client
from xlsxwriter import Workbook

from anze.config.logs import PrivateFormatter, logging_of
from anze.kernel.exchange import services as exchange
from anze.kernel.forms import services as forms
from anze.kernel.ledger import services as ledger
from anze.kernel.people.models import User

FAMILY, GIVEN = "赵钱孙李周吴郑王冯陈", "建国秀英志强丽娟晓明海燕文博雨桐"


def canaries(count: int, seed: int = 20) -> list[str]:
    """Return invented names, phones and ids, a third of each."""
    dice = Random(seed)
    found: set[str] = set()
    while len(found) < count:
        name = dice.choice(FAMILY) + "".join(dice.sample(GIVEN, 2)) + dice.choice("鑫淼焱垚犇")
        phone = f"13{dice.randrange(10**9):09d}"
        person = f"320412{dice.randrange(1950, 2019)}{dice.randrange(10**8):08d}"
        found.add((name, phone, person)[len(found) % 3])
    return sorted(found)


@pytest.fixture
def log():
    """What the console handler writes at the levels of the settings, as text."""
    text = io.StringIO()
    said = logging_of(json=True)
    private = dict(said["formatters"]["private"])
    maker: type[logging.Formatter] = private.pop("()")
    handler = logging.StreamHandler(text)
    handler.setFormatter(maker(**private))
    logging.getLogger().addHandler(handler)
    yield text
    logging.getLogger().removeHandler(handler)


def lines(log: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_with_route_status_time_and_the_id_of_the_person(
    cast, client_for, log
):
    client_for(cast.officer).get("/forms/?q=赵建国")
    (line,) = [one for one in lines(log) if one["event"] == "request"]
    assert (line["route"], line["method"], line["status"]) == ("forms:index", "GET", 200)
    assert line["level"] == "info"
    assert isinstance(line["ms"], int)
    assert line["actor"] == str(cast.officer.pk)
    said = {"event", "level", "logger", "time", "request", "actor", "route", "method", "status"}
    assert set(line) == {*said, "ms"}


def test_an_exception_is_told_by_type_and_place_with_the_request(
    cast, client_for, log, monkeypatch
):
    def fail(*_):
        raise ValueError("13912345678 赵建国")

    monkeypatch.setattr("anze.kernel.forms.views.render", fail)
    client = client_for(cast.officer)
    client.raise_request_exception = False
    assert client.get("/forms/").status_code == 500
    (line,) = [one for one in lines(log) if one["logger"] == "django.request"]
    assert line["fault"][0] == "builtins.ValueError"
    assert any("test_log.py" in frame for frame in line["fault"])
    assert line["actor"] == str(cast.officer.pk)
    assert "13912345678" not in log.getvalue()


def test_what_is_filled_in_passes_only_as_a_number_an_id_or_a_code():
    formatter = PrivateFormatter(processors=[lambda _l, _n, event: event["event"]])
    uid = uuid4()

    def told(message: str, *args: object, name: str = "anze.x") -> str:
        record = logging.LogRecord(name, logging.INFO, "", 0, message, args, None)
        return formatter.format(record)

    assert told("job %s %s failed", "exchange.commit", uid) == f"job exchange.commit {uid} failed"
    assert told("n=%s took %.1f", 7, 1.25) == "n=7 took 1.2"
    assert told("hook %s", "王 小明") == "hook <str>"
    assert told("hook %s", ValueError("王小明")) == "hook builtins.ValueError"
    assert told("%s", ["王"]) == "<list>"
    assert told("Not Found: %s", "/x", name="django.request") == "Not Found: <str>"
    assert told("13912345678 said 王小明") == "… said …"
    assert told("someone wang", name="library") == "library"


@pytest.fixture
def planted(cast, client_for, log, monkeypatch, settings):
    """Two hundred canaries sent in by every door; return them with the error pages seen."""
    settings.ANZE_SMS_CHANNEL = "anze.kernel.people.channels.MemoryChannel"
    words = canaries(200)
    client, pages = client_for(cast.officer), []
    client.raise_request_exception = False
    nobody = Client(raise_request_exception=False)
    desk = client_for(cast.desk)
    desk.raise_request_exception = False
    for number, word in enumerate(words):
        sign_in = {"username": word, "password": word}
        nobody.post(f"/sign-in/?next=/{word}", sign_in)
        nobody.post("/sign-in/code/", {"phone": word, "code": word})
        pages += [client.get(f"/{word}/"), client.get("/units/", {"q": word})]
        told = json.dumps({"answers": {"leader": word}, "x": word})
        pages.append(client.post(f"/api/v1/forms/{word}", told, content_type="application/json"))
        pages.append(client.get("/", headers={"Host": "x", "Cookie": f"sessionid={word!a}"}))
        if number % 20 == 0:
            pages += _import(desk, cast, words[number : number + 20])
            pages += _break(client, monkeypatch, word)
    return words, [page for page in pages if page.status_code >= 400]


def _import(desk, cast, words):
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        for row, word in enumerate(["单位名称", *words]):
            sheet.write_row(row, 0, [word] * 3)
    out.seek(0)
    out.name = f"{words[0]}.xlsx"
    sent = {"kind": "roster", "scope": str(cast.district.pk), "file": out}
    desk.post("/exchange/upload/", sent)
    return []


def _break(client, monkeypatch, word):
    """Every way of failing with a person's words in the exception."""

    def fail(*_args, **_more):
        User.objects.get(name=word)

    def deep(*_args, **_more):
        try:
            int(word + "x")
        except ValueError as error:
            raise RuntimeError(f"{word} broke", {"phone": word}) from error

    pages = []
    for broken in (fail, deep):
        with monkeypatch.context() as patch:
            patch.setattr("anze.kernel.forms.views.render", broken)
            pages.append(client.get("/forms/"))
    for room, name in ((forms, "forms"), (ledger, "ledger"), (exchange, "exchange")):
        try:
            raise LookupError(f"{word} in {room.__name__}", date(2026, 1, 1))
        except LookupError:
            logging.getLogger(f"anze.{name}").exception("failed on %s of %r", word, {"name": word})
    return pages


def test_of_two_hundred_names_phones_and_ids_none_is_in_the_log(planted, log):
    words, pages = planted
    text = log.getvalue()
    assert text.count('"event": "request"') > 800
    assert any(page.status_code == 500 for page in pages)
    assert [word for word in words if word in text] == []


def test_of_two_hundred_names_phones_and_ids_none_is_on_an_error_page(planted):
    words, pages = planted
    shown = {
        (page.status_code, word)
        for page in pages
        for word in words
        if word in page.content.decode()
    }
    assert len(pages) > 400
    assert shown == set()
