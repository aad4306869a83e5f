"""An interpreter of block-structured models without tokens: what is open is read off the tree.

It knows nothing of the engine. A running model is a tree of `Live` parts; `None` is finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Tree = tuple[Any, ...]
Leaf = tuple[str, tuple[int, ...]]


@dataclass
class Live:
    """A running part: `kids` by position; in a sequence only the one at `at`."""

    tree: Tree
    rows: tuple[int, ...]
    kids: dict[int, Live] = field(default_factory=dict)


class Oracle:
    """Plays one model. `truth` decides conditions and may change between steps."""

    def __init__(self, tree: Tree, truth: Mapping[str, bool]) -> None:
        self.truth = truth
        self.root = self._start(tree, ())

    def open(self) -> Counter[Leaf]:
        """The open tasks with the rows they stand in."""
        return Counter((part.tree[1], part.rows) for part in _leaves(self.root))

    def complete(self, leaf: Leaf) -> None:
        """A task is done."""
        if self.root:
            self.root = self._after(self.root, leaf)

    def refuse(self, leaf: Leaf, target: str) -> None:
        """Back to a task earlier in a sequence around the leaf."""
        if self.root:
            self.root = self._back(self.root, leaf, target)

    def _start(self, tree: Tree, rows: tuple[int, ...], target: str | None = None) -> Live | None:
        """Begin a part, at `target` if it is in there (then side parts count as done)."""
        kind = tree[0]
        if kind == "task":
            return Live(tree, rows)
        if kind == "seq":
            return self._step(Live(tree, rows), _index(tree[1], target) if target else 0, target)
        if kind == "xor":
            return self._start_one(tree[2][self._way(tree, target)], rows, target)
        if kind == "loop":
            live = Live(tree, rows)
            body = self._start(tree[2], rows, target)
            return self._kid(live, 0, body)
        if kind == "mi" and target:
            tree = (*tree[:4], False)  # rows opened again run side by side
        live = Live(tree, rows)
        for index, inner in self._wanted(tree, rows, target):
            kid = self._start_one(inner[0], inner[1], target)
            if kid:
                live.kids[index] = kid
                if kind == "mi" and tree[4]:
                    break
        return live if live.kids else None

    def _start_one(self, tree: Tree | None, rows: tuple[int, ...], target: str | None) -> Live | None:
        return self._start(tree, rows, target) if tree else None

    def _way(self, tree: Tree, target: str | None) -> int:
        if target:
            return _index(tree[2], target)
        last = len(tree[2]) - 1
        return next((i for i in range(last) if self.truth[f"{tree[1]}:{i}"]), last)

    def _wanted(
        self, tree: Tree, rows: tuple[int, ...], target: str | None
    ) -> Iterator[tuple[int, tuple[Any, tuple[int, ...]]]]:
        if tree[0] == "mi":
            yield from ((i, (tree[2], (*rows, i))) for i in range(tree[3]))
            return
        for i, branch in enumerate(tree[2]):
            chosen = _holds(branch, target) if target else tree[0] == "and" or self.truth[f"{tree[1]}:{i}"]
            if chosen:
                yield i, (branch, rows)

    def _step(self, live: Live, index: int, target: str | None = None) -> Live | None:
        """A sequence goes on at a child."""
        live.kids.clear()
        while index < len(live.tree[1]):
            kid = self._start(live.tree[1][index], live.rows, target)
            if kid:
                live.kids[index] = kid
                return live
            index, target = index + 1, None
        return None

    def _kid(self, live: Live, index: int, kid: Live | None) -> Live | None:
        """A child of a part changed; what follows from it?"""
        if kid:
            live.kids[index] = kid
            return live
        live.kids.pop(index, None)
        kind = live.tree[0]
        if kind == "seq":
            return self._step(live, index + 1)
        if kind == "loop":
            again = self.truth[f"{live.tree[1]}:again"]
            return self._kid(live, 0, self._start(live.tree[2], live.rows)) if again else None
        if kind == "mi" and live.tree[4] and not live.kids:
            for row in range(index + 1, live.tree[3]):
                kid = self._start(live.tree[2], (*live.rows, row))
                if kid:
                    live.kids[row] = kid
                    return live
        return live if live.kids else None

    def _after(self, live: Live, leaf: Leaf) -> Live | None:
        if live.tree[0] == "task":
            return None if (live.tree[1], live.rows) == leaf else live
        for index, kid in list(live.kids.items()):
            if _stands(kid, leaf):
                return self._kid(live, index, self._after(kid, leaf))
        return live

    def _back(self, live: Live, leaf: Leaf, target: str) -> Live | None:
        for index, kid in live.kids.items():
            if _stands(kid, leaf):
                earlier = live.tree[0] == "seq" and not _holds(live.tree[1][index], target)
                if earlier:
                    return self._step(live, _index(live.tree[1], target), target)
                return self._kid(live, index, self._back(kid, leaf, target))
        return live


def targets(tree: Tree, leaf: str) -> list[str]:
    """Tasks in earlier children of the sequences around a task."""
    found: list[str] = []
    if tree[0] == "seq" and _holds(tree, leaf):
        at = _index(tree[1], leaf)
        found += [name for part in tree[1][:at] for name in names(part)]
    for part in _parts(tree):
        if _holds(part, leaf):
            found += targets(part, leaf)
    return found


def names(tree: Tree | None) -> list[str]:
    """All tasks of a model."""
    if tree is None:
        return []
    return [tree[1]] if tree[0] == "task" else [name for part in _parts(tree) for name in names(part)]


def _parts(tree: Tree) -> list[Tree]:
    if tree[0] == "task":
        return []
    parts = tree[1] if tree[0] == "seq" else tree[2]
    return [p for p in parts if p] if isinstance(parts, list) else [parts]


def _holds(tree: Tree | None, name: str | None) -> bool:
    return tree is not None and name in names(tree)


def _index(trees: list[Tree], name: str | None) -> int:
    return next(i for i, tree in enumerate(trees) if _holds(tree, name))


def _leaves(live: Live | None) -> Iterator[Live]:
    if live is None:
        return
    if live.tree[0] == "task":
        yield live
    for kid in live.kids.values():
        yield from _leaves(kid)


def _stands(live: Live, leaf: Leaf) -> bool:
    return any((part.tree[1], part.rows) == leaf for part in _leaves(live))
