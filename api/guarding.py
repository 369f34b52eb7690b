"""Sees to it that no route is without a rule, and tells in the OpenAPI document which rule it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute, APIWebSocketRoute

from api.access import ANYBODY, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import APIRouter, FastAPI

    from api.access import Rule

FOR_PEOPLE = frozenset({"/docs", "/docs/style.css"})
"""Nothing of the city stands there."""
SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, as `smilecity keys new` shows it once"},
    "basic": {"type": "http", "scheme": "basic", "description": "Any user, and the key as the password"},
    "session": {"type": "apiKey", "in": "cookie", "name": "smilecity_session", "description": "See `POST /v1/session`"},
}

_TOLD: dict[tuple[object, ...], tuple[list[APIRoute | APIWebSocketRoute], dict[str, Any]]] = {}
"""Documents beside the routes that they tell of, which stay while a process lives: one takes a third of a second."""


def guarded(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Raise ValueError for a route that has no rule; tell the rules of the others in the document of the app."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute | APIWebSocketRoute)]
    for route in routes:
        if _rule(route) is None and route.path_format not in FOR_PEOPLE:
            raise ValueError(
                f"the path '{route.path_format}' has no rule: make its router with api.parameters.versioned, or let it "
                "depend on one of api.access (Depends(ANYBODY), Depends(READ), ...)"
            )
    made, key = app.openapi, (app.title, app.version, app.description, *map(id, routes))

    def told() -> dict[str, Any]:
        if key not in _TOLD:
            _tell(made(), routes)
            _TOLD[key] = (routes, made())
        app.openapi_schema = _TOLD[key][1]
        return app.openapi_schema

    app.openapi = told  # type: ignore[method-assign]


def _rule(route: APIRoute | APIWebSocketRoute) -> Rule | None:
    found = list(rules_of(route))
    return found[-1] if found else None


def _tell(document: dict[str, Any], routes: Iterable[APIRoute | APIWebSocketRoute]) -> None:
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _tell_of(document["paths"][route.path_format][method.lower()], _rule(route) or ANYBODY)


def _tell_of(operation: dict[str, Any], rule: Rule) -> None:
    keys: list[dict[str, list[str]]] = [{name: []} for name in SCHEMES]
    operation["security"] = keys if rule.scope else [*keys, {}]
    if rule.scope:
        operation["x-scope"] = rule.scope
        of = " of the whole city" if rule.whole else ""
        operation["description"] = (
            f"{operation.get('description', '')}\n\nNeeds a key{of} with the scope `{rule.scope}`."
        )
