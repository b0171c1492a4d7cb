"""The card as one HTML page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from html import escape

from lineage.documents.card import Card, Section
from lineage.documents.regulation import GAP

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1c1f; --soft: #5b6168; --line: #dfe2e6;
  --page: #fff; --mark: #9a3412; --wash: #fff4ed; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a2a8b0; --line: #33383e;
  --page: #16181b; --mark: #fdba74; --wash: #2b1d14; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 68rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { color: var(--soft); }
div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
td.gap { color: var(--mark); background: var(--wash); padding-left: .5rem; }
"""


def to_html(card: Card) -> str:
    """The card; nothing that events say can become markup."""
    sections = "\n".join(map(_section, card.sections))
    title = escape(card.title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n<p>{escape(card.sentence)}</p>\n{sections}\n</main>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    heading = f"<section>\n<h2>{escape(section.title)}</h2>\n"
    if not section.rows:
        return f"{heading}<p>None.</p>\n</section>"
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in section.columns)
    head = f"<thead><tr>{columns}</tr></thead>\n" if any(section.columns) else ""
    rows = "\n".join(f"<tr>{''.join(map(_cell, cells))}</tr>" for cells in section.rows)
    return f"{heading}<div><table>\n{head}<tbody>\n{rows}\n</tbody>\n</table></div>\n</section>"


def _cell(said: str) -> str:
    is_gap = said == GAP or said.startswith(f"{GAP}: ")
    opening = '<td class="gap">' if is_gap else "<td>"
    return f"{opening}{escape(said)}</td>"
