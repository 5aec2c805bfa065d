import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addLine, type Line } from "../clinic-line.ts";
import { type Desk, startDesk } from "../harness.ts";
import { type Infobip, startInfobip } from "../sandbox/infobip/start.ts";

const PASSWORD = "a-password-for-reports";
let desk: Desk;
let infobip: Infobip;
beforeAll(async () => {
  infobip = await startInfobip({ apiKey: "infobip-api-key-of-tests" });
  desk = await startDesk({
    INFOBIP_BASE_URL: infobip.url,
    INFOBIP_API_KEY: infobip.apiKey,
    INFOBIP_SENDER: "12025550188",
    INFOBIP_REPORTS_SECRET: PASSWORD,
  });
});
afterAll(async () => {
  await desk?.close();
  await infobip?.close();
});

type Money = { estimate: number | null; cost: number | null };
type Priced = { price: number | null; currency: string | null; asks: number };

const costsOf = async (clinic: Line) => {
  const touches = await clinic.db.all<Money>(
    sql`SELECT estimate_micros AS estimate, cost_micros AS cost FROM touches ORDER BY created_at, id`,
  );
  const attempts = await clinic.db.all<Priced>(sql`SELECT price_micros AS price, price_currency AS currency,
    price_check_at IS NOT NULL AS asks FROM attempts ORDER BY started_at, id`);
  return { touches, attempts };
};

/** As if an hour had passed, and the clock struck. */
const ask = async (clinic: Line) => {
  await clinic.db.run(sql`UPDATE attempts SET price_check_at = 0 WHERE price_check_at IS NOT NULL`);
  await clinic.strike();
};

test("a text is estimated by its segments when it is handed over, and costs what Twilio says afterwards, once it says so", async () => {
  const clinic = await addLine(desk, "+12025550301");
  await clinic.pushVisits([{ phone: "+12025550302" }]);
  await clinic.until("delivered");
  const handedOver = await costsOf(clinic);
  expect(handedOver.touches).toEqual([{ estimate: 8_300, cost: null }]);
  expect(handedOver.attempts).toEqual([{ price: null, currency: null, asks: 1 }]);
  desk.twilio.tune({ priceLagMs: 3_600_000 });
  await ask(clinic);
  expect((await costsOf(clinic)).touches).toEqual([{ estimate: 8_300, cost: null }]);
  const [next] = await clinic.db.all<{ at: number }>(sql`SELECT price_check_at AS at FROM attempts`);
  expect(next?.at).toBeGreaterThan(Date.now() + 3_000_000);
  desk.twilio.tune({ priceLagMs: 0, pricePerSegment: 0.00715 });
  await ask(clinic);
  expect((await costsOf(clinic)).touches).toEqual([{ estimate: 8_300, cost: 7_150 }]);
  expect((await costsOf(clinic)).attempts).toEqual([{ price: 7_150, currency: "USD", asks: 0 }]);
  desk.twilio.tune({ pricePerSegment: 0.0083 });
});

test("a price in another currency is kept with its hand-over and never added to the clinic's money", async () => {
  const clinic = await addLine(desk, "+12025550303");
  await clinic.pushVisits([{ phone: "+12025550304" }]);
  await clinic.until("delivered");
  desk.twilio.tune({ priceUnit: "EUR" });
  await ask(clinic);
  expect(await costsOf(clinic)).toEqual({
    touches: [{ estimate: 8_300, cost: null }],
    attempts: [{ price: 8_300, currency: "EUR", asks: 0 }],
  });
  desk.twilio.tune({ priceUnit: "USD" });
});

test("who cannot say what it cost is asked again, later and later, and after three days no more", async () => {
  const clinic = await addLine(desk, "+12025550305");
  await clinic.pushVisits([{ phone: "+12025550306" }]);
  await clinic.until("delivered");
  desk.twilio.tune({ priceLagMs: 1e12 });
  await clinic.db.run(sql`UPDATE attempts SET started_at = ${Date.now() - 10 * 3_600_000}`);
  await ask(clinic);
  const [next] = await clinic.db.all<{ at: number }>(sql`SELECT price_check_at AS at FROM attempts`);
  expect((next?.at ?? 0) - Date.now()).toBeGreaterThan(9.9 * 3_600_000);
  await clinic.db.run(sql`UPDATE attempts SET started_at = ${Date.now() - 73 * 3_600_000}`);
  await ask(clinic);
  expect((await costsOf(clinic)).attempts).toEqual([{ price: null, currency: null, asks: 0 }]);
  desk.twilio.tune({ priceLagMs: 0 });
});

test("Infobip's report says the price of each part; what cannot be read of it costs the report nothing", async () => {
  const own = { smsProvider: "infobip", infobipSender: "12025550188" } as const;
  const prices = [{ from: "2020-01-01", channel: "sms", provider: "infobip", each: 0.0061 }] as const;
  const clinic = await addLine(desk, "+12025550307", { settings: { messages: { ...own, prices: [...prices] } } });
  const url = `${desk.edge.url}/t/${clinic.slug}/infobip/reports`;
  infobip.subscribe("*", { url, username: "hearback", password: PASSWORD });
  await clinic.db.run(
    sql`UPDATE message_templates SET body = ${`{{sl}} ${"x".repeat(160)}`} WHERE key = 'survey-invite'`,
  );
  await clinic.pushVisits([{ phone: "+12025550308" }]);
  await clinic.until("delivered");
  expect(await costsOf(clinic)).toEqual({
    touches: [{ estimate: 12_200, cost: 15_000 }],
    attempts: [{ price: 15_000, currency: "USD", asks: 0 }],
  });
  infobip.tune({ price: { pricePerMessage: "free" as unknown as number, currency: "?" } });
  await clinic.pushVisits([{ phone: "+12025550309", patientName: "OTHER PERSON" }]);
  await clinic.until("delivered");
  expect((await costsOf(clinic)).attempts[1]).toEqual({ price: null, currency: null, asks: 1 });
});
