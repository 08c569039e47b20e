"""How pages say a period: in words, whatever the step."""

from __future__ import annotations

from datetime import date

import pytest

from collector.asked.periode import Periode
from collector.rendering import make_templates

SAID = [
    (date(2026, 3, 1), date(2026, 3, 31), "mars 2026"),
    (date(2026, 1, 1), date(2026, 3, 31), "janvier à mars 2026"),
    (date(2025, 12, 1), date(2026, 11, 30), "décembre 2025 à novembre 2026"),
]


@pytest.mark.parametrize(("du", "au", "said"), SAID)
def test_a_period_is_said_in_months(du: date, au: date, said: str) -> None:
    words = make_templates("", "").filters["mois"](Periode(du, au))
    assert words.replace("\N{NO-BREAK SPACE}", " ") == said
