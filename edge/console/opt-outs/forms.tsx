import { LIFT_REASONS } from "../../delivery/staff-opt-out.ts";
import type { Typed } from "../form.ts";
import { LIFT_WORDS } from "../record-words.ts";
import type { OptOut } from "./list-opt-outs.ts";

/** A patient told staff to stop. */
export function AddForm({ base, typed: { values, problem } }: { base: string; typed: Typed }) {
  return (
    <form class="card row" method="post" action={`${base}/opt-outs`} autocomplete="off">
      <label class="grow">
        A patient asked to get no more texts
        <input
          name="phone"
          type="tel"
          required
          maxlength={40}
          placeholder="Phone number"
          value={values.phone}
          aria-invalid={problem ? "true" : undefined}
          data-search
        />
      </label>
      <label>
        Which ones
        <select name="purpose">
          <option value="all">All texts</option>
          <option value="marketing" selected={values.purpose === "marketing"}>
            Offers only
          </option>
        </select>
      </label>
      <button type="submit">Stop texts to this number</button>
    </form>
  );
}

/** Somebody wants texts again; why, is asked before anything happens. */
export function LiftForm({ base, row }: { base: string; row: OptOut }) {
  const isCarriers = row.channel === "sms" && (row.source === "keyword" || row.source === "carrier");
  return (
    <details class="more">
      <summary>Lift</summary>
      <form class="form" method="post" action={`${base}/opt-outs/${row.id}/lift`}>
        <label>
          Why may we write again?
          <select name="reason" required>
            {LIFT_REASONS.map((reason) => (
              <option value={reason}>{LIFT_WORDS[reason]}</option>
            ))}
          </select>
        </label>
        {isCarriers ? <p class="fine">The carrier blocks the number too, until the patient texts START.</p> : null}
        <div>
          <button type="submit" class="small">
            Lift the opt-out
          </button>
        </div>
      </form>
    </details>
  );
}
