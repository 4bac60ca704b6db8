"""Trains the model of events from the labelled releases in corpus/, and measures it across authors.

    python scripts/train_events.py            writes src/newswatch/understand/data/events.json
    python scripts/train_events.py --measure  trains on all sets but one, tests on that one, for each

Needs numpy. The same corpus gives the same file: the weights are rounded, and nothing is random.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from newswatch.model import EVENTS
from newswatch.understand.elections import read_votes
from newswatch.understand.events import OF_VOTES
from newswatch.understand.passage import passage
from newswatch.understand.tagged import glance, tag
from newswatch.understand.traits import traits

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "src/newswatch/understand"
TARGET = HERE / "data/events.json"
SETS = tuple(p.stem for p in sorted((ROOT / "corpus").glob("*.jsonl")))
RARE = 2  # releases in which a trait has to stand
ROUNDS = 120  # more learns the wording of the authors that are there
SPREAD = 0.02  # L1: small weights become none, which keeps the file small
CALM = 0.5  # L2
SCALE = 100
LEAST = 2  # hundredths: a weight that says less decides nothing and costs time
# A word of the headline and a pair say less than a tag, or a word wherever it stands: they are rare.
SIZES = {"headword": 0.7, "pair": 0.6, "other": 1.0}
SCALE_OF_SIZES = 0.8
RARITY = (
    0.3  # how much more a rare trait may say, by the power of how many releases have it; 0: no more
)
# Added to an event's sum. An opening that is none wakes people for nothing, and a mission that is over
# misleads them as long as it is not told of: across authors these make both mistakes rarer, and no
# other more frequent.
LEANINGS = {
    "mission.opened": -0.4,
    "mission.cancelled": 0.4,
    "mission.declined": 0.4,
    "mission.statement": 0.3,
}
Record = dict[str, Any]
Matrix = np.ndarray[Any, np.dtype[np.float32]]


def load(name: str) -> list[Record]:
    path = ROOT / f"corpus/{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def traits_of(record: Record) -> frozenset[str]:
    """The traits of a release; none where the reader would not ask the model."""
    seen = glance(passage("title", record["title"])), glance(passage("text", record["teaser"]))
    if not any(part.has(OF_VOTES) for part in seen):
        return frozenset()
    title, text = tag(seen[0]), tag(seen[1])
    day = date.fromisoformat(record["published"]) if record["published"] else None
    return frozenset(traits(title, text, read_votes(title, text, day), day))


def size(trait: str) -> float:
    return SIZES["pair" if ">" in trait else "headword" if trait[1:2] == ":" else "other"]


def sizes(of_traits: Sequence[float]) -> Matrix:
    """Brought to one scale, so that rounds and regularisation mean the same for any corpus."""
    found = np.array(of_traits, np.float32)
    scaled: Matrix = found * np.float32(SCALE_OF_SIZES / np.sqrt((found**2).mean()))
    return scaled


class Rows:
    """Which traits stand in which release, as the numbers of those that do: few of them do."""

    def __init__(self, rows: Sequence[Sequence[int]], sizes: Matrix) -> None:
        lengths = [len(row) for row in rows]
        self.sizes = sizes[:, None]
        self.columns = np.concatenate([np.array(row) for row in rows])
        self.starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        by_column = np.argsort(self.columns, kind="stable")
        self.rows = np.repeat(np.arange(len(rows)), lengths)[by_column]
        self.column_starts = np.searchsorted(self.columns[by_column], np.arange(len(sizes)))

    def times(self, weights: Matrix) -> Matrix:
        """What the weights of each release's traits add up to."""
        found: Matrix = np.add.reduceat((weights * self.sizes)[self.columns], self.starts)
        return found

    def gathered(self, values: Matrix) -> Matrix:
        """What the releases in which a trait stands add up to, for each; all have to stand in one."""
        found: Matrix = np.add.reduceat(values[self.rows], self.column_starts) * self.sizes
        return found


class Model:
    """Multinomial logistic regression; `warmth` divides its sums before they become chances."""

    def __init__(self, samples: Sequence[frozenset[str]], events: Sequence[str]) -> None:
        seen = Counter(trait for sample in samples for trait in sample)
        self.names = sorted(trait for trait, count in seen.items() if count >= RARE)
        self.number = {trait: number for number, trait in enumerate(self.names)}
        self.sizes = sizes([size(t) * seen[t] ** -RARITY for t in self.names])
        self.weights = fit(self.rows(samples), targets(events))
        of_all = self.number[""]
        self.weights[of_all] += leanings() / self.sizes[of_all]

    def rows(self, samples: Sequence[frozenset[str]]) -> Rows:
        """A release that the reader would not ask about has the one trait that all have."""
        known = self.number
        found = [sorted(known[t] for t in sample | {""} if t in known) for sample in samples]
        return Rows(found, self.sizes)

    def sums(self, samples: Sequence[frozenset[str]]) -> Matrix:
        return self.rows(samples).times(self.weights)


def leanings() -> Matrix:
    return np.array([LEANINGS.get(name, 0.0) for name in EVENTS], np.float32)


def targets(events: Sequence[str]) -> Matrix:
    found = [[1.0 if event == name else 0.0 for name in EVENTS] for event in events]
    return np.array(found, np.float32)


def chances(sums: Matrix) -> Matrix:
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    found: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return found


def fit(rows: Rows, wanted: Matrix) -> Matrix:
    """Minimises the summed log loss with L1 and L2 by accelerated proximal gradient (FISTA)."""
    step = np.float32(1.0 / (0.5 * steepest(rows) + CALM))
    weights = ahead = np.zeros((len(rows.sizes), wanted.shape[1]), np.float32)
    pace = 1.0
    for _ in range(ROUNDS):
        slope = rows.gathered(chances(rows.times(ahead)) - wanted) + CALM * ahead
        moved = ahead - step * slope
        moved = np.sign(moved) * np.maximum(np.abs(moved) - step * SPREAD, 0.0)
        faster = (1 + (1 + 4 * pace**2) ** 0.5) / 2
        ahead = moved + (pace - 1) / faster * (moved - weights)
        weights, pace = moved, faster
    return weights


def steepest(rows: Rows) -> float:
    """The greatest eigenvalue of the traits' covariance and a little more, by power iteration: no
    entry is negative, so that it converges fast from a vector of ones."""
    ahead = np.ones((len(rows.sizes), 1), np.float32)
    for _ in range(30):
        ahead = rows.gathered(rows.times(ahead / np.float32(np.linalg.norm(ahead))))
    return 1.02 * float(np.linalg.norm(ahead))


def answers(sums: Matrix, samples: Sequence[frozenset[str]]) -> list[str]:
    best = sums.argmax(axis=1)
    return [
        EVENTS[number] if sample else "none" for number, sample in zip(best, samples, strict=True)
    ]


def loss(sums: Matrix, events: Sequence[str], warmth: float) -> float:
    return -float((np.log(chances(sums / warmth) + 1e-12) * targets(events)).sum()) / len(events)


def across(sets: dict[str, list[Record]]) -> tuple[Matrix, list[str], list[frozenset[str]]]:
    """Each set by a model that was trained on the others; prints how it did."""
    samples = {name: [traits_of(record) for record in records] for name, records in sets.items()}
    events = {name: [r["labels"]["event"] for r in records] for name, records in sets.items()}
    sums: list[Matrix] = []
    for name in sets:
        rest = [other for other in sets if other != name]
        model = trained([s for o in rest for s in samples[o]], [e for o in rest for e in events[o]])
        sums.append(model.sums(samples[name]))
        told = answers(sums[-1], samples[name])
        right = sum(one == other for one, other in zip(told, events[name], strict=True))
        print(f"{name}: {right / len(told):.3f} of {len(told)}, trained on {' + '.join(rest)}")
    return (
        np.vstack(sums),
        [event for name in sets for event in events[name]],
        [sample for name in sets for sample in samples[name]],
    )


def trained(samples: Sequence[frozenset[str]], events: Sequence[str]) -> Model:
    told = [(s, e) for s, e in zip(samples, events, strict=True) if s]
    return Model([sample for sample, _ in told], [event for _, event in told])


def warmth_of(sums: Matrix, events: Sequence[str], samples: Sequence[frozenset[str]]) -> float:
    """The warmth that makes the chances of unseen authors' releases most truthful."""
    asked = [number for number, sample in enumerate(samples) if sample]
    kept = [events[number] for number in asked]
    return min(
        (0.5 + 0.05 * n for n in range(60)), key=lambda warmth: loss(sums[asked], kept, warmth)
    )


def digest(samples: Sequence[frozenset[str]], events: Sequence[str]) -> str:
    """What the model was made from: the traits and events of all releases, as the code reads them.

    tests/test_understand_events.py compares it: a change of corpus, lexicon or reader that changes
    what the model would learn asks for training again."""
    whole = hashlib.sha256()
    for sample, event in zip(samples, events, strict=True):
        whole.update(f"{event} {' '.join(sorted(sample))}\n".encode())
    return whole.hexdigest()


def rows_of(model: Model) -> dict[str, list[int]]:
    """Each trait with the weights that count: number of the event, hundredths."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(model.names):
        whole = np.rint(model.weights[number] * model.sizes[number] * SCALE).astype(int)
        flat = [
            int(n)
            for event, weight in enumerate(whole)
            if abs(weight) >= LEAST
            for n in (event, weight)
        ]
        if flat:
            found[name] = flat
    return found


def write(model: Model, warmth: float, made_from: str) -> None:
    lines = [
        f"{json.dumps(k, ensure_ascii=False)}:{json.dumps(v, separators=(',', ':'))}"
        for k, v in rows_of(model).items()
    ]
    head = {"digest": made_from, "events": list(EVENTS), "warmth": round(warmth, 2)}
    text = json.dumps(head)[:-1] + ', "weights": {\n' + ",\n".join(lines) + "\n}}\n"
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(lines)} traits, {len(text.encode()) // 1000} kB")


def learnt_from() -> tuple[list[frozenset[str]], list[str]]:
    """The traits and the event of every release that the model is trained on."""
    records = [record for name in SETS for record in load(name)]
    return [traits_of(record) for record in records], [r["labels"]["event"] for r in records]


def main() -> None:
    sums, events, samples = across({name: load(name) for name in SETS})
    if "--measure" not in sys.argv:
        model = trained(samples, events)
        write(model, warmth_of(sums, events, samples), digest(samples, events))


if __name__ == "__main__":
    main()
