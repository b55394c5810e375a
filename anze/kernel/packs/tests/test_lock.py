"""A released version never changes."""

import pytest

from anze.kernel.packs import loader, lock
from anze.kernel.packs.faults import PackError
from anze.kernel.packs.tests.core_kinds import CORE
from anze.kernel.packs.tests.small import files


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "demo" / "2026.1"
    for name, content in files().items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def rewrite(folder, name, was, now):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, now), encoding="utf-8")


def load(folder):
    return loader.load(folder, kinds=CORE)


def test_a_draft_needs_no_lock_and_gets_none(folder):
    lock.verify(folder, load(folder))
    with pytest.raises(PackError, match="草案不上锁"):
        lock.write(folder, load(folder))


def test_a_released_pack_without_a_lock_is_refused(folder):
    rewrite(folder, "pack.yaml", "draft", "released")
    with pytest.raises(PackError, match="没有 LOCK"):
        lock.verify(folder, load(folder))


def test_a_released_pack_may_be_locked_once_and_again_unchanged(folder):
    rewrite(folder, "pack.yaml", "draft", "released")
    assert lock.write(folder, load(folder)) is True
    assert lock.write(folder, load(folder)) is False
    lock.verify(folder, load(folder))


@pytest.mark.parametrize(
    ("name", "was", "now", "content"),
    [
        ("requirements/all.yaml", "at_least: 900", "at_least: 500", True),
        ("pack.yaml", "status: released", "status: draft", True),
        ("clauses.yaml", "heads:", "# 悄悄话\nheads:", False),
    ],
)
def test_a_released_pack_that_changed_is_refused_and_names_the_file(
    folder, name, was, now, content
):
    rewrite(folder, "pack.yaml", "draft", "released")
    lock.write(folder, load(folder))
    rewrite(folder, name, was, now)
    with pytest.raises(PackError) as caught:
        lock.verify(folder, load(folder))
    assert name in {fault.file for fault in caught.value.faults}
    assert ("LOCK" in {fault.file for fault in caught.value.faults}) is content
    before = (folder / "LOCK").read_text()
    with pytest.raises(PackError):
        lock.write(folder, load(folder))
    assert (folder / "LOCK").read_text() == before


def test_a_new_file_in_a_released_pack_is_refused(folder):
    rewrite(folder, "pack.yaml", "draft", "released")
    lock.write(folder, load(folder))
    text = files()["forms/all.yaml"].decode().replace("ref: drill", "ref: drill_two")
    (folder / "forms" / "two.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=r"forms/two\.yaml"):
        lock.verify(folder, load(folder))
