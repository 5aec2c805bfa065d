import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../../context.ts";
import { EraseQuery, type PersonErased, type PersonExport, PersonQuery } from "../../contract/person.ts";
import { HearbackError } from "../../errors.ts";
import { type AppEnv, parseJson } from "../../http.ts";
import { erasePerson } from "../../operations/erase/erase-person.ts";
import { findErasure } from "../../operations/erase/find-erasure.ts";
import { readmitPerson } from "../../operations/erase/readmit-person.ts";
import { keyTexts } from "../../responses/texts/key-texts.ts";
import { exportPerson } from "../person/export-person.ts";
import { findPerson } from "../person/find-person.ts";
import { weighPerson } from "../person/weigh-person.ts";
import { contextOf, OneTenant, operatorBody } from "./operator.ts";

/** `/admin/v1/person…`: what is held on one person. Signed by the operator, like all of `/admin/v1`. */
export const personRoutes = new Hono<AppEnv>()
  .post("/export", async (c) => {
    const query = parseJson(PersonQuery, await operatorBody(c));
    const ctx = await contextOf(c, query.tenant);
    if (!(await keyTexts(ctx))) return c.json<PersonExport>({ kind: "again" });
    const found = await findPerson(ctx, query);
    if (found.kind === "several") return c.json<PersonExport>(found);
    return c.json<PersonExport>({ kind: "one", document: await exportPerson(ctx, found.patientId) });
  })
  .post("/erase", async (c) => {
    const query = parseJson(EraseQuery, await operatorBody(c));
    const ctx = await contextOf(c, query.tenant);
    if (!(await keyTexts(ctx))) return c.json<PersonErased>({ kind: "again" });
    // Said once more, it is done already.
    const erasureId = query.patient ? await findErasure(ctx, query.patient) : null;
    if (query.patient && erasureId) {
      const done = { patientId: query.patient, erasureId, sharedNumbers: 0, answersWaiting: 0 };
      return c.json<PersonErased>({ kind: "erased", ...done });
    }
    const found = await findPerson(ctx, query);
    if (found.kind === "several") return c.json<PersonErased>(found);
    return c.json<PersonErased>(await erase(ctx, found.patientId, query));
  })
  .post("/readmit", async (c) => {
    const { tenant, erasureId } = parseJson(OneTenant.extend({ erasureId: z.string() }), await operatorBody(c));
    return c.json(await readmitPerson(await contextOf(c, tenant), erasureId));
  });

async function erase(
  ctx: Context,
  patientId: string,
  { dryRun, confirm, after }: z.output<typeof EraseQuery>,
): Promise<PersonErased> {
  if (dryRun) return weighPerson(ctx, patientId);
  if (confirm !== patientId) {
    throw new HearbackError("BAD_REQUEST", "Look first, with a dry run; then repeat the id that it names, to confirm.");
  }
  const erased = await erasePerson(ctx, patientId, after);
  if (!erased.isDone) return { kind: "going_on", next: erased.next };
  const { isDone: _, ...rest } = erased;
  return { kind: "erased", patientId, ...rest };
}
