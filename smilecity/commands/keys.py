"""``smilecity keys``: who may ask the API for what."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from smilecity import options
from smilecity.auditing import noted
from smilecity.moments import moment
from smilecity.printing import print_table
from smilecity.rooms import open_catalogue
from storage.keys import SCOPES, Key

if TYPE_CHECKING:
    from smilecity.settings import Settings

GRACE = "+7d"
_SCOPES = "\n\n".join(f"    {name:<10} {meaning}" for name, meaning in SCOPES.items())

GROUP = typer.Typer(
    help="Keys of the API: make them, list them, put new ones in their place, take them back. Works beside a running "
    "platform, which knows of it within a second.",
    no_args_is_help=True,
)

Prefix = Annotated[str, typer.Argument(help="How the key begins, as 'keys list' shows it: sc_k3f9x2ab.")]
Until = Annotated[
    str | None,
    typer.Option(help="When it ends: +365d, 2027-01-01 (local), 2027-01-01T00:00:00Z.", show_default="never"),
]


@GROUP.command(
    "new",
    help=f"""
    Make a key for somebody, and show it once: it is kept nowhere but with them.

    A key is a municipal company's (--operator, written as at its things) or the whole city's. It shows what is its
    company's, and what is public; of a key without --operator nothing is hidden but single households. What it is good
    for is said with --scope, which can be given several times:

{_SCOPES}

    A dashboard that only reads, and the desk of a company that acknowledges its alerts:

        smilecity keys new "Grafana" --scope read --expires +365d

        smilecity keys new "PGR desk" --operator PGR --scope read --scope alerts
    """,
)
def new(
    name: Annotated[str, typer.Argument(help="Who is to have it: a desk or a system, so that it can be taken back.")],
    *,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="What it is good for, see above.", show_default="read")
    ] = None,
    operator: Annotated[
        str, typer.Option(help="The company whose estate it sees.", show_default="none: the whole city")
    ] = "",
    expires: Until = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Make a key."""
    settings = options.settings(data=data, catalogue=catalogue_at)
    wanted = Key(
        name=name, scopes=tuple(dict.fromkeys(scope or ["read"])), operator=operator, expires=_ms(settings, expires)
    )
    with closing(open_catalogue(settings, begins=True)) as catalogue:
        known = {thing.operator for thing in catalogue.things()}
        made, secret = catalogue.keys.new(wanted)
        noted(catalogue, f"keys new '{name}' {made.prefix} {' '.join(made.scopes)}", made.operator)
    _show(made, secret)
    if operator and operator not in known:
        typer.echo(f"No thing has '{operator}' as its operator yet: it sees what is public until one does.", err=True)


@GROUP.command("list")
def list_keys(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that were revoked or have expired.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """List keys: how each begins, whose it is, what it is good for, until when, and when it was used last."""
    now = _now()
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        found = [key for key in catalogue.keys.every() if every or key.holds(now)]
    if not found:
        typer.echo("No keys. Make one: smilecity keys new NAME --scope read")
        return
    rows = (
        (key.prefix, key.name, key.operator or "(the city)", " ".join(key.scopes), _stands(key, now), _told(key.used))
        for key in found
    )
    print_table(("key", "name", "operator", "scopes", "until", "last used"), rows)


@GROUP.command("rotate")
def rotate(
    prefix: Prefix,
    *,
    grace: Annotated[str, typer.Option(help="How long the old key still holds: +7d, +1h.")] = GRACE,
    expires: Until = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Make another key for the same, and let the old one end after a while: long enough to put the new one in place.

    smilecity keys rotate sc_k3f9x2ab --grace +2d
    """
    settings = options.settings(data=data, catalogue=catalogue_at)
    now = datetime.now(UTC)
    span = round((moment(grace, settings.zone, now) - now).total_seconds() * 1000)
    if span < 0:
        raise ValueError(f"'--grace {grace}' is in the past: say +7d, +1h, or now")
    with closing(open_catalogue(settings)) as catalogue:
        made, secret = catalogue.keys.rotate(prefix, span, expires=_ms(settings, expires))
        noted(catalogue, f"keys rotate {prefix} to {made.prefix}", made.operator)
    _show(made, secret)
    typer.echo(f"{prefix} holds until {_told(round(now.timestamp() * 1000) + span)} at the latest.", err=True)


@GROUP.command("revoke")
def revoke(prefix: Prefix, data: options.Data = None, catalogue_at: options.CatalogueUrl = None) -> None:
    """Take a key back: within a second it opens nothing, its streams and the sessions of its browsers end."""
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        key = catalogue.keys.revoke(prefix)
        noted(catalogue, f"keys revoke {prefix} '{key.name}'", key.operator)
    typer.echo(f"{prefix} of '{key.name}' opens nothing any more.")


def _show(key: Key, secret: str) -> None:
    """Print the secret alone on the standard output, so that it can go into a file, and the rest beside it."""
    of = f"'{key.operator}'" if key.operator else "the whole city"
    typer.echo(
        f"A key of '{key.name}' for {of}: {', '.join(key.scopes)}. It is shown this once; keep it safe.", err=True
    )
    typer.echo(secret)


def _stands(key: Key, now: int) -> str:
    if key.revoked is not None:
        return f"revoked {_told(key.revoked)}"
    return f"expired {_told(key.expires)}" if not key.holds(now) else _told(key.expires)


def _told(instant: int | None) -> str:
    return "" if instant is None else f"{datetime.fromtimestamp(instant / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def _ms(settings: Settings, said: str | None) -> int | None:
    return None if said is None else round(moment(said, settings.zone, datetime.now(UTC)).timestamp() * 1000)


def _now() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)
