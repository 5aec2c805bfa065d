import { CONSENT_PURPOSES, CONSENT_SOURCES } from "../record-words.ts";
import { addDays } from "../time.ts";

type Props = { base: string; mayWrite: boolean; mayExport: boolean; today: string };

/** Look up, write down, take along: what can be done with the book. */
export function ConsentForms({ base, mayWrite, mayExport, today }: Props) {
  return (
    <div class="cols">
      <form class="card form" method="post" action={`${base}/consents/find`} autocomplete="off">
        <h2>Look up</h2>
        <label>
          Phone number or mail address
          <input name="address" required maxlength={200} data-search />
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
      {mayWrite ? <RecordForm base={base} today={today} /> : null}
    </div>
  );
}

function RecordForm({ base, today }: { base: string; today: string }) {
  return (
    <form class="card form" method="post" action={`${base}/consents`} autocomplete="off">
      <h2>Somebody said yes</h2>
      <label>
        Phone number or mail address of the person
        <input name="address" required maxlength={200} />
      </label>
      <label>
        To what
        <select name="purpose" required>
          {(["marketing", "care"] as const).map((purpose) => (
            <option value={purpose}>{CONSENT_PURPOSES[purpose]}</option>
          ))}
        </select>
      </label>
      <label>
        In which words
        <span class="hint">What they agreed to, as it stood on the form or was said</span>
        <textarea name="wording" required maxlength={500} rows={2} />
      </label>
      <label>
        How
        <select name="source" required>
          {["form", "in_person", "by_phone", "in_writing"].map((source) => (
            <option value={source}>{CONSENT_SOURCES[source]}</option>
          ))}
        </select>
      </label>
      <label>
        On which day
        <input name="givenOn" type="date" required max={today} value={today} />
      </label>
      <label>
        What proves it
        <span class="hint">Such as where the paper lies; kept sealed</span>
        <input name="evidence" maxlength={500} />
      </label>
      <div>
        <button type="submit">Write it down</button>
      </div>
    </form>
  );
}
