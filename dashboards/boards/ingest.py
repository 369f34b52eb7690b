"""Ingest and ledger: what became of every message, and whether the line holds."""

from __future__ import annotations

from dashboards.board import Board, Look, Measured, Row

BOARD = Board(
    name="ingest",
    title="Ingest and ledger",
    title_de="Eingang und Buchführung",
    description="What the platform measures of itself: the books, brokers, spools, the store and the API.",
    span="6h",
    rows=(
        Row(
            title="Books",
            title_de="Bücher",
            panels=(
                Measured(
                    title="Ledger difference",
                    title_de="Differenz der Bücher",
                    description="Messages received and under no heading. Anything but 0 is an error of ours.",
                    query="sum(abs(max by (source, worker) (smilecity_ledger_difference_messages)))",
                    unit="{message}",
                    look=Look.NUMBER,
                    red_from=1.0,
                    width=6,
                    height=4,
                ),
                Measured(
                    title="In flight",
                    title_de="Unterwegs",
                    description="Messages received and neither stored nor quarantined yet.",
                    query="sum(smilecity_ingest_in_flight_messages)",
                    unit="{message}",
                    look=Look.NUMBER,
                    width=6,
                    height=4,
                ),
                Measured(
                    title="Brokers without connection",
                    title_de="Broker ohne Verbindung",
                    description="Of each worker the brokers to which no connection stands.",
                    query="sum(1 - smilecity_ingest_connected)",
                    unit="{broker}",
                    look=Look.NUMBER,
                    red_from=1.0,
                    width=6,
                    height=4,
                ),
                Measured(
                    title="Quarantined",
                    title_de="In Quarantäne",
                    description="Messages that could not be read, since ever; those that were replayed are among them.",
                    query='sum(max by (source, worker) (smilecity_ledger_messages_total{heading="quarantined"}))',
                    unit="{message}",
                    look=Look.NUMBER,
                    width=6,
                    height=4,
                ),
                Measured(
                    title="Messages by what became of them",
                    title_de="Nachrichten nach Verbleib",
                    description="Messages a second under each heading of the ledger.",
                    query="sum by (heading) (rate(smilecity_ingest_messages_total[$__rate_interval]))",
                    unit="{message}/s",
                    legend="{{heading}}",
                ),
                Measured(
                    title="Ledger",
                    title_de="Buchführung",
                    description="Messages since ever, by source, worker and heading.",
                    query="max by (source, worker, heading) (smilecity_ledger_messages_total)",
                    unit="{message}",
                    look=Look.TABLE,
                ),
            ),
        ),
        Row(
            title="Line",
            title_de="Leitung",
            panels=(
                Measured(
                    title="Lag",
                    title_de="Verzug",
                    description="How old the latest batch was when it was acknowledged.",
                    query="max by (source, since) (smilecity_ingest_lag_seconds)",
                    unit="s",
                    legend="{{source}}, since {{since}}",
                ),
                Measured(
                    title="Observations written",
                    title_de="Geschriebene Beobachtungen",
                    description="New observations a second, by worker.",
                    query="sum by (worker) (rate(smilecity_ingest_observations_total[$__rate_interval]))",
                    unit="{observation}/s",
                    legend="{{worker}}",
                ),
                Measured(
                    title="Messages on disk",
                    title_de="Nachrichten auf der Platte",
                    description="Messages that wait in a spool, of sources whose brokers keep none.",
                    query="sum by (source) (smilecity_ingest_spool_messages)",
                    unit="{message}",
                    legend="{{source}}",
                ),
                Measured(
                    title="Connections made",
                    title_de="Neue Verbindungen",
                    description="Connections made to brokers within one step: more than a few are a bad line.",
                    query="sum by (source) (increase(smilecity_ingest_connections_total[$__rate_interval]))",
                    unit="{connection}",
                    legend="{{source}}",
                ),
            ),
        ),
        Row(
            title="Store and API",
            title_de="Speicher und API",
            panels=(
                Measured(
                    title="Time to commit, 95 %",
                    title_de="Dauer bis zum Commit, 95 %",
                    description="Of twenty batches nineteen were durable within this time, by worker.",
                    query=(
                        "histogram_quantile(0.95, sum by (worker, le) "
                        "(rate(smilecity_ingest_store_seconds_bucket[$__rate_interval])))"
                    ),
                    unit="s",
                    legend="{{worker}}",
                ),
                Measured(
                    title="Store busy",
                    title_de="Speicher ausgelastet",
                    description="Times that the store asked to come again later; brokers and spools hold what comes.",
                    query="sum by (worker) (increase(smilecity_ingest_store_busy_total[$__rate_interval]))",
                    unit="{time}",
                    legend="{{worker}}",
                ),
                Measured(
                    title="API answers, 95 %",
                    title_de="Antworten der API, 95 %",
                    description="Of twenty answers nineteen began within this time, by path.",
                    query=(
                        "histogram_quantile(0.95, sum by (path, le) "
                        "(rate(smilecity_api_answer_seconds_bucket[$__rate_interval])))"
                    ),
                    unit="s",
                    legend="{{path}}",
                ),
                Measured(
                    title="Live stream",
                    title_de="Live-Ansicht",
                    description="Clients of the live stream.",
                    query="sum(smilecity_api_stream_clients)",
                    unit="{client}",
                    legend="clients",
                ),
            ),
        ),
    ),
)
