import type { Edge } from "../sandbox/edge.ts";
import type { World } from "../sandbox/world.ts";
import type { KitClinic } from "./kit-clinics.ts";
import type { RealParts } from "./real-parts.ts";

type Desk = { world: World; edge: Edge; real: RealParts; slug: string };

/** What `npm start` says when all is ready: where to look, and how to speak to the desk as its operator. */
export function whereToLook({ world, edge, real, slug }: Desk, survey: string, kits: KitClinic[]): string {
  const consoles = kits.map((kit) => {
    return `    ${kit.slug.padEnd(23)} ${edge.url}/t/${kit.slug}/today   (${kit.name}, texts from ${kit.number})`;
  });
  const { practices } = world;
  const letters = practices
    ? `
  A letter's way, from a nudge to the printer:
    the media buy           ${edge.url}/t/bcb/media-buys   (its cards are planned; open it, commit it)
    the printer's box       ${practices.printer.pageUrl}   (its file arrives here within a minute)
`
    : "";
  // The secret of a sandbox dies with it; one of the developer's own stays where it is.
  const secret = real.settings.OPERATOR_SECRET ? "" : `OPERATOR_SECRET=${edge.settings.OPERATOR_SECRET} `;
  return `
  Look here:
    the patients' phones    ${world.twilio.url}/phone
    one survey              ${survey}
    the staff console       ${edge.url}/t/${slug}/today
    the pretend EHR         ${world.practiceFusion.url}
    everything else         ${world.url}
${kits.length > 0 ? `\n  The clinics of the starter kits, whose sources are at "everything else":\n${consoles.join("\n")}\n` : ""}${letters}
  The operator's commands, in another terminal:
    EDGE_URL=${edge.url} ${secret}npm run -s hearback -- tenant list

  The clock strikes every minute. Ctrl+C ends it all; nothing is kept.
`;
}
