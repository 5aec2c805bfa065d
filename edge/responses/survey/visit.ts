import { Buffer } from "node:buffer";
import type { Context as HonoContext } from "hono";
import { isStoreUnavailable } from "../../../db/connect.ts";
import type { Clinic } from "../../../templates/surveys/pages/frame.tsx";
import { formLocales } from "../../../templates/surveys/words.ts";
import { type Context, contextFor } from "../../context.ts";
import { findOnlyTenant, findTenant, type Opened, rememberedTenant, type Tenant } from "../../directory.ts";
import type { Env } from "../../env.ts";
import type { AppEnv } from "../../http.ts";
import { readLinkToken } from "../../link-token.ts";

/** Somebody at a survey link: what the link is, and in whose colours to answer. */
export type Visit = {
  token: string;
  /** Null for a token that we did not make, or that belongs to another host. */
  tokenHash: string | null;
  /** Null with such a token, and while the directory does not answer. */
  ctx: Context | null;
  clinic: Clinic;
  /** Languages that the clinic offers, first its own. */
  locales: string[];
};

export type PatientEnv = {
  Bindings: AppEnv["Bindings"];
  Variables: AppEnv["Variables"] & { visit: Visit; nonce: string; styleSource: string };
};
export type PatientContext = HonoContext<PatientEnv>;

/** In whose name a page speaks when no clinic is known. */
const NO_CLINIC: Clinic = { name: "Hearback", accent: "#1f5f8b" };

/**
 * Reads the token of the address. A made-up one is turned away by its checksum before any clinic's database is asked;
 * the clinic's name and number still dress the page, because the page must look as it does for a link that ran out.
 * A suspended clinic's links are shut, unless they are to work `always`.
 */
export async function visitOf(c: PatientContext, token: string, { always = false } = {}): Promise<Visit> {
  const { env, now, requestId } = c.var;
  const ours = await readLinkToken(env.LINK_KEYS, token);
  const { opened, isFresh } = ours ? await findClinic(env, ours.tenantNumber) : await guessClinic(env, token);
  const isHome = opened !== null && servesHost(opened.tenant, env, new URL(c.req.url).host);
  const isOpen = ours !== null && (isFresh ? isHome && (always || opened?.tenant.status === "active") : true);
  return {
    token,
    tokenHash: isOpen ? ours.hash : null,
    ctx: isOpen && isFresh && opened ? contextFor(env, opened, { type: "patient" }, now, requestId) : null,
    clinic: isHome ? clinicOf(opened.tenant) : NO_CLINIC,
    locales: isHome ? opened.tenant.settings.theme.locales : formLocales,
  };
}

type Found = { opened: Opened | null; isFresh: boolean };

/** The token's tenant. While the directory does not answer, what this isolate remembers of it, if anything. */
async function findClinic(env: Env, number: number): Promise<Found> {
  try {
    return { opened: await findTenant(env, { number }), isFresh: true };
  } catch (error) {
    if (!isStoreUnavailable(error)) throw error;
    return { opened: rememberedTenant(env, number), isFresh: false };
  }
}

/** For a token that is not ours: the tenant whose number it claims, or the desk's only one, to dress the page. */
async function guessClinic(env: Env, token: string): Promise<Found> {
  const number = claimedTenantNumber(token);
  const remembered = rememberedTenant(env, number);
  if (remembered) return { opened: remembered, isFresh: true };
  const claimed = await findClinic(env, number);
  if (claimed.opened || !claimed.isFresh) return claimed;
  return { opened: await findOnlyTenant(env), isFresh: true };
}

/** The number that the token's first two bytes claim, checked or not. */
function claimedTenantNumber(token: string): number {
  const bytes = Buffer.from(token.slice(0, 3), "base64url");
  return bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
}

/** A clinic with hosts of its own is served there and nowhere else. */
function servesHost(tenant: Tenant, env: Env, host: string): boolean {
  const { hosts } = tenant.settings;
  return hosts.length > 0 ? hosts.includes(host) : host === new URL(env.PUBLIC_URL).host;
}

function clinicOf({ settings }: Tenant): Clinic {
  const { phoneToCall, accent } = settings.theme;
  return {
    name: settings.office.name,
    accent,
    phone: phoneToCall ? { dialled: phoneToCall.replace(/[^+\d]/g, ""), shown: phoneToCall } : undefined,
  };
}
