"""The query language of `text`: from a line that a person wrote to a tree. Pure.

    query   = either
    either  = both { "OR" both }
    both    = term { ["AND"] term }
    term    = { "NOT" } atom
    atom    = "(" either ")" | field ":" atom | "stem:" ( word | phrase ) | "$" name
            | phrase [ "~" number ] | word [ "*" ] | regex
    field   = "title" | "text" | "institution" | "topic" | "content_type" | "publisher" | "source"
            | "language" | "url"
    phrase  = '"' words [ "*" ] '"'
    regex   = "/" expression "/"

Words side by side are ANDed. AND, OR and NOT are operators in capitals only. `OR` binds less than
`AND`, and `NOT` binds most. Regular expressions are RE2's, and run in linear time.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import cast

import re2
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from newswatch.errors import RuleError
from newswatch.fold import fold, is_unspaced, words

LONGEST_QUERY = 10_000  # characters
DEEPEST_QUERY = 50  # parentheses, NOTs and fields within each other
LONGEST_PHRASE = 50  # words
MOST_NAMED = 5_000  # words and phrases that the named queries of one query unfold into
FIELDS = (
    "title",
    "text",
    "institution",
    "topic",
    "content_type",
    "publisher",
    "source",
    "language",
    "url",
)
# What is no text: asked for by the key of `when` of that name.
FACT_FIELDS = (
    "country",
    "mentions",
    "event",
    "mission",
    "transition",
    "overdue",
    "election",
    "published",
)
INVISIBLE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

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
     | NAME -> named
     | WORD -> word

_OR.3: /OR(?![\w*:])/
_AND.3: /AND(?![\w*:])/
_NOT.3: /NOT(?![\w*:])/
FIELD.2: /[^\W\d]\w*(?=:)/
NEAR.2: /"[^"]*"~\d+/
PHRASE.1: /"[^"]*"/
REGEX.1: /\/(?:\\.|[^\/\\])+\//
PREFIX.1: /[^\s()":*~\/][^\s()":*~]*\*/
NAME.2: /\$[^\s()":*~\/]+/
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
class Stem:
    """Words that stand side by side in any inflection, by the stemmer of the release's language."""

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
    """A query on one of the `FIELDS` only; without it, title and text are searched."""

    field: str
    part: "Query"


Leaf = Phrase | Prefix | Stem | Near | Regex
Query = Leaf | Not | All | Any | In
Named = Callable[[str], "Query"]  # what `$name` stands for; raises `RuleError`


def nothing_named(name: str) -> Query:
    raise RuleError(f"no query or keyword list is called {name!r}")


@lru_cache(maxsize=1)
def parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse_query(text: str, named: Named = nothing_named) -> Query:
    """A query as a tree. Raises `RuleError` with the offset of what is wrong."""
    check_size(text)
    try:
        tree = parser().parse(text)
    except UnexpectedInput as error:
        raise misread(text, error) from None
    query = Reader(named).read(tree)
    if never_asks(query):
        raise RuleError("a query needs something to look for, not only NOT", offset=0)
    return query


def check_size(text: str) -> None:
    if not text.strip():
        raise RuleError("an empty query matches nothing; remove it, or write what to look for")
    if len(text) > LONGEST_QUERY:
        raise RuleError(f"the query is longer than {LONGEST_QUERY:,} characters", offset=0)
    refuse_hidden(text)
    depth = 0
    for offset, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth > DEEPEST_QUERY:
            raise RuleError(f"parentheses nest deeper than {DEEPEST_QUERY}", offset=offset)
    if text.count("NOT") + text.count(":") > DEEPEST_QUERY * 20:
        raise RuleError("the query has too many NOTs and fields", offset=0)


def refuse_hidden(text: str) -> None:
    """Control characters, and those that make a line look other than it is."""
    for offset, char in enumerate(text):
        if char in INVISIBLE or (
            unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\r\n"
        ):
            raise RuleError(
                f"the character U+{ord(char):04X} cannot be seen; remove it", offset=offset
            )


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
        ":": ": stands behind a field: title:mission",
    }
    return hints.get(char, f"did not expect {char!r} here")


class Reader:
    """Turns lark's tree into ours; `named` gives what a `$name` stands for."""

    def __init__(self, named: Named) -> None:
        self.named = named
        self.room = MOST_NAMED

    def read(self, tree: Tree[Token] | Token, depth: int = 0) -> Query:
        if isinstance(tree, Token):
            raise RuleError(f"did not expect {tree.value!r} here", offset=tree.start_pos)
        if depth > DEEPEST_QUERY * 4:
            raise RuleError(f"the query nests deeper than {DEEPEST_QUERY}", offset=0)
        if tree.data == "named":
            return self.name(leaf_token(tree), depth)
        if tree.data in LEAVES:
            return LEAVES[tree.data](leaf_token(tree))
        return NODES[tree.data](self, tree, depth + 1)

    def start(self, tree: Tree[Token], depth: int) -> Query:
        return self.read(tree.children[0], depth)

    def either(self, tree: Tree[Token], depth: int) -> Query:
        parts = tuple(self.read(child, depth) for child in tree.children)
        return parts[0] if len(parts) == 1 else Any(parts)

    def both(self, tree: Tree[Token], depth: int) -> Query:
        parts = tuple(self.read(child, depth) for child in tree.children)
        return parts[0] if len(parts) == 1 else All(parts)

    def negation(self, tree: Tree[Token], depth: int) -> Query:
        return Not(self.read(tree.children[-1], depth))

    def field(self, tree: Tree[Token], depth: int) -> Query:
        name, part = cast("Token", tree.children[0]), tree.children[1]
        if name == "stem":
            return stem(part, name)
        if name not in FIELDS:
            raise RuleError(unknown_field(str(name)), offset=name.start_pos)
        read = self.read(part, depth)
        if holds_field(read):
            raise RuleError(f"a field within {name}: can never match", offset=name.start_pos)
        return In(str(name), read)

    def name(self, token: Token, depth: int) -> Query:
        try:
            query = self.named(token[1:])
        except RuleError as error:
            raise RuleError(str(error), offset=token.start_pos) from None
        self.room -= sum(1 for _ in islice(leaves(query), self.room + 1))
        if self.room < 0:
            message = f"named queries unfold into more than {MOST_NAMED:,} words"
            raise RuleError(message, offset=token.start_pos)
        if depth + deepness(query) > DEEPEST_QUERY * 4:
            message = f"the query nests deeper than {DEEPEST_QUERY}"
            raise RuleError(message, offset=token.start_pos)
        return query


def unknown_field(name: str) -> str:
    if name in FACT_FIELDS:
        return f"{name} is no field of a query; it is a key of `when`, beside text"
    close = get_close_matches(name, (*FIELDS, "stem"), n=1)
    hint = f"; did you mean {close[0]}:?" if close else ""
    return f"there is no field {name!r}{hint} The fields are {', '.join(FIELDS)}, and stem:"


def stem(part: Tree[Token] | Token, name: Token) -> Query:
    if not isinstance(part, Tree) or part.data not in ("word", "phrase"):
        raise RuleError("stem: takes a word, or words in quotation marks", offset=name.start_pos)
    token = leaf_token(part)
    return Stem(words_of(token.strip('"'), token), f"stem:{token}")


def holds_field(query: Query) -> bool:
    match query:
        case In():
            return True
        case Not(part=part):
            return holds_field(part)
        case All(parts=parts) | Any(parts=parts):
            return any(map(holds_field, parts))
        case _:
            return False


def deepness(query: Query) -> int:
    match query:
        case Not(part=part) | In(part=part):
            return 1 + deepness(part)
        case All(parts=parts) | Any(parts=parts):
            return 1 + max(map(deepness, parts))
        case _:
            return 1


def leaf_token(tree: Tree[Token]) -> Token:
    return cast("Token", tree.children[0])


def words_of(written: str, token: Token) -> tuple[str, ...]:
    found = tuple(words(written))
    if not found:
        raise RuleError(f"{token.value} holds no word to look for", offset=token.start_pos)
    if len(found) > LONGEST_PHRASE:
        raise RuleError(f"a phrase has at most {LONGEST_PHRASE} words", offset=token.start_pos)
    return found


def read_phrase(token: Token) -> Query:
    written = token.strip('"').strip()
    if "*" in written[:-1]:
        raise RuleError("* stands at the end of a phrase only", offset=token.start_pos)
    return open_ended(written, token) if written.endswith("*") else closed(written, token)


def closed(written: str, token: Token) -> Query:
    return Phrase(words_of(written, token), str(token))


def read_word(token: Token) -> Query:
    if fold(token) in ("and", "or", "not") and token.isupper():
        raise RuleError(f"{token} needs something on both its sides", offset=token.start_pos)
    return closed(token, token)


def read_prefix(token: Token) -> Query:
    return open_ended(token, token)


def open_ended(written: str, token: Token) -> Query:
    found = words_of(written, token)
    if is_unspaced(found[-1]):
        return Phrase(found, str(token))  # each character is a word: it begins and ends there
    if len(found[-1]) < 2:
        raise RuleError(
            "at least two letters must stand before the *, or it matches nearly everything",
            offset=token.start_pos,
        )
    return Prefix(found, str(token))


def read_near(token: Token) -> Query:
    written, distance = token.rsplit("~", 1)
    found = words_of(written.strip('"'), token)
    if len(found) < 2:
        raise RuleError('near needs two words or more: "open mission"~5', offset=token.start_pos)
    if len(found) > 10 or len(distance) > 3 or int(distance) > 100:
        raise RuleError("near takes at most 10 words and ~100", offset=token.start_pos)
    return Near(found, int(distance), str(token))


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
    return re2.compile(pattern, regex_options())


def regex_options() -> "re2.Options":
    """Case is ignored, and an expression that would need much memory is refused."""
    settings = re2.Options()
    settings.case_sensitive = False
    settings.log_errors = False
    settings.max_mem = 1 << 20
    return settings


NODES: dict[str, Callable[[Reader, Tree[Token], int], Query]] = {
    "start": Reader.start,
    "either": Reader.either,
    "both": Reader.both,
    "negation": Reader.negation,
    "field": Reader.field,
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
