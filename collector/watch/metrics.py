"""What /metrics tells: avis by outcome, refusals by code, masks by kind, the queue, the commits. No
address, no text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from collector.domain import Outcome
from collector.errors import Refusal
from collector.privacy.daily import Health
from collector.privacy.masquage import load_rules
from collector.privacy.purge import MONTHS
from collector.wire.proxies import Proxies
from collector.writer import Writer


class _WriterMetrics(Collector):
    """Reads the writer's own counts when asked, so that the hot path counts once."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def collect(self) -> Iterator[Metric]:
        health = self._writer.health
        avis = CounterMetricFamily("jdma_avis", "States of avis by outcome.", labels=["outcome"])
        for outcome in Outcome:
            avis.add_metric([outcome.value], health.outcomes[outcome])
        yield avis
        yield CounterMetricFamily(
            "jdma_avis_not_stored", "Avis answered 503 by the writer.", health.failures
        )
        yield CounterMetricFamily("jdma_commits", "Batches committed.", health.batches)
        yield CounterMetricFamily(
            "jdma_commit_seconds", "Time spent committing.", health.commit_seconds
        )
        yield GaugeMetricFamily("jdma_queue", "Avis waiting to be written.", self._writer.waiting)
        if health.last_commit is not None:
            yield GaugeMetricFamily(
                "jdma_last_commit_age_seconds",
                "Seconds since the last commit.",
                time.monotonic() - health.last_commit,
            )


class _PurgeMetrics(Collector):
    """What was deleted because it was too old, and when that was last done."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        health = self._health
        gone = CounterMetricFamily(
            "jdma_purge_deleted", "Deleted because too old, by kind.", labels=["genre"]
        )
        for genre in MONTHS:
            gone.add_metric([genre], health.gone[genre])
        yield gone
        yield CounterMetricFamily(
            "jdma_purge_failures", "Daily deletions that failed.", health.failures
        )
        if health.last_success is not None:
            yield GaugeMetricFamily(
                "jdma_purge_last_success_timestamp_seconds",
                "When what was too old was last deleted, by any server.",
                health.last_success,
            )


class Metrics:
    """A registry of our own: nothing of the process or of another application gets in."""

    def __init__(self, writer: Writer, daily: Health, proxies: Proxies) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_WriterMetrics(writer))
        self._registry.register(_PurgeMetrics(daily))
        self._refusals = Counter(
            "jdma_refusals", "Requests refused, by code.", ["code"], registry=self._registry
        )
        Gauge(
            "jdma_forgotten_proxy",
            "1 when a proxy seems to be there and JDMA_TRUSTED_PROXIES names none.",
            registry=self._registry,
        ).set_function(lambda: proxies.forgotten)
        self._masques = Counter(
            "jdma_masques",
            "Passages of comments masked before they were stored, by kind.",
            ["genre"],
            registry=self._registry,
        )
        for genre in load_rules().masques:
            self._masques.labels(genre)  # at 0 from the start

    def count_masks(self, genres: Mapping[str, int]) -> None:
        for genre, n in genres.items():
            self._masques.labels(genre).inc(n)

    def register(self, collector: Collector) -> None:
        """Have /metrics tell what this one finds, too."""
        self._registry.register(collector)

    def count_refusal(self, refusal: Refusal) -> None:
        self._refusals.labels(refusal.code).inc()

    def refusals(self) -> dict[str, int]:
        """How many requests this process refused, by code."""
        samples = (sample for metric in self._refusals.collect() for sample in metric.samples)
        return {
            sample.labels["code"]: int(sample.value)
            for sample in samples
            if sample.name.endswith("_total")
        }

    def expose(self) -> bytes:
        return generate_latest(self._registry)
