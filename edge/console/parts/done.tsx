import { DONE_WORDS } from "../done-words.ts";
import type { StaffRequest } from "../staff.ts";

/** What the form before this page did, said once. It takes the focus, so that it is heard as well as seen. */
export function Done({ request }: { request: StaffRequest }) {
  const words = DONE_WORDS[request.c.req.query("done") ?? ""];
  if (!words) return null;
  return (
    <p class="note ok" role="status" tabindex={-1} autofocus>
      {words}
    </p>
  );
}
