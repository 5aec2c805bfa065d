import type { Reason } from "../reasons.ts";

/** Why: a few words to stand after a colon, and the whole sentence. */
type ReasonWords = { short: string; long: string };

const REASON_WORDS: Record<Reason, ReasonWords> = {
  not_active: { short: "office not active", long: "The office or the clinic is not active, so nothing is sent." },
  paused: {
    short: "messages are paused",
    long: "Somebody paused these messages; they wait until the pause is lifted.",
  },
  visit_changed: {
    short: "the visit changed",
    long: "The visit changed so that there was no reason to write any more.",
  },
  removed: { short: "no longer on the schedule", long: "The visit is no longer on the schedule." },
  not_seen: { short: "not marked as seen", long: "The schedule does not show this visit as seen." },
  other_provider: { short: "provider not surveyed", long: "Visits with this provider are not asked about." },
  other_type: { short: "visit type not surveyed", long: "Visits of this type are not asked about." },
  too_old: { short: "too long ago", long: "The visit was too long ago for the question to be worth asking." },
  data_too_old: {
    short: "schedule not read lately",
    long: "The schedule has not been read lately, so what it says may no longer be true. The message waits.",
  },
  no_mail_address: { short: "no mail address", long: "There is no mail address for this person." },
  no_phone: { short: "no phone", long: "There is no phone number for this person." },
  already_answered: { short: "already answered", long: "The survey was answered already." },
  already_texted: {
    short: "number was texted today",
    long: "This number got a text today already; a number gets at most one a day, so that families are not flooded.",
  },
  closed_day: {
    short: "clinic closed today",
    long: "The clinic is closed on this day; the message waits for the next open one.",
  },
  quiet_hours: { short: "outside sending hours", long: "It is outside the hours in which the clinic sends texts." },
  missing_field: { short: "text incomplete", long: "The text has a blank that nothing fills, so it was not sent." },
  not_on_allow_list: {
    short: "test mode",
    long: "This installation may only text a list of test numbers, and this number is not on it.",
  },
  throttled: {
    short: "carrier asked us to slow down",
    long: "The carrier asked us to slow down; it goes out a little later.",
  },
  refused: { short: "carrier refused it", long: "The carrier refused this message." },
  in_doubt: { short: "carrier did not answer", long: "The carrier did not say whether it took the message." },
  lease_ran_out: {
    short: "sending was interrupted",
    long: "Sending was interrupted before the carrier's answer was stored.",
  },
  not_found_twice: {
    short: "carrier never got it",
    long: "The carrier's own list did not show the message twice, so it is handed over once more.",
  },
  not_comparable: {
    short: "carrier hides what it sent",
    long: "The carrier shows a message to this number that may be this one, but not its words.",
  },
  repeated: {
    short: "handed over again as the same",
    long: "The carrier did not say whether it took the message. It is handed over again under the same number, which this carrier takes only once.",
  },
  dropped_after_pause: {
    short: "dropped when the pause ended",
    long: "It was dropped by staff when a pause was lifted.",
  },
  dropped_by_staff: { short: "dropped by staff", long: "Staff decided not to send it." },
  staff_said_again: { short: "staff said: send again", long: "Staff decided to send it again." },
  no_consent: { short: "never said yes", long: "Offers need a yes, and this person never gave one for this address." },
  opted_out: { short: "opted out", long: "This number asked not to be texted." },
  invalid_phone: { short: "not a valid phone number", long: "The phone number is not one that can be texted." },
  invalid_address: { short: "address does not exist", long: "Mail to this address comes back: it does not exist." },
  no_way_to_send: {
    short: "no way to send it",
    long: "This clinic is not set up to send messages of this kind.",
  },
  landline: { short: "landline", long: "The number is a landline, which cannot receive texts." },
  unreachable: { short: "number not in use", long: "The carrier does not know this number, or it is out of use." },
  handset_off: { short: "phone was off", long: "The phone was off or out of reach when the text arrived." },
  bounced_for_now: {
    short: "mailbox took nothing for now",
    long: "The mail came back because the mailbox took nothing at that time; it may have been full.",
  },
  filtered: { short: "carrier filtered it", long: "The carrier filtered the message as unwanted." },
  sender_stopped: {
    short: "our sender is blocked",
    long: "The carrier does not accept texts from our sender at the moment.",
  },
  visit_moved: {
    short: "the visit was moved",
    long: "The visit was moved to another time, so this message was called off.",
  },
  not_in_audience: {
    short: "not in the audience",
    long: "This person is not, or no longer, among those the nudge is for.",
  },
  nudge_stopped: { short: "the nudge was stopped", long: "The nudge that wanted this message is no longer at work." },
  late_booking: {
    short: "booked too late for it",
    long: "When the visit became known, the time for this message was already past.",
  },
  no_time_left: {
    short: "no time left to say it",
    long: "Between the hours in which the clinic may write and the visit, there was no time left for this message.",
  },
  deceased: { short: "deceased", long: "This person has died." },
  do_not_contact: { short: "do not contact", long: "The clinic's records say not to contact this person." },
  other_status: { short: "visit's status not meant", long: "Visits with this status are not meant by the nudge." },
  excluded_name: { short: "visit type left out", long: "The nudge leaves out visits of this name." },
  already_confirmed: {
    short: "confirmed already",
    long: "The patient has confirmed this visit, and the nudge leaves out who has.",
  },
  wants_another_time: {
    short: "asked for another time",
    long: "The patient asked for another time. Reminders of this one are held back until the desk has noted a call, the visit is moved, or the patient confirms it after all.",
  },
  other_office: { short: "office not meant", long: "The nudge is for other offices." },
  holdout: {
    short: "held out to measure the effect",
    long: "This person was left out by lot, so that the effect of the messages can be measured.",
  },
  blocked: {
    short: "blocked by the carrier",
    long: "The carrier does not deliver texts of this clinic to this number.",
  },
  provider_away: {
    short: "carrier takes nothing for now",
    long: "The carrier takes no messages for now. This one goes out once it does again, while it is still worth saying.",
  },
  provider_down: {
    short: "carrier could not take it in time",
    long: "The carrier could not take the message for so long that it was no longer worth saying.",
  },
  first_arrived: {
    short: "the first message arrived after all",
    long: "This was to be said in place of a message that could not be delivered; that one arrived after all.",
  },
  cap_reached: {
    short: "enough messages lately",
    long: "This number got as many messages of this sort lately as the clinic allows.",
  },
  ceiling_reached: {
    short: "enough messages today",
    long: "This number got as many messages today as any number may, whatever they are about.",
  },
  another_first: {
    short: "another message goes first",
    long: "Another message to this person today matters more to the clinic, and both are more than it allows in a day.",
  },
  no_address: { short: "no postal address", long: "There is no postal address for this person." },
  address_incomplete: {
    short: "postal address incomplete",
    long: "The postal address lacks a house number, town, state or ZIP code, so no letter was printed.",
  },
  address_not_validated: {
    short: "postal address not checked yet",
    long: "The postal address is new and was not checked yet. The letter waits for that.",
  },
  address_not_found: {
    short: "postal address not found",
    long: "The address service does not know this postal address.",
  },
  address_not_deliverable: {
    short: "no post to this address",
    long: "The address service says that no post is delivered to this address.",
  },
  address_vacant: {
    short: "address stands empty",
    long: "The address service says that nobody lives at this address.",
  },
  unit_missing: {
    short: "ask for the unit",
    long: "The house is known, but not which flat or suite. Ask for it; then letters can go there.",
  },
  letter_returned: {
    short: "a letter came back",
    long: "A letter to this address came back, so no more is posted there until the address is another one.",
  },
  duplicate_household: {
    short: "one letter a household",
    long: "Somebody else of the same household gets this letter already, or this person does.",
  },
  mailing_cancelled: { short: "the mailing was cancelled", long: "Staff cancelled the mailing that this belonged to." },
  budget: {
    short: "the budget is used up",
    long: "The nudge's budget for the month, or its media buy's own, has no room for this message.",
  },
  erased: { short: "the person was erased", long: "The person was erased before the message left." },
  other: { short: "carrier could not deliver it", long: "The carrier could not deliver the message." },
};

/** The words for a stored reason code. One that this version does not know (an older row) is shown as it is. */
export function reasonWords(code: string | null): ReasonWords {
  if (code === null) return { short: "", long: "" };
  return REASON_WORDS[code as Reason] ?? { short: code.replaceAll("_", " "), long: code.replaceAll("_", " ") };
}
