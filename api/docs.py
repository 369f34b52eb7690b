"""The API on one page of plain HTML, made from the OpenAPI document: nothing is loaded from anywhere else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from api.problem import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-top: 1px solid; padding-top: 1rem; }
code, h2, h3 { font-family: ui-monospace, monospace; }
dt { font-weight: bold; margin-top: .5rem; }
"""


def docs_page(document: Mapping[str, Any]) -> str:
    """Write an OpenAPI document as HTML: every path with its parameters, then every problem."""
    title = escape(document["info"]["title"])
    paths = "".join(
        _operation(f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css"></head>'
        f"<body><main><h1>{title} {escape(document['info']['version'])}</h1>{_prose(document['info']['description'])}"
        '<p>The same for machines: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{paths}<h2>Problems</h2><dl>{_problems()}</dl></main></body></html>"
    )


def _operation(name: str, operation: Mapping[str, Any]) -> str:
    about = f"<p><strong>{escape(operation['summary'])}</strong></p>{_prose(operation.get('description', ''))}"
    said = _parameters(operation.get("parameters", ())) + _body(operation.get("requestBody"))
    return f"<h2>{escape(name)}</h2>{about}<dl>{said}</dl>"


def _body(body: Mapping[str, Any] | None) -> str:
    """Tell the members of a JSON body."""
    if body is None:
        return ""
    schema = body["content"]["application/json"]["schema"]
    return "".join(
        f"<dt><code>{escape(name)}</code> in body{', required' if name in schema.get('required', ()) else ''}</dt>"
        f"<dd>{escape(member.get('description', ''))}</dd>"
        for name, member in schema["properties"].items()
    )


def _parameters(parameters: Iterable[Mapping[str, Any]]) -> str:
    return "".join(
        f"<dt><code>{escape(parameter['name'])}</code> in {parameter['in']}{_bounds(parameter)}</dt>"
        f"<dd>{escape(parameter.get('description', ''))}</dd>"
        for parameter in parameters
    )


def _bounds(parameter: Mapping[str, Any]) -> str:
    """Say what a value must keep to: whether it must be there, its default, its range."""
    schema = parameter["schema"]
    inner = next((option for option in schema.get("anyOf", ()) if option.get("type") != "null"), schema)
    said = {"default": schema.get("default"), "from": inner.get("minimum"), "to": inner.get("maximum")}
    words = ["required"] if parameter.get("required") else []
    words += [f"{word} {value}" for word, value in said.items() if value is not None]
    return escape(f", {', '.join(words)}" if words else "")


def _problems() -> str:
    return "".join(
        f'<dt id="{code}"><code>{code}</code> ({status})</dt><dd>{escape(title)}.</dd>'
        for code, (status, title) in PROBLEMS.items()
    )


def _prose(text: str) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph)
