"""``smilecity serve``: API and page over what is stored."""

from __future__ import annotations

from importlib.metadata import version

from rich.console import Console

from api.app import Services, create_app
from smilecity import options
from smilecity.rooms import rooms
from smilecity.signals import stop_on_signals
from smilecity.web import WebServer, bind


def serve(
    data: options.Data = None,
    catalogue_at: options.CatalogueUrl = None,
    store: options.StoreUrl = None,
    host: options.Host = None,
    port: options.Port = None,
) -> None:
    """Serve the API and the page over what is stored, without ingest and processing.

    An embedded DuckDB store can be held by one process only: a running  smilecity up  serves it already.
    """
    chosen = options.settings(data=data, catalogue=catalogue_at, store=store, host=host, port=port)
    key = chosen.key_of_api()
    stop = stop_on_signals()
    console = Console(stderr=True)
    with bind(chosen.host, chosen.port) as listener, rooms(chosen, "'smilecity serve'") as (opened, catalogue):
        rates = chosen.rates()
        services = Services(
            store=opened,
            catalogue=catalogue,
            city=chosen.city,
            zone=chosen.zone,
            land=chosen.land,
            version=version("smilecity"),
            link=chosen.public_url,
            api_key=key,
            limits=chosen.limits(),
            access=chosen.access_of_api(),
            households=chosen.households,
            rate_public=rates[0],
            rate_key=rates[1],
            origins=chosen.origins(),
        )
        app = create_app(services)
        server = WebServer(app, listener)
        server.start()
        console.print(f"The page is at {server.url}  Ctrl-C stops.", soft_wrap=True)
        console.print(f"Access: {app.state.keyring.told()}.", soft_wrap=True, markup=False, highlight=False)
        stop.wait()
        server.stop()


COMMAND = serve
