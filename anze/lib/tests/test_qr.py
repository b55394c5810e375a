"""QR codes that a template shows as they are and the policy of the pages allows."""

from anze.lib import qr


def test_it_is_markup_without_style_and_a_template_shows_it_unescaped():
    made = qr.svg("https://anze.example/t/F7?a=1&b=2")
    assert made.startswith("<svg")
    assert "az-qr" in made
    assert "style=" not in made
    assert made.__html__() == made


def test_another_text_is_another_code():
    assert qr.svg("a") != qr.svg("b")
