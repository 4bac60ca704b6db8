"""/metrics, for those who may see it: newswatch says how busy it is, and how well, to its operators
only."""

from ipaddress import ip_address

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newswatch.web.bearer import editor_of
from newswatch.web.doors import Site

# a request that came through a proxy says where the proxy is, and not who asks
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
WHO = {"WWW-Authenticate": 'Bearer realm="newswatch"', "Cache-Control": "no-store"}


class Metrics:
    """Open to the networks that are allowed, directly, and to bearers of a token."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def scrape(self, request: Request) -> Response:
        if not self.may(request):
            raise HTTPException(401, headers=WHO)
        body, media_type = self.site.metrics(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    def may(self, request: Request) -> bool:
        if editor_of(request.headers.get("authorization", ""), self.site.editors()):
            return True
        return self.is_near(request) and not any(one in request.headers for one in FORWARDED)

    def is_near(self, request: Request) -> bool:
        try:
            peer = ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        return any(peer in network for network in self.site.near())
