"""Télécharge la note d’une démarche mois par mois, vérifie le fichier, en dessine la courbe.

    JDMA_JETON=jdma_… python courbe.py https://avis.example.fr carte-grise courbe.svg

Rien d’autre que Python : pour un tableur ou pandas, le même fichier se lit tel quel.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from datetime import date
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

WIDTH, HEIGHT, LEFT, TOP = 640, 240, 40, 20
READ = {"string": str, "integer": int, "number": float, "date": date.fromisoformat}


def download(url: str, jeton: str) -> str:
    """A file, whole: urllib fails when the transfer breaks."""
    request = Request(url, headers={"Authorization": f"Bearer {jeton}"})
    with urlopen(request, timeout=60) as answer:
        return answer.read().decode("utf-8")


def rows(text: str, schema: dict) -> list[dict]:
    """The rows of a CSV, each value as its schema says. ValueError when they do not fit."""
    fields = {field["name"]: field for field in schema["fields"]}
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if reader.fieldnames != list(fields):
        raise ValueError(f"les colonnes {reader.fieldnames} ne sont pas celles du schéma")
    return [{name: value(fields[name], row[name]) for name in fields} for row in reader]


def value(field: dict, text: str) -> object:
    limits = field.get("constraints", {})
    if text == "":
        if limits.get("required"):
            raise ValueError(f"{field['name']} : une valeur manque")
        return None
    found = READ[field["type"]](text)
    if "minimum" in limits and found < limits["minimum"]:
        raise ValueError(f"{field['name']} : {found} est sous {limits['minimum']}")
    return found


def chart(months: list[dict], title: str) -> str:
    """A line from 0 to 10 with its 95 % interval, as SVG; months without answers leave a gap."""
    step = (WIDTH - LEFT - 10) / max(len(months) - 1, 1)

    def point(i: int, note: float) -> str:
        return f"{LEFT + i * step:.1f},{TOP + (10 - note) * (HEIGHT - 2 * TOP) / 10:.1f}"

    known = [(i, m) for i, m in enumerate(months) if m["bas"] is not None]
    band = [point(i, m["haut"]) for i, m in known] + [point(i, m["bas"]) for i, m in known[::-1]]
    line = [point(i, m["note_sur_10"]) for i, m in enumerate(months) if m["n"]]
    ticks = "".join(
        f'<text x="4" y="{TOP + (10 - n) * (HEIGHT - 2 * TOP) / 10 + 4}">{n}</text>'
        for n in (0, 5, 10)
    )
    first, last = (f"{m['du']:%m/%Y}" for m in (months[0], months[-1]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 20}" '
        f'font-family="sans-serif" font-size="12" role="img"><title>{title}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="{LEFT}" y="12">{title}</text>'
        f'<polygon points="{" ".join(band)}" fill="#9bb8e8"/>'
        f'<polyline points="{" ".join(line)}" fill="none" stroke="#1a3f8f" stroke-width="2"/>'
        f'{ticks}<text x="{LEFT}" y="{HEIGHT + 12}">{first}</text>'
        f'<text x="{WIDTH - 10}" y="{HEIGHT + 12}" text-anchor="end">{last}</text></svg>\n'
    )


def main(server: str, demarche: str, output: str) -> None:
    jeton = os.environ["JDMA_JETON"]
    query = urlencode({"demarche": demarche, "pas": "mois"})
    schema = json.loads(download(f"{server}/exports/scores.schema.json?{query}", jeton))
    found = rows(download(f"{server}/exports/scores.csv?{query}", jeton), schema)
    months = [row for row in found if row["dimension"] == "satisfaction"]
    if not months:
        sys.exit(f"Aucune réponse à « satisfaction » pour {demarche}.")
    svg = chart(months, f"{months[0]['titre']} : satisfaction sur 10")
    Path(output).write_text(svg, "utf-8")
    print(f"{sum(row['n'] for row in months)} réponses, {len(months)} mois : {output}")


if __name__ == "__main__":
    if len(sys.argv) != 4 or "JDMA_JETON" not in os.environ:
        sys.exit(__doc__)
    main(*sys.argv[1:])
