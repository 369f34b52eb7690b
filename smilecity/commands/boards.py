"""``smilecity boards``: Grafana boards of the city, as files, or brought into a Grafana and kept as declared there."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from dashboards.contact import contact
from dashboards.setting import GAZETTEER, Setting
from dashboards.words import Language
from processing.gazetteer import gazetteer
from processing.households import households
from smilecity import options
from smilecity.advance import advance
from smilecity.printing import printable
from smilecity.rooms import open_catalogue
from storage.drawing import emitter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashboards.grafana import Grafana
    from dashboards.pushing import Step
    from sensors.model import Thing
    from smilecity.settings import Settings

OLDEST = (11, 3)
"""The Grafana that boards are made for, and those that came after it."""

GROUP = typer.Typer(
    help="Grafana boards: City overview, Parking, Waste, Energy, Sensor health, Ingest and ledger, Alerts.\n\n"
    "For a store in VictoriaMetrics or InfluxDB; a DuckDB store is shown by the web page. Works beside a running "
    "platform. Needs: pip install 'smilecity[boards]'",
    no_args_is_help=True,
)

SourceUrl = Annotated[
    str,
    typer.Option(
        "--source", help="Address under which Grafana reaches the store's server.", show_default="that of --store"
    ),
]
MetricsUrl = Annotated[
    str,
    typer.Option(
        "--metrics",
        help="Address of the Prometheus that scrapes /metrics of the platform, as Grafana reaches it.",
        show_default="the store, where that is VictoriaMetrics",
    ),
]
Page = Annotated[
    str,
    typer.Option("--page", help="Address of the web page, for links.", show_default="SMILECITY_PUBLIC_URL, else none"),
]
Places = Annotated[
    str,
    typer.Option(
        "--gazetteer",
        help="Where maps look places up: a path below Grafana's own folder, or the URL of /open/gazetteer/places.json, "
        "which has public things alone.",
    ),
]
Words = Annotated[Language, typer.Option("--language", help="Language of titles; descriptions are English.")]
GrafanaUrl = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        help="Address of the Grafana: http://host:3000. Its token comes from SMILECITY_GRAFANA_TOKEN or "
        "SMILECITY_GRAFANA_TOKEN_FILE.",
    ),
]


@GROUP.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; files of ours in it are written over.")],
    *,
    source: SourceUrl = "",
    metrics: MetricsUrl = "",
    page: Page = "",
    places: Places = GAZETTEER,
    language: Words = Language.EN,
    boards_at: Annotated[
        str, typer.Option(help="The folder of the boards as Grafana sees it.", show_default="where they are written")
    ] = "",
    contacts: Annotated[
        list[str] | None,
        typer.Option(
            "--contact",
            help="Contact point for rules of Grafana's own: mqtt://host:1883/topic or https://...; may be repeated.",
        ),
    ] = None,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Write what Grafana reads at its start: data sources, boards, contact points, and where things stand.

    What goes where is told at the end, and in docs/boards.md. No secret is written.

        smilecity boards export grafana --store victoriametrics://localhost:8428 --page http://localhost:8080
    """
    from dashboards.provisioning import files, stale  # noqa: PLC0415 - may be absent

    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    told = tuple(contact(url) for url in contacts or ())
    things = _things(chosen)
    setting = _setting(chosen, things, source, metrics, page, places, language)
    where = boards_at or str((folder / "dashboards").absolute())
    texts = files(setting, boards_at=where, places=gazetteer(things), contacts=told)
    written = [_write(folder, name, text) for name, text in texts]
    for path in stale(folder, written):
        path.unlink()
        typer.echo(f"removed: {path}, which is no longer made")
    count = Counter(name.partition("/")[0] for name in written)
    _say_what_is_missing(setting)
    _say_who_is_shown(things)
    typer.echo(
        f"{count['dashboards']} boards of {len(things)} things are in {folder}. Copy {folder}/provisioning into "
        f"Grafana's folder of that name (/etc/grafana/provisioning), {folder}/gazetteer/smilecity.json into "
        "public/gazetteer below Grafana's own (/usr/share/grafana/public/gazetteer), and start Grafana again."
        + (f" Boards are looked for in {where}." if boards_at else "")
    )


@GROUP.command()
def push(
    url: GrafanaUrl,
    *,
    source: SourceUrl = "",
    metrics: MetricsUrl = "",
    page: Page = "",
    places: Places = GAZETTEER,
    language: Words = Language.EN,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Send the store's password or token again, after it was changed.")
    ] = False,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Bring folder, data sources and boards into a running Grafana, and remove boards of ours that are no longer made.

    Only what differs is touched: pushed twice, nothing changes. Boards of others, copies of ours too, stay as they are.

        SMILECITY_GRAFANA_TOKEN=... smilecity boards push http://localhost:3000 --store victoriametrics://localhost:8428
    """
    from dashboards.pushing import Deed, plan  # noqa: PLC0415 - may be absent

    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    things = _things(chosen)
    setting = _setting(chosen, things, source, metrics, page, places, language)
    done: Counter[Deed] = Counter()
    with _opened(url, chosen) as grafana, advance("asking Grafana", "steps") as bar:
        for step in bar.counted(plan(grafana, setting, secrets=secrets)):
            if step.deed is not Deed.KEEP:
                step.do()
                typer.echo(_said(step, done=True))
            done[step.deed] += 1
    _say_what_is_missing(setting)
    _say_who_is_shown(things)
    changes = sum(count for deed, count in done.items() if deed is not Deed.KEEP)
    typer.echo(f"{changes} changed, {done[Deed.KEEP]} were as they should be.")


@GROUP.command()
def check(
    url: GrafanaUrl,
    *,
    source: SourceUrl = "",
    metrics: MetricsUrl = "",
    page: Page = "",
    places: Places = GAZETTEER,
    language: Words = Language.EN,
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
) -> None:
    """Compare a running Grafana with the declarations, and change nothing: exit status 1 where something differs.

    smilecity boards check http://localhost:3000 --store victoriametrics://localhost:8428
    """
    from dashboards.pushing import Deed, plan  # noqa: PLC0415 - may be absent

    chosen = options.settings(data=data, catalogue=catalogue_at, store=store)
    setting = _setting(chosen, _things(chosen), source, metrics, page, places, language)
    with _opened(url, chosen) as grafana, advance("asking Grafana", "steps") as bar:
        steps = list(bar.counted(plan(grafana, setting)))
    drifted = [step for step in steps if step.deed is not Deed.KEEP]
    for step in drifted:
        typer.echo(_said(step, done=False))
    if drifted:
        typer.echo(f"{len(drifted)} of {len(steps)} differ: 'smilecity boards push {url}' makes them as declared.")
        raise typer.Exit(1)
    typer.echo(f"All {len(steps)} are as declared.")


@contextmanager
def _opened(url: str, chosen: Settings) -> Iterator[Grafana]:
    """Open a Grafana; one that is too old is told on standard error."""
    from dashboards.grafana import Grafana  # noqa: PLC0415 - may be absent

    with Grafana(url, chosen.token_of_grafana()) as grafana:
        version = grafana.version()
        if version and version < OLDEST:
            words = ".".join(map(str, version))
            _warn(
                f"Boards are made for Grafana {OLDEST[0]}.{OLDEST[1]} and later: {words} may show some of them amiss."
            )
        yield grafana


def _setting(
    chosen: Settings,
    things: Sequence[Thing],
    source: str,
    metrics: str,
    page: str,
    places: str,
    language: Language,
) -> Setting:
    setting = Setting(
        store=emitter(chosen.store_url()),
        source=source,
        metrics=metrics,
        link=page or chosen.public_url,
        gazetteer=places,
        zone=chosen.zone,
        kinds=frozenset(thing.kind for thing in things),
        language=language,
    )
    setting.sources()
    return setting


def _things(chosen: Settings) -> tuple[Thing, ...]:
    with closing(open_catalogue(chosen, begins=True)) as catalogue:
        return catalogue.things()


def _write(folder: Path, name: str, text: str) -> str:
    """Write a file; gives its name."""
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror}. Name a folder that can be") from None
    return name


def _say_what_is_missing(setting: Setting) -> None:
    """Tell of panels that are left out, on standard error."""
    from dashboards.building import left_out  # noqa: PLC0415 - knows every indicator

    missing = left_out(setting)
    if missing:
        names = ", ".join(f"{name} ({count})" for name, count in missing.items())
        _warn(
            f"Panels of what the platform measures of itself are left out of the boards {names}: InfluxDB does not "
            "hold it. Name the Prometheus that scrapes the platform with --metrics."
        )


def _say_who_is_shown(things: Sequence[Thing]) -> None:
    """Warn, on standard error, where boards show what the API would not, or have nothing to show."""
    private = households(things)
    if private:
        _warn(
            f"{len(private)} things measure a household. Grafana reads the store itself, past the API: whoever may "
            "open it can see what each of them uses. See docs/access.md."
        )
    if not things:
        _warn(
            "The register has no things: maps stay empty. Where the city has some, name its folder with --data, or "
            "its catalogue with --catalogue."
        )


def _warn(said: str) -> None:
    Console(stderr=True).print(said, highlight=False, soft_wrap=True)


def _said(step: Step, *, done: bool) -> str:
    from dashboards.pushing import Deed  # noqa: PLC0415 - may be absent

    words = {
        Deed.MAKE: ("made", "is not there"),
        Deed.CHANGE: ("changed", "differs"),
        Deed.REMOVE: ("removed", "is no longer made"),
    }
    what = f"{step.what} '{printable(step.name)}'"
    detail = f" ({printable(step.difference)})" if step.difference else ""
    return f"{words[step.deed][0]}: {what}{detail}" if done else f"{what} {words[step.deed][1]}{detail}"
