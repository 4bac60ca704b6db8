"""Errors: problem details (RFC 9457) for programs, a plain page for people."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from newswatch.web.accept import wants_page
from newswatch.web.headers import ALWAYS
from newswatch.web.pages import Pages

FOR_PROGRAMS = ("/feeds/", "/opml", "/healthz", "/readyz", "/push/", "/hub", "/api/", "/metrics")
REASONS = {
    400: ("Bad request", "What is asked for is too long, or holds what cannot be asked for."),
    401: ("Not authorised", "This needs a token that newswatch.yaml names (web, tokens)."),
    403: (
        "Not from here",
        "This was sent by another page. Open the link in your mail, and try again there.",
    ),
    404: ("Not found", "Nothing is at this address."),
    405: ("Method not allowed", "This address can only be read."),
    408: ("Too slow", "The request did not come to its end in time."),
    410: ("Gone", "Nothing is expected at this address any more."),
    413: ("Too large", "The request is larger than allowed."),
    500: ("Something went wrong", "This is a fault of newswatch. It has been logged."),
    503: ("Not available", "newswatch cannot answer right now. Try again in a minute."),
}


class Problems:
    """Starlette's exception handlers."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages

    async def refused(self, request: Request, error: Exception) -> Response:
        """Of a request that cannot be answered; the error's own text stays inside."""
        if isinstance(error, HTTPException):
            return self.problem(request, error.status_code, error.headers or {})
        return self.problem(request, 500)

    async def unavailable(self, request: Request, _error: Exception) -> Response:
        """Of a newswatch error: the database is away, or a newer version's."""
        return self.problem(request, 503, {"Retry-After": "60"})

    def problem(
        self, request: Request, status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        title, detail = REASONS.get(status, (f"Error {status}", "The request cannot be answered."))
        told = ALWAYS | {"Cache-Control": "no-store", "Vary": "Accept"} | dict(headers or {})
        if is_for_people(request):
            return self.pages.page("problem.html", {"title": title, "detail": detail}, status, told)
        content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        return JSONResponse(content, status, told, "application/problem+json")


def is_for_people(request: Request) -> bool:
    path = str(request.scope["path"])
    return not path.startswith(FOR_PROGRAMS) or wants_page(request.headers.get("accept", ""))
