"""The query language of `text`: from a line that a person wrote to a tree. Pure.

    query   = either
    either  = both { "OR" both }
    both    = term { ["AND"] term }
    term    = { "NOT" } atom
    atom    = "(" either ")" | field ":" atom | phrase [ "~" number ] | word [ "*" ] | regex
    field   = "title" | "text"
    phrase  = '"' words '"'
    regex   = "/" expression "/"

Words side by side are ANDed. AND, OR and NOT are operators in capitals only. `OR` binds less than
`AND`, and `NOT` binds most. Regular expressions are RE2's, and run in linear time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import re2
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from newswatch.errors import RuleError
from newswatch.fold import fold, tokens

LONGEST_QUERY = 10_000  # characters
DEEPEST_QUERY = 50  # parentheses, NOTs and fields within each other
FIELDS = ("title", "text")

GRAMMAR = r"""
start: either
either: both (_OR both)*
both: term (_AND? term)*
?term: _NOT term -> negation
     | atom
?atom: "(" either ")"
     | FIELD ":" atom -> field
     | PHRASE -> phrase
     | NEAR -> near
     | REGEX -> regex
     | PREFIX -> prefix
     | WORD -> word

_OR.3: /OR(?![\w*:])/
_AND.3: /AND(?![\w*:])/
_NOT.3: /NOT(?![\w*:])/
FIELD.2: /[^\W\d_]+(?=:)/
NEAR.2: /"[^"]*"~\d+/
PHRASE.1: /"[^"]*"/
REGEX.1: /\/(?:\\.|[^\/\\])+\//
PREFIX.1: /[^\s()":*~\/][^\s()":*~]*\*/
WORD: /[^\s()":*~\/][^\s()":*~]*/
%ignore /\s+/
"""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side, folded. `shown` is what the rule's author wrote."""

    words: tuple[str, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins so (after the words that must stand before it)."""

    words: tuple[str, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class Near:
    """Words that stand, in any order, with at most `distance` other words between them."""

    words: tuple[str, ...]
    distance: int
    shown: str


@dataclass(frozen=True, slots=True)
class Regex:
    """An RE2 expression on the text as it was written, case ignored."""

    pattern: str
    shown: str


@dataclass(frozen=True, slots=True)
class Not:
    part: "Query"


@dataclass(frozen=True, slots=True)
class All:
    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class In:
    """A query on one field only: "title" or "text"."""

    field: str
    part: "Query"


Leaf = Phrase | Prefix | Near | Regex
Query = Leaf | Not | All | Any | In


@lru_cache(maxsize=1)
def parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse_query(text: str) -> Query:
    """A query as a tree. Raises `RuleError` with the offset of what is wrong."""
    check_size(text)
    try:
        tree = parser().parse(text)
    except UnexpectedInput as error:
        raise misread(text, error) from None
    query = read(tree)
    if never_asks(query):
        raise RuleError("a query needs something to look for, not only NOT", offset=0)
    return query


def check_size(text: str) -> None:
    if not text.strip():
        raise RuleError("an empty query matches nothing; remove it, or write what to look for")
    if len(text) > LONGEST_QUERY:
        raise RuleError(f"the query is longer than {LONGEST_QUERY:,} characters", offset=0)
    depth = 0
    for offset, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth > DEEPEST_QUERY:
            raise RuleError(f"parentheses nest deeper than {DEEPEST_QUERY}", offset=offset)
    if text.count("NOT") + text.count(":") > DEEPEST_QUERY * 20:
        raise RuleError("the query has too many NOTs and fields", offset=0)


def misread(text: str, error: UnexpectedInput) -> RuleError:
    """What lark says, in words for the person who wrote the query."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        opened = text.count("(") > text.count(")")
        what = "a parenthesis is not closed" if opened else "something must follow here"
        return RuleError(what, offset=len(text))
    offset = min(cast("int | None", error.pos_in_stream) or 0, len(text) - 1)
    if isinstance(error, UnexpectedCharacters):
        return RuleError(unknown_character(text[offset]), offset=offset)
    found = text[offset : offset + 20].split()[:1] or ["the end"]
    if found[0].startswith(")"):
        return RuleError("this parenthesis was not opened, or holds nothing", offset=offset)
    return RuleError(f"did not expect {found[0]!r} here", offset=offset)


def unknown_character(char: str) -> str:
    hints = {
        '"': "the quotation mark is not closed",
        "/": "the regular expression is not closed by /",
        "~": '~ stands behind a phrase: "two words"~5',
        "*": "* stands at the end of a word: elect*",
        ":": ": stands behind a field: title: or text:",
    }
    return hints.get(char, f"did not expect {char!r} here")


def read(tree: Tree[Token] | Token, depth: int = 0) -> Query:
    """A node of lark's tree as one of ours."""
    if isinstance(tree, Token):
        raise RuleError(f"did not expect {tree.value!r} here", offset=tree.start_pos)
    if depth > DEEPEST_QUERY * 4:
        raise RuleError(f"the query nests deeper than {DEEPEST_QUERY}", offset=0)
    if tree.data in LEAVES:
        return LEAVES[tree.data](leaf_token(tree))
    return NODES[tree.data](tree, depth)


def children(tree: Tree[Token], depth: int) -> tuple[Query, ...]:
    return tuple(read(child, depth + 1) for child in tree.children)


def read_start(tree: Tree[Token], depth: int) -> Query:
    return read(tree.children[0], depth)


def read_either(tree: Tree[Token], depth: int) -> Query:
    parts = children(tree, depth)
    return parts[0] if len(parts) == 1 else Any(parts)


def read_both(tree: Tree[Token], depth: int) -> Query:
    parts = children(tree, depth)
    return parts[0] if len(parts) == 1 else All(parts)


def read_negation(tree: Tree[Token], depth: int) -> Query:
    return Not(read(tree.children[-1], depth + 1))


def read_field(tree: Tree[Token], depth: int) -> Query:
    name, part = tree.children
    if name not in FIELDS:
        offset = name.start_pos if isinstance(name, Token) else 0
        raise RuleError(
            f"there is no field {str(name)!r}; the fields are title: and text:", offset=offset
        )
    return In(str(name), read(part, depth + 1))


def leaf_token(tree: Tree[Token]) -> Token:
    token = tree.children[0]
    if not isinstance(token, Token):
        raise TypeError(f"a leaf holds one token, not {token!r}")
    return token


def words_of(written: str, token: Token) -> tuple[str, ...]:
    words = tuple(found.word for found in tokens(written))
    if not words:
        raise RuleError(f"{token.value} holds no word to look for", offset=token.start_pos)
    return words


def read_phrase(token: Token) -> Query:
    return Phrase(words_of(token.strip('"'), token), str(token))


def read_word(token: Token) -> Query:
    if fold(token) in ("and", "or", "not") and token.isupper():
        raise RuleError(f"{token} needs something on both its sides", offset=token.start_pos)
    return Phrase(words_of(token, token), str(token))


def read_prefix(token: Token) -> Query:
    words = words_of(token[:-1], token)
    if len(words[-1]) < 2:
        raise RuleError(
            "at least two letters must stand before the *, or it matches nearly everything",
            offset=token.start_pos,
        )
    return Prefix(words, str(token))


def read_near(token: Token) -> Query:
    written, distance = token.rsplit("~", 1)
    words = words_of(written.strip('"'), token)
    if len(words) < 2:
        raise RuleError('near needs two words or more: "open mission"~5', offset=token.start_pos)
    if len(words) > 10 or int(distance) > 100:
        raise RuleError("near takes at most 10 words and ~100", offset=token.start_pos)
    return Near(words, int(distance), str(token))


def read_regex(token: Token) -> Query:
    pattern = token[1:-1].replace("\\/", "/")
    try:
        compiled = compiled_regex(pattern)
    except re2.error as error:
        message = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise RuleError(
            f"not a regular expression (RE2): {message}", offset=token.start_pos
        ) from None
    if compiled.search(""):
        raise RuleError("this regular expression matches everything", offset=token.start_pos)
    return Regex(pattern, str(token))


@lru_cache(maxsize=4096)
def compiled_regex(pattern: str) -> "re2._Regexp[str]":
    """The expression, compiled once. Raises `re2.error`."""
    settings = re2.Options()
    settings.case_sensitive = False
    settings.log_errors = False
    settings.max_mem = 1 << 20
    return re2.compile(pattern, settings)


NODES: dict[str, Callable[[Tree[Token], int], Query]] = {
    "start": read_start,
    "either": read_either,
    "both": read_both,
    "negation": read_negation,
    "field": read_field,
}

LEAVES: dict[str, Callable[[Token], Query]] = {
    "phrase": read_phrase,
    "near": read_near,
    "regex": read_regex,
    "prefix": read_prefix,
    "word": read_word,
}


def never_asks(query: Query) -> bool:
    """Whether a query would match nearly everything: it only says what must not be there."""
    match query:
        case Not():
            return True
        case In(part=part):
            return never_asks(part)
        case All(parts=parts):
            return all(never_asks(part) for part in parts)
        case Any(parts=parts):
            return any(never_asks(part) for part in parts)
        case _:
            return False


def leaves(query: Query) -> Iterator[Leaf]:
    """The words, phrases and expressions of a query, negated ones included, left to right."""
    match query:
        case Not(part=part) | In(part=part):
            yield from leaves(part)
        case All(parts=parts) | Any(parts=parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield query
