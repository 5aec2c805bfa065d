import type { DurableObjectState, DurableObjectStorage } from "@cloudflare/workers-types";
import { isStoreUnavailable } from "../../db/connect.ts";
import { raiseAlarm } from "../alarms.ts";
import { contextFor } from "../context.ts";
import { findTenant } from "../directory.ts";
import { type Env, readEnv } from "../env.ts";
import { createLog, errorFields } from "../log.ts";
import { openHeld } from "./survey/hold-answers.ts";
import { takeAnswers } from "./survey/take-answers.ts";

type Held = { id: string; sealed: string; held_at: number };

const RETRY_MS = 15_000;
const PER_PASS = 100;

/**
 * Keeps answers while the store is down, sealed, on disk, and hands them over when it is back. Handing over twice does
 * no harm: answers are taken once. The alarm sets itself anew for as long as anything is held, and never throws, because
 * the platform gives up on an alarm after six failures.
 */
export class AnswerSpool {
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;

  constructor(state: DurableObjectState, env: object) {
    this.#storage = state.storage;
    this.#env = readEnv(env);
    this.#storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS held (id TEXT PRIMARY KEY, sealed TEXT NOT NULL, held_at INTEGER NOT NULL) STRICT",
    );
  }

  /**
   * `POST /hold {id, sealed}`: kept when this answers 204. `POST /drain`: hand over now; answers how many still wait.
   * `GET /depth` answers that alone.
   */
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/drain") return Response.json({ waiting: await this.#handOver() });
    if (pathname === "/depth") return Response.json({ waiting: this.#waiting() });
    const { id, sealed } = (await request.json()) as Held;
    this.#storage.sql.exec("INSERT OR IGNORE INTO held VALUES (?, ?, ?)", id, sealed, Date.now());
    await this.#storage.setAlarm(Date.now() + RETRY_MS);
    return new Response(null, { status: 204 });
  }

  async alarm(): Promise<void> {
    await this.#handOver();
  }

  async #handOver(): Promise<number> {
    const rows = this.#storage.sql.exec<Held>("SELECT * FROM held ORDER BY held_at, id LIMIT ?", PER_PASS).toArray();
    for (const row of rows) {
      const isSettled = await settle(this.#env, row).catch((error: unknown) => {
        if (!isStoreUnavailable(error)) createLog().error("held answers not taken", errorFields(error));
        return false;
      });
      if (isSettled) this.#storage.sql.exec("DELETE FROM held WHERE id = ?", row.id);
    }
    const waiting = this.#waiting();
    if (waiting > 0) await this.#storage.setAlarm(Date.now() + RETRY_MS);
    return waiting;
  }

  #waiting(): number {
    return this.#storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM held").one().n;
  }
}

/** True when the answers are stored, were stored before, or can never be: then somebody is told. */
async function settle(env: Env, row: Held): Promise<boolean> {
  const held = await openHeld(env, row.id, row.sealed);
  const opened = await findTenant(env, { number: held.tenantNumber });
  if (!opened) throw new Error("held answers of no tenant");
  // The clock of the moment the patient pressed send: a link that has run out since was open then.
  const ctx = contextFor(env, opened, { type: "system", job: "answer-spool" }, () => row.held_at);
  const outcome = await takeAnswers(ctx, held);
  if (outcome.kind === "saved" || outcome.kind === "received") return true;
  await ctx.db.run(raiseAlarm(ctx, "spooled_answer_rejected", held.formVersion, { reason: outcome.kind }));
  return true;
}
