import type { DurableObjectStub } from "@cloudflare/workers-types";
import * as z from "zod";
import type { Env } from "../../env.ts";
import { openWithKek, sealWithKek } from "../../keys.ts";

/** Answers that wait for the store, as the spool keeps them. */
export const HeldAnswers = z.object({
  tenantNumber: z.int(),
  token: z.string(),
  tokenHash: z.string(),
  step: z.enum(["first", "more"]),
  formVersion: z.string(),
  entries: z.array(z.tuple([z.string(), z.string()])),
  locale: z.string(),
});
export type HeldAnswers = z.infer<typeof HeldAnswers>;

/** Shorter than a patient's patience. */
const SPOOL_DEADLINE_MS = 3_000;

/** The one spool. Sealed content only; which clinic an item is for is inside the seal. */
function spoolOf(env: Env): DurableObjectStub {
  return env.ANSWER_SPOOL.get(env.ANSWER_SPOOL.idFromName("answers"));
}

/** Puts answers into the spool while the store is down. False when they could not be kept there either. */
export async function holdAnswers(env: Env, held: HeldAnswers): Promise<boolean> {
  const id = `${held.tokenHash}/${held.step}`;
  try {
    const sealed = await sealWithKek(env.KEY_ENCRYPTION_KEYS, place(id), JSON.stringify(held));
    const answer = await spoolOf(env).fetch("https://spool/hold", {
      method: "POST",
      body: JSON.stringify({ id, sealed }),
      signal: AbortSignal.timeout(SPOOL_DEADLINE_MS) as never, // DOM and Workers each have their own type of it
    });
    return answer.ok;
  } catch {
    return false;
  }
}

/** What `holdAnswers` sealed. Throws when it was changed or its key is gone. */
export async function openHeld(env: Env, id: string, sealed: string): Promise<HeldAnswers> {
  return HeldAnswers.parse(JSON.parse(await openWithKek(env.KEY_ENCRYPTION_KEYS, place(id), sealed)));
}

/** Asks the spool to hand over what it holds; for the clock, in case an alarm was lost. */
export async function drainSpool(env: Env): Promise<void> {
  await spoolOf(env).fetch("https://spool/drain", { method: "POST" });
}

/** How many answers wait in the spool. Throws when it does not answer. */
export async function spoolDepth(env: Env): Promise<number> {
  const answer = await spoolOf(env).fetch("https://spool/depth");
  return z.object({ waiting: z.int() }).parse(await answer.json()).waiting;
}

function place(id: string) {
  return { table: "answer_spool", row: id };
}
