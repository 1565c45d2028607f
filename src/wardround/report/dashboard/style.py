"""What the dashboard's pages have besides the report's style sheet, and the script that sorts and filters."""

from __future__ import annotations

CSS = """\
.chart, .heat { display: block; width: 100%; height: auto; max-width: 1060px; }
.chart text, .heat text { font-size: 11px; fill: var(--quiet); }
.chart .grid { stroke: var(--rule); stroke-width: .7; }
.trend { fill: none; stroke: var(--head); stroke-width: 1.8; }
.band { fill: var(--head); fill-opacity: .16; stroke: none; }
.chart circle, .spark circle { fill: var(--head); }
.limit { stroke: var(--warn); stroke-width: 1.4; stroke-dasharray: 6 4; }
.chart .mark { stroke: var(--anchor); stroke-width: 1.2; }
.chart text.mark { stroke: none; fill: var(--ink); }
.crossed { fill: var(--warn); }
.spark { width: 120px; height: 25px; }
.heat rect { fill: var(--head); }
.h0 { fill-opacity: .07; } .h1 { fill-opacity: .2; } .h2 { fill-opacity: .36; }
.h3 { fill-opacity: .56; } .h4 { fill-opacity: .78; } .h5 { fill-opacity: 1; }
.heat rect.x { fill: var(--warn); }
.cross { stroke: var(--paper); stroke-width: 1; }
.spell { fill: var(--head); fill-opacity: .75; } .spell.odd { fill: var(--anchor); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(460px, 100%), 1fr)); gap: 12px 36px; }
.charts figure { min-width: 0; }
.charts h3 { margin-top: 4px; }
.badge.never { color: var(--none); background: var(--none-bg); }
th button { all: unset; cursor: pointer; }
th button:focus-visible, select:focus-visible { outline: 3px solid var(--head); outline-offset: 2px; }
th[aria-sort] button::after { content: " \\2193"; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
.filter { display: none; margin: 0 0 10px; }
.js .filter { display: block; }
select { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--rule); border-radius: 6px; padding: 3px 8px; }
.model h3 { margin-top: 0; }
footer { max-width: 1120px; margin: 0 auto; padding: 8px 24px 40px; color: var(--quiet); font-size: .88rem; }
"""

#: Only what is on the page is sorted and filtered; without it everything is shown.
SCRIPT = """\
document.documentElement.classList.add('js');
for (const table of document.querySelectorAll('table.sortable')) {
  table.querySelectorAll('thead th').forEach((head, place) => {
    const button = document.createElement('button');
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') === 'descending';
      table.querySelectorAll('thead th').forEach(other => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const text = row => (row.cells[place] ? row.cells[place].textContent.trim() : '');
      const value = row => { const n = parseFloat(text(row).replace('\\u2212', '-').replace(/,/g, '')); return Number.isNaN(n) ? null : n; };
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const one = value(a), other = value(b);
        const order = one === null || other === null ? text(a).localeCompare(text(b)) : one - other;
        return up ? order : -order;
      });
      table.tBodies[0].append(...rows);
    });
  });
}
for (const select of document.querySelectorAll('select[data-table]')) {
  const table = document.getElementById(select.dataset.table);
  select.addEventListener('change', () => {
    for (const row of table.tBodies[0].rows) row.hidden = Boolean(select.value) && row.dataset.kind !== select.value;
  });
}
"""
