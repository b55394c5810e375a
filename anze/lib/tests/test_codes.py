"""Numbers are tidied, checked with a sentence that helps, and masked."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as reference

from anze.lib import canon, codes
from anze.lib.codes import CodeError, tidy

GOOD = "91110000600037341L"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ＡＢｃ１２３", "ABc123"),
        ("　张三　", "张三"),
        ("王\u00a0小  明\n", "王 小 明"),
        ("\ufeff王\u200b明\u200d", "王明"),
        ("实验小学（东校区）", "实验小学（东校区）"),
        ("a\r\n\tb", "a b"),
        ("e\u0301", "é"),
        ("\x00\x01中", "中"),
        ("", ""),
        ("\u200b \u00ad", ""),
    ],
)
def test_text_is_tidied_to_what_was_meant(typed, meant):
    assert tidy(typed) == meant


@given(st.text())
def test_tidying_twice_changes_nothing_more(text):
    assert tidy(tidy(text)) == tidy(text)


@given(st.text(st.characters(exclude_categories=["Cn", "Co"])))
def test_tidied_text_has_a_canonical_form(text):
    canon.dumps(tidy(text)[:4000])


@pytest.mark.parametrize(
    "typed",
    [GOOD, GOOD.lower(), "９１１１００００６００03７３４１Ｌ", " 9111 0000-600037341L\u200b"],
)
def test_a_credit_code_is_accepted_however_it_is_typed(typed):
    assert codes.uscc(typed) == GOOD


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "没有填写"),
        (GOOD[:-1], "现为 17 位"),
        (GOOD[:-1] + "1", "校验不通过"),
        (GOOD[:-1] + "I", "不用 I"),
        (GOOD.replace("6", "学", 1), "只含数字"),
        ("91A10000600037341L", "行政区划码"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_what_to_do(typed, says):
    with pytest.raises(CodeError, match=says):
        codes.uscc(typed)


def test_every_single_wrong_character_of_a_credit_code_is_noticed():
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for position in range(18):
        for character in alphabet:
            changed = GOOD[:position] + character + GOOD[position + 1 :]
            if changed != GOOD:
                with pytest.raises(CodeError):
                    codes.uscc(changed)


def test_codes_built_by_the_published_rule_are_accepted():
    rng = random.Random(7)
    for _ in range(200):
        body = "52320412" + "".join(rng.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=9))
        assert codes.uscc(body + reference.calc_check_digit(body))


def test_a_school_code_names_its_category():
    assert codes.school_code("１１ 44 000501") == "1144000501"
    assert codes.school_category("1144000501") == "幼儿园"
    assert codes.school_category("9944000501") == ""


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "没有填写"),
        ("21320412A1", "全为数字"),
        ("213200012", "现为 9 位"),
        ("9932000123", "前两位"),
        ("2199000123", "江苏为 32"),
        ("²¹32000123", "全为数字"),
    ],
)
def test_a_wrong_school_code_is_refused_with_what_to_do(typed, says):
    with pytest.raises(CodeError, match=says):
        codes.school_code(typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800000000", "13800000000"),
        ("１３８－００００－００００", "13800000000"),
        ("+86 138 0000 0000", "13800000000"),
        ("86-19900000000", "19900000000"),
        ("0519-86551234", "0519-86551234"),
        ("(0519)8655 1234", "0519-86551234"),
        ("（010）62345678", "010-62345678"),
        ("0315 2345678", "0315-2345678"),
        ("400-123-4567", "4001234567"),
    ],
)
def test_a_phone_number_is_accepted_however_it_is_typed(typed, number):
    assert codes.phone(typed) == number
    assert codes.phone(number) == number


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "没有填写"),
        ("1380000000", "现为 10 位"),
        ("12800000000", "13 至 19"),
        ("86551234", "缺少区号"),
        ("0519-8655", "不是有效"),
        ("13800000000/13900000000", "只填一个"),
        ("13800000000转8001", "只填一个"),
        ("张三", "只填一个"),
        ("²³", "只填一个"),
    ],
)
def test_a_wrong_phone_number_is_refused_with_what_to_do(typed, says):
    with pytest.raises(CodeError, match=says):
        codes.phone(typed)


def test_a_landline_is_no_mobile():
    assert codes.mobile(" 138 0000 0000 ") == "13800000000"
    for typed, says in [("0519-86551234", "现为 12 位"), ("", "没有填写"), ("x", "13 至 19")]:
        with pytest.raises(CodeError, match=says):
            codes.mobile(typed)


@given(st.text())
def test_nothing_typed_breaks_a_check(text):
    for check in (codes.uscc, codes.school_code, codes.phone, codes.mobile):
        try:
            accepted = check(text)
        except CodeError:
            continue
        assert check(accepted) == accepted


def test_masks_hide_all_but_what_people_need_to_recognise_each_other():
    assert codes.mask_name("王小明") == "王*"
    assert codes.mask_name("") == ""
    assert codes.mask_phone("13812345678") == "138****5678"
    assert codes.mask_phone("0519-86551234") == "0519-****1234"
    assert codes.mask_phone("12345") == "*****"
    assert codes.mask_identity("32041219900101123X") == "**************123X"
    assert codes.mask_identity("123") == "***"
