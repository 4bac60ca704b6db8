"""Reading YAML: the same values at the same places as ruamel.yaml, and what is refused."""

import io
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from newswatch.config.nodes import MisreadError, compose, plain
from newswatch.config.places import Document, Unfolding, read_yaml
from ruamel_reader import Reference

ROOT = Path(__file__).parent.parent
SHIPPED = sorted([*ROOT.glob("config/**/*.yaml"), *ROOT.glob("tests/**/*.yaml")])


def read(text: str) -> Document:
    document = Document("x", places={(): (0, 0)})
    document.data = Unfolding(document).unfold(compose(text), (), 0)
    return document


def same(text: str) -> None:
    found, wanted = read(text), Reference(text)
    assert found.data == wanted.data
    # what is empty has no place of its own: ruamel says where the next thing begins
    assert found.places.keys() == wanted.places.keys()
    there = [path for path in found.places if value_at(found.data, path) is not None]
    assert [found.places[path] for path in there] == [wanted.places[path] for path in there]
    assert found.key_places == wanted.key_places


def value_at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def with_plain_keys(data: Any) -> Any:
    """ruamel takes keys for numbers and for nothing; here they are what is written."""
    if isinstance(data, dict):
        return {str(plain(key)): with_plain_keys(value) for key, value in data.items()}
    return list(map(with_plain_keys, data)) if isinstance(data, list) else data


# -- as ruamel does -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_shipped_files_are_read_as_ruamel_reads_them(path: Path) -> None:
    same(path.read_text())


@pytest.mark.parametrize(
    "text",
    [
        "a: NO\nb: yes\nc: on\nd: 012\ne: 0o17\nf: 0x1F\ng: 1e3\nh: .5\ni: 1.\nj: ~\nk:\nl: null\n",
        "a: -.inf\nb: +1\nc: TRUE\nd: False\ne: 'null'\nf: \"1\"\ng: 2025-01-31\nh: 1:30\ni: 0b1x\n",
        "a: &x [1, {b: c}]\nd: *x\ne: [*x, *x]\n",
        "a: |\n  one\n  two\nb: >-\n  folded\n  text\nc: 'it''s'\nd: \"\\u00e9\\n\"\n",
        "- - a\n  - b\n-\n  c: d\n- ? e\n  : f\n- [g, h: i, {j}]\n",
        "# nothing but this\n",
        "",
        "---\na: b\n...\n",
        "%YAML 1.2\n---\na: NO\n",
        "a: {url: 'http://x', u: http://a/b?c=d#e, t: 07:00}\nb: [http://a:80, c:d]\n",
        'a:\n- b\n- c\nd:   e # f\n"g h": i\n',
        "ключ: значение\n日本: 語 😀 x\n'😀': {a: b}\n",
        'a: one\n  two\n  three\nb: "x\n  y"\n',
    ],
)
def test_a_document_is_read_as_ruamel_reads_it(text: str) -> None:
    same(text)


NAMES = st.text("abcdefgNO -:#'\"é日", min_size=1, max_size=8).map(lambda text: f"k{text}k")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.dates().map(str)
    | st.sampled_from(
        ["NO", "yes", "on", "null", "~", "1", "0x1", "07:00", "1e5", "", " a ", "- b"]
    )
    | st.text("ab \n'\":{}[]#&*!|>%@`-?,é日😀", max_size=20).map(lambda text: text.lstrip(":?"))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


def dumped(value: Any, flow: bool | None) -> str:
    writer = YAML()
    writer.default_flow_style = flow
    writer.width = 10_000  # a key that it folds is no key
    text = io.StringIO()
    writer.dump(value, text)
    return text.getvalue()


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from([True, False, None]))
@settings(max_examples=150)
def test_random_documents_are_read_as_ruamel_reads_them(value: Any, flow: bool | None) -> None:
    same(dumped(value, flow))


@given(VALUES, st.booleans())
def test_random_anchors_and_aliases_are_followed_as_ruamel_follows_them(
    shared: Any, flow: bool
) -> None:
    same(dumped({"a": shared, "b": [shared, {"c": shared}]}, flow))


@given(st.text("ab:-?[]{}#'\"%@,\n 01.~", max_size=24))
@settings(max_examples=500)
def test_random_texts_are_read_as_ruamel_reads_them_or_refused(text: str) -> None:
    try:
        found = read(text).data
    except MisreadError:
        return
    try:
        wanted = Reference(text).data
    except YAMLError:
        return
    assert with_plain_keys(found) == with_plain_keys(wanted)


# -- what is refused ------------------------------------------------------------------------------


def refused(tmp_path: Path, content: str | bytes) -> str:
    path = tmp_path / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    started = process_time()
    _, (problem,) = read_yaml(path, "x.yaml")
    assert process_time() - started < 5
    return str(problem)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\na: 2\n", "x.yaml:2:1: the key 'a' stands here twice"),
        ("a: [b, c\nd: e\n", "x.yaml:2:2: a comma or the closing ] is missing (what begins on line 1)"),
        ("a: {b: c\nd: e\n", "x.yaml:2:2: a comma or the closing } is missing (what begins on line 1)"),
        ("a: b: c\n", "x.yaml:1:5: a colon does not fit here: put a value that holds one into quotation marks, or mend the indentation"),
        ("a:\n  b: c\n d: e\n", "x.yaml:3:2: the indentation does not fit, or a value goes on behind its end (what begins on line 1)"),
        ("a:\n  - b\n  c: d\n", "x.yaml:3:3: the indentation fits neither the list's items, which begin with - in one column, nor what stands in them (what begins on line 2)"),
        ("a: \"b\nc: d\n", "x.yaml:3:1: the quotation mark is not closed (what begins on line 1)"),
        ("a:\n\tb: c\n", "x.yaml:2:1: a value cannot begin so: put it into quotation marks, and indent with blanks, not tabs"),
        ("a: @b\n", "x.yaml:1:4: a value cannot begin so"),
        ("a\nb: c\n", "x.yaml:2:2: a colon does not fit here"),
        ("a: b\nc\n", "x.yaml:3:1: a colon, and a blank behind it, is missing after this key (what begins on line 2)"),
        ('a: "\\d"\n', "x.yaml:1:5: in double quotation marks a backslash begins an escape"),
        ("a: *b\n", "x.yaml:1:4: no anchor is called 'b' before this alias"),
        ("a: *\n", "x.yaml:1:5: & and * begin anchors and aliases"),
        ("a: !!python/object:os.system x\n", "x.yaml:1:4: the tag 'tag:yaml.org,2002:python/object:os.system' is not known here; leave it out"),
        ("a: !secret x\n", "x.yaml:1:4: the tag '!secret' is not known here"),
        ("? [a]\n: b\n", "x.yaml:1:3: a key must be a text"),
        ("a: b\n---\nc: d\n", "x.yaml:3:1: a second document begins here"),
        ("<<: 1\n", "x.yaml:1:1: << takes keys with values"),
        ("a: b\x07c\n", "x.yaml:1:5: the character U+0007 cannot be seen; remove it"),
        ("a: |\n  b\n  \x00\n", "x.yaml:3:3: the character U+0000 cannot be seen"),
        (b"a: \xff\n", "x.yaml:1:1: cannot be read"),
        (b"a: " + b"b" * 2_000_000, "x.yaml:1:1: cannot be read: larger than 2,000,000 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_told_with_its_place(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    assert refused(tmp_path, text).startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: " + "[" * 900_000, "x.yaml:1:124: brackets nest too deep"),
        ("- " * 900_000, "x.yaml:1:123: nests too deep"),
        ("? " * 900_000, "x.yaml:1:3: a key must be a text"),
        ("a: &a [*a]\n", "x.yaml:1:4: aliases or nesting unfold into too many values"),
        ("a: &a {b: *a, <<: *a}\n", "x.yaml:1:4: aliases or nesting unfold into too many values"),
        ("&a : &b " * 200_000, "x.yaml:1:"),
        (
            "a0: &a0 [x, x, x, x, x, x, x, x]\n"
            + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 30)),
            "x.yaml:7:5: aliases or nesting unfold into too many values",
        ),
        (
            "a0: &a0 {k0: x}\n"
            + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: *a{n - 1}}}\n" for n in range(1, 60)),
            "x.yaml:",
        ),
    ],
    ids=["brackets", "items", "keys", "itself", "itself merged", "anchors", "aliases", "merges"],
)  # fmt: skip
def test_a_bomb_is_refused_with_its_place_in_bounded_time(
    tmp_path: Path, content: str, told: str
) -> None:
    assert refused(tmp_path, content).startswith(told)


# -- merges ---------------------------------------------------------------------------------------


def test_merged_keys_stand_where_they_were_written() -> None:
    found = read("base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\nboth: {<<: [*b, {z: 4, x: 5}]}\n")
    assert found.data["one"] == {"y": 3, "x": 1}
    assert found.data["both"] == {"x": 1, "y": 2, "z": 4}
    assert found.key_places["one", "x"] == found.key_places["base", "x"]
    assert read("'<<': a\n").data == {"<<": "a"}
