"""Calls that a GitHub App makes as itself, with a request signed by its private key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from wardround.sandbox.api.routing import Answer, Call, route
from wardround.sandbox.api.shapes_repository import repository_shape, simple_user
from wardround.sandbox.api.view import View, node_id
from wardround.sandbox.clock import stamp
from wardround.sandbox.model import App
from wardround.sandbox.refusal import Refusal, missing

#: How long an installation's token lives, in hours.
HOURS = 1.0


def _app(call: Call) -> App:
    """The App whose key signed the request. Its time is the machine's, not the sandbox's clock's."""
    import jwt

    text = call.params["_jwt"]
    try:
        issuer = str(jwt.decode(text, options={"verify_signature": False}).get("iss", ""))
        for app in call.world.store.find(App):
            if str(app.id) == issuer:
                jwt.decode(text, app.public_key, algorithms=["RS256"])
                return app
    except jwt.InvalidTokenError as error:
        raise Refusal(401, "A JSON web token could not be decoded") from error
    raise Refusal(401, "Integration not found")


def _sent(permissions: dict[str, str]) -> dict[str, str]:
    """Scopes as GitHub's API writes them, with underscores."""
    return {scope.replace("-", "_"): level for scope, level in permissions.items()}


def _installation(view: View, app: App) -> dict[str, Any]:
    own = view.api("app/installations", app.installation_id)
    owner = view.world.user(app.owner)
    return {
        "id": app.installation_id,
        "account": simple_user(view, app.owner),
        "repository_selection": "selected",
        "access_tokens_url": f"{own}/access_tokens",
        "repositories_url": view.api("installation/repositories"),
        "html_url": view.html("settings/installations", app.installation_id),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": _sent(dict(app.permissions)),
        "events": [],
        "created_at": app.created_at,
        "updated_at": app.created_at,
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }


@route("GET", "/app")
def own_app(call: Call) -> Answer:
    """The App itself."""
    app, view = _app(call), call.view
    page = view.html("apps", app.slug)
    shape = {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "owner": simple_user(view, app.owner),
        "name": app.slug,
        "description": None,
        "external_url": page,
        "html_url": page,
        "created_at": app.created_at,
        "updated_at": app.created_at,
        "permissions": _sent(dict(app.permissions)),
        "events": [],
        "installations_count": 1,
    }
    return Answer(200, shape)


@route("GET", "/repos/{owner}/{repo}/installation")
def installation(call: Call) -> Answer:
    """Where the App is installed on a repository."""
    app = _app(call)
    if f"{call.params['owner']}/{call.params['repo']}" not in app.repositories:
        raise missing()
    return Answer(200, _installation(call.view, app))


@route("POST", "/app/installations/{installation_id}/access_tokens")
def access_token(call: Call) -> Answer:
    """A token for one hour, on one repository, with at most the App's permissions."""
    app, body = _app(call), call.body or {}
    if call.number("installation_id") != app.installation_id:
        raise missing()
    names = body.get("repositories") or [name.split("/")[1] for name in app.repositories]
    full_name = f"{app.owner}/{names[0]}"
    repository = call.world.repository(full_name)
    if len(names) != 1 or repository is None or full_name not in app.repositories:
        raise Refusal(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    asked = {scope.replace("_", "-"): level for scope, level in (body.get("permissions") or {}).items()}
    given = dict(app.permissions)
    if any(scope not in given or (level == "write" and given[scope] == "read") for scope, level in asked.items()):
        raise Refusal(422, "The permissions requested are not granted to this installation.")
    text = call.world.tokens.app(app.slug, full_name, asked or given, hours=HOURS)
    shape = {
        "token": text,
        "expires_at": stamp(call.world.clock.now() + timedelta(hours=HOURS)),
        "permissions": _sent(asked or given),
        "repository_selection": "selected",
        "repositories": [repository_shape(call.view, repository)],
    }
    return Answer(201, shape)
