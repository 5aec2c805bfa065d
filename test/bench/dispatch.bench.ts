import { sql } from "drizzle-orm";
import { eventually, startDesk } from "../harness.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import { openAllDay, seenVisit, todayIn } from "../visits.ts";
import { inLines } from "./plain-worker.ts";
import type { Measured } from "./run.ts";

const TEXTS = 2_000;
const CONNECTIONS = 6;
const ANSWER_MS = 50;

export const name = "dispatch";

/**
 * Texts handed over per second, claimed, judged and recorded, against a bare loop of the same requests over as many
 * connections, with a provider that answers after 50 ms.
 */
export async function run(): Promise<Measured> {
  const desk = await startDesk({ SENDER_RATE_PER_SECOND: "1000" });
  desk.twilio.tune({ callbacks: "none", providerDelayMs: ANSWER_MS });
  try {
    const bare = await bareLoop(desk.twilio.url, desk.edge.settings);
    const clinic = await desk.addTenant({ settings: { office: openAllDay } });
    await clinic.db.run(sql`INSERT INTO pauses (id, reason, by, created_at) VALUES ('pse_bench', 'bench', 'bench', 0)`);
    await clinic.push(
      todayIn(),
      Array.from({ length: TEXTS }, (_, index) => visit(index)),
    );
    await eventually(async () => {
      const [row] = await clinic.db.all<{ n: number }>(sql`SELECT count(*) AS n FROM touches WHERE status = 'planned'`);
      return row?.n === TEXTS;
    }, 60_000);
    await clinic.db.run(sql`UPDATE pauses SET lifted_at = 1`);
    const began = performance.now();
    await desk.edge.cron();
    await eventually(async () => {
      const [row] = await clinic.db.all<{ n: number }>(
        sql`SELECT count(*) AS n FROM touches WHERE status = 'accepted'`,
      );
      return row?.n === TEXTS;
    }, 300_000);
    const value = Math.round(TEXTS / ((performance.now() - began) / 1000));
    const pid = await workerdPid(Number(new URL(desk.edge.url).port));
    const ratio = Number((value / bare).toPrecision(4));
    return { value, baseline: bare, ratio, unit: "texts/s", aim: 0.7, memoryMB: await peakMemoryMB(pid) };
  } finally {
    await desk.close();
  }
}

async function bareLoop(url: string, settings: Record<string, string>): Promise<number> {
  const sid = settings.TWILIO_ACCOUNT_SID ?? "";
  const authorization = `Basic ${Buffer.from(`${sid}:${settings.TWILIO_AUTH_TOKEN}`).toString("base64")}`;
  const began = performance.now();
  await inLines(
    CONNECTIONS,
    Array.from({ length: TEXTS }, (_, index) => index),
    async (index) => {
      const body = new URLSearchParams({
        To: phone(index),
        MessagingServiceSid: settings.TWILIO_MESSAGING_SERVICE_SID ?? "",
        Body: "hello",
      });
      const answer = await fetch(`${url}/2010-04-01/Accounts/${sid}/Messages.json`, {
        method: "POST",
        headers: { authorization },
        body,
      });
      if (answer.status !== 201) throw new Error(`the provider answered ${answer.status}`);
      await answer.arrayBuffer();
    },
  );
  return Math.round(TEXTS / ((performance.now() - began) / 1000));
}

function visit(index: number) {
  const name = `RIVER TEST${String.fromCharCode(65 + (index % 26), 65 + (Math.floor(index / 26) % 26), 65 + Math.floor(index / 676))}`;
  return seenVisit({ patientName: name, phone: phone(index) });
}

/** Fiction in every area: 555-0100 to 555-0199. */
function phone(index: number): string {
  return `+1${201 + Math.floor(index / 100)}555${String(100 + (index % 100)).padStart(4, "0")}`;
}
