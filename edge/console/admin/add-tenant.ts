import { eq, sql } from "drizzle-orm";
import * as z from "zod";
import { auditEvents } from "../../../db/audit.ts";
import type { Db } from "../../../db/connect.ts";
import { newId } from "../../../db/ids.ts";
import { migrate } from "../../../db/migrate.ts";
import { directoryMigrations, tenantMigrations } from "../../../db/migrations.ts";
import { apiKeys, memberships, tenantKeys, tenants } from "../../../db/schema/directory.ts";
import { offices } from "../../../db/schema/people.ts";
import type { Clock } from "../../clock.ts";
import { refuseMissingProviders } from "../../delivery/channels.ts";
import { database, directoryOf, forgetDirectory } from "../../directory.ts";
import type { Env } from "../../env.ts";
import { HearbackError } from "../../errors.ts";
import { makeWrappedKey } from "../../keys.ts";
import { type MachineKey, makeMachineKey } from "../../operations/machine-keys.ts";
import { writeSchedules } from "../../operations/schedule-rows.ts";
import { storeOffices } from "../../sources/store-offices.ts";
import { OFFICE_ID } from "../../sources/store-rows.ts";
import { TenantSettings } from "../../tenant-settings.ts";
import { addWordings } from "./add-wordings.ts";
import { publishSurvey } from "./publish-survey.ts";

export const AddTenant = z.object({
  slug: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, "expected a short name such as common-ground"),
  name: z.string().min(1).max(80),
  settings: TenantSettings,
  /** Staff who may sign in, by the e-mail their identity provider gives. */
  staff: z
    .array(z.object({ email: z.email(), role: z.enum(["admin", "clinic_lead", "front_desk", "analyst", "auditor"]) }))
    .default([]),
});
export type AddTenant = z.infer<typeof AddTenant>;

/** The machine key is shown this once. */
export type AddedTenant = { tenantId: string; database: string; key: MachineKey };

/**
 * Makes a clinic's database, keys, office, surveys, wordings and schedule, and a key for its container. Throws CONFLICT
 * when the slug is taken. A run that broke off can be repeated: all before the last step is safe to do twice.
 */
export async function addTenant(env: Env, input: AddTenant, now: Clock): Promise<AddedTenant> {
  refuseMissingProviders(env, input.settings);
  await migrate(await madeDatabase(env, "directory"), directoryMigrations);
  const directory = directoryOf(env);
  const taken = await directory.select().from(tenants).where(eq(tenants.slug, input.slug));
  if (taken.length > 0) throw new HearbackError("CONFLICT", `There is a tenant ${input.slug} already.`);
  const name = `tenant-${input.slug}`;
  const db = await madeDatabase(env, name);
  await migrate(db, tenantMigrations);
  await furnish(db, input, now());
  const added = await register(env, directory, input, name, now());
  forgetDirectory();
  return added;
}

/** A client of the database, made first where the store makes them on request (a sqld with namespaces). */
async function madeDatabase(env: Env, name: string): Promise<Db> {
  if (env.STORE_ADMIN_URL) {
    const headers = { "content-type": "application/json" };
    const made = await fetch(`${env.STORE_ADMIN_URL}/v1/namespaces/${name}/create`, {
      method: "POST",
      headers,
      body: "{}",
    });
    // 400 says that it exists; whether it can be used, the next query tells.
    if (made.status === 200) {
      const body = JSON.stringify({ durability_mode: "strong" });
      await fetch(`${env.STORE_ADMIN_URL}/v1/namespaces/${name}/config`, { method: "POST", headers, body }).catch(
        () => null,
      );
    }
  }
  return database(env, name);
}

async function furnish(db: Db, { settings, slug }: AddTenant, now: number): Promise<void> {
  const { office, ask } = settings;
  await addWordings(db, now);
  await db.batch([
    db
      .insert(offices)
      .values({ id: OFFICE_ID, ...office, closedDays: JSON.stringify(office.closedDays) })
      .onConflictDoNothing(),
    ...storeOffices(settings.offices, now).map((statement) => db.run(statement)),
    db.run(publishSurvey(ask.surveyId, now)),
    ...writeSchedules(db, settings, now),
    db.run(auditEvents({ at: now, actor: "operator", requestId: slug }, [{ action: "tenant.added", entityId: slug }])),
  ]);
}

async function register(env: Env, directory: Db, input: AddTenant, name: string, now: number): Promise<AddedTenant> {
  const tenantId = newId("tenant", now);
  const keks = env.KEY_ENCRYPTION_KEYS;
  const machine = await makeMachineKey(env, tenantId, now);
  const keys = await Promise.all([
    makeWrappedKey(keks, tenantId, newId("key", now), "seal"),
    makeWrappedKey(keks, tenantId, newId("key", now), "index"),
  ]);
  await directory.batch([
    directory.run(sql`INSERT INTO ${tenants} (id, number, slug, name, database, settings, status, next_due_at, created_at)
      SELECT ${tenantId}, coalesce(max(number), 0) + 1, ${input.slug}, ${input.name}, ${name}, ${JSON.stringify(input.settings)},
        'active', ${now}, ${now} FROM ${tenants}`),
    directory.insert(tenantKeys).values(keys.map((key) => ({ ...key, tenantId, createdAt: now }))),
    directory.insert(apiKeys).values(machine.row),
    ...(input.staff.length > 0
      ? [
          directory
            .insert(memberships)
            .values(
              input.staff.map(({ email, role }) => ({ tenantId, email: email.toLowerCase(), role, createdAt: now })),
            ),
        ]
      : []),
  ]);
  return { tenantId, database: name, key: machine.key };
}
