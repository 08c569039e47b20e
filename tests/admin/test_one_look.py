"""Pages made by different hands say and show the same thing in the same way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = sorted((Path(__file__).parents[2] / "admin_ui/templates").glob("*.html"))
SCROLLS = re.compile(r'<div class="defile[^>]*>')
REACHED = re.compile(r'(?=.* tabindex="0")(?=.* role="region")(?=.* aria-label(ledby)?=")')
LEAVING = re.compile(r"<a [^>]*>Ne rien changer</a>")


def unreachable(source: str) -> list[str]:
    """Tables that scroll on a small screen, and that a keyboard cannot scroll."""
    return [each for each in SCROLLS.findall(source) if not REACHED.match(each)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_table_that_scrolls_is_a_named_region_of_the_keyboard(template: Path) -> None:
    assert unreachable(template.read_text("utf-8")) == []


def test_one_that_is_not_would_be_found() -> None:
    assert unreachable('<div class="defile"><table>') == ['<div class="defile">']
    assert unreachable('<div class="defile" tabindex="0" role="region" aria-label="A">') == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_the_way_out_of_a_confirmation_is_a_link_and_never_a_button(template: Path) -> None:
    ways_out = LEAVING.findall(template.read_text("utf-8"))
    assert [each for each in ways_out if "class=" in each] == []


def test_what_was_done_takes_the_focus_wherever_it_is_said() -> None:
    said = [
        each
        for template in TEMPLATES
        for each in re.findall(r'<p class="fait" role="status"[^>]*>', template.read_text("utf-8"))
    ]
    assert len(said) >= 2
    assert [each for each in said if "data-focus" not in each] == []
