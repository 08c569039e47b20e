"""`python -m tests.bench [NAME …]`: measure everything, or only what is named."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    backup,
    commentaires,
    copying,
    downloads,
    figures,
    ingest,
    masquage,
    peers,
    postgresql,
    recovery,
    search,
    size,
    soak,
    startup,
)


def print_ingest(folder: Path) -> None:
    found = ingest.measure(folder)
    print(f"avis durables par seconde        {found.rate:10,.0f}   (64 connexions, un processus)")
    print(f"  / route vide 204, même POST    {found.to_empty_post:10.2f}   (uvicorn et Starlette)")
    print(f"  / route vide 204, GET          {found.to_empty_get:10.2f}")
    print(f"  / la même, sur notre protocole {found.to_our_empty_post:10.2f}   (même POST)")
    print(f"  temps processeur par avis      {found.cpu_per_avis:10.0f} µs")
    print(f"  p50 / p99                      {found.p50:10.1f} / {found.p99:.1f} ms")
    print(f"  mémoire après {found.stored:,} avis    {found.memory:6.0f} Mo")


def print_postgresql(folder: Path) -> None:
    found = postgresql.measure(folder)
    print(f"PostgreSQL : avis par seconde    {found.rate:10,.0f}   (un processus)")
    print(f"  / SQLite                       {found.to_sqlite_rate:10.2f}")
    print(f"  temps processeur par avis      {found.cpu:10.0f} µs")
    print(f"    / SQLite                     {found.cpu_to_sqlite:10.2f}")
    print(f"  et celui de PostgreSQL même    {found.cpu_of_the_database:10.0f} µs")
    print(f"  deux processus / un, par avis  {found.two_to_half:10.2f}   (mêmes clients chacun)")
    print(f"    mêmes clients en tout        {found.two_to_one:10.2f}")


def print_copy(folder: Path) -> None:
    for direction, ratio in copying.measure(folder).items():
        print(f"copie {direction}        {ratio:10.2f}   (rapportée au chargement nu)")


def print_recovery(folder: Path) -> None:
    found = recovery.measure(folder)
    print(f"prêt après kill -9               {found.seconds:10.2f} s ({found.avis:,} avis)")
    print(f"  au pire, journal à relire      {found.worst:10.2f} s, {found.log / 1e6:.1f} Mo")


def print_peers(folder: Path) -> None:
    for line in peers.measure(folder):
        print(line)


def print_figures(folder: Path) -> None:
    small, large = figures.measure(folder)
    print(f"chiffres d’une démarche          {large / small:10.2f}   (5 000 000 avis / 50 000)")
    print(f"  temps, 50 000 puis 5 000 000   {small:10.1f} puis {large:.1f} ms")


def print_dashboard(folder: Path) -> None:
    for demarches in (figures.DEMARCHES, 1):
        small, large = figures.measure_dashboard(folder, demarches)
        print(f"tableau de bord                  {large / small:10.2f}   (5 000 000 avis / 50 000)")
        print(f"  d’une démarche, parmi          {demarches:10}")
        print(f"  temps, 50 000 puis 5 000 000   {small:10.1f} puis {large:.1f} ms")


def print_search(folder: Path) -> None:
    print(f"première page d’une recherche     ({search.LARGE:,} commentaires / {search.SMALL:,})")
    for found in search.measure(folder):
        print(
            f"  {found.name:<31}{found.ratio:10.2f}   "
            f"({found.small:.1f} puis {found.large:.1f} ms, {found.matches:,} réponses)"
        )


def print_commentaires(folder: Path) -> None:
    print(
        f"pages de commentaires             ({commentaires.LARGE:,} avis / {commentaires.SMALL:,})"
    )
    for found in commentaires.measure(folder):
        print(
            f"  {found.name:<34}{found.ratio:7.2f}   ({found.small:.1f} puis {found.large:.1f} ms)"
        )


def print_overview(folder: Path) -> None:
    one, every, worst = figures.measure_overview(folder)
    print(f"vue de 1 000 démarches           {every / one:10.2f}   (rapportée à la page d’une)")
    print(f"  temps, une puis toutes         {one:10.1f} puis {every:.1f} ms, {worst:.1f} au pire")


def print_backup(folder: Path) -> None:
    found = backup.measure(folder)
    print(
        f"avis pendant une copie / sans    {found.ratio:10.2f}   ({found.avis:,} avis dans la base)"
    )
    print(f"  par seconde                    {found.beside:10,.0f} / {found.alone:,.0f}")
    print(f"  p99                            {found.p99_beside:10.1f} / {found.p99_alone:.1f} ms")
    print(
        f"  une copie contrôlée, sans avis {found.seconds:10.1f} s pour {found.megabytes:,.0f} Mo"
    )


def print_downloads(folder: Path) -> None:
    found = downloads.measure(folder)
    print(f"CSV de {found.rows:,} avis / sqlite3 -csv {found.ratio:6.2f}")
    print(f"  lignes par seconde             {found.csv:10,.0f} / {found.program:,.0f}")
    print(f"  temps processeur par ligne     {found.cpu:10.1f} µs")
    for extension, rate in found.others.items():
        print(f"  {extension:<12} lignes par seconde {rate:10,.0f}")
    memory = ", ".join(f"{name} {mb:.0f}" for name, mb in found.memory.items())
    print(f"  mémoire au-dessus du repos, au plus, un format après l’autre : {memory} Mo")
    print(f"avis pendant des téléchargements / sans {found.beside:6.2f}")


def print_masquage(folder: Path) -> None:
    print("| genre | rappel | précision | tenu à part : rappel | précision |")
    print("|---|---|---|---|---|")
    tuned, held_out = masquage.tables().values()
    for genre, found in tuned.items():
        apart = held_out[genre]
        print(f"| {genre} | {found.said_rappel} | {found.said_precision} |", end="")
        print(f" {apart.said_rappel} | {apart.said_precision} |")
    for name, warned in masquage.warnings().items():
        print(f"avertissement, {name:<21} {warned.avertis} sur {warned.marques}", end="")
        print(f", et {warned.pour_rien} des {warned.pieges} pièges")
    for name, cost in masquage.costs().items():
        print(f"masquer, {name:<27} {cost.micros:6.1f} µs", end="")
        print(f"   ({cost.to_parse:.2f} fois lire le corps)")


def print_startup(folder: Path) -> None:
    print(f"du lancement à prêt              {startup.measure(folder):10.2f} s")


def print_size(folder: Path) -> None:
    for line in size.measure():
        print(line)


MEASURES: dict[str, Callable[[Path], None]] = {
    "size": print_size,
    "masquage": print_masquage,
    "startup": print_startup,
    "ingest": print_ingest,
    "postgresql": print_postgresql,
    "copy": print_copy,
    "peers": print_peers,
    "figures": print_figures,
    "dashboard": print_dashboard,
    "commentaires": print_commentaires,
    "search": print_search,
    "overview": print_overview,
    "soak": soak.run,
    "backup": print_backup,
    "downloads": print_downloads,
    "recovery": print_recovery,
}


def main() -> None:
    for name in sys.argv[1:] or MEASURES:
        with tempfile.TemporaryDirectory(prefix="jdma-bench-") as folder:
            MEASURES[name](Path(folder))


if __name__ == "__main__":
    main()
