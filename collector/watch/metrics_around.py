"""What /metrics tells beside what becomes of avis: room, settings, versions. Read when asked."""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from collector import __version__
from collector.parts import Parts
from collector.store.sqlite_copy import beside

AGES = ("newest", "older", "unknown")


class Around(Collector):
    """Of one process, as everything that /metrics tells."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        writer, settings = self._parts.writer, self._parts.settings
        version = GaugeMetricFamily("jdma_build_info", "1, with the version.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        yield GaugeMetricFamily(
            "jdma_storing",
            "1 unless writing has stopped or the last batch failed a moment ago.",
            int(writer.alive and not writer.failing),
        )
        yield GaugeMetricFamily(
            "jdma_queue_limit", "Avis that may wait to be written.", settings.queue_size
        )
        yield self._widgets()
        if settings.sqlite_path is not None:
            with contextlib.suppress(OSError):  # its folder is gone: that is told elsewhere
                yield from _room(settings.sqlite_path)

    def _widgets(self) -> Metric:
        releases, seen = self._parts.releases, Counter[str]()
        for version, n in self._parts.presence.versions.items():
            older = "older" if version in releases.versions else "unknown"
            seen["newest" if version == releases.newest else older] += n
        family = CounterMetricFamily(
            "jdma_widget_avis", "Avis stored, by the age of their widget.", labels=["release"]
        )
        for age in AGES:
            family.add_metric([age], seen[age])
        return family


def _room(database: Path) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "jdma_disk_free_bytes",
        "Room left where the SQLite file is.",
        shutil.disk_usage(database.parent).free,
    )
    files = (beside(database, end) for end in ("", "-wal"))
    yield GaugeMetricFamily(
        "jdma_database_bytes",
        "Size of the SQLite file and of its log.",
        sum(each.stat().st_size for each in files if each.exists()),
    )
