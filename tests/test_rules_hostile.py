"""Rules made to harm: each is refused at load with its place, in bounded time and memory."""

import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest

from factories import make_release
from installation import install
from newswatch.config.load import load
from newswatch.errors import ConfigurationError
from newswatch.rules.find import find, prepare
from newswatch.rules.language import parse_query

HEAD = "subscriber: desk\nname: D\nchannels: {}\nrules:\n"
TEXT = "- id: r\n  title: R\n  when:\n    text: "  # of which the query stands on line 8, column 11
MOST_TIME = 10  # seconds of the processor, on a machine that is busy
MOST_MEMORY = 600  # MB, of the whole process


def refusals(tmp_path: Path, rules: str) -> list[str]:
    config = install(tmp_path, newsroom="http://127.0.0.1:9/", hook="http://127.0.0.1:9/")
    path = config / "subscribers/desk.yaml"
    path.write_text(HEAD + rules, encoding="utf-8")
    begun = process_time()
    with pytest.raises(ConfigurationError) as refused:
        load(config)
    assert process_time() - begun < MOST_TIME
    return [str(one).removeprefix(f"{path}:") for one in refused.value.problems]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("'" + "a OR " * 200_000 + "b'", "8:12: the query is longer than 10,000 characters"),
        ("'" + "a" * 1_000_000 + "'", "8:12: the query is longer than 10,000 characters"),
        ("'" + "(" * 10_000 + "a" + ")" * 10_000 + "'", "8:12: the query is longer than 10,000 characters"),
        ("'" + "(" * 4_000 + "a" + ")" * 4_000 + "'", "8:62: parentheses nest deeper than 50"),
        ("'" + "NOT " * 2_000 + "a'", "8:12: the query has too many NOTs and fields"),
        ("'" + "title:" * 1_500 + "a'", "8:12: the query has too many NOTs and fields"),
        ("'/((a{100}){100}){100}/'", "8:12: not a regular expression (RE2)"),
        ("'/(?:x{0,999}){0,999}y/'", "8:12: not a regular expression (RE2)"),
        ("'/a*/'", "8:12: this regular expression matches everything"),
        ("""'""'""", '8:12: "" holds no word to look for'),
        ("""'a OR " , "'""", '8:17: " , " holds no word to look for'),
        ("''", "8:11: an empty query matches nothing"),
        ('"a\\u0000b"', "8:13: the character U+0000 cannot be seen"),
        ('"a \\u202e b"', "8:14: the character U+202E cannot be seen"),
        ("a\x1bb", "8:12: the character U+001B cannot be seen"),
    ],
)  # fmt: skip
def test_a_hostile_query_is_refused_with_its_place(tmp_path: Path, query: str, told: str) -> None:
    found = refusals(tmp_path, f"{TEXT}{query}\n")
    assert any(one.startswith(told) for one in found), [one[:100] for one in found]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("- {id: r, title: R, when: {keywords: ['" + "a " * 100_000 + "']}}\n", "5:38: longer than 1,000 characters"),
        ("- {id: r, title: R, when: " + "{not: " * 70 + "{topic: a}" + "}" * 70 + "}\n", "5:"),
        ("- {id: r, title: R, when: " + "{any_of: [" * 5_000 + "x" + "]}" * 5_000 + "}\n", "5:"),
        ("- {id: r, title: " + "R" * 500_000 + ", when: {topic: a}}\n", "5:18: title"),
        ("- &r {id: r, title: R, when: {topic: a}}\n" + "- *r\n" * 200_000, "5:"),
        ("- {id: r, title: R, when: {country: [" + "XX, " * 400_000 + "]}}\n", "5:"),
    ],
    ids=["keyword", "not", "any_of", "title", "aliases", "countries"],
)  # fmt: skip
def test_a_hostile_rule_is_refused_with_its_place(tmp_path: Path, rules: str, told: str) -> None:
    found = refusals(tmp_path, rules)
    assert any(one.startswith(told) for one in found), [one[:100] for one in found[:5]]


def test_a_file_that_unfolds_takes_bounded_memory(tmp_path: Path) -> None:
    config = install(tmp_path, newsroom="http://127.0.0.1:9/", hook="http://127.0.0.1:9/")
    bomb = "- &r {id: r, title: R, when: {topic: a}}\n" + "- *r\n" * 200_000
    (config / "subscribers/desk.yaml").write_text(HEAD + bomb)
    limited = f"ulimit -v {MOST_MEMORY * 1_000 + 1_500_000}; exec {sys.executable} -m newswatch --config {config} check"  # fmt: skip
    made = subprocess.run(["sh", "-c", limited], capture_output=True, text=True, check=False)
    assert (made.returncode, "unfold into too many values" in made.stdout) == (2, True), made.stderr


def test_an_expression_that_others_take_for_ever_with_is_linear() -> None:
    text = prepare(make_release(text="a" * 100_000 + "!"))
    begun = process_time()
    assert find(parse_query(r"/(a+)+$b|(a|aa)+c|(.*)*d{3}/"), text) is None
    assert process_time() - begun < MOST_TIME
