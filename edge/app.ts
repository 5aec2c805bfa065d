import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { uuidv7 } from "../db/ids.ts";
import type { Clock } from "./clock.ts";
import { personRoutes } from "./console/admin/person-routes.ts";
import { adminRoutes } from "./console/admin/routes.ts";
import { doorRoutes } from "./console/auth/routes.tsx";
import { pageProblem } from "./console/problem.tsx";
import { consoleRoutes } from "./console/routes.tsx";
import { infobipReports } from "./delivery/infobip-reports.ts";
import { sesEvents } from "./delivery/ses-events.ts";
import { deliveryWebhooks } from "./delivery/webhooks.ts";
import { readEnv } from "./env.ts";
import { HearbackError } from "./errors.ts";
import { deliverRoutes } from "./exports/deliver-routes.ts";
import { type AppEnv, problemAnswer } from "./http.ts";
import { createLog } from "./log.ts";
import { healthRoutes } from "./operations/health.ts";
import { refuseOddRequests } from "./request-rules.ts";
import { surveyRoutes } from "./responses/surveys.ts";
import { inboundTexts } from "./responses/texts/inbound-texts.ts";
import { infobipTexts } from "./responses/texts/infobip-texts.ts";
import { unsubscribeRoutes } from "./responses/unsubscribe.ts";
import { visitRoutes } from "./responses/visits.ts";
import { cassifyRoutes } from "./sources/addresses/cassify-routes.ts";
import { appointmentPushes } from "./sources/appointments.ts";
import { importPushes } from "./sources/imports/import-pushes.ts";
import { jobRoutes } from "./sources/jobs.ts";

/** The whole HTTP surface, in the order in which a visit's story flows through it. */
export function createApp(deps: { now: Clock }): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  // Pages set stricter or looser ones of their own; an answer to a machine needs none of what a page may do.
  app.use(
    secureHeaders({
      overwrite: false,
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      strictTransportSecurity: "max-age=31536000; includeSubDomains",
      xFrameOptions: "DENY",
    }),
  );
  app.use(async (c, next) => {
    const requestId = uuidv7(deps.now());
    c.set("requestId", requestId);
    c.set("now", deps.now);
    c.set("log", createLog({ request_id: requestId }));
    c.set("env", readEnv(c.env));
    await next();
  });
  app.use(refuseOddRequests(app));
  app.onError(problemAnswer);
  app.notFound((c) => pageProblem(new HearbackError("NOT_FOUND", "There is nothing at this address."), c));

  // Sources: the container brings what the EHR shows.
  app.route("/t/:tenant/api/v1/jobs", jobRoutes);
  app.route("/t/:tenant/api/v1/appointments", appointmentPushes);
  app.route("/t/:tenant/api/v1/imports", importPushes);
  app.route("/t/:tenant/api/v1/addresses", cassifyRoutes);
  // Delivery: carriers say what became of a message.
  app.route("/t/:tenant/twilio", deliveryWebhooks);
  app.route("/t/:tenant/infobip", infobipReports);
  app.route("/t/:tenant/ses", sesEvents);
  // Exports: the container takes files to whom they are for.
  app.route("/t/:tenant/api/v1/exports", deliverRoutes);
  // Responses: what patients send back.
  app.route("/t/:tenant/twilio/inbound", inboundTexts);
  app.route("/t/:tenant/infobip/inbound", infobipTexts);
  app.route("/s", surveyRoutes);
  app.route("/v", visitRoutes);
  app.route("/u", unsubscribeRoutes);
  // Staff: the console's door, and its pages for one clinic.
  app.route("/", doorRoutes);
  app.route("/t/:tenant", consoleRoutes);
  // Operators: is it up, is it ready, how is it doing; and their command line.
  app.route("/", healthRoutes);
  app.route("/admin/v1", adminRoutes);
  app.route("/admin/v1/person", personRoutes);
  return app;
}
