"""Codes that INSEE gives to communes and départements. Pure."""

from __future__ import annotations

import re

# Text, so that 01 stays 01 and Corsica has its letters. Overseas, the département has three signs
# and leaves two for the commune.
_METROPOLE = r"(?:0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])"
_OUTRE_MER = r"(?:97[1-8]|98[4-9])"
_COMMUNE = rf"{_METROPOLE}(?!000)[0-9]{{3}}|{_OUTRE_MER}(?!00)[0-9]{{2}}"
_CODE = re.compile(rf"{_METROPOLE}|{_OUTRE_MER}|{_COMMUNE}")


def is_code(text: str) -> bool:
    """Whether it is written as the code of a commune or a département. Which ones there are in a
    year is not known here."""
    return _CODE.fullmatch(text) is not None
