"""newswatch's own hub (WebSub section 5): where readers ask to have public feeds pushed to them."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newswatch.distribution import LONGEST_REQUEST
from newswatch.errors import HubRequestError
from newswatch.web.body import body_of
from newswatch.web.doors import Site

DEADLINE = 10.0  # seconds in which a request must have come
BUSY = "Too many requests wait to be verified; try again later.\n"


class Hub:
    """The endpoint."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def request(self, request: Request) -> Response:
        """202 where the request is sound: whether it is meant is asked at its callback later
        (section 5.1.2)."""
        if self.site.hub() != self.site.own_hub:
            raise HTTPException(404)
        body = await body_of(request, LONGEST_REQUEST, DEADLINE)
        try:
            taken = await run_in_threadpool(self.site.hub_request, body)
        except HubRequestError as error:
            return PlainTextResponse(f"{error}\n", 400)
        return Response(None, 202) if taken else PlainTextResponse(BUSY, 503)
