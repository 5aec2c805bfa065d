import type { Typed } from "../form.ts";

/** Why the form was not taken; it has the focus, and what was typed is still in the form under it. */
export function ProblemNote({ typed: { problem } }: { typed: Typed }) {
  if (!problem) return null;
  return (
    <p class="note bad" role="alert" tabindex={-1} autofocus>
      {problem}
    </p>
  );
}
