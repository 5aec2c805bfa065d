import { Temporal } from "temporal-polyfill";
import { connect } from "../../db/connect.ts";
import { type Clinic, startDesk } from "../harness.ts";
import { peakMemoryMB, workerdPid } from "../sandbox/processes.ts";
import { startSqld } from "../sandbox/sqld.ts";
import { todayIn } from "../visits.ts";
import { alternate } from "./alternate.ts";
import { createPlainVisits, insertPlainVisits } from "./plain-visits.ts";
import type { Measured } from "./run.ts";

const ROWS = 20_000;
const DAYS = 20;
/** A container reads several days; their snapshots are pushed side by side. */
const PUSHES_AT_ONCE = 4;
const ROUNDS = 3;

export const name = "ingest";

/**
 * Appointments per second by signed pushes, sealed, indexed and audited, against the same rows written unsealed into
 * one table by a bare client, 1,000 to a batch. Each round has a new database on both sides.
 */
export async function run(): Promise<Measured> {
  // Nobody is woken: what is then planned and sent is measured by benchmarks of its own.
  const desk = await startDesk({}, { losesMessages: true });
  const plain = await startSqld();
  try {
    const days = visitsByDay();
    const clinics: Clinic[] = [];
    const bases: ReturnType<typeof connect>[] = [];
    for (let round = 0; round < ROUNDS + 2; round += 1) {
      clinics.push(await desk.addTenant());
      await plain.createNamespace(`plain${round}`);
      const db = connect({ url: plain.url, deadlineMs: 60_000 }, `plain${round}`);
      await createPlainVisits(db);
      bases.push(db);
    }
    const measured = await alternate(
      ROUNDS,
      () => pushAll(clinics.shift(), days),
      () => insertPlainVisits(bases.shift(), [...days.values()].flat()),
    );
    const pid = await workerdPid(Number(new URL(desk.edge.url).port));
    const perSecond = { value: Math.round(measured.value * ROWS), baseline: Math.round(measured.baseline * ROWS) };
    return { ...measured, ...perSecond, unit: "appointments/s", aim: 0.3, memoryMB: await peakMemoryMB(pid) };
  } finally {
    await plain.close();
    await desk.close();
  }
}

async function pushAll(clinic: Clinic | undefined, days: Map<string, object[]>): Promise<void> {
  const waiting = [...days];
  const line = async () => {
    for (let day = waiting.shift(); day; day = waiting.shift()) {
      const answer = await clinic?.push(...day);
      if (!answer?.ok) throw new Error(`push answered ${answer?.status}`);
    }
  };
  await Promise.all(Array.from({ length: PUSHES_AT_ONCE }, line));
}

export type Visit = ReturnType<typeof visit>;

function visitsByDay(): Map<string, Visit[]> {
  const last = Temporal.PlainDate.from(todayIn());
  return new Map(
    Array.from({ length: DAYS }, (_, index) => {
      const on = last.subtract({ days: index }).toString();
      return [on, Array.from({ length: ROWS / DAYS }, (_, row) => visit(on, index * (ROWS / DAYS) + row))];
    }),
  );
}

function visit(on: string, index: number) {
  const two = (value: number) => String(value).padStart(2, "0");
  return {
    patientName: `PATIENT TEST${index} SAMPLE`,
    birthDate: `${1940 + (index % 70)}-03-${two(1 + (index % 28))}`,
    phone: `+1202555${String(100 + (index % 100)).padStart(4, "0")}`,
    startsAt: `${on}T${two(9 + (index % 10))}:${two(index % 60)}`,
    status: index % 3 === 0 ? "Seen" : "Scheduled",
    provider: "BHUC COMMON GROUND",
    type: "CLINICIAN",
  };
}
