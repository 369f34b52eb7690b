"""``smilecity alerts``: what fires, who knows of it, and what is kept silent."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensors.hint import did_you_mean
from smilecity import options
from smilecity.auditing import noted
from smilecity.moments import moment
from smilecity.printing import printable
from smilecity.publishing import publish, schema
from smilecity.rooms import open_catalogue, rooms
from smilecity.signals import stop_on_signals
from smilecity.telling import list_receivers, notify
from storage.alert import ACTIVE, SCOPE, Alert, Chosen, Silence, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.alerts import Alerts

GROUP = typer.Typer(
    help="See what fires, say that you know, keep it silent. Works beside a running platform.",
    no_args_is_help=True,
)
REPORT_S = 30.0
MOST = 1000
_STYLE = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_ORDER = {"critical": 0, "warning": 1, "info": 2}

Key = Annotated[str, typer.Argument(help="Key of the alert, RULE/THING, as `smilecity alerts list` shows it.")]
Rule = Annotated[str | None, typer.Option(help="Only alerts of this rule.")]
ThingId = Annotated[str | None, typer.Option(help="Only alerts of this thing.")]
Operator = Annotated[str | None, typer.Option(help="Only alerts of this operator's things.")]
District = Annotated[str | None, typer.Option(help="Only alerts in this district.")]
Domain = Annotated[
    str | None, typer.Option(help="Only alerts of this domain: parking, waste, energy, health, platform.")
]
Who = Annotated[str, typer.Option("--who", envvar="USER", help="Your name, kept with it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]


@GROUP.command("list")
def list_alerts(
    *,
    rule: Rule = None,
    thing: ThingId = None,
    operator: Operator = None,
    district: District = None,
    domain: Domain = None,
    severity: Annotated[str | None, typer.Option(help="Only these: info, warning or critical.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also those that wait, those resolved lately, and the members of groups.")
    ] = False,
    german: Annotated[bool, typer.Option("--german", help="Say the reasons in German.")] = False,
    as_json: AsJson = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """List the alerts that fire, the worst first, then the oldest.

    smilecity alerts list --operator 'Stadtentsorgung Rostock'
    """
    if severity is not None and severity not in _ORDER:
        raise ValueError(f"no severity is called '{severity}'.{did_you_mean(severity, _ORDER)}")
    chosen = Chosen(
        states=None if every else ACTIVE,
        severity=severity,
        rule=rule,
        thing=thing,
        domain=domain,
        operator=operator,
        district=district,
        cause=None if every else "",
    )
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        found = sorted(_every(catalogue.alerts, chosen), key=_urgency)
    if as_json:
        typer.echo(json.dumps([_document(alert) for alert in found], indent=1, ensure_ascii=False))
    elif found:
        Console().print(_table(found, german=german))
    else:
        typer.echo("Nothing fires.")


@GROUP.command("acknowledge")
def acknowledge(
    key: Key,
    *,
    comment: Annotated[str, typer.Option("--comment", "-m", help="What is being done about it.")] = "",
    who: Who = "",
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Say that you know of an alert: it does not escalate any more, and everybody sees who has it in hand.

    smilecity alerts acknowledge container_overflow/bin-7 -m "truck is on its way"
    """
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        change = catalogue.alerts.acknowledge(key, who, comment)
        noted(catalogue, f"alerts acknowledge {key} as '{change.alert.who}'", change.alert.operator)
    typer.echo(f"{change.alert.who} has acknowledged {key}.")


@GROUP.command("silence")
def silence(
    *,
    until: Annotated[str, typer.Option(help="When it ends: 2026-03-29T12:00:00Z, 2026-03-29 18:00 (local), or +2h.")],
    rule: Rule = None,
    thing: ThingId = None,
    operator: Operator = None,
    district: District = None,
    domain: Domain = None,
    comment: Annotated[str, typer.Option("--comment", "-m", help="Why.")] = "",
    who: Who = "",
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """Notify nobody of some alerts for a while. They fire and are listed nevertheless, as silenced.

    smilecity alerts silence --rule blocked_loading_zone --district Stadtmitte --until +4h -m "street festival"
    """
    settings = options.settings(data=data, catalogue=catalogue_at)
    now = datetime.now(UTC)
    end = moment(until, settings.zone, now)
    said = {"rule": rule, "thing": thing, "operator": operator, "district": district, "domain": domain}
    with closing(open_catalogue(settings)) as catalogue:
        kept = catalogue.alerts.silence(
            Silence(since=_milliseconds(now), until=_milliseconds(end), who=who, comment=comment, **said)  # type: ignore[arg-type]
        )
        of = " ".join(f"--{name} '{value}'" for name, value in said.items() if value is not None)
        noted(catalogue, f"alerts silence {kept.id} {of} until {_shown(kept.until)}", operator or "")
    typer.echo(f"Silence {kept.id} holds until {_shown(kept.until)}.")


@GROUP.command("silences")
def list_silences(*, data: options.Data = None, catalogue_at: options.CatalogueUrl = None) -> None:
    """List the silences that are not over."""
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        found = catalogue.alerts.silences()
    if not found:
        typer.echo("Nothing is silenced.")
        return
    table = Table("id", "of", "until", "who", "comment")
    for one in found:
        scope = ", ".join(f"{name} {said}" for name in SCOPE if (said := getattr(one, name)) is not None)
        table.add_row(
            *(Text(printable(cell)) for cell in (str(one.id), scope, _shown(one.until), one.who, one.comment))
        )
    Console().print(table)


@GROUP.command("unsilence")
def unsilence(
    number: Annotated[int, typer.Argument(help="Id of the silence, as `smilecity alerts silences` shows it.")],
    *,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """End a silence now."""
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        known = {one.id: one for one in catalogue.alerts.silences()}
        catalogue.alerts.end_silence(number)
        noted(catalogue, f"alerts unsilence {number}", (known[number].operator or "") if number in known else "")
    typer.echo(f"Silence {number} is over.")


@GROUP.command("history")
def history(
    key: Key,
    *,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many changes at most.")] = 20,
    german: Annotated[bool, typer.Option("--german", help="Say the reasons in German.")] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
) -> None:
    """List what has become of one alert, the newest change first."""
    with closing(open_catalogue(options.settings(data=data, catalogue=catalogue_at))) as catalogue:
        found = catalogue.alerts.history(key, limit=limit)
    if not found:
        raise ValueError(f"nothing is known of an alert '{key}'. List them with: smilecity alerts list --all")
    table = Table("sequence", "at", "change", "severity", "reason", "who", "comment")
    for change in found:
        alert = change.alert
        reason = alert.reason_de if german else alert.reason
        told = (
            str(change.sequence),
            _shown(change.at),
            change.change,
            alert.severity,
            reason,
            alert.who,
            alert.comment,
        )
        table.add_row(*(Text(printable(cell)) for cell in told))
    Console().print(table)


@GROUP.command("rules")
def list_rules(*, data: options.Data = None, catalogue_at: options.CatalogueUrl = None) -> None:
    """List the rules: those that come with Smile City, the city's own from its folder, and those of its catalogue."""
    from processing.alerting.own import rules_of  # noqa: PLC0415 - loads every indicator
    from processing.alerts import rules, shipped  # noqa: PLC0415

    settings = options.settings(data=data, catalogue=catalogue_at)
    with closing(open_catalogue(settings, begins=True)) as catalogue:
        found = rules_of(catalogue.alerts.rules(), rules())
    table = Table("rule", "severity", "looks at", "title", "from")
    for name, one in sorted(found.items()):
        origin = "Smile City" if shipped().get(name) is one else "the city"
        table.add_row(*(Text(printable(cell)) for cell in (name, one.severity, one.looks_at, one.title, origin)))
    Console().print(table)


@GROUP.command("watch")
def watch(
    *,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Watch a store that several processes share, until Ctrl-C. `smilecity up` does so itself.

    smilecity alerts watch --store victoriametrics://127.0.0.1:8428
    """
    from processing.alerting.watch import Watch  # noqa: PLC0415 - loads every indicator
    from smilecity.clockwork import Clockwork  # noqa: PLC0415
    from smilecity.platform import LOOK_S  # noqa: PLC0415

    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    stop = stop_on_signals()
    console = Console(stderr=True)
    with rooms(chosen, "'smilecity alerts watch'", wait=stop, begins=True) as (opened, catalogue):
        clockwork = Clockwork(Watch(opened, catalogue, region=chosen.region()), LOOK_S, name="watching for alerts")
        clockwork.start()
        console.print("Watching for alerts. Ctrl-C stops.")
        while not stop.wait(REPORT_S):
            console.print(f"  {clockwork.results:,} changes of alerts", highlight=False)
        clockwork.stop()
    console.print(f"Stopped. {clockwork.results:,} changes of alerts were noted.")


GROUP.command("publish")(publish)
GROUP.command("schema")(schema)
GROUP.command("notify")(notify)
GROUP.command("receivers")(list_receivers)


def _every(alerts: Alerts, chosen: Chosen) -> list[Alert]:
    found: list[Alert] = []
    while some := alerts.current(chosen, limit=MOST, after=found[-1].key if found else ""):
        found += some
    return found


def _urgency(alert: Alert) -> tuple[bool, int, int, str]:
    return alert.state not in ACTIVE, _ORDER.get(alert.severity, 3), alert.since, alert.key


def _table(found: Sequence[Alert], *, german: bool) -> Table:
    table = Table("", "alert", "since", "state", "operator", "district", "reason", title=f"{len(found):,} alerts")
    for alert in found:
        told = (alert.key, _shown(alert.since), _state(alert), alert.operator, alert.district)
        reason = alert.reason_de if german else alert.reason
        style = _STYLE.get(alert.severity, "") if alert.state in ACTIVE else "dim"
        cells = (Text(printable(cell)) for cell in (*told, reason))
        table.add_row(Text(alert.severity, style=style), *cells)
    return table


def _state(alert: Alert) -> str:
    further = [name for name in ("escalated", "silenced") if getattr(alert, name)]
    by = f" by {alert.who}" if alert.state is State.ACKNOWLEDGED else ""
    return ", ".join([alert.state + by, *further])


def _document(alert: Alert) -> dict[str, Any]:
    instants = ("since", "fired", "ended", "clear_since", "heard", "acknowledged")
    return asdict(alert) | {name: _iso(getattr(alert, name)) for name in instants}


def _iso(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
