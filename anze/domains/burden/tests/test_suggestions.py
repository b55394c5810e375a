"""What people say is too much: once, with or without a name, answered, and shown to all."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from anze.domains.burden import reconcile
from anze.domains.burden.models import Suggestion
from anze.domains.burden.selectors import suggestions as selectors
from anze.domains.burden.services.suggestions import Answer, Word, answer, say, take
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger import sequencer
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.people import services as people
from anze.kernel.people import sight
from anze.kernel.work.models import Notice


def word(**changes):
    given = Word(uuid4(), "repeated", "校车人数和学籍系统里的一样，不用再填", "/forms/")
    return replace(given, **changes)


CLOSED = Answer("changed", "下月起从学籍取数", True, "校车人数要填两遍", "改为从学籍系统取数")


def columns(row):
    """Every value of the row and of its entries, as text."""
    entries = Entry.objects.filter(facts__contains=str(row.pk))
    values = [Suggestion.objects.filter(pk=row.pk).values()[0], *entries.values()]
    return json.dumps(values, default=str) + "".join(
        json.dumps(ledger.private_part(one), default=str) for one in entries
    )


def test_what_is_said_twice_from_a_phone_is_one(cast):
    given = word()
    first, second = (say(cast.ctx("teacher"), given) for _ in range(2))
    assert first.pk == second.pk
    assert Suggestion.objects.count() == 1
    assert Entry.objects.filter(kind="burden.said").count() == 1


def test_the_same_id_with_other_words_or_of_another_person_is_refused(cast):
    given = word()
    say(cast.ctx("teacher"), given)
    with pytest.raises(Conflict):
        say(cast.ctx("teacher"), replace(given, words="别的"))
    with pytest.raises(Conflict):
        say(cast.ctx("officer"), given)
    assert Suggestion.objects.get().words == given.words


def test_a_name_is_kept_with_the_unit(cast):
    row = say(cast.ctx("teacher"), word())
    entry = Entry.objects.get(uid=row.entry_uid)
    assert (row.sender, row.unit, row.screen) == (cast.teacher, cast.primary, "登记")
    assert (entry.actor_id, entry.unit_id) == (cast.teacher.pk, cast.primary.pk)
    assert "学籍" not in json.dumps(entry.data, ensure_ascii=False)


def test_without_a_name_nothing_kept_leads_to_the_account_or_its_unit(cast):
    path = f"/units/{cast.primary.pk}/"
    row = say(cast.ctx("teacher"), word(named=False, path=path))
    kept = columns(row)
    assert row.unit == cast.district
    assert row.route == "portal:unit"
    for one in (cast.teacher.pk, cast.primary.pk, cast.primary_east.pk):
        assert str(one) not in kept
        assert one.hex not in kept
    assert cast.teacher.name not in kept
    assert str(cast.district.pk) in kept  # the search would find an id


def test_who_has_no_post_is_heard_by_every_desk(cast):
    row = say(cast.ctx("nobody"), word())
    assert row.unit is None
    assert row in selectors.worklist(cast.ctx("desk"))


def test_the_form_and_the_page_come_along_and_rubbish_does_not(cast):
    ctx = cast.ctx("teacher")
    assert say(ctx, word(path="/duties/")).route == "portal:duties"
    for rubbish in ("https://elsewhere.example/", "nowhere", "/no/such/page/", "", "/\x00"):
        row = say(ctx, word(path=rubbish))
        assert (row.route, row.screen) == ("", "")


@pytest.mark.parametrize("changes", [{"words": " \n"}, {"words": "长" * 501}, {"about": "praise"}])
def test_no_words_too_many_and_no_such_kind_are_refused(cast, changes):
    with pytest.raises(Refused):
        say(cast.ctx("teacher"), word(**changes))
    assert not Suggestion.objects.exists()


def test_only_the_sender_and_the_desk_see_it_and_the_head_does_not(cast):
    row = say(cast.ctx("teacher"), word())
    assert selectors.see(cast.ctx("teacher"), row.pk) == row
    assert selectors.see(cast.ctx("desk"), row.pk) == row
    for other in ("principal", "officer", "clerk", "outsider", "auditor"):
        with pytest.raises(NotFound):
            selectors.see(cast.ctx(other), row.pk)


def test_no_list_of_entries_shows_who_said_what(cast):
    row = say(cast.ctx("teacher"), word())
    sequencer.advance()
    for person in cast.people:
        assert not sight.entries(cast.ctx(person)).filter(uid=row.entry_uid).exists()


def test_the_sender_cannot_answer_himself(cast):
    row = say(cast.ctx("teacher"), word())
    with pytest.raises(Denied):
        answer(cast.ctx("teacher"), row.pk, CLOSED)
    with pytest.raises(NotFound):
        answer(cast.ctx("principal"), row.pk, CLOSED)


def test_the_desk_of_another_district_does_not_see_it(cast):
    unit = cast.other_district.pk
    people.grant_role(Ctx.system(), cast.outsider.pk, role="desk", unit_id=unit)
    row = say(cast.ctx("teacher"), word())
    with pytest.raises(NotFound):
        take(cast.ctx("outsider"), row.pk)


def test_one_takes_it_up_and_another_is_told(cast):
    row = say(cast.ctx("teacher"), word())
    assert selectors.open_count(cast.ctx("desk")) == 1
    take(cast.ctx("desk"), row.pk)
    take(cast.ctx("desk"), row.pk)
    assert selectors.open_count(cast.ctx("desk")) == 0
    assert Entry.objects.filter(kind="burden.taken").count() == 1
    with pytest.raises(Conflict):
        take(cast.ctx("leader"), row.pk)


def test_an_answer_closes_it_once_and_the_sender_is_told(cast):
    row = say(cast.ctx("teacher"), word())
    for _ in range(2):
        done = answer(cast.ctx("desk"), row.pk, CLOSED)
    assert (done.state, done.answer, done.handler) == ("answered", CLOSED.answer, cast.desk)
    notice = Notice.objects.get(user=cast.teacher)
    assert (notice.topic, notice.link) == ("burden.answered", f"/suggestions/{row.pk}/")
    assert Entry.objects.filter(kind="burden.answered").count() == 1
    with pytest.raises(Conflict):
        answer(cast.ctx("leader"), row.pk, replace(CLOSED, answer="另一个说法"))


def test_without_a_name_nobody_is_told(cast):
    row = say(cast.ctx("teacher"), word(named=False))
    answer(cast.ctx("desk"), row.pk, CLOSED)
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"answer": ""}, {"outcome": "maybe"}, {"said": ""}, {"changed": " "}]
)
def test_an_answer_without_words_is_refused(cast, changes):
    row = say(cast.ctx("teacher"), word())
    with pytest.raises(Refused):
        answer(cast.ctx("desk"), row.pk, replace(CLOSED, **changes))
    row.refresh_from_db()
    assert row.state == "open"


def test_what_is_public_names_nobody(cast, client_for):
    row = say(cast.ctx("teacher"), word())
    quiet = say(cast.ctx("teacher"), word(words="不公开的那一条"))
    answer(cast.ctx("desk"), row.pk, CLOSED)
    answer(cast.ctx("desk"), quiet.pk, replace(CLOSED, published=False))
    page = client_for(cast.guard).get("/suggestions/public/").content.decode()
    assert CLOSED.said in page
    assert CLOSED.changed in page
    for hidden in (cast.teacher.name, cast.desk.name, cast.primary.name, row.words, quiet.words):
        assert hidden not in page
    shown = client_for(cast.guard).get("/api/v1/suggestions/public").json()["items"]
    assert [one["said"] for one in shown] == [CLOSED.said]
    assert set(shown[0]) == {"about", "said", "changed", "outcome", "answered"}


def test_rows_and_entries_agree_and_a_changed_row_is_found(cast):
    row = say(cast.ctx("teacher"), word())
    say(cast.ctx("guard"), word(named=False))
    answer(cast.ctx("desk"), row.pk, CLOSED)
    assert list(reconcile.drift(Ctx.system())) == []
    Suggestion.objects.filter(pk=row.pk).update(words="改过的话", outcome="kept")
    assert len(list(reconcile.drift(Ctx.system()))) == 2


# Pages


def test_every_page_has_the_quiet_link_and_it_brings_the_page_along(cast, client_for):
    client = client_for(cast.officer)
    for path in ("/", "/units/", "/forms/", "/notices/", "/account/"):
        assert (
            f"/suggestions/new/?from={path.replace('/', '%2F')}"
            in client.get(path).content.decode()
        )
    said = client.get("/suggestions/new/?from=/units/").content.decode()
    assert "说的是这个页面：<strong>单位</strong>" in said


def test_a_page_that_refuses_has_the_link_too(cast, client_for):
    client = client_for(cast.teacher)
    refused = client.get("/suggestions/")
    assert refused.status_code == 403
    assert "/suggestions/new/?from=%2Fsuggestions%2F" in refused.content.decode()
    # An address that is none of ours may hold anything: it does not come along.
    unknown = client.get("/no/such/page/")
    assert unknown.status_code == 404
    assert '"/suggestions/new/"' in unknown.content.decode()


def test_nobody_signed_in_has_no_link(client, db):
    assert "/suggestions/" not in client.get("/sign-in/").content.decode()


def test_a_page_is_sent_and_followed(cast, client_for):
    client = client_for(cast.teacher)
    sent = {"client_id": str(UUID(int=5)), "path": "/duties/", "about": "needless", "words": "多余"}
    for _ in range(2):
        answered = client.post("/suggestions/new/", sent)
        assert answered.url == f"/suggestions/{UUID(int=5)}/"
    assert Suggestion.objects.count() == 1
    assert "多余" in client.get("/suggestions/own/").content.decode()
    assert client.get(f"/suggestions/{UUID(int=5)}/").status_code == 200
    assert client_for(cast.principal).get(f"/suggestions/{UUID(int=5)}/").status_code == 404


def test_what_was_typed_comes_back_when_refused(cast, client_for):
    client = client_for(cast.teacher)
    sent = {"client_id": str(uuid4()), "path": "/duties/", "words": "没选类别的话"}
    answered = client.post("/suggestions/new/", sent)
    assert answered.status_code == 422
    assert "没选类别的话" in answered.content.decode()


def test_without_a_name_the_page_leads_to_the_public_list(cast, client_for):
    sent = {"client_id": str(uuid4()), "about": "other", "words": "话", "unnamed": "on"}
    answered = client_for(cast.teacher).post("/suggestions/new/", sent)
    assert answered.url == "/suggestions/public/"
    assert Suggestion.objects.get().sender is None


def test_the_desk_takes_and_answers_on_the_page(cast, client_for):
    row = say(cast.ctx("teacher"), word())
    client = client_for(cast.desk)
    assert row.words in client.get("/suggestions/").content.decode()
    client.post(f"/suggestions/{row.pk}/take/")
    wrong = client.post(f"/suggestions/{row.pk}/answer/", {"answer": "写了一半的答复"})
    assert wrong.status_code == 422
    assert "写了一半的答复" in wrong.content.decode()
    sent = {"outcome": "planned", "answer": "十二月改"}
    assert client.post(f"/suggestions/{row.pk}/answer/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.outcome, row.published) == ("answered", "planned", False)
    seen = client_for(cast.teacher).get(f"/suggestions/{row.pk}/").content.decode()
    assert "十二月改" in seen


def test_the_worklist_is_exported_without_running_what_people_wrote(cast, client_for):
    say(cast.ctx("teacher"), word(words="=HYPERLINK(1)"))
    content = client_for(cast.desk).get("/suggestions/?export=csv").content.decode("utf-8-sig")
    assert ",=HYPERLINK" not in content
    assert not content.splitlines()[1].startswith("=")


def test_the_api_says_and_repeats(cast, client_for):
    client = client_for(cast.teacher)
    body = {
        "client_id": str(uuid4()),
        "about": "impossible",
        "words": "没有这一项",
        "path": "/forms/",
    }
    answers = [client.post("/api/v1/suggestions/own", body, "application/json") for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    other = client.post("/api/v1/suggestions/own", {**body, "words": "别的"}, "application/json")
    assert other.status_code == 409
