import type { TemplateRow } from "../../engagement/templates/list-templates.ts";
import { Box, Choice, Field, type Form } from "./field.tsx";
import { ANCHOR_WORDS, CATEGORY_WORDS, CHANNEL_WORDS, LATE_WORDS, QUIET_WORDS } from "./nudge-words.ts";

type Props = { form: Form; place: number; count: number; templates: TemplateRow[] };

/** One step: what it says and when. What is rarely changed is folded away, and open where it has a problem. */
export function StepFields({ form, place, count, templates }: Props) {
  const of = (name: string) => `step.${place}.${name}`;
  const isTroubled = ["slot", "lead", "worth", "fallback", "cost"].some((name) => form.problems.has(of(name)));
  return (
    <fieldset class="touch step" id={`step-${place}`}>
      <legend>
        <h3>Step {place}</h3>
      </legend>
      <Choice
        form={form}
        name={of("message")}
        label="Message"
        options={messageOptions(templates, form.values[of("message")] ?? "")}
      />
      <div class="row">
        <Field form={form} name={of("amount")} type="number" label="When" />
        <Choice
          form={form}
          name={of("unit")}
          label={<span class="vh">Unit</span>}
          options={[
            ["hours", "hours"],
            ["days", "days"],
          ]}
        />
        <Choice
          form={form}
          name={of("side")}
          label={<span class="vh">Side</span>}
          options={[
            ["before", "before"],
            ["after", "after"],
          ]}
        />
        <Choice
          form={form}
          name={of("anchor")}
          label={<span class="vh">Of what</span>}
          options={entries(ANCHOR_WORDS)}
          grow
        />
        <div class="at">
          <Field form={form} name={of("at")} type="time" label="at" />
        </div>
      </div>
      <div class="row">
        <Choice
          form={form}
          name={of("quiet")}
          label="When that is not a time to write"
          options={entries(QUIET_WORDS)}
          grow
        />
        <Choice form={form} name={of("late")} label="Who is known of too late" options={entries(LATE_WORDS)} grow />
      </div>
      <details class="more" open={isTroubled}>
        <summary>More about this step</summary>
        <div class="row">
          <Field form={form} name={of("lead")} type="number" label="Not in the last minutes before" />
          <Field form={form} name={of("worth")} type="number" step="any" label="Hours it is worth saying" />
          <Field form={form} name={of("slot")} type="number" label="Planned so many minutes ahead" />
        </div>
        <div class="row">
          <Field form={form} name={of("fallback")} type="number" label="If it cannot reach them, step" />
          <Field
            form={form}
            name={of("cost")}
            type="number"
            step="any"
            label="Cost of one"
            hint="Of letters and the like"
          />
        </div>
        <Box form={form} name={of("buy")} label="keep account of it as a media buy" />
      </details>
      {count > 1 ? (
        <button type="submit" class="plain small" name="do" value={`remove-step.${place}`} formnovalidate>
          Remove step {place}
        </button>
      ) : null}
    </fieldset>
  );
}

/** A wall time is asked for only where days are counted. */
export const STEP_STYLE = `.step:has(.unit option[value=hours]:checked) .at{display:none}`;

/** Every wording there is, and the chosen one even if it is there no more: it is named as the problem, not lost. */
function messageOptions(templates: TemplateRow[], chosen: string): [string, string][] {
  const seen = new Map<string, string>(chosen ? [[chosen, `${chosen} (not there)`]] : []);
  for (const { key, channel, category } of templates) {
    seen.set(`${channel}:${key}`, `${CHANNEL_WORDS[channel]}: ${key} (${CATEGORY_WORDS[category]})`);
  }
  return [["", "Choose one"], ...[...seen].sort(([, one], [, other]) => one.localeCompare(other))];
}

function entries(words: Record<string, string>): [string, string][] {
  return Object.entries(words);
}
