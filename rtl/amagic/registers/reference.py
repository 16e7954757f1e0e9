"""Renders registers as a reference page: one HTML file that needs nothing beside it.

It has the address map, and for every register its place, access, reset value, banking, the
document that the entry was checked against, a picture of its bits, and a table of its fields.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby

from .model import Access, Block, Field, Frame, Register

__all__ = ["render_reference"]

_ACCESS = {
    Access.RW: "read, write",
    Access.RO: "read",
    Access.WO: "write",
    Access.W1S: "read; write 1 to set",
    Access.W1C: "read; write 1 to clear",
}

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #d5dbe3;
  --page: #fff; --panel: #f4f6f9; --field: #dfe9f7; --edge: #8fa9cc; --accent: #14539a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e8ef; --soft: #9aa6b5; --line: #38424f;
  --page: #14181e; --panel: #1c222a; --field: #223650; --edge: #4f6f99; --accent: #8dbdf2; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; color: var(--ink); background: var(--page);
  font: 15px/1.5 system-ui, sans-serif; }
code, .number, .bits { font-family: ui-monospace, Consolas, monospace; font-size: .92em; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
nav { position: fixed; inset: 0 auto 0 0; width: 15rem; overflow-y: auto; padding: 1rem;
  background: var(--panel); border-right: 1px solid var(--line); font-size: 13px; }
nav details { margin: .2rem 0; }
nav summary { cursor: pointer; font-weight: 600; }
nav ul { list-style: none; margin: .2rem 0 .5rem; padding-left: 1rem; }
main { margin-left: 15rem; padding: 1.5rem 2.5rem 6rem; max-width: 68rem; }
h1 { margin: 0 0 .2rem; font-size: 1.7rem; }
h2 { margin: 3rem 0 .5rem; padding-top: .6rem; border-top: 2px solid var(--ink); }
h3 { margin: 2.4rem 0 .2rem; font-family: ui-monospace, Consolas, monospace; }
p { margin: .3rem 0 .8rem; }
.soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .28rem .7rem .28rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: 13px; }
td.number { white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: .5rem 0; }
dt { color: var(--soft); }
dd { margin: 0; }
.scroll { overflow-x: auto; }
.bits { display: grid; grid-template-columns: repeat(32, minmax(1.1rem, 1fr)); min-width: 40rem;
  margin: .8rem 0; font-size: 11.5px; text-align: center; }
.bits .place { color: var(--soft); font-size: 10px; }
.bits .field { background: var(--field); border: 1px solid var(--edge); margin-left: -1px;
  padding: .35rem .1rem; overflow: hidden; min-height: 2rem; }
.bits .narrow { writing-mode: vertical-rl; padding: .35rem 0; justify-self: stretch;
  display: flex; align-items: center; justify-content: flex-end; transform: rotate(180deg);
  margin: 0 0 0 0; }
.bits .none { border: 1px solid var(--line); margin-left: -1px; min-height: 2rem; }
@media (max-width: 60rem) { nav { position: static; width: auto; border: 0; }
  main { margin-left: 0; padding: 1rem; } }
@media print { nav { display: none; } main { margin: 0; max-width: none; }
  h3, .bits { break-after: avoid; } }
"""


def _hex(value: int, digits: int = 8) -> str:
    return f"{value:#0{digits + 2}x}"


def _place(frame: Frame, register: Register) -> str:
    """Offset of one register, or of the first and the last."""
    digits = max(3, len(f"{frame.size - 1:x}"))
    first, last = register.offset, register.at(register.count - 1)
    return _hex(first, digits) + (f" to {_hex(last, digits)}" if last > first else "")


def _names(register: Register, first: int = 0, last: int | None = None) -> str:
    """``GICD_ICFGR2 to 5``: those from the first index to the last."""
    last = register.count - 1 if last is None else last
    stem = len(register.name.rstrip("0123456789"))
    more = f" to {register.name_at(last)[stem:]}" if last > first else ""
    return register.name_at(first) + more


def _resets(register: Register) -> str:
    """The reset value, or each with those that have it."""
    if register.access is Access.WO:
        return "none: it cannot be read"
    runs = [
        (value, [*run])
        for value, run in groupby(range(register.count), key=register.resets.__getitem__)
    ]
    if len(runs) == 1:
        return f"<code>{_hex(runs[0][0])}</code>"
    parts = []
    for value, run in runs:
        parts.append(f"<code>{_hex(value)}</code> ({_names(register, run[0], run[-1])})")
    return ", ".join(parts)


def _bits(fields: Iterable[Field]) -> Iterator[str]:
    """The picture of the 32 bits."""
    yield '<div class="scroll"><div class="bits" aria-hidden="true">'
    yield from (f'<span class="place">{bit}</span>' for bit in range(31, -1, -1))
    above = 32
    for field in sorted(fields, key=lambda field: -field.lsb):
        top = field.lsb + field.width
        if top < above:
            yield f'<span class="none" style="grid-column: span {above - top}"></span>'
        tight = " narrow" if len(field.name) > 3 * field.width else ""
        yield (
            f'<span class="field{tight}" style="grid-column: span {field.width}">'
            f"{escape(field.name)}</span>"
        )
        above = field.lsb
    if above:
        yield f'<span class="none" style="grid-column: span {above}"></span>'
    yield "</div></div>"


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    yield "<table><tr><th>Bits</th><th>Field</th><th>Access</th><th></th></tr>"
    for field in sorted(fields, key=lambda field: -field.lsb):
        top = field.lsb + field.width - 1
        bits = f"{top}:{field.lsb}" if field.width > 1 else str(top)
        yield (
            f'<tr><td class="number">{bits}</td><td><code>{escape(field.name)}</code></td>'
            f"<td>{_ACCESS[field.access]}</td><td>{escape(field.doc)}</td></tr>"
        )
    yield "</table>"


def _forms(register: Register) -> Iterator[tuple[str, tuple[Field, ...]]]:
    """Each form of the register, with a heading where there are two."""
    if register.overlays:
        taken = sum(field.mask for field in register.overlays)
        rest = tuple(field for field in register.fields if not field.mask & taken)
        yield "First form", register.fields
        yield "Second form", rest + register.overlays
    elif register.fields:
        yield "", register.fields


def _register(anchor: str, frame: Frame, register: Register) -> Iterator[str]:
    yield f'<h3 id="{anchor}">{_names(register)}</h3>'
    yield f"<p>{escape(register.doc)}</p><dl>"
    bytes_ = "words, halfwords and bytes" if register.narrow else "words"
    facts = {
        "Offset": f"<code>{_place(frame, register)}</code>",
        "Access": f"{_ACCESS[register.access]}; {bytes_}",
        "After reset": _resets(register),
        "Banked": escape(register.banking) or "no",
        "A read": escape(register.reads),
        "Source": escape(register.source) or "this project",
    }
    yield from (f"<dt>{name}</dt><dd>{fact}</dd>" for name, fact in facts.items() if fact)
    yield "</dl>"
    for heading, fields in _forms(register):
        if heading:
            yield f'<p class="soft">{heading}</p>'
        yield from _bits(fields)
        yield from _fields(fields)


def _section(kind: str, blocks: list[Block]) -> Iterator[str]:
    frame = blocks[0].frame
    places = (f"{escape(block.name)} at <code>{_hex(block.address)}</code>" for block in blocks)
    yield f'<h2 id="{kind}">{kind}</h2><p>{escape(frame.doc)}: {", ".join(places)}.</p>'
    yield "<table><tr><th>Offset</th><th>Register</th><th>Access</th><th></th></tr>"
    for register in frame:
        yield (
            f'<tr><td class="number">{_place(frame, register)}</td>'
            f'<td><a href="#{kind}.{register.name}"><code>{_names(register)}</code></a></td>'
            f"<td>{_ACCESS[register.access]}</td><td>{escape(register.doc)}</td></tr>"
        )
    yield "</table>"
    for register in frame:
        yield from _register(f"{kind}.{register.name}", frame, register)


def _kinds(blocks: Iterable[Block]) -> dict[str, list[Block]]:
    """The blocks of the same registers together, by the name of the first if they differ."""
    kinds: dict[tuple[Register, ...], list[Block]] = {}
    for block in blocks:
        kinds.setdefault(block.frame.registers, []).append(block)
    names = [same[0].frame.name for same in kinds.values()]
    return {
        same[0].frame.name if names.count(same[0].frame.name) == 1 else same[0].name: same
        for same in kinds.values()
    }


def _map(kinds: Mapping[str, list[Block]]) -> Iterator[str]:
    """The address map."""
    placed = [(block, kind) for kind, blocks in kinds.items() for block in blocks]
    yield "<table><tr><th>Address</th><th>Size</th><th>Block</th><th></th></tr>"
    for block, kind in sorted(placed, key=lambda entry: entry[0].address):
        yield (
            f'<tr><td class="number">{_hex(block.address)}</td>'
            f'<td class="number">{block.frame.size:#x}</td>'
            f'<td><a href="#{kind}"><code>{escape(block.name)}</code></a></td>'
            f"<td>{escape(block.frame.doc)}</td></tr>"
        )
    yield "</table>"


def render_reference(
    blocks: Iterable[Block], *, title: str, facts: Mapping[str, object], notes: Iterable[str] = ()
) -> str:
    """The page's text. The same arguments give the same text.

    Parameters
    ----------
    blocks : iterable of Block
        Where the registers stand.
    title : str
        The page's heading.
    facts : mapping
        What the registers belong to: shown in a table under the heading.
    notes : iterable of str
        Paragraphs of plain text under that table.
    """
    kinds = _kinds(blocks)
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><nav>",
        '<p><a href="#top">Top</a></p>',
    ]
    for kind, same in kinds.items():
        lines.append(f'<details><summary><a href="#{kind}">{kind}</a></summary><ul>')
        lines += [
            f'<li><a href="#{kind}.{r.name}"><code>{r.name}</code></a></li>' for r in same[0].frame
        ]
        lines.append("</ul></details>")
    lines += ['</nav><main id="top">', f"<h1>{escape(title)}</h1><dl>"]
    lines += [
        f"<dt>{escape(name)}</dt><dd>{escape(str(fact))}</dd>" for name, fact in facts.items()
    ]
    lines += ["</dl>", *(f"<p>{escape(note)}</p>" for note in notes), *_map(kinds)]
    for kind, same in kinds.items():
        lines += _section(kind, same)
    return "\n".join([*lines, "</main></body></html>", ""])
