"""Whatever is changed behind the ledger's back is found and named."""

from __future__ import annotations

import sqlite3

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from anze.kernel.ledger import checkpoints, guards, keys, sequencer, services, tree, verify
from anze.kernel.ledger.models import Checkpoint, Entry, EntryPrivate, Leaf, TreeNode, Waiting
from anze.kernel.ledger.testing import lifted
from anze.kernel.ledger.tests.support import DRILL, NOTICE, UNIT, VAULT, tamper
from anze.lib import merkle

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(ctx, drill):
    """Return nine entries of every sort under two checkpoints, the third with a private part."""
    made = [drill(1), drill(2, kind=NOTICE.name), drill(3, private={"leader": "王"})]
    checkpoints.make()
    made += [drill(4, captured=ctx.now, proofs=["ab" * 32], client_id="c", subject="campus/1")]
    made += [services.supersede(ctx, made[0], facts={"participants": 5})]
    made += [services.retract(ctx, made[3], "mistake")]
    made += [drill(7, kind=VAULT.name, private={"leader": "李"})]
    made += [services.erase(ctx, made[6].uid, "asked"), drill(9, late=True)]
    sequencer.advance()
    checkpoints.make()
    return made


def _findings():
    return verify.verify().findings


def test_an_untouched_history_is_true(history, capsys):
    assert _findings() == []
    call_command("ledger", "verify")
    out = capsys.readouterr().out
    assert "属实：9 条" in out
    assert "未防管理员" in out


CHANGES = {
    "facts": '{"participants":999,"shape":"fire"}',
    "kind": "ledgertest.other",
    "schema_version": 9,
    "visibility": "bureau",
    "unit_id": None,
    "subject": "other",
    "happened": "2020-01-01 00:00:00+00:00",
    "captured": "2020-01-01 00:00:00+00:00",
    "recorded": "2020-01-01 00:00:00+00:00",
    "actor_id": UNIT.hex,
    "via": "api",
    "late": True,
    "proofs": '["' + "cd" * 32 + '"]',
    "op": "retract",
    "target": UNIT.hex,
    "client_id": "other",
    "salt": b"x" * 32,
    "commitment": "ab" * 32,
    "digest": b"x" * 32,
}


def test_every_column_of_an_entry_is_tried():
    columns = {field.column for field in Entry._meta.fields}
    assert columns - set(CHANGES) == {"id", "uid", "header_hash"}


@pytest.mark.parametrize("n", [2, 4])
@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_column_is_found_and_its_entry_named(history, column, n):
    tamper(f"UPDATE ledger_entry SET {column} = %s WHERE id = %s",
           [CHANGES[column], history[n - 1].pk])  # fmt: skip
    findings = _findings()
    assert len(findings) == 1
    assert findings[0].startswith(f"第 {n} 条")
    assert str(history[n - 1].uid) in findings[0]
    assert "登记于" in findings[0]


def test_what_differs_is_said(history):
    pk = history[3].pk
    tamper("UPDATE ledger_entry SET facts = %s WHERE id = %s", ['{"participants":5}', pk])
    assert "事实、证明文件或盐值被改动" in _findings()[0]
    tamper("UPDATE ledger_entry SET unit_id = %s WHERE id = %s", [None, pk])
    assert "登记项被改动" in _findings()[0]


@pytest.mark.parametrize(
    "text",
    ['{"participants": 4,"shape":"fire"}', '{"participants":4,"participants":4,"shape":"fire"}',
     '{"participants":4.0,"shape":"fire"}', "{", "", '{"participants":4}{"shape":"fire"}', "NaN"],
)  # fmt: skip
def test_the_same_facts_in_other_bytes_are_a_change(history, text):
    tamper("UPDATE ledger_entry SET facts = %s WHERE id = %s", [text, history[3].pk])
    assert "第 4 条" in _findings()[0]


def test_moving_text_from_one_column_to_another_is_a_change(history):
    """The hashed text must not be ambiguous about where a value stood."""
    tamper(
        "UPDATE ledger_entry SET subject = %s, client_id = NULL WHERE id = %s",
        ['campus/1","client":"c', history[3].pk],
    )
    assert "第 4 条" in _findings()[0]


@pytest.mark.parametrize("n", [3, 7])
def test_a_changed_private_part_is_found(history, n):
    tamper(
        "UPDATE ledger_entryprivate SET ciphertext = %s, wrapped_key = %s WHERE entry_id = %s",
        [b"x" * 60, b"x" * 60, history[n - 1].pk],
    )
    assert f"第 {n} 条" in "".join(_findings())


def test_private_parts_emptied_or_removed_without_saying_so_are_found(history):
    pk = history[2].pk
    tamper("UPDATE ledger_entryprivate SET ciphertext = NULL, wrapped_key = NULL"
           " WHERE entry_id = %s", [pk])  # fmt: skip
    assert "被清空而未登记销毁" in _findings()[0]
    tamper("DELETE FROM ledger_entryprivate WHERE entry_id = %s", [pk])
    assert "被删除而未登记销毁" in _findings()[0]


def test_one_flipped_bit_of_ciphertext_is_found(history):
    row = EntryPrivate.objects.get(entry=history[2])
    flipped = bytes([bytes(row.ciphertext)[0] ^ 1]) + bytes(row.ciphertext)[1:]
    tamper("UPDATE ledger_entryprivate SET ciphertext = %s WHERE entry_id = %s",
           [flipped, row.pk])  # fmt: skip
    assert "私密内容或其密钥被改动" in _findings()[0]


def test_a_lost_master_key_is_found_unless_we_verify_without_keys(history):
    (keys.folder() / keys.MASTER).write_text("ab" * 32 + "\n")
    keys._ring.cache_clear()
    assert ["密钥文件不全" in finding for finding in _findings()] == [True]
    report = verify.verify(with_keys=False)
    assert report.true
    assert any("1 份私密内容未开封" in notice for notice in report.notices)


def test_a_claimed_erasure_is_checked_against_its_entry(history):
    tamper("UPDATE ledger_erasure SET uid = %s", [_db_uuid(history[2].uid)])
    text = "".join(_findings())
    assert "已登记销毁，却仍存在" in text
    assert "与存证" in text


def _db_uuid(uid):
    return uid.hex if connection.vendor == "sqlite" else str(uid)


def test_a_deleted_entry_row_is_found_by_its_leaf(history):
    if connection.vendor == "postgresql":
        pytest.skip("the foreign key stands in PostgreSQL even without the guards")
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE keep AS SELECT * FROM ledger_entry WHERE id = %s",
                       [history[4].pk])  # fmt: skip
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("DELETE FROM ledger_entry WHERE id = %s", [history[4].pk])
    try:
        assert _findings() == ["第 5 条：存证行被删除，仅余叶"]
    finally:
        with lifted(connection), connection.cursor() as cursor:
            cursor.execute("INSERT INTO ledger_entry SELECT * FROM keep")


def test_a_missing_number_is_found_and_its_entry_named(history):
    tamper("DELETE FROM ledger_leaf WHERE n = %s", [5])
    text = "".join(_findings())
    assert "第 5 条：编号缺失" in text
    assert str(history[4].uid) in text


def test_a_history_cut_short_is_found(history):
    tamper("DELETE FROM ledger_leaf WHERE n >= %s", [8])
    assert any("历史被截断" in finding for finding in _findings())


def test_a_leaf_rewritten_to_fit_a_changed_entry_breaks_the_checkpoint(history):
    """The skilled forger: facts, digest and leaf all agree, but the root was signed."""
    _forge(history[1])
    findings = _findings()
    assert findings == [
        "前 3 条与检查点 3 不符：历史被改写",
        "前 9 条与检查点 9 不符：历史被改写",
    ]


def _forge(entry):
    from anze.kernel.ledger import body

    entry = Entry.objects.get(pk=entry.pk)
    entry.facts = entry.facts.replace("2", "99")
    body.stamp_hashes(entry)
    tamper("UPDATE ledger_entry SET facts = %s, digest = %s WHERE id = %s",
           [entry.facts, entry.digest, entry.pk])  # fmt: skip
    n = entry.leaf.n
    tamper("UPDATE ledger_leaf SET hash = %s WHERE n = %s", [body.leaf_hash(entry, n), n])


def test_who_also_signs_anew_is_caught_only_by_what_lies_outside(history, tmp_path):
    outside = tmp_path / "kept.note"
    outside.write_text(Checkpoint.objects.get(size=9).note)
    _forge(history[1])
    tamper("DELETE FROM ledger_checkpoint WHERE size > %s", [0])
    checkpoints.make()
    assert _findings() == []
    with pytest.raises(CommandError, match="1 处不符"):
        call_command("ledger", "verify", "--anchor", str(outside))


def test_a_swapped_checkpoint_note_does_not_pass(history):
    first = Checkpoint.objects.get(size=3)
    tamper("UPDATE ledger_checkpoint SET note = %s WHERE size = %s", [first.note, 9])
    assert any("所签内容与表中不符" in finding for finding in _findings())
    tamper("UPDATE ledger_checkpoint SET note = %s WHERE size = %s",
           [first.note.replace("\n3\n", "\n4\n"), 9])  # fmt: skip
    assert any("签名不成立" in finding for finding in _findings())


def test_a_changed_node_is_found(ctx):
    for i in range(300):
        services.record(ctx, DRILL.name, unit_id=UNIT, facts={"participants": i})
    sequencer.advance()
    assert _findings() == []
    tamper("UPDATE ledger_treenode SET hash = %s WHERE level = %s", [b"x" * 32, 8])
    assert _findings() == ["第 1–256 条：树节点 8/0 不符或缺失"]
    with pytest.raises(checkpoints.HistoryBrokenError, match="树节点与叶不符"):
        checkpoints.make()
    assert TreeNode.objects.count() == 1


def test_entries_still_waiting_are_a_notice_not_a_fault(history, drill):
    drill(10, numbered=False)
    report = verify.verify()
    assert report.true
    assert "1 条存证待编号" in report.notices


def test_an_entry_written_past_the_queue_is_found(history, drill):
    entry = drill(10, numbered=False)
    Waiting.objects.all().delete()
    assert str(entry.uid) in "".join(_findings())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("uid", "no such thing"),
        ("unit_id", "0" * 31 + "x"),
        ("recorded", "2026-13-45 99:00:00"),
        ("happened", "yesterday"),
        ("header_hash", b"x" * 32),
    ],
)
def test_a_column_that_can_no_longer_be_read_is_found_and_named(history, column, value):
    if connection.vendor != "sqlite" and column != "header_hash":
        pytest.skip("PostgreSQL refuses such a value itself")
    tamper(f"UPDATE ledger_entry SET {column} = %s WHERE id = %s", [value, history[3].pk])
    findings = _findings()
    assert findings
    assert all(finding.startswith("第 4 条") for finding in findings)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("uid", "upper(uid)"),
        ("unit_id", "substr(unit_id, 1, 8) || '-' || substr(unit_id, 9)"),
        ("recorded", "replace(recorded, '.', ',')"),
    ],
)
def test_an_entry_hidden_from_lookups_by_another_spelling_is_found(history, column, change):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has types of its own for these")
    tamper(f"UPDATE ledger_entry SET {column} = {change} WHERE id = %s", [history[3].pk])
    findings = _findings()
    assert len(findings) == 1
    assert findings[0].startswith(f"第 4 条：{column} 的写法被改动")


def test_missing_guards_are_a_notice(history):
    connection.cursor().execute(guards.drop_statement(connection.vendor, "ledger_leaf_no_delete"))
    assert any("ledger_leaf_no_delete" in notice for notice in verify.verify().notices)


def test_the_command_fails_and_names_the_entry(history, capsys):
    tamper("UPDATE ledger_entry SET facts = %s WHERE id = %s", ["{}", history[0].pk])
    with pytest.raises(CommandError, match="1 处不符"):
        call_command("ledger", "verify")
    out = capsys.readouterr().out
    assert "不符：第 1 条" in out
    assert all(str(part) in out for part in (DRILL.name, history[0].uid, UNIT))


def test_nothing_false_is_ever_signed(history, drill):
    entry = drill(10)
    tamper("UPDATE ledger_entry SET facts = %s WHERE id = %s", ["{}", entry.pk])
    with pytest.raises(checkpoints.HistoryBrokenError, match="第 10 条"):
        checkpoints.make()
    assert Checkpoint.objects.count() == 2


def test_a_flipped_leaf_bit_is_not_signed(history, drill):
    drill(10)
    leaf = bytes(Leaf.objects.get(n=10).hash)
    flipped = bytes([leaf[0] ^ 1]) + leaf[1:]
    tamper("UPDATE ledger_leaf SET hash = %s WHERE n = %s", [flipped, 10])
    with pytest.raises(checkpoints.HistoryBrokenError):
        checkpoints.make()


def test_a_checkpoint_signs_the_true_root_and_only_once(history):
    again = checkpoints.make()
    assert (again.size, Checkpoint.objects.count()) == (9, 2)
    leaves = [bytes(h) for h in Leaf.objects.order_by("n").values_list("hash", flat=True)]
    assert bytes(again.root) == merkle.root(leaves) == tree.root_at(9)


def test_an_empty_ledger_is_true_and_has_no_checkpoint():
    assert verify.verify().true
    assert checkpoints.make() is None


@pytest.mark.django_db(transaction=True)
def test_a_payload_changed_in_the_file_itself_is_found_and_named(drill):
    if connection.vendor != "sqlite":
        pytest.skip("there is a file only with SQLite")
    entries = [drill(i) for i in range(20)]
    raw = sqlite3.connect(connection.settings_dict["NAME"])
    raw.execute("DROP TRIGGER ledger_entry_no_update")
    raw.execute("UPDATE ledger_entry SET facts = ? WHERE id = ?",
                ('{"participants":77,"shape":"fire"}', entries[12].pk))  # fmt: skip
    raw.commit()
    raw.close()
    report = verify.verify()
    assert len(report.findings) == 1
    assert str(entries[12].uid) in report.findings[0]
    assert any("ledger_entry_no_update" in notice for notice in report.notices)
    guards.install(connection)


@pytest.mark.parametrize("facts", ["", "[]", "{}", '{"uid": 7}', '{"uid": "nobody"}', "\\u0000"])
def test_an_unreadable_entry_about_an_erasure_is_reported_not_stumbled_over(history, facts):
    tamper("UPDATE ledger_entry SET facts = %s WHERE uid = %s", [facts, _db_uuid(history[7].uid)])
    found = _findings()
    assert any("第 8 条" in one for one in found)
    assert any(f"销毁记录 {history[6].uid}" in one for one in found)
