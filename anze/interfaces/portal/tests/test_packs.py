"""A pack is put in and out of force on its page."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

from anze.interfaces.portal.pages import packs as pages
from anze.kernel.bus import clock
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import selectors
from anze.kernel.packs.schema import Meta

PACK = "/packs/stage/2026.1/"


def in_force(stage) -> list[str]:
    return [one.row.name for one in selectors.active_packs(clock.today() + timedelta(days=40))]


def ask(client, verb: str, scope, day: str):
    return client.post(f"{PACK}{verb}/", {"scope": str(scope), "from_day": day}, follow=True)


def test_the_desk_ends_a_pack_and_puts_it_in_force_again(stage, client_for):
    client, district = client_for(stage.cast.desk), stage.cast.district.pk
    end, again = (clock.today() + timedelta(days=days) for days in (10, 30))
    assert "停用" in client.get(PACK).content.decode()
    said = ask(client, "end", district, end.isoformat()).content.decode()
    assert "已停用并存证" in said
    assert f"{end.year}年{end.month}月{end.day}日 前" in said
    assert "stage/2026.1" not in in_force(stage)
    assert "已启用并存证" in ask(client, "activate", district, again.isoformat()).content.decode()
    assert "stage/2026.1" in in_force(stage)
    assert Entry.objects.filter(kind="packs.ended").count() == 1


def test_a_day_that_cannot_be_and_a_strange_scope_change_nothing(stage, client_for):
    client, district = client_for(stage.cast.desk), stage.cast.district.pk
    for scope, day, said in (
        (district, "2026-13-40", "日期"),
        (district, "", "必填"),
        (district, "2001-01-01", "停用日期要晚于启用日期"),
        (stage.cast.kindergarten.pk, "2027-01-01", "有效"),
    ):
        answer = ask(client, "end", scope, day)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert "stage/2026.1" in in_force(stage)


def test_a_head_reads_the_pack_but_cannot_rule_it(stage, client_for):
    client = client_for(stage.cast.junior_head)
    assert 'id="rule"' not in client.get(PACK).content.decode()
    assert ask(client, "end", stage.cast.district.pk, "2027-01-01").status_code == 403


def test_every_kind_of_pack_has_a_word():
    kinds = get_args(Meta.model_fields["kind"].annotation)
    assert set(kinds) == set(pages.KINDS)
