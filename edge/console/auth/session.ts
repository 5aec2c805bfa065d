import { and, eq, gt, lte, or } from "drizzle-orm";
import type { Db } from "../../../db/connect.ts";
import { memberships, sessions, tenants } from "../../../db/schema/directory.ts";
import { randomToken, sha256 } from "../../crypto.ts";
import type { Identity } from "./id-token.ts";

/** After this long without a page being asked for, the session is over (HIPAA 164.312(a)(2)(iii)). */
export const IDLE_MS = 15 * 60_000;
const ABSOLUTE_MS = 12 * 3_600_000;
/** A busy person's session is not written on every click. */
const NOTE_EVERY_MS = 60_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export type Role = (typeof memberships.$inferSelect)["role"];
export type Membership = { slug: string; clinic: string; role: Role };
export type Session = { tokenHash: string; email: string; name: string; memberships: Membership[] };

/** Starts a session and returns its token: 256 random bits, of which only the SHA-256 is kept. Sweeps out dead ones. */
export async function startSession(directory: Db, identity: Identity, now: number): Promise<string> {
  const token = randomToken(32);
  await directory.batch([
    directory.delete(sessions).where(or(lte(sessions.expiresAt, now), lte(sessions.lastSeenAt, now - IDLE_MS))),
    directory.insert(sessions).values({
      tokenHash: await sha256(token),
      ...identity,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + ABSOLUTE_MS,
    }),
  ]);
  return token;
}

/**
 * The live session of this token with all that its person may enter, read afresh, so that a role taken away is gone
 * with the next click. `isActivity: false` for what a page does by itself: that does not keep anybody signed in.
 */
export async function findSession(
  directory: Db,
  token: string,
  now: number,
  isActivity: boolean,
): Promise<Session | null> {
  if (!TOKEN.test(token)) return null;
  const tokenHash = await sha256(token);
  const isLive = and(
    eq(sessions.tokenHash, tokenHash),
    gt(sessions.expiresAt, now),
    gt(sessions.lastSeenAt, now - IDLE_MS),
  );
  const rows = await directory
    .select({ session: sessions, role: memberships.role, slug: tenants.slug, clinic: tenants.name })
    .from(sessions)
    .leftJoin(memberships, eq(memberships.email, sessions.email))
    .leftJoin(tenants, eq(tenants.id, memberships.tenantId))
    .where(isLive)
    .orderBy(tenants.name);
  const session = rows[0]?.session;
  if (!session) return null;
  if (isActivity && now - session.lastSeenAt > NOTE_EVERY_MS) {
    await directory.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.tokenHash, tokenHash));
  }
  const entries = rows.flatMap(({ role, slug, clinic }) => (role && slug && clinic ? [{ role, slug, clinic }] : []));
  return { tokenHash, email: session.email, name: session.name, memberships: entries };
}

/** Ends one session, or all of its person's. */
export async function endSession(directory: Db, session: Session, everywhere: boolean): Promise<void> {
  const which = everywhere ? eq(sessions.email, session.email) : eq(sessions.tokenHash, session.tokenHash);
  await directory.delete(sessions).where(which);
}
