"""``smilecity quarantine``: messages that could not be read, what unknown devices may be, and reading them again."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ingest.replay import Foreseen, foresee
from sensors.decoder import is_older
from sensors.eui import device_id
from sensors.proposal import Fit, Proposal, feature, propose
from smilecity import options
from smilecity.auditing import noted
from smilecity.printing import print_said, print_table, printable
from smilecity.replaying import replayed
from smilecity.rooms import open_catalogue
from storage.quarantine import NOT_KEPT, Choice, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sensors.model import Devices, Rejected
    from storage.catalogue import Catalogue
    from storage.quarantine import Alike, Quarantined, UnknownDevice
    from storage.replays import Request

GROUP = typer.Typer(
    help="See which messages could not be read and why, and read them again once that is mended. "
    "Works beside a running platform.",
    no_args_is_help=True,
)

SHOWN_PAYLOAD = 2000
"""Characters."""
SHOWN_ROWS = 50
_DECLARE = "Declare one: a TOML file in the folder 'models' of the data folder."

DeviceOption = Annotated[str | None, typer.Option(help="Only this device's messages; an EUI in any spelling.")]
ReasonOption = Annotated[str | None, typer.Option(help="Only messages of this reason, for example unknown_device.")]
IdOption = Annotated[int | None, typer.Option("--id", help="Only the message of this number.", show_default=False)]


@GROUP.command("list")
def list_quarantine(
    device: DeviceOption = None,
    reason: ReasonOption = None,
    *,
    each: Annotated[bool, typer.Option("--each", help="List each message with its number.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at most, the last seen first.")] = 50,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """List what waits, by device and reason; of unknown devices the model that they fit best."""
    choice = _choice(device, reason)
    settings = options.settings(data=data, catalogue=catalogue_at)
    with closing(open_catalogue(settings)) as catalogue:
        if each:
            _print_each(catalogue.quarantine(choice, limit=limit + 1), limit)
        else:
            _print_alike(catalogue, catalogue.alike(choice, limit=limit + 1), limit)
        _print_expired(catalogue, settings.quarantine_days)


@GROUP.command("show")
def show(
    what: Annotated[str, typer.Argument(help="An unknown device, or the number of a message (list --each).")],
    *,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="Print only the thing that the device may observe, to edit and add.")
    ] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Show what an unknown device may be, or one message, and what would come out of it now.

    Of a new thing it drafts the GeoJSON; write its place, and what the kind needs to know, where null stands:

        smilecity quarantine show 24e124713c401925 --geojson > bin-8.geojson

        smilecity things add bin-8.geojson
    """
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        device = catalogue.unknown_device(device_id(what))
        if device is not None:
            proposal = propose(device.id, catalogue.newest_of(device.id))
            (_print_draft if geojson else partial(_print_device, device))(proposal)
            return
        number = int(what) if what.isdecimal() and len(what) < 19 and not geojson else 0
        entries = catalogue.quarantine(Choice(id=number), limit=1) if number else ()
        if not entries:
            raise ValueError(
                f"neither an unknown device nor a message in quarantine is called '{what}'. "
                "List them with: smilecity quarantine list --each"
            )
        _print_entry(entries[0], _may_be_read(entries[0].rejected, catalogue.devices()))
        _print_rows(foresee(catalogue, Choice(id=number), catalogue.devices()))


@GROUP.command("replay")
def replay(
    device: DeviceOption = None,
    reason: ReasonOption = None,
    id: IdOption = None,  # noqa: A002 - the option's name
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come out, and change nothing.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Read waiting messages again: all, or those chosen. What can be read leaves the quarantine as observations.

    Each becomes an observation at its own time, of the thing that its device observed then. Register the device first:

        smilecity quarantine show 24e124713c401925

        smilecity devices assign 24e124713c401925 bin-8 --model milesight_em310_udl

        smilecity quarantine replay --device 24e124713c401925 --dry-run

        smilecity quarantine replay --device 24e124713c401925

    To do it twice changes nothing. Beside a running platform its worker does it, with the models, formats and codecs
    that it read at its start: start it anew after you have changed those. A device that observed its thing only from
    a time on (assign --since) leaves its earlier messages waiting.
    """
    settings = options.settings(data=data, catalogue=catalogue_at, store=store)
    choice = _choice(device, reason, id)
    if dry_run:
        with closing(open_catalogue(settings)) as catalogue:
            _print_foreseen(foresee(catalogue, choice, catalogue.devices()))
        return
    console = Console(stderr=True)
    with console.status("Reading again ...") as status:
        done = replayed(settings, choice, lambda request: status.update(_progress(request)))
    with closing(open_catalogue(settings)) as catalogue:
        of = " ".join(f"--{name} '{value}'" for name, value in asdict(choice).items() if value is not None)
        noted(catalogue, f"quarantine replay {of}".strip())
    typer.echo(_progress(done))
    if not done.finished:
        raise ValueError(
            "it is not finished: who holds the store does not get to it. It is noted, and is done by the next "
            "'smilecity up' or 'smilecity ingest' on this data"
        )


def _choice(device: str | None, reason: str | None, number: int | None = None) -> Choice:
    return Choice(device=None if device is None else device_id(device), reason=reason, id=number)


def _progress(request: Request) -> str:
    waiting = f"; {request.left:,} still cannot be" if request.left else ""
    return f"{request.messages:,} messages were read, {request.observations:,} new observations stored{waiting}."


def _print_alike(catalogue: Catalogue, rows: Sequence[Alike], limit: int) -> None:
    if not rows:
        typer.echo("Nothing waits.")
        return
    names = ("device", "reason", "messages", "first seen", "last seen", "decoder", "may be (score)")
    print_table(names, (_row(catalogue, row) for row in rows[:limit]))
    if len(rows) > limit:
        typer.echo(f"There are more than these {limit}: say --limit, --device or --reason.")
    known = catalogue.devices()
    if any(_older(one, row.device, row.reason, known) for row in rows[:limit] for one in row.decoders):
        typer.echo(
            "Some were rejected by an older decoder, or before their device was known: smilecity quarantine replay"
        )
    typer.echo("More of one: smilecity quarantine show DEVICE")


def _print_expired(catalogue: Catalogue, days: int) -> None:
    removed = sum(each.messages for each in catalogue.expired())
    if removed:
        now = f"what is older than {days} days is" if days else "now all is kept (SMILECITY_QUARANTINE_DAYS)"
        typer.echo(f"{removed:,} messages were removed after their time, and are in the ledger as quarantined; {now}.")


def _older(decoder: str, device: str, reason: str, known: Devices) -> bool:
    """Tell whether a replay may read now what could not be read."""
    return reason != NOT_KEPT and is_older(decoder, known.get(device, ()))


def _may_be_read(why: Rejected, known: Devices) -> bool:
    return _older(why.decoder, why.device, why.reason, known)


def _row(catalogue: Catalogue, row: Alike) -> tuple[str, ...]:
    times = (_time(row.first_seen), _time(row.last_seen))
    decoders = " ... ".join(dict.fromkeys(row.decoders))
    return row.device, row.reason, f"{row.count:,}", *times, decoders, _best(catalogue, row)


def _best(catalogue: Catalogue, row: Alike) -> str:
    if row.reason != "unknown_device":
        return ""
    fits = propose(row.device, catalogue.newest_of(row.device), most=1).fits
    return f"{fits[0].model} ({fits[0].score:.2f})" if fits else ""


def _print_each(entries: Sequence[Quarantined], limit: int) -> None:
    names = ("number", "device", "reason", "times", "last seen", "decoder", "topic")
    print_table(names, (_each(entry, entry.rejected) for entry in entries[:limit]))
    if len(entries) > limit:
        typer.echo(f"There are more than these {limit}: say --limit, --device or --reason.")


def _each(entry: Quarantined, why: Rejected) -> tuple[str, ...]:
    seen = _time(entry.last_seen)
    return str(entry.id), why.device, why.reason, f"{entry.count:,}", seen, why.decoder, why.message.topic


def _print_draft(proposal: Proposal) -> None:
    if not proposal.fits:
        raise ValueError(f"no device model fits what '{printable(proposal.device)}' sends. {_DECLARE}")
    typer.echo(json.dumps(feature(proposal, proposal.fits[0]), ensure_ascii=True, indent=1))


def _print_device(device: UnknownDevice, proposal: Proposal) -> None:
    said = {
        "device": device.id,
        "also called": ", ".join(proposal.names),
        "messages": f"{device.count:,}, from {_time(device.first_seen)} to {_time(device.last_seen)}",
        "network": ", ".join(proposal.envelopes),
        "topics": ", ".join(proposal.topics),
        "ports": ", ".join(str(port) for port in proposal.ports),
        "signal": ", ".join(f"{value:g} {unit}" for value, unit in _signal(proposal)),
        "battery": "" if proposal.battery is None else f"{proposal.battery:g} %",
        "measured": _measured(proposal),
        "fields": ", ".join(f"{name} = {value}" for name, value in proposal.fields.items()),
        "bytes": proposal.payload.hex(),
    }
    print_said(said)
    if not proposal.fits:
        typer.echo(f"\nNo device model fits. {_DECLARE}")
        return
    names = ("model", "score", "kind of thing", "its newest message would tell", "the thing must have")
    print_table(names, (_fit(fit) for fit in proposal.fits))
    name = shlex.quote(printable(device.id))
    typer.echo(f"Register it: smilecity devices assign {name} THING --model {proposal.fits[0].model}")
    typer.echo(f"Or with a new thing: smilecity quarantine show {name} --geojson > new.geojson")
    typer.echo(f"Then read its messages: smilecity quarantine replay --device {name} --dry-run")


def _fit(fit: Fit) -> tuple[str, ...]:
    results = ", ".join(f"{name} {value:g}" for name, value in fit.results.items())
    return fit.model, f"{fit.score:.2f}", fit.kind, results, ", ".join(fit.needs)


def _measured(proposal: Proposal) -> str:
    if proposal.earliest is None or proposal.latest is None:
        return ""
    return f"from {_time(moment(proposal.earliest))} to {_time(moment(proposal.latest))}, as its newest messages tell"


def _signal(proposal: Proposal) -> list[tuple[float, str]]:
    return [(value, unit) for value, unit in ((proposal.rssi, "dBm"), (proposal.snr, "dB")) if value is not None]


def _print_entry(entry: Quarantined, may_be_read: bool) -> None:  # noqa: FBT001 - told once, above
    why = entry.rejected
    payload = why.message.payload.decode(errors="backslashreplace")
    said = {
        "number": str(entry.id),
        "device": why.device,
        "reason": f"{why.reason}: {why.detail}",
        "came": f"{entry.count:,} times, from {_time(entry.first_seen)} to {_time(entry.last_seen)}",
        "decoder": (why.decoder or "not noted") + (" (an older one: replay may read it now)" if may_be_read else ""),
        "source": why.message.source,
        "topic": why.message.topic,
        "payload": payload[:SHOWN_PAYLOAD] + (" ..." if len(payload) > SHOWN_PAYLOAD else ""),
    }
    print_said(said)


def _print_rows(several: Iterable[Foreseen]) -> None:
    """Print every observation that would come out of one message."""
    rows: list[tuple[str, ...]] = []
    why = ""
    for foreseen in several:
        batch = foreseen.decoded.batch
        for row, code in enumerate(batch.datastream[:SHOWN_ROWS]):
            stream = batch.datastreams[code]
            told = (f"{batch.phenomenon_time[row]}", f"{batch.result[row]:g}", f"{batch.quality[row]}")
            rows.append((stream.thing, stream.observed_property, *told))
        why = next((one.detail for _, one in foreseen.decoded.rejected), why)
    typer.echo("\nRead now it would tell:" if rows else "\nRead now it would tell nothing.")
    if rows:
        print_table(("thing", "property", "time (UTC)", "result", "quality"), rows)
    if why:
        typer.echo(f"It would wait on: {printable(why)}")


def _print_foreseen(several: Iterable[Foreseen]) -> None:
    """Sum up by datastream what would come out."""
    streams: dict[tuple[str, str], list[datetime]] = {}
    messages = 0
    left: Counter[tuple[str, str]] = Counter()
    for foreseen in several:
        decoded = foreseen.decoded
        messages += foreseen.messages - len(decoded.rejected)
        left.update((why.device, why.reason) for _, why in decoded.rejected)
        times = decoded.batch.phenomenon_time.tolist()
        for code, time in zip(decoded.batch.datastream, times, strict=True):
            stream = decoded.batch.datastreams[code]
            streams.setdefault((stream.thing, stream.observed_property), []).append(time)
    observations = sum(len(times) for times in streams.values())
    typer.echo(f"{messages:,} messages would be read and tell {observations:,} observations; nothing was changed.")
    if streams:
        names = ("thing", "property", "observations", "from", "to")
        print_table(names, (_summed(stream, times) for stream, times in sorted(streams.items())))
    for (device, reason), count in left.most_common(SHOWN_ROWS):
        typer.echo(f"{count:,} would wait on: {reason}{f' of {printable(device)}' if device else ''}")
    if len(left) > SHOWN_ROWS:
        typer.echo(f"... and {len(left) - SHOWN_ROWS:,} more devices and reasons.")


def _summed(stream: tuple[str, str], times: Sequence[datetime]) -> tuple[str, ...]:
    first, last = (_time(moment.replace(tzinfo=UTC)) for moment in (min(times), max(times)))
    return *stream, f"{len(times):,}", first, last


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
