import type { Context } from "../../context.ts";
import type { MailingFile } from "../../exports/find-file.ts";
import { whenAt } from "../time.ts";
import { many } from "../words.ts";

type Props = { ctx: Context; found: MailingFile | null };

/** How a mailing's file gets on on its way to the printer. */
export function FileNote({ ctx, found }: Props) {
  if (!found) return null;
  const { file, delivery } = found;
  const isStuck = delivery.status === "failed" || delivery.status === "in_doubt";
  return (
    <p class={isStuck ? "note warn" : "soft"}>
      {wordsOf(ctx, found)}
      {/* The code is what the container's log says, too. */}
      {delivery.errorCode && delivery.status !== "arrived" ? ` (${delivery.errorCode})` : null}
      <span class="sub">
        {file.name}, {many(file.rowCount, "row")}
      </span>
    </p>
  );
}

function wordsOf(ctx: Context, { delivery }: MailingFile): string {
  const { timeZone } = ctx.tenant.settings.office;
  switch (delivery.status) {
    case "arrived":
      return delivery.arrivedAt === null
        ? "The file is at the printer's."
        : `The file arrived at the printer's ${whenAt(delivery.arrivedAt, ctx.now(), timeZone)}.`;
    case "in_doubt":
      return "The printer may have fetched the file already. Ask them, then say that they have the list, or send it again.";
    case "failed":
      return "The file could not be delivered.";
    case "cancelled":
      return "The file is not sent by us any more.";
    default:
      return delivery.attempts > 1
        ? "The file is on its way to the printer; it is tried again."
        : "The file is on its way to the printer.";
  }
}
