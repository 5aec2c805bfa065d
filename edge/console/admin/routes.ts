import { asc } from "drizzle-orm";
import { Hono } from "hono";
import * as z from "zod";
import { migrate } from "../../../db/migrate.ts";
import { directoryMigrations, tenantMigrations } from "../../../db/migrations.ts";
import { tenants } from "../../../db/schema/directory.ts";
import { nudges } from "../../../db/schema/nudges.ts";
import { InboxQuery, InboxReplay, MessageQuery } from "../../contract/operator.ts";
import { ReadsQuery } from "../../contract/reads.ts";
import { database, directoryOf } from "../../directory.ts";
import { activateNudge, archiveNudge, findNudge, pauseNudge } from "../../engagement/change-nudge.ts";
import { explainNudges } from "../../engagement/explain-nudges.ts";
import { SaveNudge } from "../../engagement/nudge-input.ts";
import { previewNudge } from "../../engagement/preview-nudge.ts";
import { processNudges } from "../../engagement/process-nudges.ts";
import { saveNudge } from "../../engagement/save-nudge.ts";
import { listTemplates } from "../../engagement/templates/list-templates.ts";
import { SaveTemplate, saveTemplate } from "../../engagement/templates/save-template.ts";
import { type AppEnv, parseJson } from "../../http.ts";
import { rotateMachineKey } from "../../operations/machine-keys.ts";
import { rotateDataKey, rotateKek } from "../../operations/rotate-keys.ts";
import { addMissingPurge } from "../../operations/schedule-rows.ts";
import { verifyAudit } from "../../operations/verify-audit.ts";
import { TenantSettings } from "../../tenant-settings.ts";
import { listReads } from "../audit/list-reads.ts";
import { AddTenant, addTenant } from "./add-tenant.ts";
import { addWordings } from "./add-wordings.ts";
import { applyKit, Kit } from "./apply-kit.ts";
import { listInbox, replayInbound } from "./inbox.ts";
import { mediaBuyRoutes } from "./media-buys.ts";
import { contextOf, OneTenant, operatorBody } from "./operator.ts";
import { previewMessage } from "./preview-message.ts";
import { readReport } from "./report.ts";
import { SetTenant, setTenant } from "./set-tenant.ts";

const RotateMachineKey = OneTenant.extend({ overlapHours: z.int().min(0).max(720) });
const ChangeNudge = OneTenant.extend({
  code: z.string(),
  to: z.enum(["active", "paused", "archived"]),
  reason: z.string().max(200).default("paused by the operator"),
});

/** `/admin/v1…`: the operator's command line, signed with the operator's own secret. */
export const adminRoutes = new Hono<AppEnv>()
  .post("/tenants", async (c) => {
    const body = await operatorBody(c);
    const kit = parseJson(Kit, body);
    const input = parseJson(AddTenant, body);
    const added = await addTenant(c.get("env"), input, c.get("now"));
    return c.json({ ...added, kit: await applyKit(await contextOf(c, input.slug), kit) }, 201);
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
      const db = database(env, tenant.database);
      applied[tenant.slug] = await migrate(db, tenantMigrations);
      await addWordings(db, c.get("now")());
      await addMissingPurge(db, TenantSettings.parse(JSON.parse(tenant.settings)), c.get("now")());
    }
    return c.json(applied);
  })
  .post("/tenants/set", async (c) => {
    const body = await operatorBody(c);
    const kit = parseJson(Kit, body);
    const input = parseJson(SetTenant, body);
    const changed = await setTenant(await contextOf(c, input.tenant), input);
    return c.json({ ...changed, kit: await applyKit(await contextOf(c, input.tenant), kit) });
  })
  .post("/templates/save", async (c) => {
    const { tenant, ...input } = parseJson(OneTenant.extend(SaveTemplate.shape), await operatorBody(c));
    return c.json(await saveTemplate(await contextOf(c, tenant), input));
  })
  .post("/templates/list", async (c) => {
    const { tenant } = parseJson(OneTenant, await operatorBody(c));
    return c.json(await listTemplates(await contextOf(c, tenant)));
  })
  .post("/messages/preview", async (c) => {
    const query = parseJson(MessageQuery, await operatorBody(c));
    return c.json(await previewMessage(await contextOf(c, query.tenant), query));
  })
  .post("/report", async (c) => {
    const { tenant, days } = parseJson(OneTenant.extend({ days: z.int().min(1).max(400) }), await operatorBody(c));
    return c.json(await readReport(await contextOf(c, tenant), days));
  })
  .post("/inbox/list", async (c) => {
    const query = parseJson(InboxQuery, await operatorBody(c));
    return c.json(await listInbox(await contextOf(c, query.tenant), query));
  })
  .post("/inbox/replay", async (c) => {
    const { tenant, id } = parseJson(InboxReplay, await operatorBody(c));
    return c.json(await replayInbound(await contextOf(c, tenant), id));
  })
  .post("/audit/verify", async (c) => {
    const { tenant, after } = parseJson(OneTenant.extend({ after: z.int().min(0).default(0) }), await operatorBody(c));
    return c.json(await verifyAudit(await contextOf(c, tenant), after));
  })
  .post("/audit/reads", async (c) => {
    const query = parseJson(ReadsQuery, await operatorBody(c));
    return c.json(await listReads(await contextOf(c, query.tenant), query));
  })
  .post("/nudges/save", async (c) => {
    const { tenant, nudge } = parseJson(OneTenant.extend({ nudge: SaveNudge }), await operatorBody(c));
    return c.json(await saveNudge(await contextOf(c, tenant), nudge), 201);
  })
  .post("/nudges/change", async (c) => {
    const { tenant, code, to, reason } = parseJson(ChangeNudge, await operatorBody(c));
    const ctx = await contextOf(c, tenant);
    if (to === "active") return c.json(await activateNudge(ctx, code));
    return c.json(await (to === "paused" ? pauseNudge(ctx, code, reason) : archiveNudge(ctx, code)));
  })
  .post("/nudges/preview", async (c) => {
    const { tenant, code } = parseJson(OneTenant.extend({ code: z.string() }), await operatorBody(c));
    const ctx = await contextOf(c, tenant);
    return c.json(await previewNudge(ctx, await findNudge(ctx, code)));
  })
  .post("/nudges/list", async (c) => {
    const { tenant } = parseJson(OneTenant, await operatorBody(c));
    const rows = await (await contextOf(c, tenant)).db.select().from(nudges).orderBy(asc(nudges.code));
    return c.json(
      rows.map(({ code, name, category, audienceKind: audience, status }) => ({
        code,
        name,
        category,
        audience,
        status,
      })),
    );
  })
  .post("/nudges/explain", async (c) => {
    const { tenant, patientId } = parseJson(OneTenant.extend({ patientId: z.string() }), await operatorBody(c));
    return c.json(await explainNudges(await contextOf(c, tenant), patientId));
  })
  .post("/nudges/run", async (c) => {
    const { tenant } = parseJson(OneTenant, await operatorBody(c));
    return c.json(await processNudges(await contextOf(c, tenant)));
  })
  .route("/media-buys", mediaBuyRoutes)
  .post("/keys/rotate-kek", async (c) => {
    await operatorBody(c);
    return c.json(await rotateKek(c.get("env")));
  })
  .post("/keys/rotate-data", async (c) => {
    const { tenant } = parseJson(OneTenant, await operatorBody(c));
    return c.json(await rotateDataKey(await contextOf(c, tenant)), 201);
  })
  .post("/keys/rotate-machine", async (c) => {
    const { tenant, overlapHours } = parseJson(RotateMachineKey, await operatorBody(c));
    return c.json(await rotateMachineKey(await contextOf(c, tenant), overlapHours), 201);
  });
