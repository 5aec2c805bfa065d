import type { Checked } from "./check.ts";
import type { World, WorldOptions } from "./world.ts";

/** What a drill gets: parts to start, and chance that the seed repeats. */
export type Kit = {
  /** Starts the real parts; they end with the drill. */
  world(options?: WorldOptions): Promise<World>;
  /** Uniform in [0, 1), the same for the same seed. */
  random(): number;
  /** How often to repeat: the first number in the short form, the second with `--long`. */
  rounds(short: number, long: number): number;
  isLong: boolean;
  /** Puts an invariant's result, or a figure, onto the drill's JSON line. */
  report(found: Checked | Record<string, number | string>): void;
};

/** A clause of the product's text that protects against the fault; `GUARD_OFF=<id>` builds the Worker without it. */
export type Guard = { file: string; clause: string; without: string }[];

export type Drill = {
  kind: "drill" | "load";
  title: string;
  ids: string[];
  guard: Guard;
  run: (kit: Kit) => Promise<void>;
};

type Options = { guard?: Guard };

/** A fault and what must hold afterwards. The title states the guarantee and carries its ids: `… [F-1]`. */
export function drill(title: string, run: Drill["run"], { guard = [] }: Options = {}): Drill {
  return { kind: "drill", title, ids: idsIn(title), guard, run };
}

/** The same for a load that must be held. */
export function load(title: string, run: Drill["run"], { guard = [] }: Options = {}): Drill {
  return { kind: "load", title, ids: idsIn(title), guard, run };
}

function idsIn(title: string): string[] {
  return [...(/\[([^\]]+)\]$/.exec(title)?.[1] ?? "").matchAll(/[FL]-\d+/g)].map(([id]) => id);
}
