/** The sheet of the phone pages: one column at 390 px, list beside conversation from 900 px on. */
export const PHONE_STYLES = `
body { height: 100dvh; display: grid; grid-template-columns: minmax(0, 1fr); }
.list, .talk { min-height: 0; min-width: 0; }
.list { padding: 1.25rem 1rem 2rem; overflow-y: auto; }
.list header { padding: 0 .25rem 1rem; display: grid; gap: .25rem; }
.list h1, .list h2.title { font-size: 1.5rem; line-height: 1.2; letter-spacing: -.01em; font-weight: 700; }
.list .title a { color: inherit; text-decoration: none; }
.list .title a:hover { text-decoration: underline; }
.list header p { color: var(--soft); font-size: .9375rem; }
.phones { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
.phones a { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .125rem .75rem; align-items: center; padding: .75rem; border-radius: .875rem; background: var(--card); border: 1px solid var(--line); color: inherit; text-decoration: none; }
.phones a:hover { border-color: var(--accent); }
.phones a[aria-current] { border-color: var(--accent); box-shadow: inset 3px 0 0 var(--accent); }
.phones .avatar { grid-row: span 2; }
.phones strong { font-weight: 600; }
.phones time { color: var(--soft); font-size: .8125rem; }
.phones .preview { grid-column: 2 / -1; color: var(--soft); font-size: .9375rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.empty { color: var(--soft); padding: 1rem; border: 1px dashed var(--line); border-radius: .875rem; }
.open { display: flex; gap: .5rem; margin-top: 1rem; align-items: end; }
.open label { flex: 1; display: grid; gap: .25rem; font-size: .8125rem; color: var(--soft); }
.avatar { width: 2.75rem; height: 2.75rem; border-radius: 50%; display: grid; place-items: center; font-weight: 650; font-size: .9375rem; letter-spacing: .02em; background: hsl(var(--hue, 170) 45% 32%); color: #fff; }
.talk { display: grid; grid-template-columns: minmax(0, 1fr); grid-template-rows: auto minmax(0, 1fr) auto; background: var(--card); }
.bar { display: flex; align-items: center; gap: .75rem; padding: .75rem 1rem; border-bottom: 1px solid var(--line); }
.bar > div { min-width: 0; }
.bar > .avatar { flex: none; }
.back { display: grid; place-items: center; width: 2.75rem; height: 2.75rem; margin-left: -.75rem; text-decoration: none; font-size: 1.75rem; line-height: 1; border-radius: 50%; }
.bar h1 { font-size: 1.0625rem; line-height: 1.25; }
.bar p { color: var(--soft); font-size: .8125rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.threads { display: flex; gap: .375rem; padding: .5rem 1rem; border-bottom: 1px solid var(--line); overflow-x: auto; }
.threads a, .quick button { padding: .375rem .875rem; min-height: 2.25rem; border-radius: 1.125rem; border: 1px solid var(--line); background: none; color: inherit; text-decoration: none; font-size: .875rem; white-space: nowrap; }
.threads a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.talk #live { min-height: 0; display: flex; flex-direction: column; }
.log { padding: 1rem; flex: 1; min-height: 0; overflow-y: auto; display: flex; flex-direction: column; }
.log ol { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: .875rem; }
.log > :first-child { margin-top: auto; }
.day { align-self: center; font-size: .8125rem; color: var(--soft); padding: .125rem .75rem; border-radius: 1rem; background: var(--paper); }
.text { display: grid; justify-items: start; gap: .25rem; max-width: min(84%, 34rem); }
.text .bubble { padding: .625rem .875rem; border-radius: 1.25rem; border-end-start-radius: .375rem; background: light-dark(#ebe8e0, #26302d); white-space: pre-wrap; overflow-wrap: anywhere; }
.text.mine { align-self: end; justify-items: end; }
.text.mine .bubble { background: var(--accent); color: var(--on-accent); border-radius: 1.25rem; border-end-end-radius: .375rem; }
.text.mine .bubble a { color: inherit; }
.text.ghost .bubble { background: none; border: 1.5px dashed var(--soft); color: var(--soft); }
.text.ghost.bad .bubble { border-color: var(--warn); background: var(--warn-paper); }
.meta { font-size: .8125rem; color: var(--soft); padding: 0 .5rem; }
.bad .meta { color: var(--warn); }
.reply { border-top: 1px solid var(--line); padding: .625rem 1rem calc(.75rem + env(safe-area-inset-bottom)); display: grid; gap: .5rem; }
.quick { display: flex; gap: .375rem; overflow-x: auto; padding: 2px; margin: -2px; }
.quick button:hover, .threads a:hover { border-color: var(--accent); }
.write { display: flex; gap: .5rem; }
input { min-height: 2.75rem; padding: .5rem .875rem; border-radius: 1.375rem; border: 1px solid var(--line); background: var(--paper); min-width: 0; width: 100%; font-size: 1rem; }
.send { min-height: 2.75rem; padding: 0 1.125rem; border: 0; border-radius: 1.375rem; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
.nobody { display: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 899px) { body:has(.talk) .list { display: none; } }
@media (min-width: 900px) {
  body { grid-template-columns: 22rem minmax(0, 1fr); max-width: 80rem; margin-inline: auto; border-inline: 1px solid var(--line); }
  .list { border-right: 1px solid var(--line); }
  .back { display: none; }
  .nobody { display: grid; place-items: center; background: var(--card); color: var(--soft); text-align: center; padding: 2rem; }
  .log, .reply, .bar, .threads { padding-inline: 2rem; }
}
`;
