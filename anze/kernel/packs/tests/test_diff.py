"""What changes between two versions of a pack."""

from anze.kernel.packs import diff, loader
from anze.kernel.packs.tests.core_kinds import CORE
from anze.kernel.packs.tests.small import SMALL, files


def pack(**changed):
    return loader.parse(files(**changed), kinds=CORE).pack


def test_a_pack_does_not_differ_from_itself():
    assert diff.compare(pack(), pack()) == []


def test_a_changed_requirement_names_the_field_before_and_after():
    text = SMALL["requirements/all.yaml"].replace("grace_days: 3", "grace_days: 5")
    (change,) = diff.compare(pack(), pack(requirements_all=text))
    assert (change.part, change.ref, change.what) == ("requirements", "DRILL-MONTHLY", "changed")
    ((name, before, after),) = change.fields
    assert name == "due"
    assert "3" in before
    assert "5" in after


def test_added_and_removed_entries_are_told_apart():
    more = SMALL["sources.yaml"] + "RULE: {title: 某规, confidence: k}\n"
    (added,) = diff.compare(pack(), pack(sources=more))
    (removed,) = diff.compare(pack(sources=more), pack())
    assert (added.part, added.ref, added.what) == ("sources", "RULE", "added")
    assert (removed.ref, removed.what) == ("RULE", "removed")
