"""newswatch: watches the newsrooms of election observers and tells each subscriber what they asked for."""

__version__ = "0.1.0"
