"""Sources written as YAML, for the commands that add them."""

import io
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from newswatch.errors import NotFoundError
from newswatch.model import Source


def as_yaml(sources: Sequence[Source]) -> str:
    """As they stand in sources.yaml."""
    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump({"sources": [plain(source) for source in sources]}, text)
    return text.getvalue()


def plain(source: Source) -> dict[str, object]:
    found: dict[str, object] = {
        "id": source.id,
        "name": source.name,
        "kind": source.kind,
        "url": source.url,
        "publisher": source.publisher,
        "poll": {"every": "1h"},  # said, so that a host without validators is not asked daily only
    }
    return found | ({"listing": "auto"} if source.kind == "listing" else {})


def write_sources(directory: Path, sources: Sequence[Source]) -> Path:
    """Writes sources/ID.yaml, named by the first. Raises `NotFoundError` where it is there already."""
    path = directory / "sources" / f"{sources[0].id}.yaml"
    if path.exists():
        raise NotFoundError(f"{path} is there already; edit it, or remove it first")
    path.parent.mkdir(exist_ok=True)
    path.write_text(as_yaml(sources), encoding="utf-8")
    return path
