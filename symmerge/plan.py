"""Merge plans: ordered trees that say which teacher steps are distilled together, and when.

A plan covers steps ``start .. stop`` (1 is the cleanest). A leaf is one teacher step; an internal
node trains one student, at the time of its noisiest step, to do what its children do in a row.

Text form (SPEC A3): ``[1|[2|[3|4]]]``; ``|`` separates the left part from the noisy-end child and
``.`` separates the factors of the left part, so ``[1.2.3|4]`` is one merge of four steps.

Leaves appear in order, so a plan is stored as the word of its shape in postfix order: 0 for a
leaf, m for a node with m children. Every operation is a loop over that word; depth never matters.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from numbers import Integral
from typing import Any, TypeVar

from .errors import InputError, items_of, require
from .schedule import whole

__all__ = [
    "MergePlan",
    "boot",
    "canonical_plans",
    "consistency",
    "count_plans",
    "enumerate_plans",
    "hybrid",
    "progressive",
    "random_plan",
    "require_plan",
    "segmentation",
    "vanilla",
]

Result = TypeVar("Result")
_TOKEN = re.compile(r"\s*(?:(\d+)|([\[\]|.]))", re.ASCII)
_LONGEST_SHOWN = 72


@dataclass(frozen=True)
class MergePlan:
    """A merge plan, immutable and hashable.

    Parameters
    ----------
    word : tuple of int
        Shape in postfix order: 0 for a leaf, m >= 2 for a node with m children.
    start : int
        First teacher step covered; 1 for a complete plan.

    Examples
    --------
    >>> plan = MergePlan.parse("[[1|2].3|4]")
    >>> plan.word, plan.T
    ((0, 0, 2, 0, 0, 3), 4)
    >>> str(plan)
    '[[1|2].3|4]'
    """

    word: tuple[int, ...]
    start: int = 1

    def __post_init__(self) -> None:
        depth = 0
        for symbol in self.word:
            require(
                symbol == 0 or 2 <= symbol <= depth,
                "word",
                "must be a postfix tree shape",
                self.word,
            )
            depth += 1 - symbol
        require(depth == 1, "word", "must be a postfix tree shape", self.word)

    @classmethod
    def leaf(cls, t: int) -> MergePlan:
        """The teacher step t."""
        return cls((0,), t)

    @classmethod
    def merge(cls, *children: MergePlan) -> MergePlan:
        """One student that does what `children`, neighbours from clean to noisy, do in a row."""
        for child in children:
            require_plan(child)
        require(len(children) >= 2, "children", "must be at least two", len(children))
        for left, right in pairwise(children):
            require(
                right.start == left.stop + 1,
                "children",
                "must be neighbours in order",
                (left.stop, right.start),
            )
        word = tuple(symbol for child in children for symbol in child.word)
        return cls((*word, len(children)), children[0].start)

    @classmethod
    def parse(cls, text: str) -> MergePlan:
        """Read the text form; the leaves must be consecutive.

        Raises
        ------
        InputError
            With the position of the first character that breaks the grammar.
        """
        require(isinstance(text, str), "plan", "must be a text such as [1|[2|3]]", text)
        return _parse(text)

    @property
    def T(self) -> int:
        """Number of teacher steps covered."""
        return self.word.count(0)

    @property
    def stop(self) -> int:
        """Last (noisiest) teacher step covered."""
        return self.start + self.T - 1

    @property
    def merges(self) -> int:
        """Number of merges, that is of trained students."""
        return len(self.word) - self.T

    @property
    def is_leaf(self) -> bool:
        """Whether nothing is merged."""
        return self.word == (0,)

    def fold(
        self, leaf: Callable[[int], Result], node: Callable[[list[Result], int], Result]
    ) -> Result:
        """Evaluate bottom-up: ``leaf(t)`` at steps, ``node(children, t)`` at a merge at time t."""
        stack: list[Result] = []
        t = self.start - 1
        for symbol in self.word:
            if symbol == 0:
                t += 1
                stack.append(leaf(t))
            else:
                children = stack[-symbol:]
                del stack[-symbol:]
                stack.append(node(children, t))
        return stack[0]

    def nodes(self) -> list[tuple[int, int, int]]:
        """Merges in the order they are trained, as ``(first step, last step, children)``."""
        found: list[tuple[int, int, int]] = []

        def node(children: list[int], t: int) -> int:
            found.append((children[0], t, len(children)))
            return children[0]

        self.fold(lambda t: t, node)
        return found

    @cached_property
    def _text(self) -> str:
        return self.fold(str, lambda children, _: f"[{'.'.join(children[:-1])}|{children[-1]}]")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        text = str(self)
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
        return f"MergePlan({shown!r})"

    @property
    def spine(self) -> list[tuple[int, int]]:
        """Blocks of steps merged at the last time, clean to noisy: a partition of all but `stop`.

        Only these merges change the answer multiplicatively (SPEC A3, spine identity).
        """
        blocks: list[tuple[int, int]] = []

        def node(children: list[int], t: int) -> int:
            if t == self.stop:
                blocks.append((children[0], children[-1] - 1))
            return children[0]

        self.fold(lambda t: t, node)
        return sorted(blocks)

    @property
    def segments(self) -> list[int] | None:
        """Block lengths, clean to noisy, when every block is one merge of bare steps; else None.

        Such a plan is a *segmentation* (SPEC A7): ``M = a_T prod_seg ((1-g_T) C[seg] + g_T)``.
        """
        lengths = [last - first + 1 for first, last in self.spine]
        same = not self.is_leaf and self == segmentation(lengths, start=self.start)
        return lengths if same else None

    @property
    def name(self) -> str | None:
        """Name of the canonical strategy this plan is, if any."""
        if self.start != 1 or self.is_leaf:
            return None
        return next((name for name, plan in canonical_plans(self.T).items() if plan == self), None)

    def describe(self) -> str:
        """Tell the training run step by step.

        Examples
        --------
        >>> print(MergePlan.parse("[1|[2.3|4]]").describe())
        merge plan for 4 steps, 2 merges
          1. at time 4: learn steps 2..4 in one, from 3 parts (2, 3, 4)
          2. at time 4: learn steps 1..4 in one, from 2 parts (1, 2..4)
        """
        lines: list[str] = []

        def node(children: list[tuple[int, int]], t: int) -> tuple[int, int]:
            parts = [str(i) if i == j else f"{i}..{j}" for i, j in children]
            if len(parts) > 6:
                parts = [*parts[:3], "…", *parts[-2:]]
            lines.append(
                f"  {len(lines) + 1}. at time {t}: learn steps {children[0][0]}..{t} in one, "
                f"from {len(children)} parts ({', '.join(parts)})"
            )
            return children[0][0], t

        self.fold(lambda t: (t, t), node)
        name = f" ({self.name})" if self.name else ""
        plural = "" if self.merges == 1 else "s"
        return "\n".join(
            [f"merge plan for {self.T} steps, {self.merges} merge{plural}{name}", *lines]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"schema": "symmerge.plan", "version": 1, "T": self.T, "plan": str(self)}

    @classmethod
    def from_dict(cls, data: Any) -> MergePlan:
        """Read the JSON form back."""
        require(isinstance(data, dict), "plan file", "must hold a JSON object", data)
        known = data.get("schema") == "symmerge.plan" and data.get("version") == 1
        require(known, "plan file", "must have schema symmerge.plan, version 1", data.get("schema"))
        require(isinstance(data.get("plan"), str), "plan", "must be text", data.get("plan"))
        plan = cls.parse(data["plan"])
        require(
            data.get("T") == plan.T, "T", f"must equal the plan's {plan.T} steps", data.get("T")
        )
        return plan

    def _repr_html_(self) -> str:
        from .draw import plan_html

        return plan_html(self)


def require_plan(value: Any) -> None:
    """Refuse anything but a merge plan."""
    rule = "must be a MergePlan, as MergePlan.parse('[1|[2|3]]') makes it"
    require(isinstance(value, MergePlan), "plan", rule, value)


def _parse(text: str) -> MergePlan:
    """Parse the text form with a stack of open brackets."""

    def fail(rule: str) -> InputError:
        return InputError(
            "plan", f"{rule} at character {position + 1}", text, "write it like [1|[2.3|4]]"
        )

    word: list[int] = []
    # Per open bracket: number of left factors, whether '|' was seen.
    open_nodes: list[list[Any]] = []
    start, t, expect_item, position = None, 0, True, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            if not text[position:].strip():
                break
            raise fail("may hold only numbers and [ | . ]")
        number, mark = match.groups()
        position = match.end() - 1
        if number is not None or mark == "[":
            if not expect_item or (word and not open_nodes):
                raise fail("needs '.', '|' or ']' before another part")
            if mark == "[":
                open_nodes.append([1, False])
            else:
                step = int(number) if len(number) < 10 else -1
                start = step if start is None else start
                if step < 1 or (t and step != t + 1):
                    raise fail(f"must name consecutive steps, {t + 1 if t else 1} expected")
                t, expect_item = step, False
                word.append(0)
        elif expect_item or not open_nodes:
            raise fail("needs a step or '['" if expect_item else "has nothing open")
        elif mark == ".":
            if open_nodes[-1][1]:
                raise fail("allows one noisy-end part after '|', so no '.'")
            open_nodes[-1][0] += 1
            expect_item = True
        elif mark == "|":
            if open_nodes[-1][1]:
                raise fail("allows one '|' per bracket")
            open_nodes[-1] = [open_nodes[-1][0] + 1, True]
            expect_item = True
        else:
            children, closed = open_nodes.pop()
            if not closed:
                raise fail("needs '|' before its noisy-end part")
            word.append(children)
        position += 1
    if open_nodes or not word or expect_item:
        raise fail("ends too early")
    return MergePlan(tuple(word), start if start is not None else 1)


def segmentation(lengths: Sequence[int], start: int = 1) -> MergePlan:
    """Plan that merges blocks of bare steps of the given lengths, clean to noisy, at the last time.

    Examples
    --------
    >>> str(segmentation([1, 2]))
    '[1|[2.3|4]]'
    """
    given = items_of(lengths, "lengths")
    fine = bool(given) and all(
        isinstance(length, Integral) and int(length) >= 1 for length in given
    )
    require(fine, "lengths", "must be whole numbers >= 1, at least one", given)
    word = [0] * (int(sum(given)) + 1)
    return MergePlan((*word, *(int(length) + 1 for length in reversed(given))), start)


def hybrid(T: int, singles: int, tail: int = 0) -> MergePlan:
    """Two-sided hybrid: `singles` BOOT steps, one vanilla block, `tail` single steps (SPEC A7)."""
    T = whole(T, "T", 2)
    singles, tail = whole(singles, "singles", 0), whole(tail, "tail", 0)
    block = T - 1 - singles - tail
    require(
        block >= 1,
        "singles, tail",
        f"must leave a block of T - 1 = {T - 1}",
        (singles, tail),
    )
    return segmentation([1] * singles + [block] + [1] * tail)


def vanilla(T: int) -> MergePlan:
    """One merge of all steps: ``[1.2.….T-1|T]``."""
    return segmentation([whole(T, "T", 2) - 1])


def boot(T: int) -> MergePlan:
    """Sequential BOOT, from the noisy end: ``[1|[2|[…[T-1|T]]]]``."""
    return segmentation([1] * (whole(T, "T", 2) - 1))


def consistency(T: int) -> MergePlan:
    """Sequential consistency, from the clean end: ``[[[1|2]|3]|…|T]``."""
    return MergePlan((0, *(0, 2) * (whole(T, "T", 2) - 1)))


def progressive(T: int) -> MergePlan:
    """Progressive distillation: pairs, then pairs of pairs; an odd block out is carried up."""
    level = [MergePlan.leaf(t) for t in range(1, whole(T, "T", 2) + 1)]
    while len(level) > 1:
        paired = [MergePlan.merge(*level[k : k + 2]) for k in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def canonical_plans(T: int) -> dict[str, MergePlan]:
    """The four strategies of the literature for T steps, by name."""
    return {
        "vanilla": vanilla(T),
        "boot": boot(T),
        "consistency": consistency(T),
        "progressive": progressive(T),
    }


@lru_cache(maxsize=8)
def _plan_counts(T: int) -> list[int]:
    """Little Schröder numbers for 0..T leaves (0 for none)."""
    counts = [0, 1, 1]
    for n in range(3, T + 1):
        counts.append(((6 * n - 9) * counts[-1] - (n - 3) * counts[-2]) // n)
    return counts


def count_plans(T: int) -> int:
    """Number of merge plans for T steps: the little Schröder number.

    Examples
    --------
    >>> [count_plans(T) for T in range(1, 9)]
    [1, 1, 3, 11, 45, 197, 903, 4279]
    """
    return _plan_counts(whole(T, "T", 1, 100_000))[T]


def enumerate_plans(T: int) -> Iterator[MergePlan]:
    """All merge plans for T steps (mind their number: :func:`count_plans`)."""
    words: dict[int, list[tuple[int, ...]]] = {1: [(0,)]}

    def forests(n: int, most: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Sequences of trees with n leaves in all, first tree at most `most` leaves."""
        for first in range(1, most + 1):
            for word in words[first]:
                if first == n:
                    yield 1, word
                else:
                    for count, rest in forests(n - first, n - first):
                        yield count + 1, word + rest

    whole(T, "T", 1, 16)
    for n in range(2, T + 1):
        words[n] = [(*word, count) for count, word in forests(n, n - 1)]
    return (MergePlan(word) for word in words[T])


def random_plan(T: int, rng: random.Random) -> MergePlan:
    """Draw one of all plans for T steps with equal probability.

    Parameters
    ----------
    rng : random.Random
        Source of randomness; drawn from with exact integers.
    """
    counts = _plan_counts(whole(T, "T", 1, 4096))
    word: list[int] = []
    sizes = [T]  # trees still to be written, the noisiest on top; the word grows from its end
    while sizes:
        n = sizes.pop()
        children = _random_children(n, counts, rng) if n > 1 else []
        word.append(len(children))
        sizes.extend(reversed(children))
    return MergePlan(tuple(reversed(word)))


def _random_children(n: int, counts: list[int], rng: random.Random) -> list[int]:
    """Sizes of the children of a random node with n leaves, noisy end first."""
    sizes: list[int] = []
    left = n
    while left:
        # What is left can be one tree or the children of one: twice as many, but for a leaf.
        choices = range(1, left + 1 if sizes else left)
        weights = [counts[k] * (1 if left - k <= 1 else 2 * counts[left - k]) for k in choices]
        draw = rng.randrange(sum(weights))
        above = accumulate(weights)
        size = next(k for k, total in zip(choices, above, strict=True) if draw < total)
        sizes.append(size)
        left -= size
    return sizes
