"""Loading and activating packs: entries, immutability, and what is in force on a day."""

import datetime as dt
import io
import json
import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.bus.events import listen
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger import sequencer
from anze.kernel.ledger.models import AppendOnlyError, Entry
from anze.kernel.packs import selectors, services
from anze.kernel.packs.models import Activation, Pack
from anze.lib.ids import uuid7

pytestmark = pytest.mark.django_db
ROOT = Path(django_settings.ANZE_PACKS)
WUJIN = ROOT / "wujin" / "2020.1"


@pytest.fixture
def ctx():
    return Ctx.system()


@pytest.fixture
def copied(tmp_path, settings):
    for name in ("national/2026.1", "wujin/2020.1"):
        shutil.copytree(ROOT / name, tmp_path / name)
    settings.ANZE_PACKS = tmp_path
    return tmp_path


def rewrite(path, was, now):
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, now), encoding="utf-8")


def test_loading_a_pack_loads_what_it_depends_on_and_writes_an_entry_each(ctx):
    row = services.load_pack(ctx, WUJIN)
    assert row.released
    assert sorted(Pack.objects.values_list("issuer", flat=True)) == ["national", "wujin"]
    entries = Entry.objects.filter(kind="packs.loaded")
    assert entries.count() == 2
    mine = entries.get(uid=row.entry_uid)
    assert mine.data["hash"] == row.hash
    assert mine.visibility == "public"


def test_loading_again_changes_nothing(ctx):
    first = services.load_pack(ctx, WUJIN)
    assert services.load_pack(ctx, WUJIN) == first
    assert Pack.objects.count() == 2


def test_a_loaded_pack_comes_back_whole_and_is_parsed_once(ctx):
    services.load_pack(ctx, WUJIN)
    pack = selectors.get("wujin", "2020.1")
    assert pack.clauses_by_ref["4b.3"].head == "4b"
    assert selectors.get("wujin", "2020.1") is pack
    assert list(selectors.depends(pack)) == ["national"]


def test_an_unknown_pack_is_not_found():
    with pytest.raises(NotFound):
        selectors.get("wujin", "1999.1")


def test_rows_can_neither_change_nor_vanish(ctx):
    row = services.load_pack(ctx, WUJIN)
    row.title = "别的"
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(AppendOnlyError):
        row.delete()
    with pytest.raises(AppendOnlyError):
        Pack.objects.update(title="别的")


def test_a_released_pack_that_changed_on_disk_is_refused_and_nothing_is_written(ctx, copied):
    rewrite(copied / "wujin/2020.1/requirements/head_4.yaml", "at_least: 900", "at_least: 100")
    with pytest.raises(services.PackRefused) as caught:
        services.load_pack(ctx, copied / "wujin/2020.1")
    assert any(fault.file == "requirements/head_4.yaml" for fault in caught.value.faults)
    assert Pack.objects.count() == 0
    assert Entry.objects.filter(kind="packs.loaded").count() == 0


def test_a_released_version_known_with_other_content_conflicts_even_if_relocked(ctx, copied):
    services.load_pack(ctx, copied / "national/2026.1")
    folder = copied / "national/2026.1"
    rewrite(folder / "requirements/site.yaml", "at_least: 900", "at_least: 100")
    (folder / "LOCK").unlink()
    call_command("packs", "lock", str(folder), stdout=io.StringIO())
    with pytest.raises(Conflict, match="内容不能再变"):
        services.load_pack(ctx, folder)


def test_a_draft_may_be_loaded_again_with_other_content_but_not_activated(ctx, copied):
    folder = copied / "national/2026.1"
    (folder / "LOCK").unlink()
    rewrite(folder / "pack.yaml", "status: released", "status: draft")
    first = services.load_pack(ctx, folder)
    rewrite(folder / "requirements/site.yaml", "at_least: 900", "at_least: 800")
    second = services.load_pack(ctx, folder)
    assert first.hash != second.hash
    assert selectors.row("national", "2026.1") == second
    with pytest.raises(Refused, match="草案"):
        services.activate(ctx, second, uuid7(), dt.date(2026, 9, 1))


def test_activation_writes_an_entry_tells_who_listens_and_is_idempotent(ctx):
    heard = []
    listen(services.Activated, heard.append)
    pack, unit, day = services.load_pack(ctx, WUJIN), uuid7(), dt.date(2026, 9, 1)
    first = services.activate(ctx, pack, unit, day)
    assert services.activate(ctx, pack, unit, day) == first
    entry = Entry.objects.get(kind="packs.activated")
    facts = json.loads(entry.facts)
    assert facts["pack"] == "wujin/2020.1"
    assert facts["from_day"] == "2026-09-01"
    assert [event.scope for event in heard if event.scope == unit] == [unit]
    assert Activation.objects.count() == 1


def test_what_is_in_force_depends_on_the_day_and_on_what_was_known(ctx):
    pack, unit = services.load_pack(ctx, WUJIN), uuid7()
    sequencer.advance()
    before = ledger.size()
    services.activate(ctx, pack, unit, dt.date(2026, 9, 1))
    sequencer.advance()
    assert selectors.active_packs(dt.date(2026, 8, 31)) == []
    (active,) = selectors.active_packs(dt.date(2026, 9, 1))
    assert (active.row, active.scope) == (pack, unit)
    assert active.pack.name == "wujin/2020.1"
    assert selectors.active_packs(dt.date(2026, 9, 1), at_n=before) == []
    assert len(selectors.active_packs(dt.date(2026, 9, 1), at_n=ledger.size())) == 1


def test_a_later_activation_of_the_same_issuer_replaces_the_earlier_from_its_day(ctx, copied):
    unit = uuid7()
    old = services.load_pack(ctx, copied / "national/2026.1")
    shutil.copytree(copied / "national/2026.1", copied / "national/2027.1")
    folder = copied / "national/2027.1"
    (folder / "LOCK").unlink()
    rewrite(folder / "pack.yaml", '"2026.1"', '"2027.1"')
    call_command("packs", "lock", str(folder), stdout=io.StringIO())
    new = services.load_pack(ctx, folder)
    services.activate(ctx, new, unit, dt.date(2027, 1, 1))
    services.activate(ctx, old, unit, dt.date(2026, 9, 1))
    rows = {
        day: selectors.active_packs(day)[0].row
        for day in (dt.date(2026, 12, 31), dt.date(2027, 1, 1))
    }
    assert list(rows.values()) == [old, new]


def test_an_ended_issuer_binds_no_more_from_its_day_and_may_bind_again(ctx):
    pack, unit = services.load_pack(ctx, WUJIN), uuid7()
    national = selectors.row("national", "2026.1")
    services.activate(ctx, national, unit, dt.date(2026, 9, 1))
    services.activate(ctx, pack, unit, dt.date(2026, 9, 1))
    ended = services.end(ctx, "wujin", unit, dt.date(2026, 11, 1))
    assert services.end(ctx, "wujin", unit, dt.date(2026, 11, 1)) == ended
    services.activate(ctx, pack, unit, dt.date(2027, 2, 1))

    def bound(*day):
        return [one.row.issuer for one in selectors.active_packs(dt.date(*day))]

    assert bound(2026, 10, 31) == ["national", "wujin"]
    assert bound(2026, 11, 1) == ["national"]
    assert bound(2027, 2, 1) == ["national", "wujin"]
    assert json.loads(Entry.objects.get(kind="packs.ended").facts)["from_day"] == "2026-11-01"


def test_what_is_not_in_force_or_is_rested_on_cannot_be_ended(ctx):
    pack, unit = services.load_pack(ctx, WUJIN), uuid7()
    services.activate(ctx, selectors.row("national", "2026.1"), unit, dt.date(2026, 9, 1))
    services.activate(ctx, pack, unit, dt.date(2026, 9, 1))
    for issuer, scope, day in (
        ("wujin", uuid7(), dt.date(2026, 11, 1)),
        ("wujin", unit, dt.date(2026, 9, 1)),
        ("nobody", unit, dt.date(2026, 11, 1)),
    ):
        with pytest.raises(Refused, match="没有"):
            services.end(ctx, issuer, scope, day)
    with pytest.raises(Refused, match="以它为依据"):
        services.end(ctx, "national", unit, dt.date(2026, 11, 1))


def test_what_rests_on_a_pack_elsewhere_does_not_hold_up_its_ending(ctx):
    pack, here, elsewhere = services.load_pack(ctx, WUJIN), uuid7(), uuid7()
    national = selectors.row("national", "2026.1")
    for scope in (here, elsewhere):
        services.activate(ctx, national, scope, dt.date(2026, 9, 1))
    services.activate(ctx, pack, elsewhere, dt.date(2026, 9, 1))
    services.end(ctx, "national", here, dt.date(2026, 11, 1))
    standing = selectors.active_packs(dt.date(2026, 11, 1))
    assert {(one.row.issuer, one.scope) for one in standing} == {
        ("national", elsewhere), ("wujin", elsewhere),
    }  # fmt: skip


def test_what_will_rest_on_a_pack_later_holds_up_its_ending(ctx):
    pack, unit = services.load_pack(ctx, WUJIN), uuid7()
    services.activate(ctx, selectors.row("national", "2026.1"), unit, dt.date(2026, 9, 1))
    services.activate(ctx, pack, unit, dt.date(2027, 1, 1))
    with pytest.raises(Refused, match="以它为依据"):
        services.end(ctx, "national", unit, dt.date(2026, 11, 1))


def test_check_passes_on_the_shipped_packs_and_fails_on_a_broken_one(copied):
    out = io.StringIO()
    call_command("packs", "check", stdout=out)
    assert "wujin/2020.1" in out.getvalue()
    rewrite(copied / "wujin/2020.1/clauses.yaml", "head: 4b, binds", "haed: 4b, binds")
    with pytest.raises(CommandError, match="没有通过"):
        call_command("packs", "check", stdout=out)
    assert "haed" in out.getvalue()


def test_the_console_loads_and_compares(copied):
    out = io.StringIO()
    call_command("packs", "load", stdout=out)
    assert Pack.objects.count() == 2
    call_command("packs", "diff", "wujin/2020.1", "wujin/2020.1", stdout=out)
    assert "0 处变化" in out.getvalue()
