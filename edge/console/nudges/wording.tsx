import { parseTemplate } from "../../../templates/message/parse-template.ts";
import { TOKENS } from "../../../templates/message/tokens.ts";

/** A wording as staff read it: each blank by what stands there, not by its code. */
export function Wording({ body }: { body: string }) {
  const parsed = parseTemplate(body);
  if (!("parts" in parsed)) return body;
  return parsed.parts.map((part) => {
    if (typeof part === "string") return part;
    const [about] = TOKENS[part.token].about.split(",");
    return <span class="blank">{part.fallback ? `${about}, or “${part.fallback}”` : about}</span>;
  });
}
