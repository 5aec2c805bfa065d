import { randomUUID, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import * as z from "zod";
import type { Later } from "../later.ts";
import { hang, resetConnection } from "../misbehave.ts";
import type { NodeEnv } from "../serve.ts";
import { type Account, type Message, newBulkId, nextStep, note, type StatusName, statusDocument } from "./account.ts";
import { errorDocument, reportDocument, reportLater } from "./report.ts";
import type { Step } from "./steps.ts";

const SendRequest = z.object({
  messages: z
    .array(
      z.object({
        sender: z.string().min(1),
        destinations: z
          .array(z.object({ to: z.string().regex(/^\d{3,15}$/), messageId: z.string().max(200).optional() }))
          .min(1),
        content: z.object({ text: z.string().min(1) }),
        options: z
          .object({
            validityPeriod: z
              .object({ amount: z.int(), timeUnit: z.enum(["SECONDS", "MINUTES", "HOURS"]).default("MINUTES") })
              .optional(),
          })
          .default({}),
      }),
    )
    .length(1, "the stand-in takes one message a call"),
});
type Wanted = z.output<typeof SendRequest>["messages"][number];
const SECONDS = { SECONDS: 1, MINUTES: 60, HOURS: 3600 };

/** Infobip's SMS API v3 for one account: `POST /sms/3/messages` and `GET /sms/3/logs`. */
export function infobipRest(account: Account, later: Later): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  app.use("/sms/*", async (c, next) => {
    if (isAuthorized(account, c.req.header("authorization"))) return next();
    return refuse(account, 401);
  });
  app.post("/sms/3/messages", async (c) => {
    const request = SendRequest.safeParse(await c.req.json().catch(() => null));
    if (!request.success) return refuse(account, 400, z.prettifyError(request.error));
    const [wanted] = request.data.messages;
    return wanted ? send(account, later, wanted, c.env) : refuse(account, 400);
  });
  app.get("/sms/3/logs", (c) => {
    const messageId = c.req.query("messageId") ?? "";
    note(account, { event: "logs", messageId });
    const found = account.messages.get(messageId);
    const isShown = found && found.sentAt <= account.now() - account.tuning.logLagMs;
    return c.json({ results: isShown ? [logDocument(account, found)] : [] });
  });
  return app;
}

async function send(account: Account, later: Later, wanted: Wanted, node: HttpBindings): Promise<Response> {
  const [{ to, messageId = randomUUID() } = { to: "" }] = wanted.destinations;
  note(account, { event: "send", to, messageId });
  if (account.messages.has(messageId)) return answer(account, messageId, to, "REJECTED_DUPLICATE_MESSAGE_ID");
  const step: Step = nextStep(account, `+${to}`) ?? { does: "accept" };
  if (step.does === "hang") return hang();
  if (step.does === "reset") return resetConnection(node);
  if (step.does === "refuse") return refuse(account, step.httpStatus, undefined, step.retryAfterSeconds);
  if (step.does === "reject") return answer(account, messageId, to, step.status);
  accept(account, later, { wanted, to, messageId, step });
  if (step.answers === "never") return hang();
  if (step.answers === "reset") return resetConnection(node);
  if (step.answers === "failure") return refuse(account, 500);
  if (step.answers === "nonsense") return new Response("<html>Gateway</html>");
  return answer(account, messageId, to, "PENDING_ACCEPTED");
}

type Accepted = { wanted: Wanted; to: string; messageId: string; step: Extract<Step, { does: "accept" }> };

function accept(account: Account, later: Later, { wanted, to, messageId, step }: Accepted): void {
  const validity = wanted.options.validityPeriod;
  const at = account.now();
  const message: Message = {
    ...{ messageId, to, bulkId: newBulkId(), sender: wanted.sender, text: wanted.content.text },
    validitySeconds: validity ? validity.amount * SECONDS[validity.timeUnit] : null,
    ...{ status: "PENDING_ACCEPTED", error: "NO_ERROR", sentAt: at, doneAt: at },
  };
  account.messages.set(messageId, message);
  note(account, { event: "accepted", to, messageId });
  reportLater(account, later, message, step.ends ?? "DELIVERED_TO_HANDSET", step.error ?? "NO_ERROR");
}

function answer(account: Account, messageId: string, destination: string, status: StatusName): Response {
  note(account, { event: status.startsWith("REJECTED") ? "refused" : "accepted", messageId, to: destination, status });
  const message = { messageId, status: statusDocument(status), destination, details: { messageCount: 1 } };
  return Response.json({ bulkId: newBulkId(), messages: [message] });
}

function refuse(account: Account, httpStatus: number, text = "Request failed", retryAfterSeconds?: number): Response {
  note(account, { event: "refused", httpStatus });
  const messageId =
    { 400: "BAD_REQUEST", 401: "UNAUTHORIZED", 429: "TOO_MANY_REQUESTS" }[httpStatus] ?? "GENERAL_ERROR";
  const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return Response.json({ requestError: { serviceException: { messageId, text } } }, { status: httpStatus, headers });
}

/** A log names the number differently than a report does, and shows the text. */
function logDocument(account: Account, message: Message) {
  const { to: destination, ...rest } = reportDocument(account, message);
  return { ...rest, destination, content: { text: message.text }, error: errorDocument(message.error) };
}

function isAuthorized(account: Account, header: string | undefined): boolean {
  const [expected, given] = [Buffer.from(`App ${account.apiKey}`), Buffer.from(header ?? "")];
  return expected.length === given.length && timingSafeEqual(expected, given);
}
