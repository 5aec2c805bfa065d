import { VERSION_FIELD } from "../../../templates/surveys/pages/survey-page.tsx";
import { HearbackError } from "../../errors.ts";
import { readBody } from "../../http.ts";
import type { PatientContext } from "./visit.ts";

/** Far above what any survey's texts add up to, far below what costs anything to read. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_FIELDS = 200;
const MAX_NAME_LENGTH = 200;

export type PostedForm = { formVersion: string; entries: [string, string][] };

/** The origins from which our own forms are posted. */
export function ownOrigins(c: PatientContext): string[] {
  return [new URL(c.var.env.PUBLIC_URL).origin, new URL(c.req.url).origin];
}

/**
 * The fields of a posted form, in order, repeats and all.
 * @throws HearbackError FORBIDDEN for another site's form, UNSUPPORTED_TYPE for anything but a plain form,
 *   TOO_LARGE, or BAD_REQUEST for more fields or longer names than any form of ours has
 */
export async function readForm(request: Request, ownOrigins: string[]): Promise<PostedForm> {
  refuseForeignOrigin(request.headers, ownOrigins);
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new HearbackError("UNSUPPORTED_TYPE", "Send the form as application/x-www-form-urlencoded.");
  }
  const entries = [...new URLSearchParams(await readBody(request, MAX_BODY_BYTES))];
  if (entries.length > MAX_FIELDS) throw new HearbackError("BAD_REQUEST", "The form has too many fields.");
  if (entries.some(([name]) => name.length > MAX_NAME_LENGTH)) {
    throw new HearbackError("BAD_REQUEST", "The form has a field with too long a name.");
  }
  const versions = entries.filter(([name]) => name === VERSION_FIELD);
  if (versions.length > 1) throw new HearbackError("BAD_REQUEST", "The form names its version twice.");
  return {
    formVersion: versions[0]?.[1] ?? "",
    entries: entries.filter(([name]) => name !== VERSION_FIELD),
  };
}

/**
 * Our pages say `Referrer-Policy: no-referrer`, and a browser then sends `Origin: null` even with our own form; so null
 * alone proves nothing, and where the browser says more (`Sec-Fetch-Site`), that decides.
 */
function refuseForeignOrigin(headers: Headers, ownOrigins: string[]): void {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const isForeign = origin !== null && origin !== "null" && !ownOrigins.includes(origin);
  if (isForeign || (site !== null && site !== "same-origin" && site !== "none")) {
    throw new HearbackError("FORBIDDEN", "This form was posted from another site.");
  }
}
