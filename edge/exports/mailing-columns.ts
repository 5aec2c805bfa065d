import type { Letter } from "../letter.ts";
import type { Column } from "./csv-file.ts";

/** One piece of a mailing, as the printer is told of it. */
export type Piece = Letter & { reference: string };

/**
 * The printer's file: what has to stand on the piece and nothing else of the person. The reference is random; it comes
 * back with the pieces that come back.
 */
export const MAILING_COLUMNS: Column<Piece>[] = [
  { header: "reference", most: 12, value: ({ reference }) => reference },
  { header: "name", most: 60, value: ({ name }) => name },
  { header: "address_1", most: 120, value: ({ line1 }) => line1 },
  { header: "address_2", most: 120, value: ({ line2 }) => line2 },
  { header: "city", most: 80, value: ({ city }) => city },
  { header: "state", most: 2, value: ({ state }) => state },
  { header: "zip", most: 5, value: ({ zip5 }) => zip5 },
  { header: "zip4", most: 4, value: ({ zip4 }) => zip4 },
  { header: "delivery_point", most: 2, value: ({ deliveryPoint }) => deliveryPoint },
  { header: "carrier_route", most: 4, value: ({ carrierRoute }) => carrierRoute },
  { header: "headline", most: 200, value: ({ headline }) => headline },
  { header: "message", most: 8_000, value: ({ message }) => message },
];

/** As the post wants them handed in: by ZIP, carrier route and delivery point; the rest decides ties, always alike. */
export function inPostalOrder(pieces: Piece[]): Piece[] {
  const keyed = pieces.map((piece) => {
    const { zip5, carrierRoute, zip4, deliveryPoint, line1, reference } = piece;
    return { piece, key: [zip5, carrierRoute, zip4, deliveryPoint, line1, reference].join("\u0000") };
  });
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ piece }) => piece);
}
