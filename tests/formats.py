"""Tables to download, and what comes of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

from collector.domain import Questionnaire
from collector.formats import FORMATS, Field, Format, Page, Row, Table
from collector.formats.tables import avis_table

ROOT = Path(__file__).parents[1]

EVERY_TYPE = Table(
    "essai",
    "Essai",
    "Un peu de tout.",
    (
        Field("texte", "string", "Texte", "Ce qu’on veut.", {"maxLength": 10_000}),
        Field("entier", "integer", "Entier"),
        Field("nombre", "number", "Nombre"),
        Field("jour", "date", "Jour"),
        Field("instant", "datetime", "Instant"),
        Field("vrai", "boolean", "Vrai"),
    ),
    (("Filtre", "démarche carte-grise"), ("Téléchargé le", "2026-11-22")),
)
A_ROW: Row = ("Très bien", -3, 7.5, "2026-03-29", "2026-03-29T00:59:59.250Z", True)
NOTHING: Row = (None,) * 6

TEXTS = Table("textes", "Textes", "", (Field("a", "string", "A"), Field("b", "string", "B")))

# What people write, and what others would like a spreadsheet or a parser to do with it.
NASTY = [
    "=1+1", "+33 6 12 34 56 78", "-10 %", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\"=1", "'=1",
    "\u00a0=1", "\ufeff=1", "\u200b=1", "＝1+1", "＋1", "－1", "＠A1", "=cmd|' /C calc'!A0",
    "- un\n- deux", "a;b,c", 'dit "oui"', '"', '""', "\\", '\\"', "\\n", "null", ",null", "],[\"",
    "},{\"", "https://example.fr", "mailto:a@b.fr", "007", "1e5", "2026-01-01", "VRAI", "_x0041_",
    "<b>&amp;</b>", "]]>", "\x00\x01\x08\x0b\x1f\x7f", "\ufffe\uffff", "😀 \U0010ffff", "e\u0301",
    "ligne\r\nligne\rligne\n", " espaces ", "\u2028", "é" * 10_000, "😀" * 10_000,
]  # fmt: skip


def standard() -> Questionnaire:
    text = (ROOT / "schemas" / "questionnaires" / "standard-1.json").read_text("utf-8")
    return Questionnaire.from_json(json.loads(text))


def a_table_of_avis() -> Table:
    return avis_table([standard()])


def avis_rows(count: int, verbatim: str | None = "Simple et rapide.") -> list[Row]:
    return [
        (
            "carte-grise", "Demander une carte grise", "Agence", "k7f3q2", "Fin", "01004",
            "standard-1", f"019a9b3c-5d00-7a10-8b20-{i:012x}", 2, "2026-11-22T14:12:34.123Z",
            "2026-11-22", "fr", "dialogue", "1.0.0", None, verbatim, 1 + i % 3, 5, None,
        )
        for i in range(count)
    ]  # fmt: skip


async def in_pages(pages: Iterable[Page]) -> AsyncGenerator[Page, None]:
    for page in pages:
        yield page


def written(format: Format | str, table: Table, *pages: Page) -> bytes:
    """The whole file."""
    chosen = FORMATS[format] if isinstance(format, str) else format

    async def all_of_it() -> bytes:
        return b"".join([part async for part in chosen.write(table, in_pages(pages))])

    return asyncio.run(all_of_it())


def encoded(nom: str, table: Table, rows: Page) -> bytes:
    """The whole file, rows in one go and no event loop: for tests that make very many."""
    encoder = FORMATS[nom].encoder(table)
    return encoder.begin() + (encoder.rows(rows) if rows else b"") + encoder.end()
