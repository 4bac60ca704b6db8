"""Where the readers of a drill's message say that they have read it."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newswatch.model import DrillMessage
from newswatch.web.doors import Drills
from newswatch.web.headers import PERSONAL
from newswatch.web.pages import Pages

LONGEST = 100  # characters of a token


class DrillPages:
    """GET shows a button and changes nothing, as programs follow links before people do; POST
    acknowledges. They block, so Starlette runs them in threads."""

    def __init__(self, drills: Drills, pages: Pages) -> None:
        self.drills = drills
        self.pages = pages

    def page(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(headers=PERSONAL)
        return self.show(self.drills.message(token_of(request)))

    def acknowledge(self, request: Request) -> Response:
        return self.show(self.drills.acknowledge(token_of(request)))

    def show(self, message: DrillMessage | None) -> Response:
        if message is None:
            raise HTTPException(404)
        return self.pages.page("drill.html", {"message": message}, headers=PERSONAL)


def token_of(request: Request) -> str:
    token: str = request.path_params["token"]
    if len(token) > LONGEST:
        raise HTTPException(404)
    return token
