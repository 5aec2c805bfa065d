import { eq, sql } from "drizzle-orm";
import { builtOnce } from "../../../db/connect.ts";
import { inviteLinks, invites } from "../../../db/schema/surveys.ts";
import { findSurvey, surveyKey } from "../../../templates/surveys/catalogue.ts";
import type { SurveyDefinition } from "../../../templates/surveys/definition.ts";
import type { Context } from "../../context.ts";

/** A survey link that was really sent, with the invite it belongs to. */
export type Link = {
  inviteId: string;
  patientId: string;
  survey: SurveyDefinition;
  locale: string | null;
  answered: boolean;
  /** Epoch ms; the invite or this one link may end first. */
  expiresAt: number;
};

/**
 * The link with this token hash, or null. One read, the same for links that are open, used, expired or unknown, so
 * that the time taken tells nothing.
 * @throws Error when the survey it asks is not in the catalogue: a version must stay there while links point to it
 */
export async function findLink(ctx: Context, tokenHash: string): Promise<Link | null> {
  const [row] = await linkByHash(ctx.db).all({ tokenHash });
  if (!row) return null;
  const key = surveyKey({ id: row.invite.surveyId, version: row.invite.surveyVersion });
  const survey = findSurvey(key);
  if (!survey) throw new Error(`no survey ${key}`);
  return {
    inviteId: row.invite.id,
    patientId: row.invite.patientId,
    survey,
    locale: row.invite.locale,
    answered: row.invite.answered === 1,
    expiresAt: Math.min(row.invite.expiresAt, row.linkExpiresAt),
  };
}

const linkByHash = builtOnce((db) =>
  db
    .select({ invite: invites, linkExpiresAt: inviteLinks.expiresAt })
    .from(inviteLinks)
    .innerJoin(invites, eq(invites.id, inviteLinks.inviteId))
    .where(eq(inviteLinks.tokenHash, sql.placeholder("tokenHash")))
    .prepare(),
);
