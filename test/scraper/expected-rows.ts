import type { AppointmentRow } from "../../edge/contract/appointments.ts";
import { seedDay } from "../sandbox/practice-fusion/seed-day.ts";
import type { Visit } from "../sandbox/practice-fusion/world.ts";

/** What a right reading of a day's visits is, worked out from the visits and not from any page. */
export function expectedRows(on: string, visits: Visit[] = seedDay(on)): AppointmentRow[] {
  return visits.map((visit) => ({
    patientName: visit.patientName,
    ...(visit.nickname && { nickname: visit.nickname }),
    birthDate: visit.birthDate,
    ...phoneOf(visit),
    startsAt: `${on}T${visit.startsAt}`,
    status: visit.status,
    provider: visit.provider,
    type: visit.type,
  }));
}

function phoneOf({ phones }: Visit): Pick<AppointmentRow, "phone" | "phoneProblem"> {
  const chosen = phones.find((phone) => phone.startsWith("M.")) ?? phones[0];
  if (!chosen) return { phone: null, phoneProblem: "none" };
  return { phone: `+1${chosen.replaceAll(/\D/g, "").slice(0, 10)}` };
}
