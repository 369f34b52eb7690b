"""``smilecity alerts publish`` and ``schema``: alerts over MQTT by a process of its own, and what they look like."""

from __future__ import annotations

import json
from contextlib import closing

import typer
from rich.console import Console

from processing.announcing.messages import schema as schema_of_alerts
from processing.announcing.topics import ROOT
from smilecity import options
from smilecity.rooms import open_catalogue
from smilecity.signals import stop_on_signals

REPORT_S = 30.0


def publish(
    *,
    broker: options.BrokerUrl = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    worker: options.WorkerName = None,
) -> None:
    """Publish alerts over MQTT and hear acknowledgements, until Ctrl-C. `smilecity up` does so itself.

    Several with a --worker name each may run: one publishes, and another goes on where that one is gone. The broker is
    --broker, or SMILECITY_ALERTS_BROKER with ..._USERNAME, ..._PASSWORD (or ..._PASSWORD_FILE) and, for a TLS of your
    own, ..._CA, ..._CERTIFICATE and ..._KEY. Links lead to SMILECITY_PUBLIC_URL.

        smilecity alerts publish --broker mqtts://broker.example --catalogue postgresql://me@host/city

    Topics, messages and an ACL for Mosquitto: docs/alerts.md.
    """
    from smilecity.announcing import announcer  # noqa: PLC0415 - loads what speaks MQTT

    chosen = options.settings(broker=broker, data=data, catalogue=catalogue_at, worker=worker)
    if broker is not None:
        chosen = chosen.model_copy(update={"alerts_broker": None})
    stop = stop_on_signals()
    console = Console(stderr=True)
    with closing(open_catalogue(chosen, begins=True)) as catalogue:
        publishing = announcer(chosen, catalogue, chosen.broker, who="publish")
        if publishing is None:
            raise ValueError("SMILECITY_ALERTS_BROKER is 'none': alerts are not to be published")
        publishing.start()
        console.print(f"Publishing alerts to {publishing.place} under {ROOT}/. Ctrl-C stops.", soft_wrap=True)
        while not stop.wait(REPORT_S):
            state = "" if publishing.connected else "  (waiting for the broker, or for another to end)"
            console.print(f"  {publishing.said:,} changes published{state}", highlight=False)
        publishing.stop()
    console.print(f"Stopped. {publishing.said:,} changes were published.")


def schema() -> None:
    """Print the JSON schema of what is published."""
    typer.echo(json.dumps(schema_of_alerts(), indent=2, ensure_ascii=False))
