import pytest

from anze.lib.numerals import chinese, heading


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (21, "二十一"), (100, "一百"),
        (105, "一百零五"), (110, "一百一十"), (1001, "一千零一"), (1010, "一千零一十"),
        (9999, "九千九百九十九"),
    ],
)  # fmt: skip
def test_numbers_are_said_as_headings_say_them(number, said):
    assert chinese(number) == said


@pytest.mark.parametrize("number", [0, -1, 10000])
def test_other_numbers_are_refused(number):
    with pytest.raises(ValueError, match="between"):
        chinese(number)


def test_the_four_levels_have_their_marks():
    assert [heading(level, 3) for level in (1, 2, 3, 4)] == ["三、", "（三）", "3.", "（3）"]
