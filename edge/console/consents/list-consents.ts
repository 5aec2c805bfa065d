import { and, desc, eq, gte, lt } from "drizzle-orm";
import { consents } from "../../../db/schema/nudges.ts";
import type { Context } from "../../context.ts";
import { type Owner, readOwners } from "../opt-outs/list-opt-outs.ts";
import { type Named, openPeople } from "../people.ts";

export type Consent = typeof consents.$inferSelect;

/** Consents with whose they are and, where there is any, what proves them. */
export type Book = {
  rows: Consent[];
  owners: Owner[];
  people: Map<string, Named>;
  numbers: Map<string, string>;
  evidence: Map<string, string>;
};

/**
 * Consents of one address, or those given in a period (epoch ms, `to` exclusive), newest first, at most `limit`. The
 * read is in the audit before anything is opened.
 */
export async function readBook(
  ctx: Context,
  { address, from, to, limit }: { address?: string; from?: number; to?: number; limit: number },
): Promise<Book> {
  const addressKey = address && (await ctx.keys.blindIndex("address", address));
  const rows = await ctx.db
    .select()
    .from(consents)
    .where(
      and(
        addressKey ? eq(consents.addressKey, addressKey) : undefined,
        from === undefined ? undefined : gte(consents.at, from),
        to === undefined ? undefined : lt(consents.at, to),
      ),
    )
    .orderBy(desc(consents.at), desc(consents.id))
    .limit(limit);
  const owners = await readOwners(ctx, rows);
  const { people, numbers } = await openPeople(
    ctx,
    { action: "consents.read", entityId: "consents" },
    {
      patients: owners.map(({ patientId: id, sealed }) => ({ id, sealed })),
      numbers: owners.flatMap(({ number }) => number ?? []),
    },
  );
  return { rows, owners, people, numbers, evidence: await openEvidence(ctx, rows) };
}

async function openEvidence(ctx: Context, rows: Consent[]): Promise<Map<string, string>> {
  const opened = rows.map(async ({ id, evidence }) =>
    evidence === null ? [] : [[id, await ctx.keys.open({ table: "consents", row: id }, evidence)] as const],
  );
  return new Map((await Promise.all(opened)).flat());
}

/** The address of a consent as its owners have it; null where no patient has it any more. */
export function addressOf({ owners, numbers }: Book, { addressKey }: Consent): string | null {
  const own = owners.filter((owner) => owner.addressKey === addressKey);
  return own.map(({ number }) => number && numbers.get(number.id)).find(Boolean) ?? null;
}
