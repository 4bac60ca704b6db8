"""What newswatch shows over HTTP: the curated feeds, and a small site for people."""

from newswatch.web.doors import Desk, Drills, Hooks, SelfService, Site
from newswatch.web.files import Files
from newswatch.web.routes import make_app
from newswatch.web.topics import FeedTopics

__all__ = ["Desk", "Drills", "FeedTopics", "Files", "Hooks", "SelfService", "Site", "make_app"]
