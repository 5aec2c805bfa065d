import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ImportFailure } from "../imports/failure.ts";

/** Which description of the service is agreed to, by its SHA-256 (hex). */
export type PinnedWsdl = { file: string; sha256: string };

/** The recorded description that this connector was built against. */
export const RECORDED_WSDL: PinnedWsdl = {
  file: fileURLToPath(new URL("concrete.wsdl", import.meta.url)),
  sha256: "c573281b6a42ab2674dc6c9ddcc9b48f3ee713176c367cfe4c5d532a0397ca94",
};

/**
 * The description as text, read from disk and never from the network. Throws `wsdl_changed` when it is not the pinned
 * one: somebody must look at what changed before rows are read by it.
 */
export async function readWsdl({ file, sha256 }: PinnedWsdl): Promise<string> {
  const bytes = await readFile(file).catch(() => null);
  if (!bytes || createHash("sha256").update(bytes).digest("hex") !== sha256.toLowerCase()) {
    throw new ImportFailure("wsdl_changed");
  }
  return bytes.toString("utf8");
}
