"""Joins the pages to the server: from a request to a visit, from what a handler gives to an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from wardround.errors import WardroundError
from wardround.sandbox.pages import guard
from wardround.sandbox.pages.answers import Go, Handler, Page, Send
from wardround.sandbox.pages.templating import environment
from wardround.sandbox.pages.visit import Visit, people
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.world import World

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

STYLE = Path(__file__).with_name("style.css")
#: What a form may send at most, in bytes.
_LARGEST = 1 << 20
_YEAR = 365 * 24 * 3600


class Site:
    """The pages of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seal = guard.Seal()
        self._environment = environment(world)

    def endpoint(self, handler: Handler, *, form: bool) -> Callable[[Request], Awaitable[Response]]:
        """``handler`` as the server calls it; with ``form``, only for forms of this sandbox's own pages."""
        return _Endpoint(self, handler, form=form).respond

    def visit(self, request: Request, form: Mapping[str, str]) -> Visit:
        """``request`` as handlers want it."""
        return Visit(
            world=self._world,
            path=request.url.path,
            session=request.cookies.get(guard.SESSION, "") or guard.new_session(),
            params=request.path_params,
            query=dict(request.query_params),
            form=form,
            chosen=request.cookies.get(guard.CHOSEN, ""),
        )

    def answer(self, handler: Handler, visit: Visit, headers: Mapping[str, str], *, form: bool) -> Response:
        """Runs ``handler``; a refusal is a page too."""
        given: Page | Go | Send
        try:
            guard.check_host(headers)
            if form:
                self._seal.check(visit.session, visit.form.get("token", ""), headers)
            given = handler(visit)
        except Refusal as refusal:
            given = _refused(refusal)
        except WardroundError as error:
            given = Page("refused.html", {"title": "That did not work", "lines": str(error).splitlines()}, 422)
        return self._response(visit, given)

    def _response(self, visit: Visit, given: Page | Go | Send) -> Response:
        from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

        answer: Response
        if isinstance(given, Go):
            answer = RedirectResponse(quote(given.to, safe="/?=&#%"), 303, guard.headers(guard.POLICY))
            for name, value in given.cookies.items():
                answer.set_cookie(name, value, max_age=_YEAR, httponly=True, samesite="strict")
            return answer
        if isinstance(given, Send):
            headers = guard.headers(given.policy or guard.FILE_POLICY)
            if isinstance(given.content, Path):
                return FileResponse(given.content, media_type=given.kind, filename=given.name or None, headers=headers)
            if given.name:
                headers["content-disposition"] = f"attachment; filename*=utf-8''{quote(given.name, safe='')}"
            return Response(given.content, 200, headers, given.kind)
        text = self._text(visit, given)
        answer = HTMLResponse(text, given.status, guard.headers(guard.POLICY))
        answer.set_cookie(guard.SESSION, visit.session, httponly=True, samesite="strict")
        return answer

    def _text(self, visit: Visit, page: Page) -> str:
        common = {
            "visit": visit,
            "acting": _acting(visit),
            "people": people(self._world),
            "token": self._seal.token(visit.session),
            "refresh": 0 if visit.query.get("refresh") == "off" else page.refresh,
            "goes_on": page.refresh > 0,
        }
        return self._environment.get_template(page.template).render({**common, **page.values})


def _acting(visit: Visit) -> str:
    """Whom the page is shown to; a form that names nobody known is refused on a page too."""
    try:
        return visit.login
    except Refusal:
        return ""


def _refused(refusal: Refusal) -> Page:
    titles = {404: "There is no such page", 403: "That is not allowed"}
    lines = [refusal.message, *(str(error["message"]) for error in refusal.errors if error.get("message"))]
    if refusal.status == 404:
        lines = ["Nothing is here, or the acting user may not see it."]
    status = 409 if refusal.status == 405 else refusal.status
    return Page("refused.html", {"title": titles.get(refusal.status, "That did not work"), "lines": lines}, status)


def nowhere(_: Visit) -> Page:
    """What is shown where nothing is."""
    raise missing()


class _Endpoint:
    def __init__(self, site: Site, handler: Handler, *, form: bool) -> None:
        self._site, self._handler, self._form = site, handler, form

    async def respond(self, request: Request) -> Response:
        """Reads the form, and works on a thread of its own."""
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import PlainTextResponse

        body = bytearray()
        if self._form:
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LARGEST:
                    return PlainTextResponse("The form is too large.", 413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        headers = {key.lower(): value for key, value in request.headers.items()}
        visit = self._site.visit(request, form)
        return await run_in_threadpool(self._site.answer, self._handler, visit, headers, form=self._form)
