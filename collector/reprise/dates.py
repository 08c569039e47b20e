"""Instants as other services write them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from collector.domain import PARIS

FUSEAUX: dict[str, tzinfo] = {"Europe/Paris": PARIS, "UTC": UTC}

_DAY = (
    r"(?:(?P<annee>\d{4})[-/](?P<mois>\d\d?)[-/](?P<jour>\d\d?)"
    r"|(?P<jour2>\d\d?)/(?P<mois2>\d\d?)/(?P<annee2>\d{4}))"
)
_TIME = (
    r"(?P<heure>\d\d?)[:h](?P<minute>\d\d)(?::(?P<seconde>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<demi>[ap]m)?\s*(?P<zone>z|utc|gmt)?\s*(?P<ecart>[+-]\d\d?(?::?\d\d)?)?"
)
_INSTANT = re.compile(rf"{_DAY}(?:\s*(?:[t,-]|à|at)?\s*{_TIME})?", re.IGNORECASE | re.ASCII)


class Lu(NamedTuple):
    """An instant in milliseconds since 1970 UTC. `heure`: the time of the day was given too."""

    ms: int
    heure: bool


def read_instant(given: str | datetime, fuseau: tzinfo) -> Lu:
    """An instant: ISO 8601, 22/11/2026 11:00:00, 2026/11/22 11:00:00 AM UTC+1; or a day alone (also
    one at midnight), which is then noon. Without an offset it is of `fuseau`. ValueError for
    anything else; days stand before months."""
    if isinstance(given, datetime):  # a cell of a workbook
        given = given.isoformat()
    found = _INSTANT.fullmatch(given.strip())
    if found is None:
        raise ValueError(given)
    part = found.groupdict()
    year, month, day = (int(part[n] or part[f"{n}2"] or 0) for n in ("annee", "mois", "jour"))
    if part["heure"] is None or _is_midnight(part):
        return _instant(datetime(year, month, day, 12, tzinfo=PARIS), False)
    fraction = int((part["fraction"] or "").ljust(6, "0")[:6])
    clock = (_hour(part), int(part["minute"]), int(part["seconde"] or 0), fraction)
    return _instant(datetime(year, month, day, *clock, tzinfo=_zone(part, fuseau)), True)


def _is_midnight(part: dict[str, str | None]) -> bool:
    """As a day alone is often written, and always in a workbook."""
    said = [part[name] for name in ("zone", "ecart", "demi", "fraction")]
    return not any(said) and {part["heure"], part["minute"], part["seconde"]} <= {"0", "00", None}


def _hour(part: dict[str, str | None]) -> int:
    hour, half = int(part["heure"] or 0), (part["demi"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + 12 * (half == "pm") if half else hour


def _zone(part: dict[str, str | None], fuseau: tzinfo) -> tzinfo:
    if part["ecart"] is None:
        return UTC if part["zone"] else fuseau
    sign, digits = part["ecart"][0], part["ecart"][1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if sign == "-" else ahead)


def _instant(moment: datetime, heure: bool) -> Lu:
    if not 2000 <= moment.year <= 2100:
        raise ValueError(moment)
    return Lu(round(moment.timestamp() * 1000), heure)
