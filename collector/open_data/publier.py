"""Public figures as open data: one file of all public démarches, described, ready for a catalogue.

Each row is what the public pages and the API say of the same period: `public_figures` makes all
three. What is not over yet is left out: the difference of two nights would be a day.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile
from pathlib import Path
from string import Template
from typing import Any, Literal, TextIO, get_args

from collector.asked.filtre import Filtre, Pas
from collector.asked.periode import PREMIER_JOUR, annee, douze_mois, mois
from collector.config import Settings, resource
from collector.domain import AVIS, Catalogue, Demarche
from collector.figures.publication import around
from collector.figures.shown import Figures, Mesure, Rules, Tranche, public_figures
from collector.scores import Thresholds
from collector.store.contract import Count, Store

NAME = "jdma-agregats"
CSV, SCHEMA, PACKAGE, README = (
    "agregats.csv", "agregats.schema.json", "datapackage.json", "LISEZMOI.md",
)  # fmt: skip
_DECLARED = resource("schemas", "exports", "agregats.json")
_WORDS = Path(__file__).parents[1] / "templates" / "lisezmoi.md"

Periodicite = Literal["mois", "trimestre", "annee", "douze_mois"]
Row = dict[str, str | int | float]
Tell = Callable[[int, int], None]
"""Told of progress: how many démarches are done, of how many."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a publication has in it."""

    demarches: int
    lignes: int
    publiees: int


def rules_of(settings: Settings) -> Rules:
    classes = Thresholds(settings.class_minimum, settings.class_bon, settings.class_moyen)
    return Rules(settings.public_threshold, classes)


# Rows


async def write_rows(store: Store, file: TextIO, today: date, rules: Rules, tell: Tell) -> Counted:
    """Write the rows of all public démarches, in the order of their slugs, under their names.

    What is read of one démarche is of one instant.
    """
    writer = csv.DictWriter(file, [field["name"] for field in declared()["fields"]])
    writer.writeheader()
    catalogue = await store.load_catalogue()
    demarches = sorted(catalogue.public(), key=lambda demarche: demarche.slug)
    lignes = publiees = 0
    for done, demarche in enumerate(demarches, 1):
        counts = await store.counts_by_month(demarche.id, f"{PREMIER_JOUR:%Y-%m}", f"{today:%Y-%m}")
        rows = demarche_rows(demarche, catalogue, counts, today, rules)
        writer.writerows(rows)
        lignes += len(rows)
        publiees += sum(row["statut"] == "publie" for row in rows)
        tell(done, len(demarches))
    return Counted(len(demarches), lignes, publiees)


def demarche_rows(
    demarche: Demarche, catalogue: Catalogue, counts: Sequence[Count], today: date, rules: Rules
) -> list[Row]:
    """Everything published of one démarche, from all its counters.

    Its first year is the first with something published: an earlier one would say, by its mere
    presence, that somebody had answered.
    """
    over = today - timedelta(days=1)  # an avis of the last day may still change for an hour

    def rows(pas: Pas | None, periode: date) -> list[Row]:
        whole = annee(periode) if pas else douze_mois(periode)
        months = around(whole, today)
        near = [c for c in counts if f"{months.du:%Y-%m}" <= c.mois <= f"{months.au:%Y-%m}"]
        found = public_figures(demarche, catalogue, near, Filtre(whole, pas), today, rules)
        return list(_rows(found, over))

    first = min((int(c.mois[:4]) for c in counts), default=over.year)
    years = (
        [row for pas in get_args(Pas) for row in rows(pas, date(year, 1, 1))]
        for year in range(first, over.year + 1)
    )
    begun = dropwhile(lambda year: all(row["statut"] == "retenu" for row in year), years)
    last = mois(over).du - timedelta(days=1)
    return [*(row for year in begun for row in year), *rows(None, last)]


def _rows(figures: Figures, over: date) -> Iterator[Row]:
    periodicite: Periodicite = figures.filtre.pas or "douze_mois"
    for tranche in figures.tranches or (figures.total,):
        if tranche.periode.au < over:
            about = _about(figures, tranche, periodicite)
            yield about | _avis(tranche)
            yield from (about | _answers(mesure) for mesure in tranche.mesures)


def _about(figures: Figures, tranche: Tranche, periodicite: Periodicite) -> Row:
    return {
        "demarche": figures.demarche.slug,
        "titre": figures.demarche.titre,
        "structure": figures.structure.nom,
        "siret": figures.structure.siret or "",
        "territoire": figures.structure.territoire or "",
        "periodicite": periodicite,
        "date_debut": tranche.periode.du.isoformat(),
        "date_fin": tranche.periode.au.isoformat(),
    }


def _avis(tranche: Tranche) -> Row:
    if tranche.avis is None or tranche.ouvertures is None:
        return {"dimension": AVIS, "statut": "retenu"}
    return {
        "dimension": AVIS,
        "statut": "publie",
        "n": tranche.avis,
        "ouvertures": tranche.ouvertures,
    }


def _answers(mesure: Mesure) -> Row:
    niveaux = mesure.dimension.niveaux
    asked: Row = {
        "dimension": mesure.dimension.code,
        "question": mesure.dimension.question["fr"],
        "echelle": len(niveaux),
        "niveau_bas": niveaux[0]["fr"],
        "niveau_haut": niveaux[-1]["fr"],
    }
    if mesure.score is None or mesure.effectifs is None:
        return asked | {"statut": "retenu"}
    bas, haut = mesure.score.intervalle or ("", "")
    return asked | {
        "statut": "publie",
        "questionnaires": " ".join(mesure.questionnaires),
        "n": mesure.score.n,
        **{f"effectif_{level}": n for level, n in enumerate(mesure.effectifs, 1)},
        "note_sur_10": _or_nothing(mesure.score.note_sur_10),
        "bas": bas,
        "haut": haut,
        "classe": mesure.score.classe or "",
    }


def _or_nothing(number: float | None) -> str | float:
    return "" if number is None else number


# What stands beside them


def declared() -> dict[str, Any]:
    """The Table Schema of the rows."""
    found: dict[str, Any] = json.loads(_DECLARED.read_text("utf-8"))
    return found


def describe(folder: Path, settings: Settings, today: date) -> None:
    """Add to a folder that has the rows what says how to read them."""
    shutil.copyfile(_DECLARED, folder / SCHEMA)
    schema = declared()
    words = Template(_WORDS.read_text("utf-8")).substitute(
        jour=today,
        seuil=settings.public_threshold,
        classe=settings.class_minimum,
        bon=f"{settings.class_bon:g}".replace(".", ","),
        moyen=f"{settings.class_moyen:g}".replace(".", ","),
        colonnes="\n".join(_column(field) for field in schema["fields"]),
    )
    (folder / README).write_text(words, "utf-8")
    package = _package(schema, folder / CSV, settings, today)
    text = json.dumps(package, ensure_ascii=False, indent=2)
    (folder / PACKAGE).write_text(f"{text}\n", "utf-8")


def _column(field: dict[str, Any]) -> str:
    return f"| `{field['name']}` | {field['description']} |"


def _package(
    schema: dict[str, Any], rows: Path, settings: Settings, today: date
) -> dict[str, object]:
    """The Data Package: what the file is, under which licence, and its digest."""
    with rows.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": NAME,
        "title": schema["title"],
        "description": schema["description"],
        **({"homepage": f"{settings.public_url}/resultats/"} if settings.public_url else {}),
        "version": today.isoformat(),
        "created": f"{today}T00:00:00Z",
        "licenses": schema["licenses"],
        "resources": [
            {
                "name": rows.stem,
                "path": rows.name,
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
                "bytes": rows.stat().st_size,
                "hash": f"sha256:{digest}",
                "schema": SCHEMA,
            }
        ],
    }


def is_publication(folder: Path) -> bool:
    """Whether a folder has a publication of ours in it, and nothing else."""
    try:
        package = json.loads((folder / PACKAGE).read_text("utf-8"))
        return package["name"] == NAME and _only_ours(folder.iterdir())
    except (OSError, ValueError, LookupError, TypeError):  # any other file of that name
        return False


def _only_ours(paths: Iterable[Path]) -> bool:
    return all(path.name in (CSV, SCHEMA, PACKAGE, README) and path.is_file() for path in paths)
