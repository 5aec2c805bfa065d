/** What a text may say about the person it goes to. All optional: a template decides which it needs. */
export type MessageFields = Partial<Record<"sender" | "link" | "first_name" | "phone_to_call", string>>;

const PLACEHOLDER = /\{([a-z_]+)\}/g;

/** The filled text, or the placeholders that have no value; a hole never reaches a patient. */
export function fillTemplate(body: string, fields: MessageFields): { text: string } | { missing: string[] } {
  const missing = new Set<string>();
  const text = body.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(fields, name) ? fields[name as keyof MessageFields] : undefined;
    if (!value) missing.add(name);
    return value ?? "";
  });
  return missing.size > 0 ? { missing: [...missing] } : { text };
}
