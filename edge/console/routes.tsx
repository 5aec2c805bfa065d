import { staffPage } from "./layout/page.tsx";
import { ANALYSTS, DESK, EVERYONE, EXPLAINERS } from "./roles.ts";
import { type StaffRequest, type StaffRoute, staffPages } from "./staff.ts";
import { exportSurveys } from "./surveys/csv.ts";
import { showSurveys } from "./surveys/page.tsx";
import { showToday, showTodayVersion } from "./today/page.tsx";
import { showWhy } from "./why/page.tsx";
import { searchPatients, showSearch } from "./why/search.tsx";

/**
 * Every staff page and form under `/t/:tenant`, with who may open it: the whole policy. A route that is not in here
 * does not exist; `nav` is its name in the navigation, in this order.
 */
export const STAFF_ROUTES: readonly StaffRoute[] = [
  { method: "GET", path: "", roles: EVERYONE, handle: toFirstPage },
  { method: "GET", path: "/today", roles: DESK, nav: "Today", handle: showToday },
  { method: "GET", path: "/today/version", roles: DESK, isBackground: true, handle: showTodayVersion },
  { method: "GET", path: "/surveys", roles: ANALYSTS, nav: "Surveys", handle: showSurveys },
  { method: "GET", path: "/surveys.csv", roles: ANALYSTS, handle: exportSurveys },
  { method: "GET", path: "/why", roles: EXPLAINERS, nav: "Why?", handle: showSearch },
  { method: "POST", path: "/why", roles: EXPLAINERS, handle: searchPatients },
  { method: "GET", path: "/why/:patient", roles: EXPLAINERS, handle: showWhy },
];

export const consoleRoutes = staffPages(STAFF_ROUTES);

/** A role's own first page; the clinic's door has no content of its own. */
async function toFirstPage(request: StaffRequest): Promise<Response> {
  const [first] = request.nav;
  if (first) return request.c.redirect(request.base + first.path, 303);
  return staffPage(request, { title: "Nothing here yet", children: <p>Your role has no pages of its own yet.</p> });
}
