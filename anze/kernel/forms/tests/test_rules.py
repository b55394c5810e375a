"""What an answer must be, and that whatever passes fits the kind it is recorded as."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anze.kernel.forms import definitions, payload, rules
from anze.kernel.forms.checklists import Check
from anze.kernel.forms.reading import Wrong
from anze.kernel.forms.tests.testpack import FORMS
from anze.kernel.ledger import kinds
from anze.kernel.packs.schema import Field, Form
from anze.lib import canon

FORM = {one.ref: one for one in (Form.model_validate(raw) for raw in yaml.safe_load(FORMS))}


def field(kind: str, **more: object) -> Field:
    return Field.model_validate({"name": "x", "label": "某项", "type": kind, **more})


OPTIONS = [{"code": "a", "label": "甲"}, {"code": "b", "label": "乙"}]


@pytest.mark.parametrize(
    ("spec", "raw", "answer"),
    [
        (field("integer"), " １２０ ", 120),
        (field("integer"), "1,200", 1200),
        (field("integer"), 7, 7),
        (field("decimal"), "2.50", "2.5"),
        (field("decimal"), "００７", "7"),
        (field("decimal"), "0.0", "0"),
        (field("decimal"), "100", "100"),
        (field("choice", options=OPTIONS), "b", "b"),
        (field("choices", options=OPTIONS), ["b", "a", "a"], ["a", "b"]),
        (field("choices", options=OPTIONS), "b", ["b"]),
        (field("date"), "2026年9月1日", date(2026, 9, 1)),
        (field("date"), "2026/9/1", date(2026, 9, 1)),
        (field("datetime"), "2026-09-01T08:30", datetime.fromisoformat("2026-09-01T00:30+00:00")),
        (field("bool"), "false", False),
        (field("bool"), True, True),
        (field("text"), " 一\r\n二\x00 ", "一\n二"),
        (field("text"), "\u200b e\u200d\u0301", "é"),
        (field("people"), "张三、李四 王五，张三", ["张三", "李四", "王五"]),
        (field("integer"), "", None),
        (field("text"), "   ", None),
    ],
)
def test_what_people_type_is_understood(spec, raw, answer):
    assert rules.read(spec, raw) == answer


@pytest.mark.parametrize(
    ("spec", "raw"),
    [
        (field("integer"), "十二"),
        (field("integer"), "1.5"),
        (field("integer"), True),
        (field("integer"), 1.5),
        (field("integer"), "-1"),
        (field("integer", max=10), "11"),
        (field("integer"), "9" * 30),
        (field("decimal"), "1e5"),
        (field("decimal"), "NaN"),
        (field("decimal"), 1.5),
        (field("choice", options=OPTIONS), "c"),
        (field("choice", options=OPTIONS), ["a"]),
        (field("choices", options=OPTIONS), ["a", {}]),
        (field("date"), "2026-02-30"),
        (field("date"), "0001-01-01"),
        (field("date"), 20260101),
        (field("datetime"), "9999-12-31T23:59:59-23:59"),
        (field("datetime"), "昨天"),
        (field("bool"), "也许"),
        (field("bool"), 2),
        (field("text", max_length=3), "一二三四"),
        (field("text"), ["一"]),
        (field("people"), [1]),
        (field("person"), "名" * 61),
        (field("file"), ["x"]),
        (field("file"), {"a": 1}),
        (field("file"), [str(UUID(int=n)) for n in range(10)]),
        (field("integer", required=True), ""),
        (field("bool", required=True), None),
    ],
)
def test_what_cannot_be_an_answer_is_refused_in_words(spec, raw):
    with pytest.raises(Wrong) as refusal:
        rules.read(spec, raw)
    assert str(refusal.value)


def test_every_fault_of_a_form_is_named_at_once():
    with pytest.raises(rules.Invalid) as refusal:
        rules.read_all(FORM["drill"], {"expected": "很多", "what": 1})
    assert set(refusal.value.faults) == {
        "drill_type", "expected", "participants", "duration_seconds", "evaluated", "what",
    }  # fmt: skip


class TestChecklist:
    spec = FORM["weekly"].fields[0]

    def test_items_that_miss_an_answer_are_named_by_number(self):
        with pytest.raises(Wrong, match="还有 2 项没有作答：第 2、3 项"):
            rules.read(self.spec, {"exits": "yes"})

    def test_note_and_day_belong_to_a_no_only(self):
        more = {"note": "堵了", "by": "2026-12-01"}
        raw = {
            "exits": {"answer": "no", **more},
            "fire_kit": {"answer": "yes", **more},
            "food": "na",
        }
        assert rules.read(self.spec, raw) == {
            "exits": Check("no", "堵了", date(2026, 12, 1)),
            "fire_kit": Check("yes"),
            "food": Check("na"),
        }

    @pytest.mark.parametrize("raw", [{"other": "yes"}, {"exits": "perhaps"}, ["yes"], "yes"])
    def test_other_items_and_other_answers_are_refused(self, raw):
        with pytest.raises(Wrong):
            rules.read(self.spec, raw)

    def test_totals_follow_and_notes_stay_private(self):
        raw = {"exits": {"answer": "no", "note": "堵了", "by": "2026-12-01"}, "fire_kit": "yes"}
        answers = rules.read_all(FORM["weekly"], {"items": {**raw, "food": "na"}})
        built = payload.build(FORM["weekly"], "selfcheck.done", answers)
        assert built.facts == {
            "checklist": "weekly_trial",
            "answered": 3,
            "yes": 1,
            "no": 1,
            "na": 1,
            "no_items": ["exits"],
            "na_items": ["food"],
            "proposed": [{"item": "exits", "by": "2026-12-01"}],
        }
        assert built.private == {"notes": {"exits": "堵了"}}


def test_tenths_are_asked_as_a_decimal():
    spec = field("decimal", to="hours_tenths")
    form = Form.model_validate(
        {
            "ref": "t",
            "title": "训",
            "records": "training.held",
            "visibility": "unit",
            "level": "unit",
            "posts": ["teacher"],
            "minutes": 1,
            "fields": [spec.model_dump()],
        }
    )
    assert payload.build(form, "", rules.read_all(form, {"x": "2.5"})).facts == {"hours_tenths": 25}
    assert payload.recall(form, {"hours_tenths": 25}, None) == {"x": "2.5"}
    with pytest.raises(Wrong, match="一位小数"):
        rules.read(spec, "2.55")


def test_the_share_of_participants_is_computed_not_asked():
    raw = {
        "drill_type": "fire",
        "expected": "1000",
        "participants": "935",
        "duration_seconds": "90",
        "evaluated": "true",
    }
    answers = rules.read_all(FORM["drill"], raw)
    assert payload.build(FORM["drill"], "drill.held", answers).facts["participants_permille"] == 935


# --- whatever passes the rules fits the kind and has one canonical form

words = st.text(max_size=40)
RAW = {
    "integer": st.integers(-20, 20) | st.sampled_from(["3", "-5", "x", None, ""]),
    "decimal": st.decimals(0, 99999, places=3).map(str) | st.sampled_from(["0.10", "-0", "1e3"]),
    "choice": st.sampled_from(["fire", "evacuation", "none", ""]),
    "choices": st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=4),
    "date": st.dates().map(str) | words,
    "datetime": st.datetimes().map(str) | words,
    "bool": st.sampled_from([True, False, "true", "on", "perhaps", None]),
    "text": words,
    "person": words,
    "people": words | st.lists(words, max_size=4),
    "photo": st.lists(st.uuids().map(str), max_size=3),
    "file": st.lists(st.uuids().map(str), max_size=3),
    "checklist": st.dictionaries(
        st.sampled_from(["exits", "fire_kit", "food", "other"]),
        st.sampled_from(["yes", "no", "na", "", {"answer": "no", "note": "坏\n了"}]),
        max_size=4,
    ),
}


def raw_answers(form: Form) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional={one.name: RAW[one.type] for one in form.fields})


def facts_model(form: Form) -> type[kinds.Facts]:
    return (
        kinds.get(form.records).facts
        if form.records
        else definitions.own_kind("trial", [form]).facts
    )


@pytest.mark.parametrize("ref", FORM)
@given(data=st.data())
def test_any_answers_are_refused_in_words_or_fit_the_kind(ref, data):
    form = FORM[ref]
    raw = data.draw(raw_answers(form))
    try:
        answers = rules.read_all(form, raw)
    except rules.Invalid as invalid:
        silent = [name for name, words in invalid.faults.items() if not words]
    else:
        silent = []
        _fits(form, answers)
    assert silent == []


def _fits(form: Form, answers: dict[str, object]) -> None:
    built = payload.build(form, form.kind("trial"), answers)
    facts = facts_model(form).model_validate(built.facts)
    canon.dumps(facts.model_dump(mode="json", exclude_none=True))


@pytest.mark.parametrize("ref", FORM)
@given(data=st.data())
def test_what_was_recorded_is_recalled_as_it_was_answered(ref, data):
    form = FORM[ref]
    try:
        answers = rules.read_all(form, data.draw(raw_answers(form)))
    except rules.Invalid:
        return
    built = payload.build(form, form.kind("trial"), answers)
    model = facts_model(form).model_validate(built.facts)
    kept = model.model_dump(mode="json", exclude_none=True)
    told = {k: v for k, v in answers.items() if k not in ("photos", "report")}
    assert _without_seconds(payload.recall(form, kept, built.private)) == _without_seconds(told)


def _without_seconds(answers: dict[str, object]) -> dict[str, object]:
    """Facts keep instants to the second."""
    return {
        name: answer.replace(microsecond=0) if isinstance(answer, datetime) else answer
        for name, answer in answers.items()
    }


def test_a_form_of_two_versions_is_one_kind_that_only_grew():
    first = FORM["bus"]
    second = first.model_copy(update={"fields": (*first.fields, field("date", required=True))})
    kind = definitions.own_kind("trial", [first, second])
    kinds.check(kind)
    assert kind.version == 2
    kind.facts.model_validate({"passed": True})
    kind.facts.model_validate({"passed": True, "x": date(2026, 1, 1)})
