"""Where hubs call (WebSub): GET asks whether a subscription is wanted, POST says that there is news."""

import re

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newswatch.web.body import body_of
from newswatch.web.doors import Hooks

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
DEADLINE = 30.0  # seconds in which a push must have come
NO_STORE = {"Cache-Control": "no-store"}


class Callbacks:
    """The two endpoints of a callback's address."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks

    async def intent(self, request: Request) -> Response:
        """Answers a hub's question (sections 5.2 and 5.3): with its challenge where newswatch wants
        what it asks, with 404 where not."""
        if request.method != "GET":
            raise HTTPException(405)
        token, query = request.path_params["token"], dict(request.query_params)
        known = TOKEN.fullmatch(token)
        if not known or not await run_in_threadpool(self.hooks.hear, token, query):
            raise HTTPException(404)
        return PlainTextResponse(query.get("hub.challenge", ""), headers=NO_STORE)

    async def content(self, request: Request) -> Response:
        """Takes a push (section 7). A wrong signature gets the same answer as a right one, so that
        nobody can try signatures (section 7.1.2); 410 ends what is not wanted any more."""
        token = request.path_params["token"]
        if not TOKEN.fullmatch(token) or not await run_in_threadpool(self.hooks.listens, token):
            raise HTTPException(410)
        body = await body_of(request, self.hooks.largest(), DEADLINE)
        signature = request.headers.get("x-hub-signature", "")
        await run_in_threadpool(self.hooks.take, token, body, signature)
        return Response(status_code=204, headers=NO_STORE)
