"""No line of what a template says begins with a colon: French signs stay with their word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for folder in ("admin_ui", "collector") for path in (ROOT / folder).rglob("*.html")
)
# What is no text: tags with what is verbatim in them, and what a template works out.
HIDDEN = re.compile(
    r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<(style|script|code|pre|textarea)\b.*?</\1>|<[^>]*>", re.S
)
LOOSE = re.compile(r" [:;?!»](?=[\s\0.,)»]|$)|« ")


def loose(source: str) -> list[str]:
    """The signs that an ordinary space lets go of, each with what is around it."""
    text = HIDDEN.sub("\0", source)
    return [text[max(0, found.start() - 20) : found.end() + 5] for found in LOOSE.finditer(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_signs_stay_with_their_word(path: Path) -> None:
    assert loose(path.read_text("utf-8")) == []


def test_a_loose_sign_would_be_seen() -> None:
    assert len(loose("<p>Fait : « {{ nom }} » {% if a %}Vraiment ?{% endif %}</p>")) == 4
    assert loose("<p style='a : b'>Fait\u00a0: {{ a ? b }} <code>a ; b</code></p>") == []
