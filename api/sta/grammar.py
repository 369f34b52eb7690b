"""The grammar of query options, and how a text becomes a tree. The only file that knows lark.

Source: OData 4.01 ABNF as far as OGC 18-088 (SensorThings API 1.1, section 9.3) takes it over.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from api.problem import ProblemError
from api.sta.options import Expand, Key, Options, merged, nested
from api.sta.refusals import unsupported, wrong
from api.sta.tree import Call, Kind, Literal, Node, Operation, Path
from api.times import EARLIEST, LATEST
from sensors.model import TIME

LONGEST = 8000
"""Characters of one option."""
DEEPEST = 40
"""Levels of an expression."""

GRAMMAR = r"""
filter: expression

?expression: conjunction | conjunction ("or" conjunction)+ -> either
?conjunction: negation | negation ("and" negation)+ -> both
?negation: comparison | "not" negation -> negated
?comparison: sum | sum COMPARISON sum -> binary
?sum: product | sum SUM product -> binary
?product: sign | product PRODUCT sign -> binary
?sign: atom | "-" sign -> minus
?atom: literal | call | path | "(" expression ")"

call: FUNCTION "(" [expression ("," expression)*] ")"
path: STEP ("/" STEP)*

?literal: NUMBER -> number
    | STRING -> text
    | truth
    | "null" -> null
    | TIME -> time
    | DAY -> day
    | INTERVAL -> interval
    | DURATION -> duration
    | PLACE -> place

order: key ("," key)*
key: expression [DIRECTION]

selection: path ("," path)*

expansion: item ("," item)*
item: path ["(" option (";" option)* ")"]
option: "$filter" "=" expression -> filtered
    | "$orderby" "=" order -> ordered
    | "$select" "=" selection -> selected
    | "$expand" "=" expansion -> expanded
    | "$top" "=" NUMBER -> top
    | "$skip" "=" NUMBER -> skip
    | "$count" "=" truth -> count

?truth: "true" -> true | "false" -> false

COMPARISON: "eq" | "ne" | "gt" | "ge" | "lt" | "le"
SUM: "add" | "sub"
PRODUCT: "mul" | "div" | "mod"
DIRECTION: /(asc|desc)(?![\w\/])/i
FUNCTION.2: /(?!not\s*\()[A-Za-z_][A-Za-z_.]*(?=\s*\()/
STEP: /@?[^\W\d][\w.\-:@]*/
NUMBER.1: /\d+(\.\d+)?([eE][+\-]?\d+)?/
DAY.2: /\d{4}-\d\d-\d\d/
TIME.3: /\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([zZ]|[+\- ]\d\d:?\d\d)?/
INTERVAL.4: /\d{4}-\d\d-\d\d[Tt][\d:.]+([zZ]|[+\- ]\d\d:?\d\d)?\/\d{4}-\d\d-\d\d[Tt][\d:.]+([zZ]|[+\- ]\d\d:?\d\d)?/
STRING: /'(?:[^']|'')*'/
DURATION.3: /duration'[^']*'/
PLACE.3: /geo(graphy|metry)'[^']*'/i
%ignore /\s+/
"""

_NOT_OURS = re.compile(r"\$[A-Za-z]+")
_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<days>\d{1,6})D)?(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?"
    r"(?:(?P<seconds>\d{1,10}(?:\.\d{1,6})?)S)?)?"
)
_LARGEST = 2**31 - 1
_SAID = {
    "$END": "the end",
    "STEP": "a property",
    "FUNCTION": "a function",
    "NUMBER": "a number",
    "STRING": "a text in '...'",
    "TIME": "a time",
    "COMPARISON": "eq, ne, gt, ge, lt or le",
    "LPAR": "'('",
    "RPAR": "')'",
    "OR": "or",
    "AND": "and",
    "COMMA": "','",
}


class _Wrong(Exception):  # noqa: N818 - caught within this file
    """What is wrong at a place of a text."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at
        self.why = why


def parse_filter(text: str, option: str = "$filter") -> Node:
    """Read an expression. Raises ProblemError with the place that is wrong."""
    node: Node = _parsed("filter", option, text)
    return node


def parse_order(text: str) -> tuple[Key, ...]:
    """Read what entities are ordered by. Raises ProblemError."""
    keys: tuple[Key, ...] = _parsed("order", "$orderby", text)
    return keys


def parse_selection(text: str) -> tuple[Path, ...]:
    """Read which properties are wanted. Raises ProblemError."""
    selected: tuple[Path, ...] = _parsed("selection", "$select", text)
    return selected


def parse_expansion(text: str) -> tuple[Expand, ...]:
    """Read which relations are to be told along. Raises ProblemError."""
    expands: tuple[Expand, ...] = merged(_parsed("expansion", "$expand", text))
    return expands


def _parsed(start: str, option: str, text: str) -> Any:
    if len(text) > LONGEST:
        raise ProblemError("bad-query", f"{option} has {len(text)} characters, of at most {LONGEST}.", option=option)
    try:
        return _parser().parse(text, start=start)
    except VisitError as error:
        raise _refusal(option, text, error.orig_exc) from None
    except (_Wrong, UnexpectedInput) as error:
        raise _refusal(option, text, error) from None


def _refusal(option: str, text: str, error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, _Wrong):
        return wrong(option, text, error.at, error.why)
    if not isinstance(error, UnexpectedInput):
        raise error
    at = len(text) if _at_end(error) else error.pos_in_stream or 0
    unknown = _NOT_OURS.match(text, at)
    if unknown is not None and option == "$expand":
        return unsupported(f"The option {unknown[0]} within $expand")
    return wrong(option, text, at, f"expected is {_expected(error)}.")


def _at_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


def _expected(error: UnexpectedInput) -> str:
    names = error.allowed if isinstance(error, UnexpectedCharacters) else getattr(error, "expected", ())
    said = sorted({_SAID[name] for name in names if name in _SAID})
    return f"{', '.join(said[:-1])} or {said[-1]}" if len(said) > 1 else (said[0] if said else "something else")


@cache
def _parser() -> Lark:
    """Make the parser, once. The tree is made while it reads, so that depth costs no stack."""
    starts = ["filter", "order", "selection", "expansion"]
    return Lark(GRAMMAR, parser="lalr", start=starts, transformer=_Trees(), maybe_placeholders=False)


@v_args(inline=True)
class _Trees(Transformer[Token, Any]):
    """Makes trees of what the parser has read."""

    def filter(self, node: Node) -> Node:
        return node

    def number(self, token: Token) -> Literal:
        value = float(token) if any(sign in token for sign in ".eE") else int(token)
        if abs(value) > 1e300:
            raise _Wrong(_at(token), "the number is too large.")
        return Literal(Kind.NUMBER, value, _at(token))

    def text(self, token: Token) -> Literal:
        return Literal(Kind.TEXT, token[1:-1].replace("''", "'"), _at(token))

    def true(self) -> Literal:
        return Literal(Kind.TRUTH, value=True)

    def false(self) -> Literal:
        return Literal(Kind.TRUTH, value=False)

    def null(self) -> Literal:
        return Literal(Kind.NOTHING, None)

    def time(self, token: Token) -> Literal:
        return Literal(Kind.TIME, _instant(str(token), _at(token)), _at(token))

    def day(self, token: Token) -> Literal:
        day = _instant(f"{token}T00:00:00Z", _at(token))
        return Literal(Kind.DAY, day.astype("datetime64[D]"), _at(token))

    def interval(self, token: Token) -> Literal:
        first, last = (_instant(text, _at(token)) for text in token.split("/"))
        if last < first:
            raise _Wrong(_at(token), "the interval ends before it begins.")
        return Literal(Kind.INTERVAL, (first, last), _at(token))

    def duration(self, token: Token) -> Literal:
        found = _DURATION.fullmatch(token[9:-1].upper())
        if found is None or not any(found.groups()[1:]):
            raise _Wrong(_at(token), "a duration is written like duration'P1D' or duration'PT1H30M'.")
        parts = {name: float(value) for name, value in found.groupdict().items() if name != "sign" and value}
        milliseconds = round(timedelta(**parts) / timedelta(milliseconds=1))
        signed = -milliseconds if found["sign"] else milliseconds
        return Literal(Kind.DURATION, np.timedelta64(signed, "ms"), _at(token))

    def place(self, token: Token) -> Literal:
        _, _, rest = token.partition("'")
        return Literal(Kind.PLACE, rest[:-1], _at(token))

    def path(self, *steps: Token) -> Path:
        return Path(tuple(map(str, steps)), _at(steps[0]))

    def call(self, name: Token, *operands: Node) -> Call:
        return Call(str(name).lower(), operands, _at(name), _deeper(operands, _at(name)))

    def either(self, *operands: Node) -> Operation:
        return _operation("or", operands)

    def both(self, *operands: Node) -> Operation:
        return _operation("and", operands)

    def negated(self, operand: Node) -> Operation:
        return _operation("not", (operand,))

    def minus(self, operand: Node) -> Node:
        if isinstance(operand, Literal) and operand.kind is Kind.NUMBER:
            return Literal(Kind.NUMBER, -operand.value, operand.at)
        return _operation("minus", (operand,))

    def binary(self, left: Node, operator: Token, right: Node) -> Operation:
        return _operation(str(operator), (left, right), _at(operator))

    def key(self, by: Node, direction: Token | None = None) -> Key:
        return Key(by, descending=direction is not None and direction.lower() == "desc")

    def order(self, *keys: Key) -> tuple[Key, ...]:
        return keys

    def selection(self, *selected: Path) -> tuple[Path, ...]:
        return selected

    def expansion(self, *items: Expand) -> tuple[Expand, ...]:
        return items

    def item(self, path: Path, *options: tuple[str, Any]) -> Expand:
        said = dict(options)
        if len(said) < len(options):
            raise _Wrong(path.at, f"an option of {path} is given twice.")
        return nested(path.steps, Options(**said), path.at)

    def filtered(self, node: Node) -> tuple[str, Any]:
        return "filter", node

    def ordered(self, keys: tuple[Key, ...]) -> tuple[str, Any]:
        return "order", keys

    def selected(self, paths: tuple[Path, ...]) -> tuple[str, Any]:
        return "select", paths

    def expanded(self, items: tuple[Expand, ...]) -> tuple[str, Any]:
        return "expand", merged(items)

    def top(self, token: Token) -> tuple[str, Any]:
        return "top", _whole(token)

    def skip(self, token: Token) -> tuple[str, Any]:
        return "skip", _whole(token)

    def count(self, value: Literal) -> tuple[str, Any]:
        return "count", value.value


def _operation(name: str, operands: tuple[Node, ...], at: int | None = None) -> Operation:
    at = operands[0].at if at is None else at
    return Operation(name, operands, at, _deeper(operands, at))


def _deeper(operands: tuple[Node, ...], at: int) -> int:
    depth = 1 + max((operand.depth for operand in operands), default=0)
    if depth > DEEPEST:
        raise _Wrong(at, f"the expression is more than {DEEPEST} levels deep.")
    return depth


def _at(token: Token) -> int:
    return token.start_pos or 0


def _whole(token: Token) -> int:
    if not token.isdigit() or int(token) > _LARGEST:
        raise _Wrong(_at(token), f"this must be a whole number of at most {_LARGEST}.")
    return int(token)


def _instant(text: str, at: int) -> np.datetime64:
    """Read a time; one without an offset is UTC, and a blank before an offset was a + once."""
    try:
        instant = datetime.fromisoformat(text.upper().replace(" ", "+"))
    except ValueError:
        raise _Wrong(at, f"{text[:40]!r} is no time: write 2026-03-29T01:00:00Z.") from None
    known = instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
    try:
        since = (known - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    except OverflowError:
        since = -1
    time = np.datetime64(since, "ms").astype(TIME)
    if not EARLIEST <= time <= LATEST:
        raise _Wrong(at, "the time lies outside 1970 to 2100.")
    return time
