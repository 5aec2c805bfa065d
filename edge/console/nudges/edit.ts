import * as z from "zod";
import { findNudge } from "../../engagement/change-nudge.ts";
import { SaveNudge } from "../../engagement/nudge-input.ts";
import { type SavedNudge, saveNudge } from "../../engagement/save-nudge.ts";
import { type FieldProblem, HearbackError } from "../../errors.ts";
import { readForm } from "../form.ts";
import type { StaffRequest } from "../staff.ts";
import { formPage } from "./form-page.tsx";
import { getNudge } from "./one-page.tsx";
import { nudgeOf, problemsByField } from "./read-values.ts";
import { newValues, type Values, valuesOf, withStepsChanged } from "./values.ts";

/** `GET /nudges/new`: an empty form. */
export function showNew(request: StaffRequest): Promise<Response> {
  return formPage(request, null, { values: newValues(), problems: new Map() });
}

/** `GET /nudges/:code/edit`: the form as the nudge fills it. Throws NOT_FOUND. */
export async function showEdit(request: StaffRequest): Promise<Response> {
  const code = request.c.req.param("code") ?? "";
  const { nudge, steps } = await getNudge(request.ctx, code);
  return formPage(request, code, { values: valuesOf(nudge, steps), problems: new Map() });
}

/** `POST /nudges`: writes a new nudge, or shows the form again with what was typed and what is wrong with it. */
export async function create(request: StaffRequest): Promise<Response> {
  return save(request, null);
}

/** `POST /nudges/:code/edit`: the same for one that is there. Throws NOT_FOUND. */
export async function edit(request: StaffRequest): Promise<Response> {
  const { code } = await findNudge(request.ctx, request.c.req.param("code") ?? "");
  return save(request, code);
}

async function save(request: StaffRequest, code: string | null): Promise<Response> {
  const { c, base } = request;
  const { do: pressed = "save", ...posted } = await readForm(c, z.record(z.string(), z.string()));
  const values: Values = code === null ? posted : { ...posted, code };
  if (pressed !== "save")
    return formPage(request, code, { values: withStepsChanged(values, pressed), problems: new Map() });
  const { saved, problems } = await trySave(request, code, values);
  const done = saved?.budgetWaits ? "nudge-budget-waits" : "nudge-saved";
  if (saved) return c.redirect(`${base}/nudges/${values.code}?done=${done}`, 303);
  c.status(400);
  return formPage(request, code, { values, problems: problemsByField(problems, values) });
}

type Tried = { saved: SavedNudge | null; problems: FieldProblem[] };

/** Saves it, or says what keeps it from being saved. */
async function trySave({ ctx }: StaffRequest, code: string | null, values: Values): Promise<Tried> {
  const checked = SaveNudge.safeParse(nudgeOf(values));
  if (!checked.success) {
    return refused(checked.error.issues.map(({ path, message }) => ({ field: path.join("."), problem: message })));
  }
  const stale = await staleness(ctx, code, values);
  if (stale) return refused([stale]);
  try {
    return { saved: await saveNudge(ctx, checked.data), problems: [] };
  } catch (error) {
    if (error instanceof HearbackError && error.problems.length > 0) return refused(error.problems);
    throw error;
  }
}

function refused(problems: FieldProblem[]): Tried {
  return { saved: null, problems };
}

/** Whether somebody else was here first: with another nudge of that name, or another change of this one. */
async function staleness(ctx: StaffRequest["ctx"], code: string | null, values: Values): Promise<FieldProblem | null> {
  if (code !== null) {
    const { version } = await findNudge(ctx, code);
    const isSame = String(version) === values.version;
    return isSame
      ? null
      : { field: "form", problem: "Somebody else changed it meanwhile. What you typed is still here." };
  }
  const found = await findNudge(ctx, values.code ?? "").catch((error: unknown) => {
    if (error instanceof HearbackError && error.code === "NOT_FOUND") return null;
    throw error;
  });
  return found
    ? { field: "short name", problem: "There is a nudge of this short name already: choose another." }
    : null;
}
