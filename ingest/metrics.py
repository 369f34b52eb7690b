"""What a worker tells Prometheus; names carry their unit."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter(
    "smilecity_ingest_messages",
    "Messages booked, by what became of them",
    ["source", "worker", "heading"],
)
IN_FLIGHT = Gauge(
    "smilecity_ingest_in_flight_messages",
    "Messages received and neither stored nor quarantined yet",
    ["source", "worker"],
)
OBSERVATIONS = Counter("smilecity_ingest_observations", "Observations written, new ones only", ["worker"])
BATCH = Histogram(
    "smilecity_ingest_batch_messages",
    "Messages per commit",
    ["worker"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000),
)
STORE = Histogram(
    "smilecity_ingest_store_seconds",
    "Time from handing a batch to the store to its commit",
    ["worker"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
LAG = Gauge(
    "smilecity_ingest_lag_seconds",
    "How old the latest batch was when it was acknowledged: since the receipt of its first message, and since the "
    "median of the instants of which it tells",
    ["source", "worker", "since"],
)
SPOOL = Gauge(
    "smilecity_ingest_spool_messages",
    "Messages that wait on disk, of a source whose broker keeps none",
    ["source", "worker"],
)
SPOOL_BYTES = Gauge("smilecity_ingest_spool_bytes", "Bytes that wait on disk", ["source", "worker"])
BUSY = Counter("smilecity_ingest_store_busy", "Times the store asked to come again later", ["worker"])
CONNECTIONS = Counter(
    "smilecity_ingest_connections", "Connections made to a broker, the first one included", ["source", "worker"]
)
CONNECTED = Gauge("smilecity_ingest_connected", "1 while the broker connection stands", ["source", "worker"])
