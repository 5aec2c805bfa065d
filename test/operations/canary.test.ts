import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine } from "../clinic-line.ts";
import { type Desk, eventually, operator, startDesk } from "../harness.ts";
import { post } from "../responses/survey-desk.ts";
import { openVisitLink, press } from "../responses/visit-desk.ts";
import { type Mailbox, startMailbox } from "../sandbox/mailbox/start.ts";
import { seenVisit, todayIn } from "../visits.ts";
import { operate } from "./command.ts";
import { filesIn, holds } from "./raw-files.ts";

const AWS = { accessKeyId: "AKIAINVENTED", secretAccessKey: randomBytes(20).toString("hex") };
const [FIRST, SECOND, THIRD] = ["+12025550171", "+12025550172", "+12025550173"];
const LINE = "+12025550170";

/** Words that stand for everything private. None of them means anything to any program. */
const CANARIES = [
  ...["ZEBULON", "QUACKENBUSH", "MARZIPAN", "PUMPERNICKEL", "OCTAVIA", "HAMSTERWHEEL", "Quokkamouse"],
  ...["1931-07-23", "1948-02-29", "19310723", "07/23/1931"],
  ...[FIRST, SECOND, THIRD].map((phone) => phone.slice(1)),
  ...["(202) 555-0171", "202-555-0172"],
  ...["xylophone marmalade", "telescope porridge", "grandmother of otters", "wallaby saxophone"],
];

let folder: string;
let mailbox: Mailbox;
let desk: Desk;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearback-canary-"));
  mailbox = await startMailbox(AWS);
  const mail = {
    ALARM_MAIL_TO: "lead@commonground.example",
    ALARM_MAIL_FROM: "hearback@commonground.example",
    SES_REGION: "us-east-1",
    SES_ACCESS_KEY_ID: AWS.accessKeyId,
    SES_SECRET_ACCESS_KEY: AWS.secretAccessKey,
    SES_BASE_URL: mailbox.url,
  };
  const hook = { ALARM_WEBHOOK_URL: mailbox.hookUrl("alarms"), ALARM_WEBHOOK_SECRET: `whsec_${AWS.secretAccessKey}` };
  desk = await startDesk({ ...mail, ...hook }, { folder });
});
afterAll(async () => {
  await desk?.close();
  await mailbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("nothing private lies in the clear in the store's files, the spool's, the logs, alarms, metrics or errors", async () => {
  const clinic = await addLine(desk, LINE);
  const about = { birthDate: "1931-07-23", nickname: "Quokkamouse" };
  const visits = [
    seenVisit({ ...about, patientName: "ZEBULON QUACKENBUSH", phone: FIRST }),
    seenVisit({ ...about, patientName: "MARZIPAN PUMPERNICKEL", phone: SECOND, birthDate: "1948-02-29" }),
    seenVisit({ ...about, patientName: "OCTAVIA HAMSTERWHEEL", phone: THIRD, status: "Confirmed" }),
    // Columns swapped: every field holds what should stand in another.
    seenVisit({ patientName: "1931-07-23", birthDate: "ZEBULON QUACKENBUSH", status: "MARZIPAN", phone: FIRST }),
    seenVisit({ status: "QUACKENBUSH", provider: "BHUC COMMON GROUND" }),
  ];
  const pushed = await clinic.push(todayIn(), visits);
  const refusals = [await pushed.text()];
  for (const raw of [
    JSON.stringify(visits),
    `{"rows": "ZEBULON QUACKENBUSH"`,
    JSON.stringify({ on: "1931-07-23", rows: visits }),
  ]) {
    refusals.push(await (await clinic.send("/appointments", null, { raw })).text());
  }
  const [one, other] = await eventually(async () => {
    await desk.edge.cron();
    const links = [FIRST, SECOND].map((phone) => /http\S+/.exec(clinic.said(phone)[0] ?? "")?.[0]);
    return links.every(Boolean) && links;
  });
  const more = (words: string) => ({ HowDidYouHearAboutBHUC: "Other", HowDidYouHearAboutBHUC_Other: words });
  expect((await post(one ?? "", { ProceedWithMoreQuestions: "Yes" })).status).toBe(303);
  expect((await post(`${one}/more`, more("xylophone marmalade"))).status).toBe(303);
  await clinic.text(FIRST ?? "", "please stop texting me, grandmother of otters");
  await clinic.db.run(sql`UPDATE appointments SET starts_at = ${Date.now() + 10_800_000} WHERE status = 'booked'`);
  const [ahead] = await clinic.db.all<{ id: string }>(sql`SELECT id FROM appointments WHERE status = 'booked'`);
  const visitLink = await openVisitLink(desk, clinic, ahead?.id ?? "");
  const wish = { wish: "any", words: "after the wallaby saxophone lesson" };
  expect((await press(visitLink, wish, `${visitLink}/time`)).status).toBe(303);
  // One answers while the store is dead: the spool keeps it, and is looked into while it does.
  await desk.sqld.kill();
  expect((await post(other ?? "", { ProceedWithMoreQuestions: "Yes" })).status).toBe(303);
  expect((await post(`${other}/more`, more("telescope porridge"))).status).toBe(303);
  const spooled = filesIn(folder);
  await desk.sqld.restart();
  await eventually(async () => {
    await desk.edge.cron();
    return (await clinic.db.all(sql`SELECT 1 FROM responses WHERE sealed IS NOT NULL`)).length === 2;
  });

  await clinic.send("/jobs", { kind: "scrape" });
  const leased = await clinic.send("/jobs/lease", { kinds: ["scrape"], worker: "container-1" });
  const { lease } = (await leased.json()) as { lease: { jobId: string; leaseToken: string } };
  await clinic.send(`/jobs/${lease.jobId}/finish`, {
    leaseToken: lease.leaseToken,
    status: "failed",
    error: { code: "mfa_timeout" },
  });
  await operator(desk.edge, "/admin/v1/keys/rotate-data", { tenant: clinic.slug });
  await desk.directory.run(sql`UPDATE tenant_keys SET created_at = created_at - 1200000`);
  await desk.strike(clinic);
  await eventually(
    async () =>
      (await clinic.db.all(sql`SELECT 1 FROM runs WHERE procedure_id = 'key-rotation' AND status = 'succeeded'`))
        .length > 0,
  );
  await eventually(async () => mailbox.mails.length > 0 && mailbox.hookCalls.length > 0);
  const reported = [await operate(desk, "report", clinic.slug), await operate(desk, "audit", "verify", clinic.slug)];
  const metrics = await fetch(`${desk.edge.url}/metrics`, {
    headers: { authorization: `Bearer ${desk.edge.settings.METRICS_TOKEN}` },
  });

  const places: Record<string, string> = {
    store: filesIn(desk.sqld.folder),
    spooled,
    spool: filesIn(folder),
    logs: desk.edge.logs.join("\n"),
    refusals: refusals.join("\n"),
    alarms: JSON.stringify([mailbox.mails, mailbox.hookCalls]),
    reports: JSON.stringify(reported),
    metrics: await metrics.text(),
  };
  // The search can find: what is not private lies there to be read.
  expect(places.store).toContain("BHUC COMMON GROUND");
  expect(spooled).toContain("sealed");
  for (const [place, word] of [
    ["logs", "procedure succeeded"],
    ["refusals", "rejected"],
    ["alarms", "mfa_timeout"],
    ["reports", "visits"],
    ["metrics", clinic.slug],
  ]) {
    expect(places[place ?? ""]).toContain(word);
  }
  const leaks = Object.entries(places).flatMap(([place, content]) =>
    CANARIES.filter((word) => holds(content, word)).map((word) => `${place}: ${word}`),
  );
  expect(leaks).toEqual([]);
}, 120_000);
