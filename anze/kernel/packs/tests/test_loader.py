"""A broken pack is refused whole, and says where and why."""

import pytest

from anze.kernel.packs import known, loader
from anze.kernel.packs.faults import PackError
from anze.kernel.packs.tests.core_kinds import CORE
from anze.kernel.packs.tests.small import SMALL, broken, files


def test_the_small_pack_is_sound():
    loaded = loader.parse(files(), kinds=CORE)
    assert loaded.pack.name == "demo/2026.1"
    assert loaded.warnings == ()
    assert loaded.pack.requirements_by_ref["DRILL-MONTHLY"].applies.kinds[0] == "primary"


def test_what_is_kept_of_a_pack_gives_the_same_pack_back():
    loaded = loader.parse(files(), kinds=CORE)
    assert loader.from_content(loaded.content) == loaded.pack


def test_comments_and_the_split_into_files_do_not_change_the_hash():
    form = SMALL["forms/all.yaml"]
    other = form.replace("ref: drill", "ref: drill_two").replace("title: 演练", "title: 演练二")
    one = loader.parse(files(forms_all=form + other), kinds=CORE)
    two = loader.parse(files(forms_all="# 说明\n" + other, forms_zz=form), kinds=CORE)
    assert one.hash == two.hash


def test_a_changed_word_changes_the_hash():
    text = SMALL["requirements/all.yaml"].replace("练熟", "练得熟")
    changed = loader.parse(files(requirements_all=text), kinds=CORE)
    assert changed.hash != loader.parse(files(), kinds=CORE).hash


@pytest.mark.parametrize(
    ("file", "was", "now", "line", "entry", "word"),
    [
        # what the schema sees
        ("requirements_all", "every: month", "evry: month", 10, "DRILL-MONTHLY", "不认识的键 evry"),
        ("requirements_all", "  why: 练熟\n", "", 1, "DRILL-MONTHLY", "缺少必填的键"),
        ("requirements_all", "every: month", "every: fortnight", 10, "DRILL-MONTHLY", "fortnight"),
        ("requirements_all", "grace_days: 3", "grace_days: soon", 12, "DRILL-MONTHLY", "整数"),
        ("requirements_all", "day: last-workday", "day: 40", 1, "DRILL-MONTHLY", "超出"),
        ("requirements_all", "ref: DRILL-MONTHLY", "ref: drill", 1, "drill", "写法"),
        ("requirements_all", "every: month", "every: event", 1, "DRILL-MONTHLY", "必须写 on"),
        ("requirements_all", "{at_least: 900}", "{at_leat: 900}", 13, "DRILL-MONTHLY", "at_leat"),
        ("requirements_all", "{at_least: 900}", "{}", 13, "DRILL-MONTHLY", "为空"),
        (
            "requirements_all",
            "{at_least: 900}",
            "{at_least: many}",
            13,
            "DRILL-MONTHLY",
            "at_least",
        ),
        (
            "requirements_all",
            "entry: drill.held",
            "entri: drill.held",
            13,
            "DRILL-MONTHLY",
            "应写 entry",
        ),
        (
            "requirements_all",
            "  form: drill",
            "  form: drill\n  weight: 5",
            15,
            "DRILL-MONTHLY",
            "weight",
        ),
        ("forms_all", "type: bool, required: true", "type: photo", 13, "drill", "要照片必须写"),
        ("forms_all", "type: bool", "type: choice", 13, "drill", "options"),
        ("forms_all", "minutes: 1", 'minutes: "1"', 8, "drill", "整数"),
        ("sources", "confidence: K", "confidence: sure", 1, "", "sure"),
        ("calendar", "2027-01-29", "2026-02-30", 2, "autumn", "没有这一天"),
        ("calendar", "2027-01-29", "2026-08-01", 2, "autumn", "晚于"),
        ("pack", 'version: "2026.1"', "version: 2026.1", 2, "", "会被当成数"),
        # what only the whole pack shows
        ("requirements_all", '["1.1"]', '["1.2"]', 3, "DRILL-MONTHLY", "没有这个条款：1.2"),
        (
            "requirements_all",
            "basis: [LAW]",
            "basis: [LAWS]",
            4,
            "DRILL-MONTHLY",
            "没有这个依据：LAWS",
        ),
        (
            "requirements_all",
            "who: principal",
            "who: principle",
            9,
            "DRILL-MONTHLY",
            "没有这个岗位",
        ),
        (
            "requirements_all",
            "who: principal",
            "who: section_head",
            9,
            "DRILL-MONTHLY",
            "不在 campus",
        ),
        ("requirements_all", "form: drill\n", "form: dril\n", 14, "DRILL-MONTHLY", "没有这个表单"),
        (
            "requirements_all",
            "entry: drill.held",
            "entry: drill.helt",
            13,
            "DRILL-MONTHLY",
            "没有这个存证类型",
        ),
        (
            "requirements_all",
            "participants_permille",
            "participant_permille",
            13,
            "DRILL-MONTHLY",
            "的事实字段：participant_permille",
        ),
        (
            "requirements_all",
            "{participants_permille: {at_least: 900}}",
            "{drill_type: swim}",
            13,
            "DRILL-MONTHLY",
            "没有取值 swim",
        ),
        (
            "requirements_all",
            "{participants_permille: {at_least: 900}}",
            "{evaluated: {at_least: 1}}",
            13,
            "DRILL-MONTHLY",
            "不能比较大小",
        ),
        (
            "requirements_all",
            "{participants_permille: {at_least: 900}}",
            "{drill_type: fire}",
            14,
            "DRILL-MONTHLY",
            "任何答案都不满足",
        ),
        (
            "requirements_all",
            "level: campus",
            "level: unit",
            14,
            "DRILL-MONTHLY",
            "表单属于 campus",
        ),
        (
            "requirements_all",
            "  form: drill",
            "  same_as: [national/DRILL]\n  form: drill",
            14,
            "DRILL-MONTHLY",
            "没有这个要求",
        ),
        (
            "requirements_all",
            "{entry: drill.held, where: {participants_permille: {at_least: 900}}}",
            "{fact: moon.phase}",
            13,
            "DRILL-MONTHLY",
            "没有这个事实来源",
        ),
        (
            "requirements_all",
            "{entry: drill.held, where: {participants_permille: {at_least: 900}}}",
            "{fact: post.held, with: {post: pope}}",
            13,
            "DRILL-MONTHLY",
            "没有这个岗位：pope",
        ),
        (
            "requirements_all",
            "entry: drill.held",
            "entry: meeting.held",
            14,
            "DRILL-MONTHLY",
            "填了也不算",
        ),
        ("forms_all", "records: drill.held", "records: drill.hold", 3, "drill", "没有这个存证类型"),
        ("forms_all", "type: bool", "type: integer", 13, "drill", "填不进"),
        ("forms_all", "drill_type: evacuation", "drill_type: swim", 4, "drill", "没有取值 swim"),
        ("forms_all", "posts: [principal]", "posts: [porter]", 7, "drill", "没有这个岗位"),
        (
            "forms_all",
            "    - {name: evaluated, label: 讲评, type: bool, required: true}\n",
            "",
            1,
            "drill",
            "必须有 evaluated",
        ),
        ("clauses", 'ref: "1.1", head: "1"', 'ref: "2.1", head: "1"', 4, "2.1", "不在第 1 章"),
        ("clauses", 'ref: "1.1", head: "1"', 'ref: "2.1", head: "2"', 4, "2.1", "没有这个章"),
        (
            "checklists_items",
            "evidence: [drill.held]",
            "evidence: [x.y]",
            9,
            "items",
            "没有这个存证类型",
        ),
        ("checklists_items", "source: LAW", "source: LAWS", 4, "items", "没有这个依据"),
    ],
)
def test_a_fault_is_named_by_file_line_entry_and_reason(file, was, now, line, entry, word):
    faults = broken(file, was, now)
    first = next((one for one in faults if word in f"{one.message} {one.remedy}"), None)
    assert first is not None, faults
    assert (first.file, first.line, first.entry) == (
        file.replace("_", "/", 1) + ".yaml",
        line,
        entry,
    )


def test_double_refs_are_refused_and_name_the_other_place():
    text = SMALL["requirements/all.yaml"]
    with pytest.raises(PackError) as caught:
        loader.parse(files(requirements_more=text), kinds=CORE)
    (fault,) = caught.value.faults
    assert "DRILL-MONTHLY 重复" in fault.message
    assert "requirements/all.yaml:1" in fault.message
    assert fault.file == "requirements/more.yaml"


def test_the_nearest_known_word_is_offered():
    faults = broken("requirements_all", "every: month", "evrey: month")
    assert any("evrey" in one.message and "every" in one.remedy for one in faults)


def test_all_faults_are_told_at_once():
    text = SMALL["requirements/all.yaml"].replace("[LAW]", "[LAWS]").replace('["1.1"]', '["9.9"]')
    with pytest.raises(PackError) as caught:
        loader.parse(files(requirements_all=text), kinds=CORE)
    assert len(caught.value.faults) == 2
    assert "2 处问题" in str(caught.value)


def test_unknown_files_and_missing_files_are_faults():
    extra = files() | {"notes.txt": b"x", "requirements/deep/a.yaml": b"- x"}
    del extra["sources.yaml"]
    with pytest.raises(PackError) as caught:
        loader.parse(extra, kinds=CORE)
    assert [fault.file for fault in caught.value.faults] == [
        "notes.txt",
        "requirements/deep/a.yaml",
        "sources.yaml",
    ]


def test_a_clause_nobody_serves_is_a_warning_unless_declared():
    more = '  - {ref: "1.2", head: "1", binds: bureau, source_section: 一, text: 局里也要做。}\n'
    found = loader.parse(files(clauses=SMALL["clauses.yaml"] + more), kinds=CORE)
    (warning,) = found.warnings
    assert "1.2" in warning.message
    assert warning.line == 5
    declared = more.replace("binds: bureau", "binds: bureau, declared: true")
    assert loader.parse(files(clauses=SMALL["clauses.yaml"] + declared), kinds=CORE).warnings == ()


def test_a_pack_depends_on_what_is_found_and_may_use_its_refs():
    base = loader.parse(files(), kinds=CORE).pack
    meta = SMALL["pack.yaml"].replace("demo", "other") + 'depends: ["demo/2026.1"]\n'
    text = SMALL["requirements/all.yaml"].replace("[LAW]", "[demo/LAW]")
    text = text.replace("form: drill", "same_as: [demo/DRILL-MONTHLY]\n  form: demo/drill")
    roles = "sections: [{code: other, title: 别科}]\n"
    mine = files(pack=meta, requirements_all=text, roles=roles)
    del mine["forms/all.yaml"]
    found = loader.parse(mine, kinds=CORE, dependency=lambda name: base)
    assert found.pack.requirements[0].same_as == ("demo/DRILL-MONTHLY",)
    with pytest.raises(PackError, match="demo/2026.1 不可用"):
        loader.parse(mine, kinds=CORE)


def test_packs_that_depend_on_each_other_in_a_ring_are_refused(tmp_path):
    for issuer, other in (("one", "two"), ("two", "one")):
        folder = tmp_path / issuer / "2026.1"
        folder.mkdir(parents=True)
        meta = SMALL["pack.yaml"].replace("demo", issuer) + f'depends: ["{other}/2026.1"]\n'
        (folder / "pack.yaml").write_text(meta, encoding="utf-8")
        (folder / "sources.yaml").write_text(SMALL["sources.yaml"], encoding="utf-8")
    with pytest.raises(PackError, match="不可用") as caught:
        loader.load(tmp_path / "one" / "2026.1", kinds=CORE)
    assert "绕成了圈" in caught.value.faults[0].remedy or "不可用" in caught.value.faults[0].remedy


def test_the_folder_must_bear_the_name_of_the_pack(tmp_path):
    folder = tmp_path / "demo" / "2026.2"
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with pytest.raises(PackError, match="放在文件夹 demo/2026.2"):
        loader.load(folder, kinds=CORE)


OWN_KIND = """\
- ref: walk
  title: 巡查
  visibility: unit
  level: campus
  posts: [principal]
  minutes: 1
  fields:
    - {name: rounds, label: 几圈, type: integer}
    - name: place
      label: 哪里
      type: choice
      options: [{code: gate, label: 校门}, {code: roof, label: 屋面}]
"""


def later(text):
    """Parse a later version of the small pack whose own form reads ``text``."""
    earlier = loader.parse(files(forms_own=OWN_KIND), kinds=CORE).pack
    meta = SMALL["pack.yaml"].replace("2026.1", "2026.2")
    return loader.parse(files(forms_own=text, pack=meta), kinds=CORE, earlier=[earlier])


def test_a_kind_may_grow_from_version_to_version():
    more = OWN_KIND.replace("{code: gate", "{code: hall, label: 大厅}, {code: gate")
    assert (
        later(more + "    - {name: dark, label: 天黑, type: bool}\n").pack.meta.version == "2026.2"
    )


@pytest.mark.parametrize(
    ("was", "now", "word"),
    [
        ("type: integer", "type: bool", "rounds 原为 int"),
        (", {code: roof, label: 屋面}", "", "少了选项 roof"),
        ("visibility: unit", "visibility: public", "可见范围原为 unit"),
    ],
)
def test_a_kind_may_not_change_from_version_to_version(was, now, word):
    with pytest.raises(PackError, match=word):
        later(OWN_KIND.replace(was, now))


def test_a_room_above_may_make_a_fact_provider_known(monkeypatch):
    monkeypatch.setattr(known, "FACT_PROVIDERS", dict(known.FACT_PROVIDERS))
    known.add_provider("moon.phase", frozenset({"phase"}))
    with pytest.raises(ValueError, match="other parameters"):
        known.add_provider("moon.phase", frozenset())
    assert "moon.phase" in known.FACT_PROVIDERS
