/** The sheet of the box: a table on a wide screen, a card for each piece at 390 px. */
export const BOX_STYLES = `
body { padding: 1.25rem 1rem 3rem; }
main { width: min(100%, 46rem); margin-inline: auto; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
main.wide { width: min(100%, 78rem); }
header { display: grid; gap: .25rem; }
header p, time { color: var(--soft); }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; overflow-wrap: anywhere; }
.digest { font-size: .8125rem; overflow-wrap: anywhere; }
.files { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
.files a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .125rem .75rem; padding: .75rem .875rem; border-radius: .875rem; background: var(--card); border: 1px solid var(--line); color: inherit; text-decoration: none; }
.files a:hover { border-color: var(--accent); }
.files strong { grid-column: 1 / -1; font-weight: 600; overflow-wrap: anywhere; }
.files span, .files time { font-size: .9375rem; }
.empty { color: var(--soft); padding: 1rem; border: 1px dashed var(--line); border-radius: .875rem; }
table { border-collapse: collapse; font-size: .875rem; width: 100%; }
th { text-align: start; color: var(--soft); font-weight: 500; white-space: nowrap; }
th, td { padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td { font-variant-numeric: tabular-nums; }
tbody tr:first-child td { border-bottom: 0; }
.long td { padding-top: 0; color: var(--soft); }
tbody:last-child tr:last-child td { border-bottom: 0; }
.scroll { overflow-x: auto; border-radius: .875rem; background: var(--card); border: 1px solid var(--line); }
@media (max-width: 640px) {
  .files a { grid-template-columns: minmax(0, 1fr); }
  .scroll { overflow: visible; background: none; border: 0; }
  thead { display: none; }
  table { display: grid; gap: .5rem; }
  tbody { display: block; padding: .75rem .875rem; border-radius: .875rem; background: var(--card); border: 1px solid var(--line); }
  tr { display: block; }
  td, .long td { padding: .125rem 0; border: 0; display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .5rem; overflow-wrap: anywhere; }
  td:empty { display: none; }
  td::before { content: attr(data-of); color: var(--soft); }
}
`;
