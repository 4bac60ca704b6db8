"""The documentation is true: commands, options, links and dependencies are all in it."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import typer
from ruamel.yaml import YAML

from newswatch import errors
from newswatch.cli.commands import app
from newswatch.config.schema import WHEN_KEYS
from newswatch.model import (
    ELECTION_KINDS,
    EVENTS,
    EXPECTED_STEPS,
    MISSION_STATES,
    MISSION_TYPES,
    SOURCE_STATES,
)
from newswatch.rules.language import parse_query
from newswatch.understand.countries import GROUPS
from newswatch.web.pages import SOURCE_WORDS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMANDS = (ROOT / "docs/reference/commands.md").read_text()


def commands(group: typer.core.TyperGroup, prefix: str = "") -> list[tuple[str, object]]:
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, f"{prefix}{name} ")
        else:
            found.append((prefix + name, command))
    return found


ALL = commands(typer.main.get_command(app))


@pytest.mark.parametrize("name", [name for name, _ in ALL])
def test_every_command_is_in_the_reference(name: str) -> None:
    assert f"## `newswatch {name}" in COMMANDS


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_option_of_a_command_is_in_its_section(name: str, command: object) -> None:
    section = COMMANDS.split(f"## `newswatch {name}", 1)[1].split("\n## ", 1)[0]
    options = [opt for param in command.params for opt in param.opts if opt.startswith("--")]
    assert [opt for opt in options if opt != "--help" and opt not in section] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_local_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_dependency_has_its_line_on_why() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    decisions = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    bare = [re.split(r"[\[<>=]", name)[0] for name in names]
    assert [name for name in bare if name not in decisions] == []


def test_every_error_is_in_the_tree_of_its_module() -> None:
    classes = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.NewswatchError)
    ]
    assert [name for name in classes if name not in errors.__doc__] == []


def test_the_version_is_the_one_in_the_package_metadata() -> None:
    from newswatch import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__


RULES = (ROOT / "docs/reference/rules.md").read_text()
QUERIES = [
    row.replace("\\|", "|")
    for row in re.findall(r"^\| `((?:[^`])+)` \|", RULES.split("## Queries")[1], re.MULTILINE)
]


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_reference_is_one(query: str) -> None:
    assert parse_query(query, parse_query)


WORDS = (
    *EVENTS,
    *MISSION_TYPES,
    *MISSION_STATES,
    *EXPECTED_STEPS,
    *ELECTION_KINDS,
    *GROUPS,
    *WHEN_KEYS,
)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_rules_is_in_their_reference(word: str) -> None:
    assert f"`{word}`" in RULES


def test_every_behaviour_of_a_good_guest_is_held_by_a_test_that_exists() -> None:
    page = (ROOT / "docs/explanation/good-guest.md").read_text()
    rows = re.findall(r"^\| \d+\.\d+ \|.*$", page, re.MULTILINE)
    named = [re.search(r"\| `(test_\w+)` \|$", row) for row in rows]
    tests = "".join(path.read_text() for path in (ROOT / "tests").glob("test_*.py"))
    assert len(rows) > 50
    assert [row for row, name in zip(rows, named, strict=True) if name is None] == []
    assert [name[1] for name in named if name and f"def {name[1]}(" not in tests] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_yaml_example_is_yaml(page: Path) -> None:
    for example in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL):
        YAML(typ="safe").load(example)


def test_every_state_of_a_source_is_in_the_reference_and_has_words_for_the_page() -> None:
    reference = (ROOT / "docs/reference/sources.md").read_text()
    rows = {state: f"| `{state}` | {meaning} |" for state, meaning in SOURCE_STATES.items()}
    assert [state for state, row in rows.items() if row not in reference] == []
    assert SOURCE_WORDS.keys() == SOURCE_STATES.keys()
