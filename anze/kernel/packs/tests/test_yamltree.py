"""The small YAML that packs are written in."""

import pytest

from anze.kernel.packs.yamltree import MAX_BYTES, YamlFault, read


def test_plain_words_keep_their_meaning():
    tree = read(b"a: yes\non: off\nb: true\nc: 12\nd: 2026-09-01\ne: '1.1'\nf: [x, -3]\n")
    assert tree.value == {
        "a": "yes",
        "on": "off",
        "b": True,
        "c": 12,
        "d": "2026-09-01",
        "e": "1.1",
        "f": ["x", -3],
    }


def test_each_value_knows_its_line():
    tree = read(b"a:\n  - x: 1\n  - x: 2\n    y: 3\n")
    assert tree.line(("a", 1, "x")) == 3
    assert tree.line(("a", 1, "y")) == 4
    assert tree.line(("a", 1, "missing")) == 3


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "两次"),
        ("a: &x 1\nb: *x\n", 1, "锚点"),
        ("a: !!python/object:os.system {}\n", 1, "类型标记"),
        ("a: 1\n---\nb: 2\n", 2, "两份文档"),
        ("a:\n", 1, "空的"),
        ("a: ~\n", 1, "空的"),
        ("v: 2026.1\n", 1, "会被当成数"),
        ("v: 1e9\n", 1, "会被当成数"),
        ("v: 007\n", 1, "会被当成数"),
        ("? [a, b]\n: 1\n", 1, "键应是一个词"),
        ("<<: {a: 1}\n", 1, "合并键"),
        ("a: [1\nb: 2\n", 2, "写法有误"),
        ("", 1, "空的"),
        ("[" * 60, 1, "嵌套过深"),
        ("[" * 500_000, 1, ""),
    ],
)
def test_what_we_do_not_read_is_named_with_its_line(text, line, word):
    with pytest.raises(YamlFault) as caught:
        read(text.encode())
    assert word in caught.value.message
    assert caught.value.line == line


def test_other_encodings_are_refused_with_the_line():
    with pytest.raises(YamlFault, match="UTF-8") as caught:
        read("a: 1\nb: 安全\n".encode("gb18030"))
    assert caught.value.line == 2


def test_a_file_too_large_is_not_parsed():
    with pytest.raises(YamlFault, match="超过"):
        read(b"#" * (MAX_BYTES + 1))


def test_an_alias_bomb_costs_nothing():
    lines = ["a: &a [x, x, x]"] + [
        f"{c}: &{c} [*{p}, *{p}]" for p, c in zip("abcdef", "bcdefg", strict=True)
    ]
    with pytest.raises(YamlFault, match="锚点"):
        read("\n".join(lines).encode())
