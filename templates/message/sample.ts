import type { TenantSettings } from "../../edge/tenant-settings.ts";
import { clinicFacts } from "./clinic.ts";
import type { MessageFacts } from "./facts.ts";
import { visitLinks } from "./visit-links.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As long as a link's token is, and none: its checksum is wrong. */
const TOKEN = "Sample7Qk2Vt9-Xw4Lb_8RmZ3dJp";

/** An invented patient of this clinic with a value for everything, for previews and estimates. `origin` begins its links. */
export function sampleFacts(
  settings: TenantSettings,
  { now, language, origin }: { now: number; language: string | null; origin: string },
): MessageFacts {
  const { timeZone, name } = settings.office;
  const link = (path: string) => `${origin}/${path}/${TOKEN}`;
  const startsAt = Math.ceil((now + 2 * DAY_MS) / HOUR_MS) * HOUR_MS;
  return {
    now,
    language,
    timeZone,
    clinic: clinicFacts(settings),
    office: {
      name,
      phone: "+12025550142",
      addressLine: "120 Sample Street, Suite 4",
      city: "Springfield",
      mapUrl: `${origin}/map`,
      openHours: Array(7).fill("09:00-17:00"),
    },
    person: { first: "Alexandra", last: "Testerly", full: "Alexandra Testerly" },
    visit: { startsAt, endsAt: startsAt + HOUR_MS / 2, name: "Annual check", provider: "Dr. Sample" },
    purchase: { purchasedAt: now - 800 * DAY_MS, category: "Hearing aids", warrantyEndOn: dayOf(now + 90 * DAY_MS) },
    offer: { code: "SAMPLE25", trackingPhone: "+12025550143" },
    links: { ...visitLinks(link("v")), sl: link("s"), ul: link("u") },
  };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
