import { asc } from "drizzle-orm";
import { Hono, type Context as HonoContext } from "hono";
import { Webhook } from "standardwebhooks";
import { migrate } from "../../../db/migrate.ts";
import { directoryMigrations, tenantMigrations } from "../../../db/migrations.ts";
import { tenants } from "../../../db/schema/directory.ts";
import { database, directoryOf } from "../../directory.ts";
import { HearbackError } from "../../errors.ts";
import { type AppEnv, parseJson, readBody } from "../../http.ts";
import { AddTenant, addTenant } from "./add-tenant.ts";

const MAX_BODY_BYTES = 100_000;

/** `/admin/v1…`: the operator's command line, signed with the operator's own secret. */
export const adminRoutes = new Hono<AppEnv>()
  .post("/tenants", async (c) => {
    const body = await operatorBody(c);
    return c.json(await addTenant(c.get("env"), parseJson(AddTenant, body), c.get("now")), 201);
  })
  .post("/tenants/list", async (c) => {
    await operatorBody(c);
    const rows = await directoryOf(c.get("env")).select().from(tenants).orderBy(asc(tenants.number));
    return c.json(rows.map(({ slug, name, status, database: db }) => ({ slug, name, status, database: db })));
  })
  .post("/migrate", async (c) => {
    await operatorBody(c);
    const env = c.get("env");
    const directory = directoryOf(env);
    const applied: Record<string, string[]> = { directory: await migrate(directory, directoryMigrations) };
    for (const tenant of await directory.select().from(tenants)) {
      applied[tenant.slug] = await migrate(database(env, tenant.database), tenantMigrations);
    }
    return c.json(applied);
  });

async function operatorBody(c: HonoContext<AppEnv>): Promise<string> {
  const body = await readBody(c.req.raw, MAX_BODY_BYTES);
  try {
    new Webhook(c.get("env").OPERATOR_SECRET).verify(body, c.req.header());
  } catch {
    throw new HearbackError("UNAUTHENTICATED", "This needs the operator's signature.");
  }
  return body;
}
