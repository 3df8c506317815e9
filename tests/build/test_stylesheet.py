"""The stylesheet and templates keep to the browser floor, the contrast floor and the script policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "src/qingdan/web"
CSS = WEB / "common/static/qd/qd.css"
SHEETS = sorted(WEB.glob("*/static/**/*.css"))
each_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
TEMPLATES = sorted(WEB.glob("*/templates/**/*.html"))

# What Chromium 83 does not know: https://chromestatus.com names the version that brought each.
TOO_NEW = [
    *(r":is\(", r":where\(", r":has\(", r"@layer", r"@container", r"@supports selector", r"color-mix\(", r"oklch\("),
    *(r"aspect-ratio", r"\binset:", r"inset-inline", r"\d[sdl]vh\b", r"overflow: clip", r"content-visibility"),
]


def _text(sheet: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)


def _rules(sheet: Path) -> list[tuple[str, str]]:
    """The stylesheet as (selector, body), comments and at-rules' own braces taken away."""
    return [(selector.strip(), body) for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", _text(sheet))]


@each_sheet
@pytest.mark.parametrize("pattern", TOO_NEW)
def test_nothing_newer_than_chromium_83(sheet: Path, pattern: str) -> None:
    assert not re.search(pattern, _text(sheet))


@each_sheet
def test_gap_only_in_grids(sheet: Path) -> None:
    # Flex gap came with Chrome 84; grid-gap is understood everywhere.
    offenders = [selector for selector, body in _rules(sheet) if re.search(r"(?<!grid-)\b(row-|column-)?gap:", body)]
    assert offenders == []


@each_sheet
def test_focus_visible_never_shares_a_rule(sheet: Path) -> None:
    # An unknown pseudo-class voids its whole rule, and with it the ring for older engines.
    shared = [rule for rule, _ in _rules(sheet) if ":focus-visible" in rule and "," in rule]
    assert shared == []


@each_sheet
def test_nothing_from_elsewhere(sheet: Path) -> None:
    assert "url(" not in _text(sheet) and "@import" not in _text(sheet)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TOKENS = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6});", CSS.read_text("utf-8")))


@pytest.mark.parametrize(
    ("ink", "ground"),
    [("ink", "page"), ("muted", "page"), ("muted", "surface"), ("accent", "surface"), ("accent", "accent-soft")]
    + [(code, f"{code}-soft") for code in ("done", "normal", "near", "warning", "late", "none")],
)
def test_text_contrast_is_at_least_aa(ink: str, ground: str) -> None:
    # WCAG 2.1, 1.4.3: 4.5 to 1 for text of ordinary size.
    light, dark = sorted((_luminance(TOKENS[ink]), _luminance(TOKENS[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_template_obeys_the_script_policy(path: Path) -> None:
    text = path.read_text("utf-8")
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag
    assert not re.search(r"<[^>]*\son[a-z]+=", text), "event handler attribute"
    assert "javascript:" not in text
    assert not re.search(r"\bhx-on\b|hx-on:|hx-vals=.js:|https?://(?!www\.w3\.org)", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_every_class_of_a_template_is_drawn(path: Path) -> None:
    known = {name for sheet in SHEETS for name in re.findall(r"\.(qd-[\w-]+)", _text(sheet))}
    # A name completed by a value (qd-light--{{ code }}) cannot be looked up here; "…" marks it.
    text = re.sub(r"{{.*?}}", "…", re.sub(r"{%.*?%}", " ", path.read_text("utf-8")))
    used = {name for value in re.findall(r'class="([^"]*)"', text) for name in value.split() if name.startswith("qd-")}
    assert {name for name in used if "…" not in name and not name.endswith("-")} - known == set()
