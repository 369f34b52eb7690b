"""All receivers at once: a real HTTP server and a real mail server."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from processing.notifying.delivery import Patience
from processing.notifying.notifier import Notifier
from processing.notifying.receivers import Surroundings, receivers_of
from storage.catalogue import Catalogue
from tests.alerting import fired
from tests.receiving import hook, mailbox
from tests.servers import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.alerts import Alerts


@contextmanager
def notifying(alerts: Alerts, text: str, folder: Path) -> Iterator[Notifier]:
    swift = Patience(shortest=0.02, longest=0.1)
    notifier = Notifier(alerts, receivers_of(text, Surroundings(folder=folder)), worker="one", patience=swift)
    notifier.start()
    try:
        yield notifier
    finally:
        notifier.stop()


def note(alerts: Alerts, *things: str) -> None:
    alerts.note([fired(thing) for thing in things], known=alerts.sequence())


def test_one_that_is_dead_keeps_no_other_waiting_and_hears_everything_later(tmp_path: Path):
    dead = free_port()
    with closing(Catalogue("sqlite://")) as catalogue, hook() as hooked, mailbox() as box:
        declared = f"""
            [smtp]
            host = "127.0.0.1"
            port = {box.port}
            security = "none"
            from = "alerts@city.example"
            [[email]]
            name = "duty"
            to = ["duty@x.example"]
            [[webhook]]
            name = "alive"
            url = "{hooked.url}"
            [[webhook]]
            name = "dead"
            url = "http://127.0.0.1:{dead}/"
        """
        alerts = catalogue.alerts
        with notifying(alerts, declared, tmp_path) as notifier:
            wait_until(lambda: all(alerts.position(f"receiver {name}, begun") for name in ("duty", "alive", "dead")))
            note(alerts, "a", "b")
            wait_until(lambda: len(hooked.got) == 2 and box.mails, what="both to be told")
            wait_until(lambda: notifier.failing == ["dead"], what="the dead one to be known")
            with hook(dead) as risen:
                wait_until(lambda: len(risen.got) == 2, what="the dead one to be told")
                assert [json.loads(body)["sequence"] for _, body in risen.got] == [1, 2]
                wait_until(lambda: notifier.failing == [])
        assert "2 Meldungen" in box.mails[0]["Subject"] or len(box.mails) == 2
        assert alerts.position("receiver dead") == 2
