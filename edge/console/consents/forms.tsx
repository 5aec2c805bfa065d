import type { Typed } from "../form.ts";
import { CONSENT_PURPOSES, CONSENT_SOURCES } from "../record-words.ts";
import { addDays } from "../time.ts";

type Props = { typed: Typed; base: string; mayWrite: boolean; mayExport: boolean; today: string };

/** Look up, write down, take along: what can be done with the book. */
export function ConsentForms({ typed: { values }, base, mayWrite, mayExport, today }: Props) {
  return (
    <div class="cols">
      <form class="card form" method="post" action={`${base}/consents/find`} autocomplete="off">
        <h2>Look up</h2>
        <label>
          Phone number or mail address
          <input name="address" required maxlength={200} value={values.sought} data-search />
        </label>
        <div>
          <button type="submit">Find</button>
        </div>
        {mayExport ? (
          <p class="fine">
            <a href={`${base}/consents.csv?from=${addDays(today, -365)}&to=${today}`}>The last year as a file (CSV)</a>
          </p>
        ) : null}
      </form>
      {mayWrite ? <RecordForm values={values} base={base} today={today} /> : null}
    </div>
  );
}

type RecordProps = { values: Typed["values"]; base: string; today: string };

function RecordForm({ values, base, today }: RecordProps) {
  return (
    <form class="card form" method="post" action={`${base}/consents`} autocomplete="off">
      <h2>Somebody said yes</h2>
      <label>
        Phone number or mail address of the person
        <input name="address" required maxlength={200} value={values.address} />
      </label>
      <label>
        To what
        <select name="purpose" required>
          {(["marketing", "care"] as const).map((purpose) => (
            <option value={purpose} selected={purpose === values.purpose}>
              {CONSENT_PURPOSES[purpose]}
            </option>
          ))}
        </select>
      </label>
      <label>
        In which words
        <span class="hint">What they agreed to, as it stood on the form or was said</span>
        <textarea name="wording" required maxlength={500} rows={2}>
          {values.wording}
        </textarea>
      </label>
      <label>
        How
        <select name="source" required>
          {["form", "in_person", "by_phone", "in_writing"].map((source) => (
            <option value={source} selected={source === values.source}>
              {CONSENT_SOURCES[source]}
            </option>
          ))}
        </select>
      </label>
      <label>
        On which day
        <input name="givenOn" type="date" required max={today} value={values.givenOn ?? today} />
      </label>
      <label>
        What proves it
        <span class="hint">Such as where the paper lies; kept sealed</span>
        <input name="evidence" maxlength={500} value={values.evidence} />
      </label>
      <div>
        <button type="submit">Write it down</button>
      </div>
    </form>
  );
}
