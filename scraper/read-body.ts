import { ImportFailure } from "./imports/failure.ts";

/** A body's bytes, as long as they are not more than `maxBytes`. Throws `answer_too_large` without reading on. */
export async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > maxBytes) throw new ImportFailure("answer_too_large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}
