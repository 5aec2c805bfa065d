import { sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import { audienceOf, type BoundAudience } from "../../edge/engagement/audiences/registry.ts";
import { startDesk } from "../harness.ts";
import { peakMemoryMB } from "../sandbox/processes.ts";
import { alternate } from "./alternate.ts";
import { writePurchases, writeVisits } from "./past-visits.ts";
import type { Measured } from "./run.ts";

const SMALL = 10_000;
const LARGE = 1_000_000;
/** As many people are found whatever the history. */
const MATCHES = 500;
const DAY_MS = 86_400_000;

export const name = "audience";

/** Every audience over a million visits, against ten thousand; the line tells of the one that suffers most. */
export async function run(): Promise<Measured> {
  const desk = await startDesk();
  try {
    const now = Date.now();
    const [large, small] = [(await desk.addTenant()).db, (await desk.addTenant()).db];
    await fill(large, LARGE, now);
    await fill(small, SMALL, now);
    const measured: { kind: string; value: number; baseline: number; ratio: number }[] = [];
    for (const audience of audiences()) {
      const find = async (db: Db) => {
        const scope = { fromAt: now, toAt: now + DAY_MS, after: null, limit: 1_000, explains: false };
        const found = await db.all(audience.candidates(scope, now));
        if (found.length !== MATCHES) throw new Error(`${audience.kind} found ${found.length}`);
      };
      measured.push({
        kind: audience.kind,
        ...(await alternate(
          15,
          () => find(large),
          () => find(small),
          3,
        )),
      });
    }
    const times = measured.map(({ kind, value, baseline }) => ({
      kind,
      value: 1000 / value,
      baseline: 1000 / baseline,
    }));
    const worst = times.toSorted((a, b) => b.value / b.baseline - a.value / a.baseline)[0] ?? { value: 0, baseline: 1 };
    return {
      value: Number(worst.value.toFixed(2)),
      baseline: Number(worst.baseline.toFixed(2)),
      ratio: Number((worst.value / worst.baseline).toPrecision(4)),
      unit: "ms",
      aim: 1.3,
      aims: "most",
      memoryMB: await peakMemoryMB(desk.sqld.pid()),
      also: Object.fromEntries(
        times.map(({ kind, value, baseline }) => [kind, Number((value / baseline).toPrecision(3))]),
      ),
    };
  } finally {
    await desk.close();
  }
}

function audiences(): BoundAudience[] {
  const daysAgo = { from: 180, to: 180 + 1 };
  return [
    audienceOf("appointment_reminder", {}),
    // Of the visits that the bench has in reach of its scope: the rule is the same whatever became of them.
    audienceOf("visit_follow_up", { statuses: ["booked"] }),
    audienceOf("purchase_aggregate", { link: "source", lastDaysAgo: daysAgo }),
    audienceOf("unseen_since", { daysAgo, kinds: ["patient"] }),
  ].filter((audience) => audience !== null);
}

/** Half a thousand visits ahead, half a thousand half a year ago with a purchase, all others long past. */
async function fill(db: Db, count: number, now: number): Promise<void> {
  const long = sql`${now - 900 * DAY_MS} - n * 1000`;
  await writeVisits(db, count, {
    startsAt: sql`CASE WHEN n < ${MATCHES} THEN ${now} + n * 1000 WHEN n < ${2 * MATCHES}
      THEN ${Math.round(now - 180.5 * DAY_MS)} + n * 1000 ELSE ${long} END`,
    officeId: sql`'off_main'`,
    status: sql.raw(`CASE WHEN n < ${MATCHES} THEN 'booked' ELSE 'fulfilled' END`),
  });
  await writePurchases(db, MATCHES, count);
}
