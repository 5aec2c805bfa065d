import { bcbTenant } from "../../templates/tenants/bcb.ts";
import { commonGroundTenant } from "../../templates/tenants/common-ground.ts";
import { mhcTenant } from "../../templates/tenants/mhc.ts";
import { ssmTenant } from "../../templates/tenants/ssm.ts";
import type { PracticeName } from "../sandbox/practices/invent-all.ts";

/** Open at all hours, so that the demo shows something at any time of day. */
const ANY_HOUR = { windowOpens: "00:00", windowCloses: "23:59" };

/** The clinic of the kit, open at all hours and asking at once. */
export function demoTenant() {
  const tenant = commonGroundTenant();
  const { office, ask } = tenant.settings;
  return {
    ...tenant,
    settings: { ...tenant.settings, office: { ...office, ...ANY_HOUR }, ask: { ...ask, delayMinutes: 0 } },
  };
}

/** The starter kits that a clinic with imports begins with, and the number that patients see of each. */
export const KITS: Record<
  PracticeName,
  { kit: typeof bcbTenant | typeof mhcTenant | typeof ssmTenant; number: string }
> = {
  bcb: { kit: bcbTenant, number: "+12025550169" },
  mhc: { kit: mhcTenant, number: "+12025550149" },
  ssm: { kit: ssmTenant, number: "+12025550159" },
};

/** One of the kits as it is, but open and importing at all hours, with its own sender and the demo's staff; asked over the queues with `refresh`. */
export function demoKit(slug: PracticeName, serviceSid: string | undefined, refresh?: object) {
  const tenant = KITS[slug].kit();
  const { office, offices, schedules, messages } = tenant.settings;
  return {
    ...tenant,
    settings: {
      ...tenant.settings,
      office: { ...office, ...ANY_HOUR },
      offices: offices.map((each) => ({ ...each, ...ANY_HOUR })),
      schedules: schedules.map((each) => ({ ...each, windowOpens: "00:00", windowCloses: "24:00" })),
      addresses: { areValidated: !refresh },
      ...(refresh && { refresh }),
      ...(serviceSid && { messages: { ...messages, messagingServiceSid: serviceSid } }),
    },
    staff: [...tenant.staff, ...commonGroundTenant().staff],
  };
}
