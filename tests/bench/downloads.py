"""Downloads of a million avis: beside the `sqlite3` program, in memory, and beside ingest.

JDMA_TEST_BENCH_AVIS makes it smaller.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import fill
from tests.bench.ingest import LIMITS, SCRIPT
from tests.bench.load import Run, awake, cpu_seconds, memory_mb, peak_mb, wrk
from tests.bench.serving import a_server
from tests.world import JDMA, a_jeton, address_of, new_database

AVIS = int(os.environ.get("JDMA_TEST_BENCH_AVIS", 1_000_000))
ROUNDS = 3
SECONDS = 4
OTHERS = ("ndjson", "excel.csv", "parquet", "xlsx")

# The columns and the order of the file, by the program that has nothing else to do.
SQL = """
select d.slug, d.titre, s.nom, a.bouton, b.libelle, b.territoire, a.questionnaire, a.cle, a.etape,
    a.recu_le, a.jour, a.langue, a.affichage, a.widget, a.ecarte, a.verbatim,
    json_extract(a.notes, '$.satisfaction'), json_extract(a.notes, '$.effort'),
    json_extract(a.notes, '$.clarte')
from avis as a
join demarche as d on d.id = a.demarche_id
join structure as s on s.id = d.structure_id
join bouton as b on b.code = a.bouton
where d.slug = 'mesure'
and a.ecarte is null
order by a.demarche_id, a.recu_le, a.cle
"""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Rows a second of each format, once; of CSV, medians over the rounds. MB above idle."""

    rows: int
    csv: float
    program: float
    ratio: float
    others: dict[str, float]
    memory: dict[str, float]
    beside: float
    cpu: float


def measure(folder: Path) -> Downloads:
    if shutil.which("sqlite3") is None:
        raise SystemExit("sqlite3 manque : sur Debian ou Ubuntu, apt-get install sqlite3.")
    path = new_database(folder)
    fill(path, AVIS, demarches=1)
    token = _token(path)
    ours, theirs = [], []
    with a_server(path, None, **LIMITS) as server:
        pid = server.process.pid

        def download(extension: str) -> float:
            url = f"{server.url}/exports/avis.{extension}?demarche=mesure"
            return _seconds(["curl", "-sf", "-o", "/dev/null", "-H", token, url])

        idle = memory_mb(pid)
        for _ in range(ROUNDS):
            theirs.append(_seconds(["sqlite3", "-header", "-csv", str(path), SQL]))
            before = cpu_seconds(pid)
            ours.append(download("csv"))
            cpu = (cpu_seconds(pid) - before) / AVIS * 1e6
        memory = {"csv": peak_mb(pid) - idle}
        others = {}
        for extension in OTHERS:
            others[extension] = AVIS / download(extension)
            memory[extension] = peak_mb(pid) - idle
    return Downloads(
        rows=AVIS,
        csv=AVIS / statistics.median(ours),
        program=AVIS / statistics.median(theirs),
        ratio=statistics.median(b / a for a, b in zip(ours, theirs, strict=True)),
        others=others,
        memory=memory,
        beside=_beside(path, folder, token),
        cpu=cpu,
    )


def _beside(path: Path, folder: Path, token: str) -> float:
    """Avis a second while downloads follow each other, over avis a second without any."""
    targets = folder / "targets"
    targets.write_text(f"k7f3q2 {a_jeton('k7f3q2', int(time.time() * 1000) - 5000)}\n")

    def load(url: str) -> Run:
        run = wrk(f"{url}/api/v1/avis", SECONDS, SCRIPT, {"JDMA_TEST_BENCH": str(targets)})
        if run.refused:
            raise SystemExit(f"{run.refused} avis refusés : la mesure ne vaut rien.")
        return run

    ratios = []
    with awake(), a_server(path, None, **LIMITS) as server:
        for _ in range(ROUNDS):
            alone = load(server.url)
            with _downloading(f"{server.url}/exports/avis.csv?demarche=mesure", token):
                ratios.append(load(server.url).rate / alone.rate)
    return statistics.median(ratios)


@contextlib.contextmanager
def _downloading(url: str, token: str) -> Iterator[None]:
    """One download after another, for as long as the block runs."""
    again = f"while curl -sf -o /dev/null -H '{token}' '{url}'; do :; done"
    process = subprocess.Popen(["sh", "-c", again], start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def _token(path: Path) -> str:
    command = [*JDMA, "jeton", "create", "mesure", "--tout", "--verbatims"]
    done = subprocess.run(
        [*command, f"--database={address_of(path)}"], capture_output=True, text=True, check=True
    )
    return f"Authorization: Bearer {done.stdout.strip()}"


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} a fini par {done.returncode} : la mesure ne vaut rien.")
    return time.perf_counter() - started
