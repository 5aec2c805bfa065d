import { sql } from "drizzle-orm";
import type { Db } from "../../db/connect.ts";
import type { Visit } from "./ingest.bench.ts";

/** Visits as a program without any promise would keep them: one table, everything in clear, the usual two indexes. */
export async function createPlainVisits(db: Db): Promise<void> {
  await db.run(sql`CREATE TABLE visits (id INTEGER PRIMARY KEY, patient_name TEXT, birth_date TEXT, phone TEXT,
    starts_at TEXT, status TEXT, provider TEXT, type TEXT, UNIQUE (patient_name, birth_date, starts_at, provider)) STRICT`);
  await db.run(sql`CREATE INDEX visits_starts ON visits (starts_at)`);
}

/** Writes them with the bare client: 1,000 statements to a batch. */
export async function insertPlainVisits(db: Db | undefined, visits: Visit[]): Promise<void> {
  for (let start = 0; start < visits.length; start += 1000) {
    const [first, ...rest] = visits
      .slice(start, start + 1000)
      .map((visit) =>
        db?.run(sql`INSERT INTO visits (patient_name, birth_date, phone, starts_at, status, provider, type) VALUES
          (${visit.patientName}, ${visit.birthDate}, ${visit.phone}, ${visit.startsAt}, ${visit.status}, ${visit.provider}, ${visit.type})`),
      )
      .filter((statement) => statement !== undefined);
    if (first) await db?.batch([first, ...rest]);
  }
}
