import type { Child } from "hono/jsx";

/** A plot's width on a desk and on a phone, in units that come out near one pixel: its words keep their size. */
const WIDE = 720;
const NARROW = 320;

/** A plot drawn for a desk and once more for a phone, of which the page shows the one that fits. */
export function BothWidths({ draw }: { draw: (width: number) => Child }) {
  return (
    <>
      <div class="on-desk">{draw(WIDE)}</div>
      <div class="on-phone">{draw(NARROW)}</div>
    </>
  );
}

/** What the two tones of a plot stand for: the light one, then the full one. */
export function PlotKey({ light, full }: { light: string; full: string }) {
  return (
    <ul class="key">
      {[
        ["asked", light],
        ["answered", full],
      ].map(([tone, words]) => (
        <li>
          <svg viewBox="0 0 10 10" aria-hidden="true">
            <rect class={tone} width="10" height="10" rx="2" />
          </svg>
          {words}
        </li>
      ))}
    </ul>
  );
}

/** Styles of the plots; they go into the page with its nonce. */
export const PLOT_STYLE = `.plot{display:block;width:100%;height:auto}.grid{stroke:var(--hair);stroke-width:1}.tick{fill:var(--soft);font-size:12px}.on-phone{display:none}@media(max-width:46rem){.on-desk{display:none}.on-phone{display:block}}.asked{fill:color-mix(in srgb,var(--accent) 26%,var(--card));stroke:var(--accent);vector-effect:non-scaling-stroke}.answered{fill:var(--accent)}.bars{width:100%;border-collapse:collapse}.bars th{padding:.25rem .75rem .25rem 0;font-weight:400;text-align:left;width:42%;border:0}.bars td{padding:.25rem 0}.bars svg{display:block;width:100%;height:.75rem}.bars .num{width:5.5rem;padding-left:.75rem;white-space:nowrap}.key{display:flex;gap:1.25rem;margin:0 0 .5rem;padding:0;list-style:none;color:var(--soft);font-size:.875rem}.key svg{width:.75rem;height:.75rem;margin-right:.4rem;vertical-align:-.05rem}`;
