"""Proofs and exports hold without a database, and hold nothing they should not."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger import body, checkpoints, proofs, selectors, sequencer, services
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.tests.support import NOTICE, UNIT, VAULT, fresh_unit
from anze.lib import canon, merkle, notes

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(ctx, drill):
    """Return six entries of every sort under a checkpoint."""
    made = [drill(1), drill(2, kind=NOTICE.name, private={"leader": "欧阳修"})]
    made += [drill(3, private={"leader": "欧阳修"}), drill(4, kind=VAULT.name)]
    made += [services.supersede(ctx, made[0], facts={"participants": 5}), drill(6)]
    sequencer.advance()
    checkpoints.make()
    return made


def test_every_entry_can_be_proved_with_and_without_its_content(history):
    for n in range(1, 7):
        for disclose in (False, True):
            checked = proofs.check_proof(proofs.prove(n, disclose=disclose))
            assert checked.size == 6


def test_a_leaf_tells_nothing_of_the_facts_unless_the_kind_is_public(history):
    hidden = canon.loads(proofs.prove(1)["leaf"].encode())
    assert set(hidden) == {"n", "uid", "kind", "t", "d", "p"}
    shown = canon.loads(proofs.prove(2)["leaf"].encode())
    assert shown["facts"] == {"participants": 2, "shape": "fire"}
    assert shown["n"] == 2
    assert "欧阳修" not in json.dumps([proofs.prove(n, disclose=True) for n in range(1, 7)])


def test_equal_facts_have_unlike_leaves(drill):
    a, b = drill(1), drill(1)
    assert bytes(a.digest) != bytes(b.digest)


def test_no_changed_proof_is_accepted(history):
    good = proofs.prove(3, disclose=True)
    accepted = 0
    for change in _mutants(good):
        try:
            proofs.check_proof(change)
            accepted += 1
        except proofs.CheckFailed:
            pass
    assert accepted == 0


def _mutants(good):
    for key in good:
        yield {k: v for k, v in good.items() if k != key} if key not in ("event", "salt") else {
            **good, key: "zz"}  # fmt: skip
    for n in (0, 1, 2, 4, -3, "x"):
        yield {**good, "n": n}
    for i in range(len(good["path"])):
        path = list(good["path"])
        path[i] = "00" * 32
        yield {**good, "path": path}
        yield {**good, "path": path[:i] + path[i + 1 :]}
    yield {**good, "path": [*good["path"], "00" * 32]}
    for before, after in (("3", "9"), ('"d"', '"e"'), ("{", "{ ")):
        yield {**good, "leaf": good["leaf"].replace(before, after, 1)}
    for before, after in (("\n6\n", "\n7\n"), ("— ", "- ")):
        yield {**good, "checkpoint": good["checkpoint"].replace(before, after, 1)}
    for path, value in ((("facts", "participants"), 4), (("unit",), "x"), (("late",), True)):
        mutant = copy.deepcopy(good)
        place = mutant["event"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        yield mutant
    yield {**good, "salt": "00" * 32}


def test_another_logs_key_does_not_pass(history):
    other = str(notes.Signer.generate(checkpoints.signer().name).key)
    with pytest.raises(proofs.CheckFailed, match="签名"):
        proofs.check_proof(proofs.prove(1), log_key=other)


def test_a_number_needs_to_exist_and_to_be_covered(history, drill):
    drill(7)
    with pytest.raises(Refused, match="检查点"):
        proofs.prove(7)
    with pytest.raises(NotFound):
        proofs.prove(8)


def test_a_receipt_says_number_leaf_and_covering_checkpoint(history, drill):
    receipt = selectors.receipt(history[1])
    assert (receipt.n, receipt.checkpoint_size) == (2, 6)
    leaf = proofs.prove(2)["leaf"].encode()
    assert receipt.leaf_hash == merkle.leaf_hash(leaf).hex()
    assert selectors.receipt(drill(7)).checkpoint_size is None


def test_an_export_is_checked_line_by_line_and_holds_no_private_part(history):
    lines = list(proofs.export())
    assert proofs.check_export(lines).size == 6
    assert "欧阳修" not in "".join(lines)
    assert "event" not in json.loads(lines[4])
    assert "event" in json.loads(list(proofs.export(restricted=True))[4])


def test_no_changed_export_is_accepted(history):
    lines = list(proofs.export())
    for i in range(len(lines)):
        with pytest.raises(proofs.CheckFailed):
            proofs.check_export(lines[:i] + lines[i + 1 :])
    for i in (1, 3):
        changed = lines[i].replace('"participants": ', '"participants": 1')
        with pytest.raises(proofs.CheckFailed, match=f"第 {i} 条"):
            proofs.check_export([*lines[:i], changed, *lines[i + 1 :]])
    with pytest.raises(proofs.CheckFailed):
        proofs.check_export([lines[0], lines[2], lines[1], *lines[3:]])


def test_the_stored_text_of_an_entry_is_its_canonical_form(history):
    for entry in Entry.objects.all():
        assert body.fast(body.body(entry)) == canon.dumps(body.body(entry))
        assert body.row_digest(entry) == bytes(entry.digest)


def test_the_commands_prove_export_and_check(history, tmp_path, capsys):
    call_command("ledger", "prove", "3", "--disclose")
    proof = tmp_path / "proof.json"
    proof.write_text(capsys.readouterr().out)
    call_command("ledger", "export", "--out", str(tmp_path / "all.jsonl"))
    key = str(checkpoints.signer().key)
    call_command("ledger", "prove", "--check", str(proof), "--key", key)
    assert "成立：检查点 6 条" in capsys.readouterr().out
    call_command("ledger", "export", "--check", str(tmp_path / "all.jsonl"))
    assert "公钥取自文件本身" in capsys.readouterr().out
    proof.write_text(proof.read_text().replace('"n": 3', '"n": 2'))
    with pytest.raises(CommandError):
        call_command("ledger", "prove", "--check", str(proof))
    with pytest.raises(CommandError, match="没有这一条"):
        call_command("ledger", "prove", "99")


def test_a_proof_is_checked_where_there_is_no_database(history):
    proof = json.dumps(proofs.prove(3, disclose=True))
    program = (
        "import os, sys, json, django\n"
        "from django.conf import settings\n"
        "settings.configure(INSTALLED_APPS=['anze.kernel.ledger'], ANZE_HOME='/nowhere',"
        " DATABASES={}, ANZE_WITNESSES=[])\n"
        "django.setup()\n"
        "from anze.kernel.ledger import proofs\n"
        "print(proofs.check_proof(json.load(sys.stdin)).size)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=proof, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "6", done.stderr


def test_the_page_lists_entries_latest_first_in_one_query(history, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = list(selectors.listing(unit_ids=[UNIT])[:4])
    assert [entry.n for entry in page] == [6, 5, 4, 3]
    assert [entry.n for entry in selectors.listing(before_n=3)] == [2, 1]
    assert [entry.n for entry in selectors.listing() if entry.replaced] == [1]
    assert [entry.n for entry in selectors.listing(live_only=True)] == [6, 5, 4, 3, 2]
    assert [entry.n for entry in selectors.listing(kinds=[NOTICE.name])] == [2]
    assert selectors.listing(visibilities=["vault"]).get().n == 4
    many = [UNIT, *(fresh_unit() for _ in range(60))]
    assert [entry.n for entry in selectors.listing(unit_ids=many)] == [6, 5, 4, 3, 2, 1]
    assert selectors.listing(unit_ids=many[1:]).count() == 0
    assert selectors.listing(unit_ids=[]).count() == 0
    assert selectors.listing(actor_id=UNIT).count() == 0
    when = history[0].recorded
    assert selectors.listing(recorded_from=when, recorded_before=when).count() == 0


def test_the_history_of_an_entry_is_its_chain_of_corrections(ctx, history):
    gone = services.retract(ctx, history[4], "mistake")
    chain = [history[0].uid, history[4].uid, gone.uid]
    for uid in chain:
        assert [entry.uid for entry in selectors.history(uid)] == chain


def test_the_size_at_an_instant_is_what_was_known_then(drill):
    from datetime import UTC, datetime

    from anze.kernel.bus import clock

    days = [datetime(2026, 9, day, tzinfo=UTC) for day in (1, 2, 3)]
    for day in days:
        with clock.travel(day):
            drill(1, happened=days[0])
    assert [selectors.size_at(day) for day in days] == [1, 2, 3]
    assert selectors.size_at(datetime(2026, 8, 31, tzinfo=UTC)) == 0
    assert selectors.size() == 3


def test_reconcilers_report_drift_and_fail_the_command(monkeypatch, capsys):
    from anze.kernel.ledger import reconcile

    monkeypatch.setattr(reconcile, "_reconcilers", {})
    reconcile.register("calm", lambda _ctx: iter(()))
    call_command("ledger", "reconcile")
    assert "相符：calm" in capsys.readouterr().out
    reconcile.register("drifting", lambda _ctx: iter([reconcile.Drift("units/1", "名称不符")]))
    with pytest.raises(CommandError, match="1 处"):
        call_command("ledger", "reconcile")
    assert "drifting：units/1：名称不符" in capsys.readouterr().out
    with pytest.raises(CommandError, match="没有名为"):
        call_command("ledger", "reconcile", "--only", "none")
    with pytest.raises(ValueError, match="twice"):
        reconcile.register("calm", lambda _ctx: iter(()))


def test_status_checkpoint_sweep_and_kinds_run_from_the_console(drill, capsys, tmp_path):
    drill(1, numbered=False)
    call_command("ledger", "sweep")
    call_command("ledger", "checkpoint")
    call_command("ledger", "status")
    out = capsys.readouterr().out
    assert "编号 1 条" in out
    assert "存证 1 条；待编号 0 条；暂存 0 条" in out
    assert "触发器齐全" in out
    call_command("ledger", "kinds")
    lock = tmp_path / "kinds.lock"
    lock.write_text(capsys.readouterr().out.strip())
    call_command("ledger", "kinds", "--check", str(lock))
    lock.write_text(lock.read_text().replace("participants required int", "people required int"))
    with pytest.raises(CommandError, match="people has vanished"):
        call_command("ledger", "kinds", "--check", str(lock))
