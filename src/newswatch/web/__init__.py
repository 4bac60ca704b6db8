"""What newswatch shows over HTTP: the curated feeds, and a small site for people."""

from newswatch.web.doors import Desk, Drills, Hooks, SelfService, Site
from newswatch.web.files import Files
from newswatch.web.routes import make_app
from newswatch.web.shelf import Shelf
from newswatch.web.topics import FeedTopics

__all__ = [
    "Desk",
    "Drills",
    "FeedTopics",
    "Files",
    "Hooks",
    "SelfService",
    "Shelf",
    "Site",
    "make_app",
]
