"""Contrast computed from the tokens, since axe does not measure borders: WCAG 1.4.3 and 1.4.11."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collector.badge import STYLES
from collector.rendering import TEMPLATES

ROOT = Path(__file__).parents[2]
SHEET = (ROOT / "widget" / "src" / "avis.css").read_text("utf-8")
OTHERS = [
    ROOT / "widget" / "src" / "widget.css",
    TEMPLATES / "page.css",
    TEMPLATES / "resultats.css",
]

OURS = (TEMPLATES / "resultats.css").read_text("utf-8")

TEXT, SHAPE = 4.5, 3.0
PAIRS = [
    ("texte", "fond", TEXT),
    ("texte", "fond-doux", TEXT),
    ("texte-doux", "fond", TEXT),
    ("texte-doux", "fond-doux", TEXT),
    ("accent", "fond", TEXT),
    ("accent", "fond-doux", TEXT),
    ("fond", "accent", TEXT),  # the text of a button
    ("erreur", "fond", TEXT),
    ("bord", "fond", SHAPE),  # fields, and radios nobody chose
    ("bord", "fond-doux", SHAPE),
    ("accent", "fond-doux", SHAPE),  # the radio that is chosen; a bar on its rail
    ("texte", "fond", SHAPE),  # focus ring
]


def tokens(selector: str) -> dict[str, str]:
    """The tokens of the rule whose last selector is `selector`."""
    _, found, rest = SHEET.partition(f"{selector} {{")
    assert found, f"no rule for {selector}"
    return dict(re.findall(r"--avis-([\w-]+): (.+);", rest.partition("}")[0]))


LIGHT = tokens(":root")
DARK = tokens(':root[data-theme="sombre"]')


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of « #rgb » or « #rrggbb »."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(each * 2 for each in digits)
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast_is_enough(theme: dict[str, str], front: str, back: str, least: float) -> None:
    assert contrast(theme[front], theme[back]) >= least


def mixed(front: str, back: str, share: float) -> str:
    """« color-mix(in srgb, front share, back) » of « #rgb » or « #rrggbb »."""
    a, b = (
        each if len(each) == 7 else "#" + "".join(digit * 2 for digit in each[1:])
        for each in (front, back)
    )
    pairs = [(int(a[at : at + 2], 16), int(b[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(x * share + y * (1 - share)):02x}" for x, y in pairs)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_line_stands_out_from_its_band(theme: dict[str, str]) -> None:
    rule = r"\.page-bande \{\s+fill: color-mix\(in srgb, var\(--avis-accent\) (\d+)%"
    found = re.search(rule, OURS)
    assert found
    band = mixed(theme["accent"], theme["fond"], int(found[1]) / 100)
    assert contrast(theme["accent"], band) >= SHAPE
    assert contrast(theme["texte"], band) >= SHAPE  # the line of a break
    assert contrast(theme["accent"], mixed(theme["accent"], theme["fond"], 0.9)) < SHAPE


BADGE = {"clair": LIGHT, "sombre": DARK}


@pytest.mark.parametrize("name", BADGE)
def test_the_badge_has_the_colours_of_the_form(name: str) -> None:
    used = re.findall(r"([^{}]+)\{fill:(#\w+)(?:;stroke:(#\w+))?\}", STYLES[name])
    theme = BADGE[name]
    assert used == [
        ("rect", theme["fond"], theme["bord"]),
        ("text", theme["texte"], ""),
        (".n,.d", theme["texte-doux"], ""),
        (".v", theme["accent"], ""),
    ]


def test_dark_by_preference_and_dark_by_choice_are_the_same() -> None:
    assert tokens(':root:not([data-theme="clair"])') == DARK


def test_the_measure_itself_can_fail() -> None:
    assert contrast("#000", "#ffffff") == 21
    assert contrast("#cccccc", LIGHT["fond"]) < SHAPE


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_only_tokens_that_exist_are_used(path: Path) -> None:
    used = set(re.findall(r"var\(--avis-([\w-]+)", path.read_text("utf-8") + SHEET))
    assert used
    assert used - LIGHT.keys() == set()
