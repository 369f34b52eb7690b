"""Where boards are to stand: which store Grafana reads, by which addresses, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.words import Language
from storage.drawing import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.drawing import Emitter

STORE, METRICS = "smilecity-store", "smilecity-metrics"
"""The uids of the data sources."""
FOLDER = "smilecity"
"""The uid of the folder, the tag of all boards, and what their uids begin with."""
GAZETTEER = "public/gazetteer/smilecity.json"
"""Where Grafana looks for the places of things, below its own folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all boards of one Grafana have in common."""

    store: Emitter
    source: str = ""
    """Address under which Grafana reaches the store, where that is another one than ours."""
    metrics: str = ""
    """Address of the Prometheus, or VictoriaMetrics, that scrapes the platform; of VictoriaMetrics as the store it is
    the store itself where nothing is said. Without one, panels of what the platform measures are left out."""
    link: str = ""
    """Address of the web page; without one there are no links to it."""
    gazetteer: str = GAZETTEER
    zone: str = "Europe/Berlin"
    kinds: frozenset[str] = frozenset()
    """Kinds of things to choose from, all where none are named."""
    language: Language = Language.EN

    def sources(self) -> Mapping[str, Source]:
        """Give the data sources by their uids. Raises ValueError where Grafana cannot read the store."""
        store = self.store.source(self.source)
        if not self.metrics:
            return {STORE: store, METRICS: store} if store.type == "prometheus" else {STORE: store}
        return {STORE: store, METRICS: Source(type="prometheus", url=self.metrics, options={"timeInterval": "15s"})}

    @property
    def measured(self) -> bool:
        """Whether Grafana can read what the platform measures of itself."""
        return bool(self.metrics) or self.store.type == "prometheus"
