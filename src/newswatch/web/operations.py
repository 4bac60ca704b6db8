"""One operation of the API over HTTP: what it asks is checked by its shapes, and what goes wrong is a
problem (RFC 9457).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from newswatch.model import Editor
from newswatch.web.bearer import editor_of
from newswatch.web.body import read
from newswatch.web.conditional import answer
from newswatch.web.shapes import Nothing, Problem, Shape

JSON = "application/json"
JSON_LINES = "application/jsonl"
LARGEST = 100_000  # bytes of a request
FOR_ALL = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Link"}
READ = FOR_ALL | {"Cache-Control": "no-cache"}
TITLES = {
    400: "Bad request",
    401: "Not authorised",
    404: "Not found",
    415: "Unsupported media type",
    422: "Cannot be processed",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was checked. `editor` is who asks, "" where anybody may."""

    path: Mapping[str, str]
    query: Any
    body: Any
    editor: str


class Refusal(Exception):  # noqa: N818 - it is an answer, and no fault
    """Why a request is not done."""

    def __init__(self, status: int, detail: str, errors: list[str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors


@dataclass(frozen=True, slots=True)
class Operation:
    """What OpenAPI says of it, and what does the work; that may block. Without a `gives`, the work
    gives bytes, or nothing (204)."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    summary: str
    work: Callable[[Asked], Shape | bytes | None]
    gives: type[Shape] | None = None
    query: type[Shape] = Nothing
    body: type[Shape] | None = None
    private: bool = False  # asks for a token although nothing is written

    @property
    def asks_who(self) -> bool:
        return self.private or self.method != "GET"


class Endpoint:
    """An operation as Starlette calls it."""

    def __init__(self, operation: Operation, editors: Callable[[], tuple[Editor, ...]]) -> None:
        self.operation = operation
        self.editors = editors

    async def __call__(self, request: Request) -> Response:
        try:
            asked = await self.asked(request)
            given = await run_in_threadpool(self.operation.work, asked)
        except Refusal as refusal:
            return problem(refusal)
        return self.answered(request, given)

    async def asked(self, request: Request) -> Asked:
        operation = self.operation
        editor = self.editor(request) if operation.asks_who else ""
        query = checked(operation.query, dict(request.query_params), 400)
        body = await self.body(request) if operation.body else None
        return Asked(request.path_params, query, body, editor)

    def editor(self, request: Request) -> str:
        found = editor_of(request.headers.get("authorization", ""), self.editors())
        if not found:
            raise Refusal(401, "This needs a token that newswatch.yaml names (web, tokens).")
        return found

    async def body(self, request: Request) -> Shape:
        if request.headers.get("content-type", "").partition(";")[0].strip() != JSON:
            raise Refusal(415, f"The body must be {JSON}.")
        shape = self.operation.body or Nothing
        return checked(shape, await read(request, LARGEST), 422)

    def answered(self, request: Request, given: Shape | bytes | None) -> Response:
        if given is None:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        media_type = JSON if isinstance(given, Shape) else JSON_LINES
        body = given.model_dump_json().encode() if isinstance(given, Shape) else given
        if self.operation.asks_who:
            return Response(body, 200, {"Cache-Control": "no-store"}, media_type)
        return answer(request, body, media_type, headers=READ | following(request, given))


def following(request: Request, given: Shape | bytes) -> dict[str, str]:
    """The Link to the next page (RFC 8288)."""
    cursor = getattr(given, "next", None)
    if not cursor:
        return {}
    query = request.url.include_query_params(cursor=cursor).query
    return {"Link": f'<?{query}>; rel="next"'}


def checked(shape: type[Shape], data: dict[str, str] | bytes, status: int) -> Shape:
    """The data as a shape. Raises `Refusal`, which names each field that is wrong and why, and
    repeats nothing of what was sent."""
    try:
        if isinstance(data, bytes):
            return shape.model_validate_json(data)
        return shape.model_validate(data)
    except ValidationError as error:
        errors = [
            ": ".join(filter(None, (".".join(map(str, one["loc"])), one["msg"])))
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise Refusal(status, "What is asked is not as it should be.", errors) from None


def problem(refusal: Refusal) -> Response:
    told = Problem(
        title=TITLES[refusal.status],
        status=refusal.status,
        detail=refusal.detail,
        errors=refusal.errors,
    )
    headers = FOR_ALL | {"Cache-Control": "no-store"}
    if refusal.status == 401:
        headers |= {"WWW-Authenticate": 'Bearer realm="newswatch"'}
    content = told.model_dump(exclude_none=True)
    return JSONResponse(content, refusal.status, headers, "application/problem+json")
