import { Hono } from "hono";
import * as z from "zod";
import type { Later } from "../later.ts";
import { hang, resetConnection } from "../misbehave.ts";
import type { NodeEnv } from "../serve.ts";
import { type Box, MAIL_STEPS, type Mail, type MailStep, nextOf } from "./box.ts";
import { tellLater } from "./events.ts";
import { type Credentials, signatureFault } from "./sigv4.ts";

const Words = z.object({ Data: z.string() });
const Addresses = z.array(z.string().regex(/@/)).default([]);
const SendEmail = z.object({
  FromEmailAddress: z.string().regex(/@/),
  Destination: z
    .object({ ToAddresses: Addresses, CcAddresses: Addresses, BccAddresses: Addresses })
    .refine((to) => to.ToAddresses.length + to.CcAddresses.length + to.BccAddresses.length > 0, "no recipient"),
  ReplyToAddresses: Addresses,
  ConfigurationSetName: z.string().optional(),
  EmailTags: z
    .array(z.object({ Name: z.string().regex(/^[\w-]{1,256}$/), Value: z.string().regex(/^[\w-]{1,256}$/) }))
    .default([]),
  Content: z.union([
    z.object({
      Simple: z.object({
        Subject: Words,
        Body: z.object({ Text: Words.optional(), Html: Words.optional() }),
        Headers: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
      }),
    }),
    z.object({ Raw: z.object({ Data: z.base64() }) }),
  ]),
});

/** Amazon SES API v2, `SendEmail` only: signed JSON in, a message id or one of SES's errors out, events afterwards. */
export function ses(box: Box, later: Later, credentials: Credentials): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  app.post("/v2/email/outbound-emails", async (c) => {
    const body = await c.req.text();
    const request = { method: "POST", url: c.req.url, headers: c.req.raw.headers, body };
    const fault = signatureFault(request, { ...credentials, service: "ses" }, box.now());
    if (fault) return awsError(403, fault);
    const parsed = SendEmail.safeParse(json(body));
    if (!parsed.success) return awsError(400, "BadRequestException", z.prettifyError(parsed.error));

    const mail = mailOf(parsed.data);
    const step = stepFor(box, mail);
    if ("refuses" in step) {
      if (step.refuses === "error") return awsError(step.httpStatus, step.type, step.message);
      return step.refuses === "hang" ? hang() : resetConnection(c.env);
    }
    const kept = box.addMail(mail);
    // Without a configuration set nobody hears of it.
    if (parsed.data.ConfigurationSetName) tellLater(box, later, kept, step.ends ?? "delivered");
    if (step.answers === "never") return hang();
    if (step.answers === "reset") return resetConnection(c.env);
    return step.answers === "failure" ? awsError(500, "InternalServiceErrorException") : c.json({ MessageId: kept.id });
  });
  return app;
}

function stepFor(box: Box, mail: Omit<Mail, "id" | "at">): MailStep {
  const address = [...mail.to, ...mail.cc, ...mail.bcc].find((to) => box.mailScripts.has(to)) ?? "*";
  return MAIL_STEPS[nextOf(box.mailScripts.get(address)) ?? "accept"];
}

function mailOf(sent: z.output<typeof SendEmail>): Omit<Mail, "id" | "at"> {
  const envelope = {
    from: sent.FromEmailAddress,
    to: sent.Destination.ToAddresses,
    cc: sent.Destination.CcAddresses,
    bcc: sent.Destination.BccAddresses,
    replyTo: sent.ReplyToAddresses,
    tags: Object.fromEntries(sent.EmailTags.map(({ Name, Value }) => [Name, Value])),
  };
  if ("Raw" in sent.Content) return { ...envelope, ...rawContent(sent.Content.Raw.Data) };
  const { Subject, Body, Headers } = sent.Content.Simple;
  return {
    ...envelope,
    subject: Subject.Data,
    text: Body.Text?.Data ?? null,
    html: Body.Html?.Data ?? null,
    headers: Headers.map(({ Name, Value }) => ({ name: Name, value: Value })),
  };
}

/** A MIME message as far as the page shows it: unfolded headers, and all the rest as text. */
function rawContent(data: string): Pick<Mail, "subject" | "text" | "html" | "headers"> {
  const [head = "", ...rest] = Buffer.from(data, "base64")
    .toString("utf8")
    .split(/\r?\n\r?\n/);
  const headers = head
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/)
    .map((line) => /^([^:]+): ?(.*)$/.exec(line))
    .flatMap((match) => (match ? [{ name: match[1] ?? "", value: match[2] ?? "" }] : []));
  const subject = headers.find(({ name }) => name.toLowerCase() === "subject")?.value ?? "";
  return { subject, text: rest.join("\n\n"), html: null, headers };
}

function awsError(status: number, type: string, message = type): Response {
  const headers = { "content-type": "application/json", "x-amzn-errortype": type };
  return new Response(JSON.stringify({ message }), { status, headers });
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
