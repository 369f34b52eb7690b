"""Runs vendors' payload codecs: JavaScript by the LoRa Alliance's TS013 (``decodeUplink``), in QuickJS.

Older files that have only ``Decode(fPort, bytes, variables)`` or ``Decoder(bytes, port)`` work too. The source text
comes from outside (``know``); a codec has the language and nothing else: no modules, no files, no network, no timers.
Limits hold against a vendor's mistakes. They do not make hostile code harmless: it shares this process.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import msgspec
import quickjs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOAD_S = 1.0
CALL_S = 0.25
"""Processor time of one call. A codec takes about 20 microseconds; QuickJS counts all threads of the process."""
MEMORY = 32 * 2**20
STACK = 512 * 2**10
"""Bytes; a thread of Python's has 8 MiB."""
RESULT = 64 * 2**10
"""Characters of JSON."""
DEPTH = 32
LONGEST = 4096
"""Bytes of a payload; a LoRaWAN frame has at most 242."""
OVERRUNS, REST_S = 3, 60.0
"""A codec that had to be stopped this often within so many seconds is left alone until they are over."""
_TOO_DEEP = f"its result is nested deeper than {DEPTH} levels"
_SAID = 300
"""Characters of a codec's own text that a sentence takes in."""


class CodecError(ValueError):
    """A codec that gave no fields: the text says of it, in a clause, what it did."""


class _OverrunError(CodecError):
    """A codec that was stopped; its context is of no further use."""


class Codec:
    """One codec file, compiled when it is first needed and kept warm; one thread at a time, whichever it is."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._lock = Lock()
        self._call: Callable[..., Any] | None = None
        self._unusable = ""
        self._overruns: deque[float] = deque(maxlen=OVERRUNS)

    def decode(self, payload: bytes, port: int, time: int) -> dict[str, Any]:
        """Give the fields in a frame received at a time, in milliseconds since 1970 UTC. Raises CodecError.

        What a codec keeps in global variables from one frame to the next is its own affair, until it has to be stopped.
        """
        if len(payload) > LONGEST:
            raise CodecError(f"the frame has {len(payload)} bytes, at most {LONGEST} are read")
        with self._lock:
            said = self._said((float(time), float(port), *payload))
        return _fields(said)

    def _said(self, frame: tuple[float, ...]) -> str:
        if len(self._overruns) == OVERRUNS and monotonic() - self._overruns[0] < REST_S:
            raise CodecError(f"it was stopped {OVERRUNS} times within {REST_S:g} s and is left alone for a while")
        try:
            return self._asked(frame)
        except _OverrunError:
            pass  # memory may be full of what earlier frames left there, and other threads' time counts too
        try:
            return self._asked(frame)
        except _OverrunError:
            self._overruns.append(monotonic())
            raise

    def _asked(self, frame: tuple[float, ...]) -> str:
        try:
            self._call = self._call or self._loaded()
            said = self._call(*frame)
        except quickjs.JSException as error:
            self._call = None
            raise _OverrunError(_stopped(str(error))) from None
        if not isinstance(said, str) or said == "memory":  # a text that found no room arrives as None
            self._call = None
            raise _OverrunError(_stopped("memory"))
        return said

    def _loaded(self) -> Callable[..., Any]:
        """Run the file in a context of its own. Raises CodecError, at once where it is known that it cannot be used."""
        if self._unusable:
            raise CodecError(self._unusable)
        context = quickjs.Context()
        context.set_memory_limit(MEMORY)
        context.set_max_stack_size(STACK)
        context.set_time_limit(LOAD_S)
        call: Any = context.eval(_PRELUDE)(self.source)
        if isinstance(call, quickjs.Object):
            context.set_time_limit(CALL_S)
            return cast("Callable[..., Any]", call)
        if not isinstance(call, str) or call == "memory":
            raise _OverrunError(_stopped("memory"))
        self._unusable = f"the file cannot be used: {_text(_parsed(call).get('errors'))}"
        raise CodecError(self._unusable)


_known: dict[str, Codec] = {}


def know(sources: Mapping[str, str]) -> None:
    """Know codecs by their file names from now on, in place of those known before; one that is the same stays warm."""
    before = dict(_known)
    _known.clear()
    for name, source in sources.items():
        same = before.get(name)
        _known[name] = same if same is not None and same.source == source else Codec(source)


def codec(name: str) -> Codec | None:
    """Give a codec by its file name, None where nobody told of it."""
    return _known.get(name)


def _fields(said: str) -> dict[str, Any]:
    """Read what the prelude says. Raises CodecError with the codec's own errors, and where there are no fields."""
    told = _parsed(said)
    if told.get("errors") is not None:
        raise CodecError(f"it says: {_text(told['errors'])}")
    fields = told.get("fields")
    if not isinstance(fields, dict):
        raise CodecError("it gave no object of fields")
    if said.count("{") + said.count("[") > DEPTH and _deeper(fields, DEPTH):
        raise CodecError(_TOO_DEEP)
    return fields


def _parsed(said: str) -> dict[str, Any]:
    if said == "long":
        raise CodecError(f"its result is longer than {RESULT // 2**10} KiB")
    try:
        return msgspec.json.decode(said, type=dict[str, Any])
    except RecursionError:
        raise CodecError(_TOO_DEEP) from None
    except msgspec.DecodeError:  # half of a surrogate pair: JSON can write it, UTF-8 cannot
        raise CodecError("its result has text that is no Unicode") from None


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)


def _text(errors: Any) -> str:
    """Give the codec's own words, of one error or several, short enough for a sentence."""
    said = errors if isinstance(errors, list) else [errors]
    words = " ".join("; ".join(map(str, said)).removeprefix("Error: ").split()).rstrip(".")
    return words if len(words) <= _SAID else f"{words[:_SAID]}..."


def _stopped(why: str) -> str:
    if "interrupted" in why:
        return f"it took longer than {CALL_S:g} s of processor time and was stopped"
    return f"it needed more than {MEMORY // 2**20} MiB of memory and was stopped"


_PRELUDE = (
    """(function () {
"use strict";
const evaluate = eval, stringify = JSON.stringify, Time = Date, text = String, keys = Object.keys;
const isArray = Array.isArray, apply = Reflect.apply, define = Object.defineProperty, Internal = InternalError;
"""
    f"const RESULT = {RESULT};"
    """
// An engine's own error is turned into text after the call, outside of all limits: nothing of it may be a codec's code.
Error.stackTraceLimit = 0;
delete Error.stackTraceLimit;
delete Error.prepareStackTrace;
for (const Native of [EvalError, InternalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    const own = Native.prototype;
    const fixed = {name: Native.name, message: "", stack: "", toString: own.toString, [Symbol.toPrimitive]: undefined};
    for (const key of Reflect.ownKeys(fixed)) {
        define(own, key, {
            get() { return fixed[key]; },
            set(value) {
                if (this !== own) define(this, key, {value, writable: true, enumerable: false, configurable: true});
            },
            configurable: false,
        });
    }
}

// These run over as many places as an array says it has, and no time limit stops them.
const LONGEST = 1e6;
const tooLong = (value) => value !== null && value !== undefined && value.length > LONGEST;
const endless = ["concat", "copyWithin", "flat", "flatMap", "join", "reverse", "shift", "slice", "sort", "splice",
    "toLocaleString", "unshift"];
for (const name of endless) {
    const native = Array.prototype[name];
    const guarded = {[name](...given) {
        let long = tooLong(this);
        for (let i = 0; i < given.length; i++) long = long || tooLong(given[i]);
        if (long) throw new RangeError("an array is longer than " + LONGEST);
        return apply(native, this, given);
    }}[name];
    define(Array.prototype, name, {value: guarded, writable: true, enumerable: false, configurable: true});
}

const silent = () => undefined;
globalThis.console = {log: silent, debug: silent, info: silent, warn: silent, error: silent};
const box = {exports: {}};
globalThis.module = box;
globalThis.exports = box.exports;

// Only ever a text that JSON wrote, or one written here: one put together may be of a form that Python cannot take.
function answer(said) {
    const json = stringify({__proto__: null, ...said});
    return json.length > RESULT ? "long" : json;
}
function thrown(error) {
    try {
        // Where there is no room even for the engine's own error, it throws null.
        if (error === null || (error instanceof Internal && error.message === "out of memory")) return "memory";
        return answer({errors: text(error)});
    } catch (again) {
        return '{"errors": "an error that cannot be shown"}';
    }
}
function ofUplink(result) {
    if (result === null || typeof result !== "object") return "{}";
    const errors = result.errors;
    const none = errors === undefined || errors === null || errors === "" || (isArray(errors) && errors.length === 0);
    return answer(none ? {fields: result.data} : {errors});
}
function ofFields(result) {
    if (result !== null && typeof result === "object" && result.data !== null && typeof result.data === "object") {
        const names = keys(result);
        let wrapped = true;
        for (let i = 0; i < names.length; i++) {
            wrapped = wrapped && (names[i] === "data" || names[i] === "errors" || names[i] === "warnings");
        }
        if (wrapped) return ofUplink(result);
    }
    return answer({fields: result});
}
function reader(uplink, fieldsOfPort, fieldsOfBytes) {
    if (typeof uplink === "function") {
        return (bytes, fPort, recvTime) => ofUplink(uplink({bytes, fPort, recvTime, variables: {}}));
    }
    if (typeof fieldsOfPort === "function") return (bytes, port) => ofFields(fieldsOfPort(port, bytes, {}));
    if (typeof fieldsOfBytes === "function") return (bytes, port) => ofFields(fieldsOfBytes(bytes, port));
    return null;
}

const NO_DECODER = "it has no function decodeUplink(input), Decode(fPort, bytes) or Decoder(bytes, port)";
// Asked for within the same text: 'const decodeUplink = ...' is seen nowhere else.
const ASK = "\\n;[typeof decodeUplink === 'undefined' ? undefined : decodeUplink, "
    + "typeof Decode === 'undefined' ? undefined : Decode, typeof Decoder === 'undefined' ? undefined : Decoder];";

return function (source) {
    let read;
    try {
        const found = evaluate(source + ASK), exported = box.exports || {};
        read = reader(found[0] || exported.decodeUplink, found[1] || exported.Decode, found[2] || exported.Decoder);
    } catch (error) {
        return thrown(error);
    }
    if (read === null) return answer({errors: NO_DECODER});
    // One number per byte: texts would need memory before the limits are watched.
    return function (time, port, ...bytes) {
        try {
            return read(bytes, port, new Time(time));
        } catch (error) {
            return thrown(error);
        }
    };
};
})()"""
)
