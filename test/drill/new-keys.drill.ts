import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { openLinks } from "../bench/open-links.ts";
import { type Clinic, eventually, signedPost } from "../harness.ts";
import { openAllSealed } from "../open-sealed.ts";
import type { EdgeSettings } from "../sandbox/edge.ts";
import { drill } from "./drill.ts";
import { startTraffic } from "./traffic.ts";
import type { World } from "./world.ts";

/* Seen red with the guard off: F-22 (links of before the change that are turned away while they are still good). */

const DAY_MS = 86_400_000;
const KEYS = ["KEY_ENCRYPTION_KEYS", "LINK_KEYS", "OPERATOR_SECRET"] as const;

export const newKeys = drill(
  "every key and secret is changed while visits are pushed and forms are sent: the old ones work beside the new, then no more, and nothing is left that does not open [F-22]",
  async (kit) => {
    const world = await kit.world();
    const { clinic } = world;
    const goOn = () => traffic.goOn(kit.rounds(4, 100));
    const moreLinks = () => openLinks({ edge: world.edge(), sqld: world.sqld }, clinic, kit.rounds(100, 2_000));
    const before = { ...world.edge().settings };
    const [early = "", late = "", ...links] = await moreLinks();
    const traffic = startTraffic(world, { links, container: clinic.key });
    await goOn();

    // A deploy with both, and the word to change.
    const fresh = newSecrets(before);
    await world.deploy(Object.fromEntries(KEYS.map((key) => [key, `${fresh[key]},${before[key]}`])));
    const wrapped = await ask(world, fresh, "keys/rotate-kek", {});
    assert.ok(Number(wrapped.keys) >= 2 && Number(wrapped.secrets) >= 1, "all is wrapped by the new key");
    const made = await ask(world, fresh, "keys/rotate-machine", { tenant: clinic.slug, overlapHours: 24 });
    await goOn();
    await ask(world, fresh, "keys/rotate-data", { tenant: clinic.slug });
    await goOn();
    assert.deepEqual(await answersTo(world, before, early), { link: 200, operator: 200, container: 201 });
    traffic.container = made.key as Clinic["key"];
    traffic.links.splice(0, traffic.links.length, ...(await moreLinks()));
    await goOn();
    await letKeysSettle(world);
    assert.deepEqual(await ask(world, fresh, "keys/rotate-kek", {}), { keys: 0, secrets: 0 });

    // A deploy with the new ones alone, a day later.
    await world.deploy(fresh);
    await world.directory.run(sql`UPDATE api_keys SET expires_at = expires_at - ${DAY_MS}`);
    await goOn();
    const { pushes, told, failures } = await traffic.end();
    assert.deepEqual(failures, [], "nobody noticed");
    assert.deepEqual(await answersTo(world, before, late), { link: 404, operator: 401, container: 401 });
    await world.settle();
    const opened = await openAllSealed(world.edge().settings, clinic);
    kit.report({ pushes, answers: told.length, opened, ...(await world.check(told)) });
    const closed = world.logs().filter((line) => /UnknownKey|OperationError|does not open/.test(line));
    assert.deepEqual(closed, [], "everything opened");
  },
  {
    guard: [
      {
        file: "edge/link-token.ts",
        clause: "for (const { key } of keys) {",
        without: "for (const { key } of keys.slice(0, 1)) {",
      },
    ],
  },
);

function newSecrets(before: EdgeSettings): EdgeSettings {
  const named = (name: string) => `${name}:${randomBytes(32).toString("base64")}`;
  const OPERATOR_SECRET = `whsec_${randomBytes(32).toString("base64")}`;
  assert.ok(before.KEY_ENCRYPTION_KEYS?.startsWith("k1:") && before.LINK_KEYS?.startsWith("l1:"));
  return { KEY_ENCRYPTION_KEYS: named("k2"), LINK_KEYS: named("l2"), OPERATOR_SECRET };
}

/** The operator's word, signed with this secret. */
async function ask(world: World, { OPERATOR_SECRET = "" }: EdgeSettings, verb: string, about: object) {
  const key = { id: "operator", secret: OPERATOR_SECRET };
  const answer = await signedPost(`${world.edge().url}/admin/v1/${verb}`, key, JSON.stringify(about), {});
  if (!answer.ok) throw new Error(`${verb} answered ${answer.status}`);
  return (await answer.json()) as Record<string, unknown>;
}

/** What whoever still has the keys of before is answered. */
async function answersTo(world: World, { OPERATOR_SECRET: secret = "" }: EdgeSettings, url: string) {
  const [link, operator, container] = await Promise.all([
    fetch(url),
    signedPost(`${world.edge().url}/admin/v1/tenants/list`, { id: "operator", secret }, "{}", {}),
    world.clinic.send("/jobs", { kind: "scrape" }),
  ]);
  return { link: link.status, operator: operator.status, container: container.status };
}

/** Time passes, as far as the data keys know, until what the old one sealed is sealed anew, and it is dropped. */
async function letKeysSettle(world: World): Promise<void> {
  await world.directory.run(sql`UPDATE tenant_keys SET created_at = created_at - ${16 * 60_000}`);
  await eventually(async () => {
    await world.wake();
    const keys = await world.directory.all(sql`SELECT 1 FROM tenant_keys WHERE purpose = 'seal'`);
    return keys.length === 1;
  }, 30_000);
}
