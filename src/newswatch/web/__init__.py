"""What newswatch shows over HTTP: the curated feeds, and a small site for people."""

from newswatch.web.doors import Site
from newswatch.web.routes import make_app

__all__ = ["Site", "make_app"]
