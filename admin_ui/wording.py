"""Instants as people say them, in French and in Paris."""

from __future__ import annotations

from datetime import datetime

from collector import wording
from collector.domain import PARIS


def heure(instant: str) -> str:
    """« 14 h 05 », of an instant in ISO 8601."""
    at = datetime.fromisoformat(instant).astimezone(PARIS)
    return f"{at.hour}\u00a0h\u00a0{at.minute:02}"


def jour_et_heure(instant: str) -> str:
    """« 22 novembre 2026 à 14 h 05 »."""
    at = datetime.fromisoformat(instant).astimezone(PARIS)
    return f"{wording.jour(at.date(), 'fr')} à {heure(instant)}"
