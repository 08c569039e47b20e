"""The example that analyses: run as its reader would, on a real server, with real figures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.durability.outside import ROOT, jdma
from tests.http.reading import record, some_avis
from tests.world import CARTE, a_server, a_world

PROGRAM = ROOT / "examples" / "analyse" / "courbe.py"


def test_the_example_draws_the_figures_it_has_checked(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        record(world, some_avis())
    path, drawn = tmp_path / "avis.db", tmp_path / "courbe.svg"
    made = jdma("jeton", "create", "Analyse", "--tout", f"--database=sqlite:///{path}")
    with a_server(path) as server:
        done = subprocess.run(
            [sys.executable, PROGRAM, server.url, CARTE.slug, drawn],
            env={**os.environ, "JDMA_JETON": made.stdout.strip()},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    mine = [a for a in some_avis() if a.demarche_id == CARTE.id and a.ecarte is None]
    assert done.stdout == f"{len(mine)} réponses, 2 mois : {drawn}\n"
    svg = ElementTree.parse(drawn).getroot()
    [line] = [each for each in svg if each.tag.endswith("polyline")]
    assert len(line.attrib["points"].split()) == 2
    assert "Demander une carte" in "".join(svg.itertext())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("a,b\r\n1,2\r\n", "colonnes"), ("n,jour\r\n-1,2026-01-01\r\n", "sous 0"),
     ("n,jour\r\n,2026-01-01\r\n", "manque"), ("n,jour\r\n1,hier\r\n", "hier")],
)  # fmt: skip
def test_the_example_refuses_what_does_not_fit_its_schema(text: str, wrong: str) -> None:
    code = f"""
import sys; sys.path.insert(0, {str(PROGRAM.parent)!r})
import courbe
schema = {{"fields": [
    {{"name": "n", "type": "integer", "constraints": {{"required": True, "minimum": 0}}}},
    {{"name": "jour", "type": "date"}}]}}
courbe.rows({text!r}, schema)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert wrong in done.stderr.splitlines()[-1]
