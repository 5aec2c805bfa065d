import { raw } from "hono/html";
import { CATEGORIES } from "../../../db/schema/nudges.ts";
import { offices } from "../../../db/schema/people.ts";
import { listTemplates } from "../../engagement/templates/list-templates.ts";
import { staffPage } from "../layout/page.tsx";
import type { StaffRequest } from "../staff.ts";
import { AUDIENCE_STYLE, AudienceFields } from "./audience-fields.tsx";
import { Choice, Field, type Form } from "./field.tsx";
import { CATEGORY_WORDS } from "./nudge-words.ts";
import { STEP_STYLE, StepFields } from "./step-fields.tsx";
import { stepCountOf } from "./values.ts";

/** The form to write or change a nudge, as it stands and with what is wrong with it; `code` null for a new one. */
export async function formPage(request: StaffRequest, code: string | null, form: Form): Promise<Response> {
  const { ctx, base, nonce } = request;
  const [templates, places] = await Promise.all([
    listTemplates(ctx),
    ctx.db.select({ id: offices.id, name: offices.name }).from(offices).orderBy(offices.name),
  ]);
  const count = stepCountOf(form.values);
  return staffPage(request, {
    title: code === null ? "New nudge" : `Change: ${form.values.name}`,
    lede: "Saving sends nothing. A nudge is put to work on its own page; one at work goes on with what you save.",
    children: (
      <>
        <style nonce={nonce}>{raw(AUDIENCE_STYLE + STEP_STYLE)}</style>
        <Problems form={form} />
        <form
          class="wide"
          method="post"
          action={code === null ? `${base}/nudges` : `${base}/nudges/${code}/edit`}
          autocomplete="off"
          novalidate
        >
          <button type="submit" name="do" value="save" class="vh" tabindex={-1}>
            Save
          </button>
          <input type="hidden" name="stepCount" value={String(count)} />
          {code === null ? null : <input type="hidden" name="version" value={form.values.version ?? ""} />}
          <About form={form} code={code} />
          <AudienceFields form={form} offices={places} />
          <section class="card" aria-labelledby="says">
            <h2 id="says">What it says, and when</h2>
            {Array.from({ length: count }, (_, index) => (
              <StepFields form={form} place={index + 1} count={count} templates={templates} />
            ))}
            <p>
              <button type="submit" class="plain" name="do" value="add-step">
                Add a step
              </button>
            </p>
          </section>
          <Limits form={form} />
          <p class="row">
            <button type="submit" name="do" value="save">
              Save
            </button>
            <a class="button plain" href={code === null ? `${base}/nudges` : `${base}/nudges/${code}`}>
              Leave it as it was
            </a>
          </p>
        </form>
      </>
    ),
  });
}

function Problems({ form }: { form: Form }) {
  if (form.problems.size === 0) return null;
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>Not saved yet.</strong> What you typed is all here.
      </p>
      <ul>
        {[...form.problems].map(([name, problem]) => (
          <li>
            <a href={`#${name}`}>{problem}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function About({ form, code }: { form: Form; code: string | null }) {
  return (
    <section class="card" aria-labelledby="about">
      <h2 id="about">What it is</h2>
      <div class="row">
        <Field form={form} name="name" label="Name" hint="For the clinic; patients never see it" grow />
        {code === null ? (
          <Field form={form} name="code" label="Short name" hint="Such as reminder-day-before; it stays" grow />
        ) : null}
        <Choice
          form={form}
          name="category"
          label="It is"
          hint="Offers need a yes and a second person"
          options={CATEGORIES.map((each) => [each, CATEGORY_WORDS[each]])}
        />
      </div>
    </section>
  );
}

function Limits({ form }: { form: Form }) {
  return (
    <section class="card" aria-labelledby="limits">
      <h2 id="limits">Limits</h2>
      <div class="row">
        <Field
          form={form}
          name="maxAudience"
          type="number"
          label="At most so many a run"
          hint="More, and it stops and tells you"
          grow
        />
        <Field
          form={form}
          name="holdout"
          type="number"
          label="Percent left out by lot"
          hint="To see whether it helps; 0 for none"
          grow
        />
        <Field
          form={form}
          name="budget"
          type="number"
          step="any"
          label="At most so much a month"
          hint="Empty for no limit"
          grow
        />
      </div>
      <div class="row">
        <Field form={form} name="from" type="date" label="From" hint="Empty for at once" />
        <Field form={form} name="to" type="date" label="Until" hint="Empty for no end" />
        <Field form={form} name="priority" type="number" label="Before others" hint="The higher number goes first" />
      </div>
    </section>
  );
}
