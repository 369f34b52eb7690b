"""``smilecity boards``: the place of the Grafana boards."""

from __future__ import annotations

import typer


def boards() -> None:
    """Say where Grafana boards stand: they are not generated yet.

    Until they are, the page of  smilecity up  shows the embedded store, and the metrics at /metrics can be scraped.
    """
    typer.echo("Grafana boards are not generated yet. The page of 'smilecity up' shows the city meanwhile.")
    raise typer.Exit(1)


COMMAND = boards
