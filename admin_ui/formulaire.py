"""A form as it was posted: read within bounds, cleaned, and what is wrong with it by field."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from admin_ui.refusals import BadForm
from collector.ingest import check_content_type, read_body

MAX_FORM = 256 * 1024
MAX_FIELDS = 1_000
_LINES = ("\n", "\t")


class Formulaire(Mapping[str, str]):
    """What was typed, the last value of each field by name; `erreurs` are sentences by field.

    A page that has to be shown again is given the form itself: what was typed stays.
    """

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._fields = dict(pairs)
        self.erreurs: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def texte(self, name: str, maximum: int, obligatoire: str = "") -> str:
        """One line, trimmed, composed (NFC). `obligatoire` is what to say where it is empty."""
        return self._text(name, maximum, obligatoire, ())

    def paragraphe(self, name: str, maximum: int, obligatoire: str = "") -> str:
        """The same of several lines, whose ends are « \\n »."""
        return self._text(name, maximum, obligatoire, _LINES)

    def secret(self, name: str) -> str:
        """As it was typed."""
        return self._fields.get(name, "")

    def liste(self, name: str) -> list[str]:
        """Every value of a field that may come several times."""
        return [value for each, value in self._pairs if each == name]

    def coche(self, name: str) -> bool:
        return name in self._fields

    def refuse(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field; what was said first stays."""
        self.erreurs.setdefault(name, sentence)

    def _text(self, name: str, maximum: int, obligatoire: str, allowed: tuple[str, ...]) -> str:
        raw = self._fields.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
        text = unicodedata.normalize("NFC", raw).strip()
        if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in allowed for c in text):
            self.refuse(name, "Ce texte contient un caractère invisible ; retapez-le.")
        if len(text) > maximum:
            self.refuse(name, f"{len(text)} caractères : il en faut {maximum} au plus.")
        if not text and obligatoire:
            self.refuse(name, obligatoire)
        return text


async def form_of(request: Request) -> Formulaire:
    """The form in the body of a request. Raises WrongType, TooLarge, BadForm."""
    check_content_type(request.headers.get("content-type"), ("application/x-www-form-urlencoded",))
    body = await read_body(request, MAX_FORM)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError as error:  # UnicodeError is one
        raise BadForm from error
    if any("\0" in each for pair in pairs for each in pair):
        raise BadForm  # nobody types one, and PostgreSQL takes it for a fault of its own
    return Formulaire(pairs)
