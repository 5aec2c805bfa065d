import type { Check } from "../why/explain.ts";

const SIGNS = {
  yes: ["✓", "yes"],
  no: ["✕", "no"],
  hold: ["…", "not now"],
  after: ["–", "not asked any more"],
} as const;

/** What was made sure of, one line each; the sign is also said in words. */
export function Checks({ checks }: { checks: Check[] }) {
  return (
    <ul class="gates">
      {checks.map(({ outcome, words, detail }) => {
        const [sign, said] = SIGNS[outcome];
        return (
          <li class={outcome}>
            <span aria-hidden="true">{sign}</span>
            <span>
              {words}
              <span class="vh">: {said}</span>
              {detail ? <span class="sub">{detail}</span> : null}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
