import type { AlarmCode } from "../edge/alarms.ts";

/** What an alarm says to a person, and what the person can do. Never names a patient: pages that may, do. */
export const ALARM_WORDS: Record<AlarmCode, { says: string; todo: string }> = {
  fewer_rows_than_usual: {
    says: "A day's schedule came with far fewer visits than usual; nothing was removed.",
    todo: "Compare the day with the EHR, then release or drop the reading on the page of runs.",
  },
  import_held: {
    says: "An import would remove far more of the visits to come than usual; nothing was removed.",
    todo: "Open the page of imports, compare with the source, then approve or drop it.",
  },
  run_failed: {
    says: "Work of the container failed, or failed in part: a reading, an import, or a delivery.",
    todo: "The code says why: for bad_credentials or mfa_timeout check the sign-in, else the container's log.",
  },
  run_late: {
    says: "Work waits for the container, and the container does not fetch it.",
    todo: "Check that the container runs and reaches this desk.",
  },
  nothing_happened: {
    says: "The schedule was not read in time, or a working day shows no visits at all.",
    todo: "Check the container and the EHR. While the schedule is too old, no texts go out.",
  },
  sender_stopped: {
    says: "The carrier refuses the clinic's sender; texts wait.",
    todo: "Check the sender's registration, balance and credentials at the carrier, then lift the pause.",
  },
  message_filtered: {
    says: "A carrier filtered texts as unwanted.",
    todo: "Look at the wording and the sender's registration before more go out.",
  },
  number_ceiling: {
    says: "A number has got as many messages today as any number may; the others wait or are not sent.",
    todo: "Open the message to see whose it is and what they got. If it is the same text again and again, pause sending.",
  },
  touch_parked: {
    says: "It could not be found out whether a text went out; it was not sent again.",
    todo: "Open the message on the desk and decide.",
  },
  foreign_callback: {
    says: "A carrier reported on a message that is not ours.",
    todo: "Check whether another system uses the same sender or account.",
  },
  key_misused: {
    says: "A machine's key of this clinic was used for another clinic; it was refused.",
    todo: "Check which machine has the key. If nobody can say, revoke it and make a new one.",
  },
  patient_wrote: {
    says: "A patient's text needs a person: a question, or a plea to stop that was taken as one.",
    todo: "Open the page of texts and deal with it. Numbers that asked to stop get no more texts already.",
  },
  credentials_in_message: {
    says: "A message from a queue carried a login. It was refused, and the login was not kept.",
    todo: "Change that password, and bring the program that sends it up to version 2 of the message.",
  },
  message_not_handled: {
    says: "A message from outside was kept, but could not be handled.",
    todo: "`hearback inbox list` names it with the reason. When the cause is mended, `hearback inbox replay` handles it.",
  },
  risk_answer: {
    says: "A patient's answers to a survey under their name ask for attention today.",
    todo: "Open the invite's patient, call them, and acknowledge this when it is done.",
  },
  audit_broken: {
    says: "The audit was changed behind the desk's back.",
    todo: "Treat it as an incident: keep a copy of the database and find out who had access.",
  },
  spooled_answer_rejected: {
    says: "Answers that were kept while the store was down could not be stored afterwards.",
    todo: "The code says why; the patient was thanked, so decide whether to ask again.",
  },
  audience_too_large: {
    says: "A nudge found more people than it is allowed to write to at once; it wrote to none of them.",
    todo: "Look at its preview: mend the audience, or raise the nudge's limit.",
  },
  budget_nearly_used: {
    says: "A nudge has used four fifths of its budget for this month, or a media buy of its own, by what is sent and planned.",
    todo: "Look on its page whether that is as expected. When it is used up, no more is planned or sent this month.",
  },
  budget_used_up: {
    says: "A nudge has used up its budget for the month, or a media buy its own: what that has no room for is not sent.",
    todo: "Let it rest, or raise the budget. Where it had a second person's yes, that needs one, too.",
  },
  runs_fail: {
    says: "Two runs in a row failed.",
    todo: "The page of runs says with which code. An import that fails leaves yesterday's visits on the desk.",
  },
  slots_without_success: {
    says: "Three planned runs have gone by without one that succeeded.",
    todo: "Look on the page of runs whether they failed, were passed over, or were never fetched by the container.",
  },
  file_not_delivered: {
    says: "A printer's file could not be delivered; nothing of it is printed.",
    todo: "The code says why. Mend it, then send the file again from the page of media buys.",
  },
  mailing_waits: {
    says: "A day's letters are gathered and wait; none of them is printed until somebody commits the mailing.",
    todo: "Commit or cancel it on the page of media buys.",
  },
  file_in_doubt: {
    says: "A printer's file may have been fetched already; it was not sent again.",
    todo: "Ask the printer whether they have it. Then say on the page of media buys that it arrived, or send it again.",
  },
  slot_held: {
    says: "The nudges are held: the data they go by are too old.",
    todo: "Look why the import does not succeed. They go on by themselves as soon as fresh data have come.",
  },
};
