import type { DurableObjectState, DurableObjectStorage } from "@cloudflare/workers-types";
import { isStoreUnavailable } from "../../db/connect.ts";
import { raiseAlarm } from "../alarms.ts";
import { contextFor } from "../context.ts";
import { findTenant } from "../directory.ts";
import { type Env, readEnv } from "../env.ts";
import { createLog, errorFields } from "../log.ts";
import { type HeldAnswers, openHeld } from "./survey/hold-answers.ts";
import { takeAnswers } from "./survey/take-answers.ts";

type Held = { rowid: number; id: string; sealed: string; held_at: number };

const RETRY_MS = 15_000;
/** One pass ends after this, however much is held; the next begins at once. */
const PASS_MS = 20_000;
const PER_READ = 100;

/**
 * Keeps answers while the store is down, sealed, on disk, and hands them over when it is back. Handing over twice does
 * no harm: answers are taken once. The alarm sets itself anew for as long as anything is held, and never throws, because
 * the platform gives up on an alarm after six failures.
 */
export class AnswerSpool {
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;
  #pass: Promise<number> | null = null;

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
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + RETRY_MS);
    return new Response(null, { status: 204 });
  }

  async alarm(): Promise<void> {
    await this.#handOver();
  }

  /** One pass at a time: two together could bring a second page before its first. */
  #handOver(): Promise<number> {
    this.#pass ??= this.#handOverOnce().finally(() => {
      this.#pass = null;
    });
    return this.#pass;
  }

  async #handOverOnce(): Promise<number> {
    const until = Date.now() + PASS_MS;
    const pass = newPass(this.#env);
    let last = 0;
    while (Date.now() < until) {
      const rows = this.#read(last);
      for (const row of rows) {
        if (await pass.settle(row)) this.#storage.sql.exec("DELETE FROM held WHERE id = ?", row.id);
        last = row.rowid;
      }
      if (rows.length < PER_READ) break;
    }
    const waiting = this.#waiting();
    const isStuck = this.#read(last).length === 0;
    if (waiting > 0) await this.#storage.setAlarm(Date.now() + (isStuck ? RETRY_MS : 0));
    return waiting;
  }

  #waiting(): number {
    return this.#storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM held").one().n;
  }

  #read(after: number): Held[] {
    return this.#storage.sql
      .exec<Held>("SELECT rowid, * FROM held WHERE rowid > ? ORDER BY rowid LIMIT ?", after, PER_READ)
      .toArray();
  }
}

/**
 * One walk through what is held, in the order it came. After a failure the same link's next page waits too, and when a
 * tenant's store does not answer, all of that tenant's: nobody else waits for it.
 */
function newPass(env: Env) {
  const waiting = new Set<string | number>();
  return {
    /** True when the answers are stored, were stored before, or can never be. */
    async settle(row: Held): Promise<boolean> {
      const held = await openHeld(env, row.id, row.sealed).catch((error: unknown) => logFailure(error));
      if (!held || waiting.has(held.tenantNumber) || waiting.has(held.tokenHash)) return false;
      try {
        await handIn(env, held, row.held_at);
        return true;
      } catch (error) {
        if (isStoreUnavailable(error)) waiting.add(held.tenantNumber);
        else logFailure(error);
        waiting.add(held.tokenHash);
        return false;
      }
    },
  };
}

/** Stores the answers as of the moment the patient pressed send: a link that has run out since was open then. */
async function handIn(env: Env, held: HeldAnswers, heldAt: number): Promise<void> {
  const opened = await findTenant(env, { number: held.tenantNumber });
  if (!opened) throw new Error("held answers of no tenant");
  const ctx = contextFor(env, opened, { type: "system", job: "answer-spool" }, () => heldAt);
  const outcome = await takeAnswers(ctx, held);
  if (outcome.kind === "saved" || outcome.kind === "received") return;
  await ctx.db.run(raiseAlarm(ctx, "spooled_answer_rejected", held.formVersion, { reason: outcome.kind }));
}

function logFailure(error: unknown): null {
  createLog().error("held answers not taken", errorFields(error));
  return null;
}
