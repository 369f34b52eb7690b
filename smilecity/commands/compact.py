"""``smilecity compact``: put finished days of the store into order now."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import typer

from smilecity import options
from smilecity.advance import advance
from smilecity.rooms import rooms


def compact(
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Move days that are over to their month and sort months that are, so that they take less room and read faster.

    A running platform does so by itself every hour; this is for after a large import. Servers need it not at all.
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    rows: Counter[str] = Counter()
    with rooms(chosen, "'smilecity compact'") as (opened, _), advance("putting into order") as bar:
        for step in opened.tend(np.datetime64(time.time_ns() // 1_000_000, "ms")):
            rows[step.doing] += step.rows
            bar.add(step.rows)
    told = ", ".join(f"{doing}: {count:,} rows" for doing, count in rows.items())
    typer.echo(told or "Everything is in order.")


COMMAND = compact
