"""Invented exports of the national button, and their figures counted by other means than ours."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

from openpyxl import Workbook

DATE, FORM, LINK, ID = (
    "Date de l'avis",
    "Nom du formulaire",
    "Lien d'intégration",
    "Identifiant Avis",
)
SATISFACTION = "De façon générale, comment ça s’est passé ?"
CLARTE = "Qu'avez-vous pensé des informations et des instructions fournies ?"
AIDE = "Durant votre parcours, avez-vous tenté d’obtenir de l’aide par l’un des moyens suivants ?"
JOINT = "Quand vous avez cherché de l'aide, avez-vous réussi à joindre l'administration ?"
QUALITE = (
    "Comment évaluez-vous la qualité de l'aide que vous avez obtenue de la part de "
    "l'administration ?"
)
COMMENTAIRE = "Souhaitez-vous nous en dire plus ?"
COURRIEL = "Adresse mail (optionnel)"
HEADINGS = [DATE, FORM, LINK, ID, SATISFACTION, CLARTE, AIDE, JOINT, QUALITE, COMMENTAIRE]

MARKS: Mapping[str, Mapping[str, Fraction]] = {
    SATISFACTION: {"Pas bien": Fraction(0), "Moyen": Fraction(5), "Très bien": Fraction(10)},
    CLARTE: {str(i + 1): Fraction(10 * i, 4) for i in range(5)},
    QUALITE: {
        each: Fraction(10 * i, 4)
        for i, each in enumerate(
            ["Très mauvaise", "Mauvaise", "Ni bonne, ni mauvaise", "Bonne", "Excellente"]
        )
    },
}
CHANNELS = [
    "Au guichet avec l’administration", "Par téléphone avec l’administration",
    "Par e-mail avec l’administration", "Par chat avec l’administration",
]  # fmt: skip
OTHERS = ["Une personne proche", "Une association", "Des sites internet", "Autres, précisez"]
NONE = "Je n'ai pas eu besoin d'aide"
COMMENTS = [
    "",
    "",
    "Simple, rapide.",
    "Le bouton « Valider »,\nne répond pas",
    'Un "mot" / deux',
    "=1+1",
]

Row = dict[str, str]


def some_rows(n: int = 300, seed: int = 7) -> list[Row]:
    """Avis of two years and two links, in the order of time."""
    drawn = random.Random(seed)
    at = datetime(2024, 12, 30, 22, 30)
    rows = []
    for i in range(n):
        at += timedelta(minutes=drawn.randrange(1, 4_000))
        rows.append({
            DATE: at.strftime("%d/%m/%Y %H:%M:%S"), FORM: "Évaluation de la satisfaction usager",
            LINK: drawn.choice(["Fin de démarche", "courriel"]), ID: f"{i * 7_919 % 2**28:07x}",
            SATISFACTION: drawn.choice([*MARKS[SATISFACTION]]), **_answers(drawn),
        })  # fmt: skip
    return rows


def _answers(drawn: random.Random) -> Row:
    ticked = drawn.choice([[], [NONE], drawn.sample(CHANNELS + OTHERS, drawn.randrange(1, 5))])
    reached = [(each, drawn.choice(["Oui", "Non"])) for each in ticked if each in CHANNELS]
    good = [(each, drawn.choice([*MARKS[QUALITE]])) for each, said in reached if said == "Oui"]
    return {
        CLARTE: drawn.choice(["", *MARKS[CLARTE]]),
        AIDE: " / ".join(ticked),
        JOINT: " / ".join(f"{each} : {said}" for each, said in reached),
        QUALITE: " / ".join(f"{each} : {said}" for each, said in good if drawn.random() < 0.9),
        COMMENTAIRE: drawn.choice(COMMENTS),
    }


def as_csv(
    path: Path, rows: Sequence[Row], headings: Sequence[str] = HEADINGS, **given: str
) -> Path:
    """As the national service writes it: commas, UTF-8 without a mark."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headings, lineterminator="\n", **given)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), "utf-8", newline="")
    return path


def as_xlsx(path: Path, rows: Sequence[Row]) -> Path:
    """A sheet for each year, its dates cells of their own."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for row in rows:
        at = datetime.strptime(row[DATE], "%d/%m/%Y %H:%M:%S")
        if str(at.year) not in book.sheetnames:
            book.create_sheet(str(at.year)).append(HEADINGS)
        cells = [row[name] or None for name in HEADINGS]
        book[str(at.year)].append(
            [at, *cells[1:5], int(row[CLARTE]) if row[CLARTE] else None, *cells[6:]]
        )
    book.save(path)
    return path


def figures(rows: Iterable[Row]) -> dict[str, Fraction]:
    """The national formulas, from the words of the file."""
    every = list(rows)
    found = {}
    for name, column in (("satisfaction", SATISFACTION), ("clarte", CLARTE)):
        found[name] = _mean(MARKS[column][row[column]] for row in every if row[column])
    reached = [said for row in every for said in _children(row[JOINT])]
    found["joint"] = Fraction(reached.count("Oui"), len(reached))
    found["qualite"] = _mean(
        MARKS[QUALITE][said] for row in every for said in _children(row[QUALITE])
    )
    asked = [row[AIDE] for row in every if row[AIDE]]
    found["aide.aucune"] = Fraction(sum(NONE in each for each in asked), len(asked))
    return found


def _children(cell: str) -> list[str]:
    return [each.split(" : ")[1] for each in cell.split(" / ") if each]


def _mean(marks: Iterable[Fraction]) -> Fraction:
    every = list(marks)
    return sum(every, Fraction(0)) / len(every)
