import type { State } from "../words.ts";

/** A state as a coloured pill; the words carry it, the colour only helps. */
export function Chip({ tone, label, detail }: State) {
  return (
    <>
      <span class={`chip ${tone}`}>{label}</span>
      {detail ? <span class="sub">{detail}</span> : null}
    </>
  );
}
