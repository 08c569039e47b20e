"""Texts that a spreadsheet would run: which they are, and how they are made harmless.

After OWASP, « CSV Injection ». Full-width signs are read as the plain ones by some; blanks, quotes
and invisible characters may be skipped before them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SKIPPED = r"[\x00-\x20\x7f-\xa0\s\"'\u200b-\u200f\u2060\ufeff]"
is_risky: Callable[[str], re.Match[str] | None] = re.compile(
    rf"{_SKIPPED}*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]"
).match


def neutral(text: str) -> str:
    """The text behind an apostrophe when a spreadsheet might run it, else as it is.

    No character is lost: what begins with an apostrophe and is risky without it, was written here.
    """
    return "'" + text if is_risky(text) else text
