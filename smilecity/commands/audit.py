"""``smilecity audit``: what was administered, by whom, when and from where."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from smilecity import options
from smilecity.printing import print_table
from smilecity.rooms import open_catalogue


def audit(
    *,
    operator: Annotated[str | None, typer.Option(help="Only what concerns this company.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many entries at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """List what was administered, the newest first: keys made and revoked, rules, silences, acknowledgements.

    What was done over HTTP stands with the key that did it and the address it came from, also where it was refused;
    what was done here with the user and the machine. Reading is not noted, nor observations that were sent.
    """
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        found = catalogue.audit.deeds(operator=operator, limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(deed) for deed in found], indent=1, ensure_ascii=False))
    elif found:
        rows = (
            (_told(deed.at), deed.who, deed.key, deed.operator or "(the city)", deed.whence, deed.action, deed.outcome)
            for deed in found
        )
        print_table(("when", "who", "key", "operator", "from where", "what", "outcome"), rows)
    else:
        typer.echo("Nothing was administered yet.")


def _told(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


COMMAND = audit
