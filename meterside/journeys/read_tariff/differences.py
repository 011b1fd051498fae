"""What two versions say differently, component by component: their prose set side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .page import Block, Difference, Passage, PassageChange, PriceTable, Statement, VersionProse


def differences(before: VersionProse, after: VersionProse) -> tuple[PassageChange, ...]:
    """Passages that were added, removed or changed, in the order of the later version, those removed behind."""
    return (
        *_of(before.components, after.components),
        *_of(before.terms, after.terms),
    )


def _of(before: Sequence[Passage], after: Sequence[Passage]) -> Iterator[PassageChange]:
    known = {passage.code: passage for passage in before}
    for passage in after:
        earlier = known.pop(passage.code, None)
        if earlier is None:
            yield PassageChange(passage.code, passage.heading, "added", tuple(_sides((), passage.blocks)))
            continue
        found = tuple(_sides(earlier.blocks, passage.blocks))
        if earlier.heading != passage.heading:
            found = (Difference("", earlier.heading, passage.heading), *found)
        if found:
            yield PassageChange(passage.code, passage.heading, "changed", found)
    for passage in known.values():
        yield PassageChange(passage.code, passage.heading, "removed", tuple(_sides(passage.blocks, ())))


def _sides(before: Sequence[Block], after: Sequence[Block]) -> Iterator[Difference]:
    earlier, later = dict(_said(before)), dict(_said(after))
    for key in [*later, *(key for key in earlier if key not in later)]:
        one, other = earlier.get(key, ""), later.get(key, "")
        if one != other:
            yield Difference(key[1], one, other)


def _said(blocks: Sequence[Block]) -> Iterator[tuple[tuple[str, str], str]]:
    """Every sentence and every value of a table, by what it is about."""
    seen: dict[tuple[str, str], int] = {}
    for block in blocks:
        if isinstance(block, Statement):
            yield _once((f"statement.{block.key}", ""), seen), block.text
        else:
            yield from ((_once(key, seen), value) for key, value in _cells(block))


def _once(key: tuple[str, str], seen: dict[tuple[str, str], int]) -> tuple[str, str]:
    """The key, told apart from an equal one before it."""
    seen[key] = seen.get(key, 0) + 1
    return key if seen[key] == 1 else (f"{key[0]}#{seen[key]}", key[1])


def _cells(table: PriceTable) -> Iterator[tuple[tuple[str, str], str]]:
    for row in table.rows:
        yield (f"table.{table.key}", ", ".join(cell for cell in row[:-1] if cell)), row[-1]
