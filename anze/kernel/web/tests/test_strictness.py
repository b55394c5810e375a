"""Templates keep to the strict content policy, to known icons and to the colours' meaning."""

import json
import re

import pytest
from django.conf import settings

from anze.kernel.web.states import STATES
from anze.kernel.web.tests.places import ANZE, ROOT, STATIC, TEMPLATES, WEB, source

INLINE = {
    "a script without src": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.I
    ),
    "a style element": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "an htmx event attribute": re.compile(r"\shx-on", re.I),
    "a script address": re.compile(r"javascript:", re.I),
    "something from another host": re.compile(r"(?:src|href)=\"(?:https?:)?//", re.I),
}
ICON_TAG = re.compile(
    r"\{%\s*icon\s+\"([^\"]+)\"|\bicon=\"([^\"]+)\"|\{%\s*badge\s+\S+\s+\"([^\"]+)\""
)


def names(path):
    return str(path.relative_to(ANZE))


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_a_template_has_nothing_inline_and_nothing_from_outside(path):
    text = source(path)
    found = [what for what, pattern in INLINE.items() if pattern.search(text)]
    assert not found, f"{names(path)} has {', '.join(found)}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<script>alert(1)</script>", "a script without src"),
        ('<p style="color:red">', "a style attribute"),
        ('<a onclick="x()">', "an event attribute"),
        ('<b hx-on:click="x">', "an htmx event attribute"),
        ('<script src="//cdn.example/x.js">', "something from another host"),
    ],
)
def test_the_patterns_find_what_they_are_for(text, what):
    assert INLINE[what].search(text)


def test_the_policy_allows_no_inline_code_and_no_evaluation():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    said = json.dumps(directives)
    assert "unsafe" not in said
    assert "http" not in said
    assert directives["script-src"] == directives["style-src"] == ["'self'"]


def locked_icons():
    lock = json.loads((ROOT / "assets.lock").read_text())
    return {
        icon for package in lock["assets"] for icon in package.get("sprite", {}).get("icons", ())
    }


def test_every_icon_a_template_names_is_in_the_sprite():
    known = locked_icons()
    missing = {
        f"{names(path)}: {icon}"
        for path in TEMPLATES
        for groups in ICON_TAG.findall(source(path))
        for icon in groups
        if icon and icon not in known
    }
    assert not missing, "add these to assets.lock and run scripts/assets.py"


def test_every_icon_that_code_names_is_in_the_sprite():
    from anze.kernel.web import nav, samples

    used = {look.icon for look in STATES.values()} | {entry.icon for entry in nav.entries()}
    used |= {happening.icon for happening in samples.happenings()}
    assert used <= locked_icons()


def test_the_sprite_holds_a_symbol_for_every_locked_icon():
    sprite = (STATIC / "vendor" / "icons" / "icons.svg").read_text()
    assert set(re.findall(r'<symbol id="([^"]+)"', sprite)) == locked_icons()


def rules():
    for sheet in (STATIC / "web").glob("*.css"):
        yield from re.findall(r"([^{}]+)\{([^{}]*)\}", sheet.read_text())


def test_the_four_risk_colours_are_used_by_the_risk_badge_alone():
    users = {
        selector.strip()
        for selector, body in rules()
        if "var(--risk-" in body and "--risk-major:" not in body
    }
    assert users == {f".az-risk-{grade}" for grade in ("major", "large", "general", "low")}


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palette():
    text = (STATIC / "web" / "anze.css").read_text()
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", text))
    return {k: "#" + "".join(c * 2 for c in v[1:]) if len(v) == 4 else v for k, v in found.items()}


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"),
        ("ink-2", "paper"),
        ("ink-3", "surface"),
        ("ink-3", "paper"),
        ("pine", "surface"),
        ("pine", "paper"),
        ("pine-deep", "pine-soft"),
        ("surface", "pine"),
        ("plum", "plum-soft"),
        ("surface", "plum"),
        ("surface", "ink"),
        ("surface", "risk-major"),
        ("surface", "risk-low"),
    ],
)
def test_text_stands_out_from_its_ground(text, ground):
    colours = palette()
    assert contrast(colours[text], colours[ground]) >= 4.5


def test_the_styles_of_the_room_use_no_import_and_no_outside_address():
    for sheet in (WEB / "static" / "web").glob("*.css"):
        assert not re.search(r"@import|url\((?!data:)", sheet.read_text()), sheet.name
