"""The page's style sheet. Contrast of text is at least 4.5 in both schemes (WCAG 2.2 AA)."""

from __future__ import annotations

CSS = """\
:root {
  color-scheme: light dark;
  --ink: #1d2329; --quiet: #58626d; --rule: #d5dae0; --paper: #ffffff; --page: #f4f6f8; --shade: #eef2f6;
  --head: #0072b2; --base: #d55e00; --anchor: #009e73; --warn: #a3324f; --link: #005a8f;
  --pass: #1a6b3c; --pass-bg: #e6f4ea; --refuse: #a11d33; --refuse-bg: #fdebed;
  --unknown: #7a4a00; --unknown-bg: #fff2da; --none: #58626d; --none-bg: #eceff2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e8ec; --quiet: #a3adb8; --rule: #39424c; --paper: #171c22; --page: #0f1317; --shade: #1e252d;
    --head: #56b4e9; --base: #f0a33f; --anchor: #34c79b; --warn: #f08aa3; --link: #7cc4f2;
    --pass: #7fd6a0; --pass-bg: #14311f; --refuse: #ff9aa8; --refuse-bg: #3d161d;
    --unknown: #f3c26b; --unknown-bg: #35270d; --none: #a3adb8; --none-bg: #262d35;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
}
header, main { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; }
.kind { margin: 0; color: var(--quiet); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; font-weight: 600; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.01em; overflow-wrap: anywhere; }
.subtitle { margin: 4px 0 0; color: var(--quiet); overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 1.3rem; line-height: 1.3; }
h3 { margin: 24px 0 8px; font-size: 1.05rem; }
p { margin: 0 0 12px; max-width: 76ch; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--head); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 12px; top: 12px; background: var(--paper); padding: 8px 12px; }
code {
  font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  background: var(--shade); padding: .1em .35em; border-radius: 4px; overflow-wrap: anywhere;
}
main > section {
  background: var(--paper); border: 1px solid var(--rule); border-radius: 10px; padding: 24px 28px; margin: 0 0 20px;
}
main > .answer { margin-top: 20px; border-left: 8px solid var(--none); }
.answer.pass { border-left-color: var(--pass); }
.answer.refuse { border-left-color: var(--refuse); }
.answer.unknown { border-left-color: var(--unknown); }
.answer h2 .badge { font-size: 1.1rem; padding: 4px 14px 4px 8px; }
.sentence { font-size: 1.25rem; line-height: 1.45; max-width: 70ch; overflow-wrap: anywhere; }
.next { overflow-wrap: anywhere; }
.answer dl { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 16px 0 0; padding-top: 14px; border-top: 1px solid var(--rule); }
.answer dt { color: var(--quiet); font-size: .82rem; }
.answer dd { margin: 0; overflow-wrap: anywhere; }
.badge {
  display: inline-flex; align-items: center; gap: .45em; white-space: nowrap; font-weight: 600; font-size: .88rem;
  padding: 2px 10px 2px 5px; border-radius: 999px; color: var(--none); background: var(--none-bg);
}
.badge .icon {
  display: inline-grid; place-items: center; width: 1.35em; height: 1.35em; border-radius: 50%;
  background: currentColor; font-weight: 700; font-size: .9em; line-height: 1;
}
.badge .icon > span { color: var(--paper); }
.badge.pass { color: var(--pass); background: var(--pass-bg); }
.badge.refuse { color: var(--refuse); background: var(--refuse-bg); }
.badge.unknown { color: var(--unknown); background: var(--unknown-bg); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 20px; padding: 0 4px; font-size: .92rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.scroll { overflow-x: auto; margin: 0 0 16px; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding: 0 0 8px; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--rule); overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 4px; }
thead th { font-size: .82rem; color: var(--quiet); font-weight: 600; vertical-align: bottom; border-bottom: 2px solid var(--rule); overflow-wrap: normal; }
tbody th { font-weight: 400; }
.pair { table-layout: fixed; }
.pair th:first-child { width: 46%; }
.number { text-align: right; overflow-wrap: normal; }
td a code { white-space: nowrap; }
td.number { white-space: nowrap; }
.under { display: block; color: var(--quiet); font-size: .86em; }
tr.main > * { background: var(--shade); }
tr.main > th { font-weight: 600; }
tr.main > :first-child { padding-left: 8px; }
tr.group th { font-weight: 600; padding-top: 14px; padding-left: 0; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 4px 40px; }
.beside > div { min-width: 0; }
.quiet { color: var(--quiet); font-size: .92rem; max-width: 90ch; }
.warn { border-left: 4px solid var(--unknown); background: var(--unknown-bg); padding: 10px 14px; border-radius: 0 6px 6px 0; }
.withheld { color: var(--quiet); }
figure { margin: 8px 0 16px; }
figure svg { display: block; width: 100%; height: auto; max-width: 1000px; }
figcaption { color: var(--quiet); font-size: .9rem; margin-top: 4px; max-width: 90ch; }
pre { overflow-x: auto; font-size: .85rem; line-height: 1.35; }
details { border-top: 1px solid var(--rule); padding: 10px 0 0; margin: 10px 0 0; }
summary { cursor: pointer; font-weight: 600; color: var(--link); margin-bottom: 8px; }
.notes > div { display: flex; gap: 12px; }
.notes dt { font-weight: 600; }
.notes dd { margin: 0; }
sup { line-height: 0; }
@media (max-width: 760px) {
  header, main { padding-left: 14px; padding-right: 14px; }
  main > section { padding: 18px 16px; }
  h1 { font-size: 1.6rem; }
  .sentence { font-size: 1.12rem; }
}
@media print {
  :root {
    --ink: #000; --quiet: #444; --rule: #bbb; --paper: #fff; --page: #fff; --shade: #f2f2f2;
    --head: #0072b2; --base: #d55e00; --anchor: #009e73; --warn: #a3324f; --link: #000;
    --pass: #1a6b3c; --pass-bg: #e6f4ea; --refuse: #a11d33; --refuse-bg: #fdebed;
    --unknown: #7a4a00; --unknown-bg: #fff2da; --none: #444; --none-bg: #eee;
  }
  @page { margin: 16mm 14mm; }
  body { font-size: 10pt; }
  header, main { max-width: none; padding: 0; }
  nav, .skip { display: none; }
  main > section { border: 0; border-radius: 0; padding: 0; margin: 0 0 16pt; }
  main > .answer { border-left: 6px solid; padding-left: 12pt; }
  h2, h3, caption, summary { break-after: avoid; }
  tr, figure, .answer { break-inside: avoid; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; color: var(--ink); }
  .badge, tr.main > * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
