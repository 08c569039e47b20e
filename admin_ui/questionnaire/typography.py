"""What one types in French, as it is printed. Pure.

Not for looks alone: two wordings are the same question only when they are the same to the letter,
and nobody sees which space stands before a question mark.
"""

from __future__ import annotations

import re

_BEFORE = re.compile(r" (?=[?!:;»])")
_AFTER = re.compile(r"(?<=«) ")


def printed(text: str) -> str:
    """« Ça va ? » with no-break spaces, « l’aide », « Assez… »."""
    text = text.replace("'", "’").replace("...", "…")
    return _AFTER.sub("\u00a0", _BEFORE.sub("\u00a0", text))
