"""The promises of the look that a machine can check: contrast, size, no inline code, a badge for every state."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.template.loader import get_template

from carbon_portal.site.drawing import GLYPHS, columns, rings, ruler, symbols

STATIC, TEMPLATES = settings.BASE_DIR / "static", settings.BASE_DIR / "templates"
SHEETS = ("tokens.css", "base.css", "pages.css")
TONES = ("pine", "seal", "sky", "amber", "violet", "gold", "grey")


def themes() -> dict[str, dict[str, str]]:
    """Return the colour tokens of each theme; a theme inherits what it does not set."""
    sheet = (STATIC / "tokens.css").read_text()
    found: dict[str, dict[str, str]] = {}
    for selector, name in (
        (":root", "light"),
        (r"\[data-theme=dark\]", "dark"),
        (r"\[data-theme=contrast\]", "contrast"),
    ):
        block = re.search(selector + r" \{(.*?)\n\}", sheet, re.DOTALL)
        assert block is not None
        own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block[1]))
        found[name] = {**found.get("light", {}), **own}
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.1."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    linear = []
    for at in (0, 2, 4):
        part = int(digits[at : at + 2], 16) / 255
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_text_colour_is_readable_on_every_ground(theme: str) -> None:
    tokens = themes()[theme]
    pairs = list(product(("ink", "ink-2", "ink-3", "pine-deep", *TONES), ("surface", "paper", "sunken")))
    pairs += [(tone, f"{tone}-soft") for tone in TONES] + [("ink", f"{tone}-soft") for tone in TONES]
    pairs += [("on-pine", "pine"), ("on-seal", "seal"), ("on-bar", "bar"), ("surface", "ink")]
    weak = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert not {pair: ratio for pair, ratio in weak.items() if ratio < 4.5}


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_borders_of_controls_and_the_focus_ring_are_seen(theme: str) -> None:
    tokens = themes()[theme]
    assert all(contrast(tokens["control"], tokens[ground]) >= 3 for ground in ("surface", "paper", "sunken"))
    assert contrast(tokens["ink"], tokens["surface"]) >= 3


def test_the_high_contrast_theme_keeps_seven_to_one() -> None:
    tokens = themes()["contrast"]
    assert all(contrast(tokens[tone], "#ffffff") >= 7 for tone in ("ink", "ink-2", "ink-3", *TONES))


def test_the_style_sheets_stay_below_25_kilobytes() -> None:
    assert sum((STATIC / name).stat().st_size for name in SHEETS) <= 25_000


def test_a_phone_page_loads_little() -> None:
    assert (STATIC / "citizen.css").stat().st_size <= 10_000


def test_the_style_sheets_ask_for_nothing_newer_than_chromium_84() -> None:
    text = "".join((STATIC / name).read_text() for name in (*SHEETS, "citizen.css"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert not re.findall(r":has\(|color-mix|light-dark|@container|@layer|:is\(|:where\(|aspect-ratio|\binset:", text)
    assert "url(" not in text


def test_the_phone_pages_take_their_colours_from_the_tokens() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,6}\b|rgba?\(", (STATIC / "citizen.css").read_text())


def own_templates() -> list[Path]:
    """Return the templates of public, owner and verifier pages; the admin brings its own front end."""
    return [path for path in sorted(TEMPLATES.rglob("*.html")) if "admin" not in path.relative_to(TEMPLATES).parts]


@pytest.mark.parametrize("path", own_templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_carry_no_inline_code_and_compile(path: Path) -> None:
    text = path.read_text()
    if "certificate" not in path.name and "sheet" not in path.name:
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "\u2082" not in text, "write tCO<sub>2</sub>e with a real subscript"
    get_template(str(path.relative_to(TEMPLATES)))


def models_with_badges() -> list[type[Model]]:
    """Return the models whose state is shown to people."""
    return [model for model in apps.get_models() if hasattr(model, "badge")]


@pytest.mark.parametrize("model", models_with_badges(), ids=lambda model: model.__name__)
def test_every_state_has_one_of_the_nine_badges(model: type[Model], db: None) -> None:
    states = [value for value, _label in model._meta.get_field("state").choices or ()]
    assert states
    assert {model(state=state).badge for state in states} <= set(GLYPHS)  # type: ignore[attr-defined]


def test_every_badge_has_a_glyph_of_its_own() -> None:
    drawn = [symbols()[f"b-{tone}"] for tone in GLYPHS]
    assert len({inner for _box, inner in drawn}) == len(GLYPHS) == 9


def test_columns_start_at_zero_and_keep_to_the_frame() -> None:
    bars, lines = columns([("7月", "858.8969446275"), ("8月", 0), ("10月", "349.597", True)])
    assert [bar.height for bar in bars][1] == 0
    assert all(bar.y + bar.height == 214 and bar.y >= 34 for bar in bars)
    assert [bar.partial for bar in bars] == [False, False, True]
    assert lines[-1].value == 1000
    assert columns([]) == ([], [])


def test_the_ruler_shows_every_run_to_scale() -> None:
    parts = ruler([(1, 400, "retired", "已注销 400"), (401, 721, "available", "可用 321"), (722, 722, "frozen", "x")])
    assert [part.tone for part in parts] == ["retired", "available", "frozen"]
    assert [part.words for part in parts] == ["已注销 400", "可用 321", ""]
    assert [part.first for part in parts] == [1, 401, 0]


def test_the_area_inside_a_growth_ring_is_the_sum_up_to_its_month() -> None:
    months = [(Decimal(1), False), (Decimal(1), True), (Decimal(1), False), (Decimal(1), False)]
    drawn = rings(months, outer=200)
    assert [ring.radius for ring in drawn] == [100, 141, 173, 200]
    assert [ring.partial for ring in drawn] == [False, True, False, False]
    assert rings([]) == rings([(Decimal(0), False)]) == []
