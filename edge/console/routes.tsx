import { showAudit } from "./audit/page.tsx";
import { noteCall, showCalls } from "./calls/page.tsx";
import { exportConsents } from "./consents/csv.ts";
import { addConsent, findConsents, showConsents, takeBackConsent } from "./consents/page.tsx";
import { decideHeldImport, showImports } from "./imports/page.tsx";
import { staffPage } from "./layout/page.tsx";
import {
  cancel,
  commit,
  complete,
  costs,
  invoice,
  mailed,
  production,
  resend,
  returned,
} from "./media-buys/actions.ts";
import { exportBuy } from "./media-buys/csv.ts";
import { showBuy } from "./media-buys/one-page.tsx";
import { showBuys } from "./media-buys/page.tsx";
import { activate, archive, pause } from "./nudges/actions.tsx";
import { approveRaise } from "./nudges/budget-card.tsx";
import { create, edit, showEdit, showNew } from "./nudges/edit.ts";
import { showMessages } from "./nudges/messages.tsx";
import { showNudge } from "./nudges/one-page.tsx";
import { showNudges } from "./nudges/page.tsx";
import { showPreview } from "./nudges/preview.tsx";
import { showEvidence } from "./opt-outs/evidence.tsx";
import { addOptOut, endOptOut, showOptOuts } from "./opt-outs/page.tsx";
import { decideTouch, showParked } from "./parked/page.tsx";
import { liftMessages, pauseMessages } from "./pause/change.ts";
import { showPause } from "./pause/page.tsx";
import { ANALYSTS, AUDITORS, DESK, EVERYONE, EXPLAINERS, LEADS, MONEY } from "./roles.ts";
import { acknowledge, decideHeld, showRuns, startNow } from "./runs/page.tsx";
import { type StaffRequest, type StaffRoute, staffPages } from "./staff.ts";
import { exportSurveys } from "./surveys/csv.ts";
import { showSurveys } from "./surveys/page.tsx";
import { settle, showTexts } from "./texts/page.tsx";
import { showToday, showTodayVersion } from "./today/page.tsx";
import { stopLettersTo } from "./why/letters-card.tsx";
import { showWhy } from "./why/page.tsx";
import { searchPatients, showSearch } from "./why/search.tsx";

const under = (section: string) => (label: string) => ({ section, label });
const [people, messages, choices, desk] = [under("People"), under("Messages"), under("Choices"), under("Desk")];

/**
 * Every staff page and form under `/t/:tenant`, with who may open it: the whole policy. A route that is not in here
 * does not exist; `nav` is its section and name in the navigation, in this order.
 */
export const STAFF_ROUTES: readonly StaffRoute[] = [
  { method: "GET", path: "", roles: EVERYONE, handle: toFirstPage },
  { method: "GET", path: "/today", roles: DESK, nav: people("Today"), handle: showToday },
  { method: "GET", path: "/today/version", roles: DESK, isBackground: true, handle: showTodayVersion },
  { method: "GET", path: "/why", roles: EXPLAINERS, nav: people("Why?"), handle: showSearch },
  { method: "POST", path: "/why", roles: EXPLAINERS, handle: searchPatients },
  { method: "GET", path: "/why/:patient", roles: EXPLAINERS, handle: showWhy },
  { method: "POST", path: "/why/:patient/letters", roles: DESK, handle: stopLettersTo },
  { method: "GET", path: "/calls", roles: DESK, nav: people("Call list"), handle: showCalls },
  { method: "POST", path: "/calls/:appointment", roles: DESK, handle: noteCall },
  { method: "GET", path: "/texts", roles: DESK, nav: people("Texts"), handle: showTexts },
  { method: "POST", path: "/texts/:id", roles: DESK, handle: settle },
  { method: "GET", path: "/parked", roles: LEADS, nav: people("To decide"), handle: showParked },
  { method: "POST", path: "/parked/:touch", roles: LEADS, handle: decideTouch },
  { method: "GET", path: "/nudges", roles: LEADS, nav: messages("Nudges"), handle: showNudges },
  { method: "POST", path: "/nudges", roles: LEADS, handle: create },
  { method: "GET", path: "/nudges/new", roles: LEADS, handle: showNew },
  { method: "GET", path: "/nudges/:code/edit", roles: LEADS, handle: showEdit },
  { method: "POST", path: "/nudges/:code/edit", roles: LEADS, handle: edit },
  { method: "GET", path: "/nudges/:code", roles: LEADS, handle: showNudge },
  { method: "GET", path: "/nudges/:code/preview", roles: LEADS, handle: showPreview },
  { method: "GET", path: "/nudges/:code/messages", roles: LEADS, handle: showMessages },
  { method: "POST", path: "/nudges/:code/activate", roles: LEADS, handle: activate },
  { method: "POST", path: "/nudges/:code/pause", roles: LEADS, handle: pause },
  { method: "POST", path: "/nudges/:code/budget", roles: LEADS, handle: approveRaise },
  { method: "POST", path: "/nudges/:code/archive", roles: LEADS, handle: archive },
  { method: "GET", path: "/media-buys", roles: MONEY, nav: messages("Media buys"), handle: showBuys },
  { method: "GET", path: "/media-buys/:buy", roles: MONEY, handle: showBuy },
  { method: "GET", path: "/media-buys/:buy/numbers.csv", roles: MONEY, handle: exportBuy },
  { method: "POST", path: "/media-buys/:buy/costs", roles: LEADS, handle: costs },
  { method: "POST", path: "/media-buys/:buy/commit", roles: LEADS, handle: commit },
  { method: "POST", path: "/media-buys/:buy/production", roles: LEADS, handle: production },
  { method: "POST", path: "/media-buys/:buy/resend", roles: LEADS, handle: resend },
  { method: "POST", path: "/media-buys/:buy/mailed", roles: LEADS, handle: mailed },
  { method: "POST", path: "/media-buys/:buy/returned", roles: LEADS, handle: returned },
  { method: "POST", path: "/media-buys/:buy/complete", roles: LEADS, handle: complete },
  { method: "POST", path: "/media-buys/:buy/invoice", roles: LEADS, handle: invoice },
  { method: "POST", path: "/media-buys/:buy/cancel", roles: LEADS, handle: cancel },
  { method: "GET", path: "/surveys", roles: ANALYSTS, nav: messages("Surveys"), handle: showSurveys },
  { method: "GET", path: "/surveys.csv", roles: ANALYSTS, handle: exportSurveys },
  { method: "GET", path: "/pause", roles: DESK, nav: messages("Pause"), handle: showPause },
  { method: "POST", path: "/pause", roles: LEADS, handle: pauseMessages },
  { method: "POST", path: "/pause/:id/lift", roles: LEADS, handle: liftMessages },
  { method: "GET", path: "/opt-outs", roles: DESK, nav: choices("Opt-outs"), handle: showOptOuts },
  { method: "POST", path: "/opt-outs", roles: DESK, handle: addOptOut },
  { method: "GET", path: "/opt-outs/:id", roles: LEADS, handle: showEvidence },
  { method: "POST", path: "/opt-outs/:id/lift", roles: LEADS, handle: endOptOut },
  { method: "GET", path: "/consents", roles: EXPLAINERS, nav: choices("Consents"), handle: showConsents },
  { method: "POST", path: "/consents", roles: DESK, handle: addConsent },
  { method: "POST", path: "/consents/find", roles: EXPLAINERS, handle: findConsents },
  { method: "POST", path: "/consents/:id/end", roles: DESK, handle: takeBackConsent },
  { method: "GET", path: "/consents.csv", roles: AUDITORS, handle: exportConsents },
  { method: "GET", path: "/runs", roles: LEADS, nav: desk("Runs"), handle: showRuns },
  { method: "POST", path: "/runs/held/:snapshot", roles: LEADS, handle: decideHeld },
  { method: "POST", path: "/runs/schedules/:schedule", roles: LEADS, handle: startNow },
  { method: "POST", path: "/runs/alarms/:alarm", roles: LEADS, handle: acknowledge },
  { method: "GET", path: "/imports", roles: LEADS, nav: desk("Imports"), handle: showImports },
  { method: "POST", path: "/imports/:import", roles: LEADS, handle: decideHeldImport },
  { method: "GET", path: "/audit", roles: AUDITORS, nav: desk("Audit"), handle: showAudit },
];

export const consoleRoutes = staffPages(STAFF_ROUTES);

/** A role's own first page; the clinic's door has no content of its own. */
async function toFirstPage(request: StaffRequest): Promise<Response> {
  const [first] = request.nav;
  if (first) return request.c.redirect(request.base + first.path, 303);
  return staffPage(request, { title: "Nothing here yet", children: <p>Your role has no pages of its own yet.</p> });
}
