"""Changes in their order as messages, each naming the one of its operator before it: for whoever follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.announcing.messages import alert_message
from storage.alert import Chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from processing.announcing.messages import AlertMessage
    from storage.alert import Change
    from storage.alerts import Alerts


def messages_of(alerts: Alerts, changes: Iterable[Change], link: str = "") -> Iterator[AlertMessage]:
    """Write changes in ascending order, of which none is left out in between of an operator that is among them.

    The catalogue is asked once for each operator.
    """
    newest: dict[str, int] = {}
    for change in changes:
        operator = change.alert.operator
        previous = newest[operator] if operator in newest else _previous(alerts, change)
        newest[operator] = change.sequence
        yield alert_message(change, previous, link)


def _previous(alerts: Alerts, change: Change) -> int:
    before = alerts.newest(Chosen(operator=change.alert.operator), before=change.sequence)
    return 0 if before is None else before.sequence
