import * as z from "zod";
import { AppointmentStatus } from "../../tenant-settings.ts";
import { visitMatches } from "./appointment-reminder.ts";
import { type Audience, reachableAtAll } from "./audience.ts";
import { visitCandidates } from "./visit-candidates.ts";

const Settings = z.strictObject({
  statuses: z.array(AppointmentStatus).min(1).default(["fulfilled"]),
  excludeNames: z.array(z.string().min(1).max(200)).max(100).default([]),
  offices: z.array(z.string()).max(1000).optional(),
  providers: z.array(z.string()).max(1000).optional(),
});

/** People who were here, or did not come: by what became of the visit. */
export const visitFollowUp: Audience<z.infer<typeof Settings>> = {
  kind: "visit_follow_up",
  title: "People after a visit",
  settings: Settings,
  anchors: ["appointment_start", "appointment_end"],
  candidates: (settings, scope, now) => visitCandidates(scope, settings, now),
  decide: (visit, settings) => {
    const reachable = reachableAtAll(visit);
    return reachable.in ? visitMatches(visit, settings) : reachable;
  },
};
