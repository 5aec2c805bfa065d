import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clinic, type Desk, operator, startDesk } from "../harness.ts";
import { operate } from "../operations/command.ts";

let desk: Desk;
let clinic: Clinic;
let folder: string;
beforeAll(async () => {
  desk = await startDesk();
  clinic = await desk.addTenant();
  folder = await mkdtemp(join(tmpdir(), "hearback-wordings-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await desk?.close();
});

const STOP = "Reply STOP to opt out";

test("a saved wording is a version of its own, whoever saves; the same words again are none, and other languages stay", async () => {
  const english = {
    key: "visit-reminder",
    channel: "sms",
    category: "care",
    wordings: { en: { body: "{{cn}}: see you {{ad}}, {{ap}}." } },
  };
  expect(await saved(english)).toMatchObject({ version: 1, isNew: true });
  expect(await saved(english)).toMatchObject({ version: 1, isNew: false });
  const spanish = { ...english, wordings: { es: { body: "{{cn}}: nos vemos el {{ad}}, {{ap}}." } } };
  expect(await saved(spanish)).toMatchObject({ version: 2, isNew: true });
  const both = await Promise.all([
    save({ ...english, wordings: { en: { body: "{{cn}}: one" } } }),
    save({ ...english, wordings: { en: { body: "{{cn}}: two" } } }),
  ]);
  expect(both.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([]);
  const rows = await clinic.db.all<{ version: number; locale: string; body: string }>(
    sql`SELECT version, locale, body FROM message_templates WHERE key = 'visit-reminder' ORDER BY version, locale`,
  );
  expect(rows.slice(0, 3)).toEqual([
    { version: 1, locale: "en", body: "{{cn}}: see you {{ad}}, {{ap}}." },
    { version: 2, locale: "en", body: "{{cn}}: see you {{ad}}, {{ap}}." },
    { version: 2, locale: "es", body: "{{cn}}: nos vemos el {{ad}}, {{ap}}." },
  ]);
  const versions = Map.groupBy(rows.slice(3), ({ version }) => version);
  for (const each of versions.values()) expect(each.map(({ locale }) => locale)).toEqual(["en", "es"]);
  expect(await saved({ ...english, isPreview: true })).toMatchObject({ isNew: true });
  expect((await save({ ...english, channel: "mail" })).status).toBe(409);
});

test.each<[string, object, string]>([
  ["a token that does not exist", { en: { body: "Hi {{fn}}, {{apt}}" } }, "unknown_token"],
  ["code in braces", { en: { body: "{{constructor}}" } }, "unknown_token"],
  ["a loop", { en: { body: "{{#each x}} {{/each}}" } }, "unknown_token"],
  ["an open brace in one language only", { en: { body: "Hi" }, es: { body: "Hola {{fn" } }, "unbalanced_braces"],
  ["a format that does not exist", { en: { body: "{{ap:fast}}" } }, "bad_format"],
  ["the visit's name on a lock screen", { en: { body: "Your {{an}} is soon" } }, "not_on_channel"],
  ["what the clinic has not set", { en: { body: "See {{cw}}" } }, "clinic_not_set"],
])("%s cannot be saved, and the answer says where and why [NUDGE-32] [BAD-74]", async (_, wordings, code) => {
  const answer = await save({ key: "no-good", channel: "sms", category: "care", wordings });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain(code);
  expect(await clinic.db.all(sql`SELECT 1 FROM message_templates WHERE key = 'no-good'`)).toEqual([]);
});

test("a wording with the visit's links can be saved, and its preview shows them as long as they will be, with what they cost", async () => {
  const body = "{{cn}}: see you {{aw}} at {{ap}}. Confirm: {{cl}} Other time: {{rl}} Calendar: {{il}}";
  const wording = { key: "with-links", channel: "sms", category: "transactional", wordings: { en: { body } } };
  type Answer = { previews: { en: { body: string; sms: { segments: number } } } };
  const { previews } = (await saved({ ...wording, isPreview: true })) as Answer;
  const links = [...previews.en.body.matchAll(/https?:\/\/\S+\/v\/([\w-]+)(\/\w+)?/g)];
  expect(links.map(([, token, path]) => [token?.length, path])).toEqual([
    [28, undefined],
    [28, "/time"],
    [28, "/ics"],
  ]);
  expect(previews.en.sms.segments).toBe(2);
  expect(await saved(wording)).toMatchObject({ version: 1 });
});

test.each([
  "Reply CANCEL to cancel your visit.",
  "Text END to end your appointment",
  'To reschedule, reply "QUIT".',
  "Reply Y to confirm or CANCEL to cancel.",
  "Reply STOP to stop by on Tuesday",
  "Send REVOKE.",
  "Responda CANCELAR para cancelar su cita.",
  "Please reply cancel",
])(
  "a wording that has the reader send a stop word for anything else is refused, and another word advised: %s",
  async (body) => {
    const answer = await save({ key: "stop-word", channel: "sms", category: "care", wordings: { en: { body } } });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toMatch(/stop_word.*Y1 or N1/);
  },
);

test.each([
  `${STOP}, HELP for help.`,
  "Reply STOP to cancel.",
  "Text CANCEL to get no more texts",
  "Responda STOP para no recibir mas.",
  "Reply Y1 to confirm, N1 to cancel your visit.",
  "Reply YES to confirm. Reply STOP to opt out.",
  "Reply C to confirm or call us to cancel.",
  "Responda SI para confirmar su cita.",
  "Call us to cancel. We will text you at the end of the week.",
])("how to opt out, and plain talk of an end, may be said: %s", async (body) => {
  const wording = { key: "fine", channel: "sms", category: "care", wordings: { en: { body } } };
  expect((await save({ ...wording, isPreview: true })).status).toBe(200);
});

test("marketing says how to get no more of it, and in mail where it comes from; links come from our own maker", async () => {
  const sms = { key: "offer", channel: "sms", category: "marketing" };
  expect(await problems({ ...sms, wordings: { en: { body: "{{cn}}: new aids in town" } } })).toEqual([
    "no_opt_out_text",
  ]);
  expect((await save({ ...sms, wordings: { en: { body: "{{cn}}: new aids in town. {{oo}}" } } })).status).toBe(200);
  const mail = { key: "offer-mail", channel: "mail", category: "marketing" };
  const bare = { subject: "News", body: "Hello {{fn|friend}}", bodyHtml: '<a href="{{fn}}">x</a><script>x</script>' };
  expect(await problems({ ...mail, wordings: { en: bare } })).toEqual([
    "unsafe_html",
    "not_a_link",
    "no_unsubscribe_link",
    "no_postal_address",
    "no_unsubscribe_link",
    "no_postal_address",
  ]);
  const settings = { messages: { postalAddress: "1 Sample Way, Springfield" } };
  await operator(desk.edge, "/admin/v1/tenants/set", { tenant: clinic.slug, settings });
  const whole = {
    subject: "News",
    body: "Hello {{fn|friend}} {{ul}} {{ca}}",
    bodyHtml: '<p title="{{fn|x}}">{{ca}} <a href="{{ul}}">no more</a></p>',
  };
  expect(await problems({ ...mail, wordings: { en: whole } })).toEqual([]);
  expect(await problems({ ...mail, wordings: { en: { ...whole, subject: null } } })).toEqual(["no_subject"]);
});

test("the preview shows segments and price before anything is sent, and names the letter that makes it dear [NUDGE-33]", async () => {
  const preview = async (body: string) => {
    const file = join(folder, "wording.json");
    await writeFile(
      file,
      JSON.stringify({ key: "long", channel: "sms", category: "care", wordings: { en: { body } } }),
    );
    const { exit, document } = await operate(desk, "template", "save", clinic.slug, file, "--preview");
    expect(exit).toBe(0);
    return (document as { previews: { en: { sms: object } } }).previews.en.sms;
  };
  expect(await preview("a".repeat(161))).toEqual({
    segments: 2,
    encoding: "GSM-7",
    culprits: [],
    price: 0.0166,
    currency: "USD",
  });
  expect(await preview(`${"a".repeat(160)}’`)).toMatchObject({ segments: 3, encoding: "UCS-2", culprits: ["’"] });
  const listed = await operate(desk, "template", "list", clinic.slug);
  expect((listed.document as { key: string }[]).map(({ key }) => key)).toContain("survey-invite");
  expect((listed.document as { key: string }[]).map(({ key }) => key)).not.toContain("long");
});

async function save(input: object): Promise<{ status: number; body: unknown }> {
  const answer = await operator(desk.edge, "/admin/v1/templates/save", { tenant: clinic.slug, ...input });
  return { status: answer.status, body: await answer.json() };
}

async function saved(input: object): Promise<unknown> {
  const { status, body } = await save(input);
  expect(status).toBe(200);
  return body;
}

async function problems(input: object): Promise<string[]> {
  const { body } = await save(input);
  const found = (body as { problems?: { problem: string }[] }).problems ?? [];
  return found.map(({ problem }) => problem.split(":")[0] ?? "");
}
