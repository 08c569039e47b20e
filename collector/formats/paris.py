"""Instants in UTC as people in Paris read them, fast: an offset is looked up once an hour.

An instant is written « 2026-11-22T14:12:34.123Z »; Paris has been whole hours from UTC since 1911.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from collector.domain import PARIS

_EXCEL_DAY_0 = date(1899, 12, 30).toordinal()
_HOURS = 10_000  # about a year of them


def minute_in_paris(instant: str) -> str:
    """« 2026-11-22 15:12 »."""
    return _hour(instant[:13]) + instant[13:16]


def serial_of_day(jour: str) -> int:
    """A day as spreadsheets count them. Good from 1900-03-01 on."""
    return _serial(jour)


def serial_in_paris(instant: str) -> float:
    """An instant as spreadsheets count it, in days, on a clock in Paris."""
    hour = _hour(instant[:13])
    seconds = int(hour[11:]) * 3600 + int(instant[14:16]) * 60 + float(instant[17:-1])
    return _serial(hour[:10]) + seconds / 86_400


@lru_cache(_HOURS)
def _hour(utc: str) -> str:
    """« 2026-11-22T14 » in UTC is « 2026-11-22 15 » in Paris."""
    moment = datetime.fromisoformat(f"{utc}:00:00+00:00").astimezone(PARIS)
    return moment.strftime("%Y-%m-%d %H")


@lru_cache(_HOURS)
def _serial(jour: str) -> int:
    return date.fromisoformat(jour).toordinal() - _EXCEL_DAY_0
