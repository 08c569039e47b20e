"""Ratings for the European feedback repository: a month's avis, counted, without a word of theirs.

Implementing Regulation (EU) 2020/1121, article 10: the ratings of a calendar month, in bulk, within
five working days of its end; page addresses yes, free text never. The names of the fields are ours
until the national coordinator has confirmed the format (`schemas/exports/sdg.v1.json`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit, urlunsplit
from uuid import NAMESPACE_URL, uuid5

import orjson

from collector.asked.periode import Periode, mois, parse_jour
from collector.domain import PARIS, Catalogue, Demarche, Dimension
from collector.store.contract import Count, Store

FORMAT = "jdma.sdg.v1"
STATE = "format à confirmer avec le coordinateur national"
LARGEST = 10_000_000  # bytes of one message
WORKING_DAYS = 5
RATINGS = range(1, 6)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")

Tell = Callable[[int, int], None]
"""Told of progress: how many démarches are read, of how many."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The ratings of one démarche in one month, in the names of the message.

    `ratings` counts them from 1 to 5, `average` is their mean. `uniqueId` is the same whenever the
    same month is sent again: what is sent replaces what was.
    """

    uniqueId: str
    category: str
    url: str
    month: str
    periodStart: str
    periodEnd: str
    ratings: dict[str, int]
    count: int
    average: float


@dataclass(frozen=True, slots=True)
class Gathered:
    """What there is to send, and the slugs of rated démarches that have no address to send."""

    submissions: tuple[Submission, ...]
    without: tuple[str, ...]


def parse_month(text: str) -> Periode:
    """The month written YYYY-MM, from 2000-01 to 2100-12. Else ValueError."""
    if not _MONTH.fullmatch(text):
        raise ValueError(f"month {text!r}: wanted YYYY-MM")
    return mois(parse_jour(f"{text}-01"))


def due(month: Periode) -> date:
    """The last day to send a month: the fifth working day after it.

    Monday to Friday; public holidays could only make it later, and are not looked at.
    """
    day, left = month.au, WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def page_of(url: str | None) -> str | None:
    """The address of a page and nothing else: no query, no fragment, nobody's name.

    None when it is no address of a page.
    """
    try:
        parts = urlsplit(url or "")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    readable = parts.path.isprintable() and " " not in parts.path
    if parts.scheme not in ("http", "https") or not host or not readable:
        return None
    place = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{place}:{port}" if port else place, parts.path, "", ""))


async def read(store: Store, collector: str, month: Periode, tell: Tell) -> Gathered:
    """Everything there is to send of a month, in the order of slugs.

    `collector` is its public address: identifiers are made of it.
    """
    catalogue = await store.load_catalogue()
    name = f"{month.du:%Y-%m}"
    submissions, without = [], []
    for done, demarche in enumerate(_by_slug(catalogue), 1):
        counts = await store.counts_by_month(demarche.id, name, name)
        url, found = page_of(demarche.url), ratings(counts, catalogue)
        if found and url:
            submissions.append(submission(collector, demarche.slug, url, month, found))
        elif found:
            without.append(demarche.slug)
        tell(done, len(catalogue.demarches))
    return Gathered(tuple(submissions), tuple(without))


def _by_slug(catalogue: Catalogue) -> list[Demarche]:
    return sorted(catalogue.demarches.values(), key=lambda demarche: demarche.slug)


def submission(
    collector: str, slug: str, url: str, month: Periode, found: Counter[int]
) -> Submission:
    """What is said of one démarche that somebody has rated."""
    name, n = f"{month.du:%Y-%m}", found.total()
    return Submission(
        uniqueId=str(uuid5(NAMESPACE_URL, f"{collector}/sdg/{slug}/{name}")),
        category="Procedure",
        url=url,
        month=name,
        periodStart=_midnight(month.du),
        periodEnd=_midnight(month.au + timedelta(days=1)),
        ratings={str(rating): found[rating] for rating in RATINGS},
        count=n,
        average=sum(rating * k for rating, k in found.items()) / n,
    )


def ratings(counts: Iterable[Count], catalogue: Catalogue) -> Counter[int]:
    """How often each rating was given, by the question that everybody answers."""
    found: Counter[int] = Counter()
    for count in counts:
        dimensions = catalogue.questionnaires[count.questionnaire].dimensions
        asked = next((each for each in dimensions if each.obligatoire), None)
        if asked and asked.code == count.dimension and count.n:
            found[rating_of(asked, count.note)] += count.n
    return found


def rating_of(dimension: Dimension, niveau: int) -> int:
    """Level i of k as a rating: 1 + 0.4·(mark out of 10), which is whole for 2, 3 and 5 levels.

    On another scale the nearest rating is taken, the better of two as near.
    """
    steps = len(dimension.niveaux) - 1
    return (8 * (niveau - 1) + 3 * steps) // (2 * steps)


def _midnight(day: date) -> str:
    """The instant a day begins in Paris, as ISO 8601 in UTC."""
    moment = datetime.combine(day, time(), PARIS).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def messages(
    submissions: Sequence[Submission], collector: str, created: datetime, largest: int = LARGEST
) -> list[bytes]:
    """The messages that carry these, of at most `largest` bytes; none when there is nothing."""
    pages = list(_pages(submissions, largest - len(_message([], collector, created, 10**6, 10**6))))
    return [
        _message(page, collector, created, rank, len(pages)) for rank, page in enumerate(pages, 1)
    ]


def _pages(submissions: Sequence[Submission], room: int) -> Iterator[list[Submission]]:
    page: list[Submission] = []
    left = room
    for each in submissions:
        size = len(orjson.dumps(asdict(each))) + 1  # and a comma
        if page and size > left:
            yield page
            page, left = [], room
        page.append(each)
        left -= size
    if page:
        yield page


def _message(
    page: Sequence[Submission], collector: str, created: datetime, part: int, parts: int
) -> bytes:
    return orjson.dumps(
        {
            "format": FORMAT,
            "state": STATE,
            "collector": collector,
            "createdAt": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "part": part,
            "parts": parts,
            "submissions": [asdict(each) for each in page],
        }
    )
