"""What every network's envelope is opened into: the uplink, free of the network it came through."""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from sensors.clock import TimeError, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


class UnreadableError(Exception):
    """A message that cannot become observations: ``reason`` is a code, the text a sentence with the way out."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Gateway(msgspec.Struct, gc=False):
    """What one gateway noted of a frame. Its parts are read only when asked for: a bad one must not cost all."""

    time: Any = None
    rssi: Any = None
    snr: Any = None


class Uplink(msgspec.Struct, gc=False):
    """What one device said at one time. Nothing else of it is kept: envelopes have been seen to carry session keys."""

    device: str
    """Lower-case EUI, or the network's own name where there is none."""
    alias: str = ""
    """The other name the network has for the device."""
    time: int | None = None
    """Event time in milliseconds since 1970 UTC; None where the message names none."""
    ago: int | None = None
    """Milliseconds before its receipt, where the message tells its time only so; negative for after."""
    frame_counter: int = 0
    port: int = 0
    fields: dict[str, Any] | None = None
    """What the network's codec made of the bytes; None where it has none or it failed."""
    base64: str = ""
    gateways: Sequence[Gateway] = ()
    battery: float | None = None
    """Charge left in percent, where the network tells it beside the measurements."""
    key: str = ""
    """The network's own mark of this message: two messages with one key are one message."""
    flat: bool = False
    """Whether ``fields`` may be named as the properties themselves are."""

    @property
    def payload(self) -> bytes:
        """The device's own bytes. Raises UnreadableError when they are not base64."""
        try:
            return a2b_base64(self.base64, strict_mode=True)
        except (Base64Error, ValueError) as error:
            raise UnreadableError("unreadable", f"the device's bytes are not base64: {error}.") from None

    @property
    def rssi(self) -> float | None:
        """Received signal strength at the gateway that heard it best, in dBm."""
        return _best(gateway.rssi for gateway in self.gateways)

    @property
    def snr(self) -> float | None:
        """Signal to noise ratio at the gateway that heard it best, in dB."""
        return _best(gateway.snr for gateway in self.gateways)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeExample:
    """A message as a network sent it, and what must be read from it; every example is a test."""

    topic: str
    payload: bytes
    source: str
    uplink: Mapping[str, Any] | None = None
    """Attributes of the first Uplink and their values; None where the message carries none."""
    further: tuple[Mapping[str, Any], ...] = ()
    """The same of the Uplinks after it."""
    refused: str = ""
    """The reason where the message must be refused; the sentence is the envelope's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How one network wraps uplinks: where it publishes and how its messages are opened.

    ``open`` gets the payload and the topic and gives the uplinks in the message in their order, one per device and
    time, none for a message that carries no observation (a join, a last will), or raises UnreadableError.
    """

    name: str
    title: str
    topics: tuple[str, ...]
    """MQTT topic filters it listens on by default."""
    open: Callable[[bytes, str], Sequence[Uplink]]
    source: str
    examples: tuple[EnvelopeExample, ...]


def parse(decoder: msgspec.json.Decoder[T], payload: bytes) -> T:
    """Read JSON into the decoder's type. Raises UnreadableError: not_json, not_utf8, not_an_object, unreadable."""
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise _of_wrong_shape(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _of_wrong_text(payload, error) from None
    except RecursionError:
        raise UnreadableError("unreadable", "the JSON is nested too deep to be a sensor's message.") from None


def at_most(most: int, entries: Sequence[Any], what: str) -> None:
    """Refuse a message with more entries than a sensor sends. Raises UnreadableError too_large."""
    if len(entries) > most:
        raise UnreadableError("too_large", f"the message has {len(entries)} {what}, at most {most} are read.")


def first_time(candidates: Sequence[Any], read: Callable[[Any], int | None] = milliseconds) -> int | None:
    """Give the first time that can be read in milliseconds since 1970 UTC, None where none tells one.

    ``read`` gives None for a time that says nothing. Raises UnreadableError bad_time, with the last reason, when some
    are given and none can be read.
    """
    reason: TimeError | None = None
    silent = False
    for candidate in candidates:
        if candidate is None or candidate == "":
            continue
        try:
            time = read(candidate)
        except TimeError as error:
            reason = error
            continue
        if time is not None:
            return time
        silent = True
    if reason is not None and not silent:
        raise UnreadableError("bad_time", f"{reason}.")
    return None


def fields_or_none(decoded: Any) -> dict[str, Any] | None:
    """Give a codec's output where it is an object with something in it, else None: a failed codec is no codec."""
    return decoded if isinstance(decoded, dict) and decoded else None


def _of_wrong_shape(error: msgspec.ValidationError) -> UnreadableError:
    if str(error).startswith("Expected `object`") and " - at " not in str(error):
        return UnreadableError("not_an_object", f"the message must be a JSON object {{...}}: {error}.")
    return UnreadableError("unreadable", f"the message is JSON, but not as this network sends it: {error}.")


def _of_wrong_text(payload: bytes, error: Exception) -> UnreadableError:
    try:
        payload.decode()
    except UnicodeDecodeError as wrong:
        return UnreadableError("not_utf8", f"the message is not UTF-8 text: byte {wrong.start} is {wrong.reason}.")
    if not payload.strip():
        return UnreadableError("not_json", "the message is empty.")
    return UnreadableError("not_json", f"the message is not valid JSON: {error}. Check it with `python -m json.tool`.")


def _best(values: Any) -> float | None:
    return max((float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)), default=None)
