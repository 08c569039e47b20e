"""A file of any size is made in the same memory: JDMA_TEST_EXPORT_ROWS=1000000 shows it whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from collector.formats import FORMATS

ROWS = int(os.environ.get("JDMA_TEST_EXPORT_ROWS", "20000"))
MOST = 60  # MB of its own above idle; pages of a library's file are not

# A process of its own: what others left in this one would not be told apart.
WRITE = """
import asyncio, sys
from collector.formats import FORMATS
from tests.formats import a_table_of_avis, avis_rows, in_pages

def own():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

async def write(nom, rows, keep):
    idle = most = own()
    kept = []
    pages = (avis_rows(1000) for _ in range(rows // 1000))
    async for part in FORMATS[nom].write(a_table_of_avis(), in_pages(pages)):
        most = max(most, own())
        kept.extend([part] * keep)
    print(most - idle)

asyncio.run(write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def peak(nom: str, rows: int, keep: bool = False) -> float:
    """MB above idle while a file is written, and kept or not."""
    command = [sys.executable, "-c", WRITE, nom, str(rows), str(int(keep))]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what memory is a process's own")
@pytest.mark.parametrize("nom", sorted(FORMATS))
def test_a_file_of_any_size_takes_little_memory(nom: str) -> None:
    assert peak(nom, ROWS) < MOST


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what memory is a process's own")
def test_a_file_that_is_kept_would_be_seen() -> None:
    assert peak("ndjson", 150_000, keep=True) > MOST
