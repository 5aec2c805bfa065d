import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleEdge } from "../sandbox/built-worker.ts";
import type { Guard } from "./drill.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The product's files, by path, with the guard's clauses replaced. Throws when a clause is no longer once in its file:
 * then the drill's guard has to be found anew, or nobody knows whether the drill can still fail.
 */
export function textsWithout(guard: Guard): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, clause, without } of guard) {
    const path = ROOT + file;
    const text = texts.get(path) ?? readFileSync(path, "utf8");
    if (text.split(clause).length !== 2) throw new Error(`the guard's clause is not once in ${file}: ${clause}`);
    texts.set(
      path,
      text.replace(clause, () => without),
    );
  }
  return texts;
}

/** The Worker without a guard, so that a drill can be seen to fail. The product itself has no such switch. */
export function bundleWithout(guard: Guard): Promise<string> {
  const texts = textsWithout(guard);
  return bundleEdge([
    {
      name: "guard-off",
      setup(build) {
        build.onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
          const contents = texts.get(path);
          return contents === undefined ? null : { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
        });
      },
    },
  ]);
}
