import { Hono } from "hono";
import { type PersonExport, PersonQuery } from "../../contract/person.ts";
import { type AppEnv, parseJson } from "../../http.ts";
import { keyTexts } from "../../responses/texts/key-texts.ts";
import { exportPerson } from "../person/export-person.ts";
import { findPerson } from "../person/find-person.ts";
import { contextOf, operatorBody } from "./operator.ts";

/** `/admin/v1/person…`: what is held on one person. Signed by the operator, like all of `/admin/v1`. */
export const personRoutes = new Hono<AppEnv>().post("/export", async (c) => {
  const query = parseJson(PersonQuery, await operatorBody(c));
  const ctx = await contextOf(c, query.tenant);
  if (!(await keyTexts(ctx))) return c.json<PersonExport>({ kind: "again" });
  const found = await findPerson(ctx, query);
  if (found.kind === "several") return c.json<PersonExport>(found);
  return c.json<PersonExport>({ kind: "one", document: await exportPerson(ctx, found.patientId) });
});
