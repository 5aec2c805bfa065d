import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { optOuts } from "../../db/schema/engagement.ts";
import { exportParts } from "../../db/schema/exports.ts";
import { addresses } from "../../db/schema/imports.ts";
import { consents, mediaBuyRecipients } from "../../db/schema/nudges.ts";
import { inboundMessages } from "../../db/schema/operations.ts";
import { contactPoints, patients } from "../../db/schema/people.ts";
import { responses } from "../../db/schema/surveys.ts";
import { visitRequests } from "../../db/schema/visits.ts";

/** `place` is the column that names the row inside the seal. */
export type SealedColumn = {
  name: string;
  table: SQLiteTable;
  id: SQLiteColumn;
  place: SQLiteColumn;
  sealed: SQLiteColumn;
};

/** Every column that holds what a tenant's data key sealed. A test holds this list against the code that seals. */
export const SEALED_COLUMNS: SealedColumn[] = [
  { name: "patients", table: patients, id: patients.id, place: patients.id, sealed: patients.sealed },
  {
    name: "contact_points",
    table: contactPoints,
    id: contactPoints.id,
    place: contactPoints.id,
    sealed: contactPoints.sealed,
  },
  {
    name: "addresses",
    table: addresses,
    id: addresses.patientId,
    place: addresses.patientId,
    sealed: addresses.sealed,
  },
  {
    name: "inbound_messages",
    table: inboundMessages,
    id: inboundMessages.id,
    place: inboundMessages.dedupeKey,
    sealed: inboundMessages.sealed,
  },
  { name: "opt_outs", table: optOuts, id: optOuts.id, place: optOuts.id, sealed: optOuts.evidence },
  { name: "consents", table: consents, id: consents.id, place: consents.id, sealed: consents.evidence },
  {
    name: "visit_requests",
    table: visitRequests,
    id: visitRequests.id,
    place: visitRequests.id,
    sealed: visitRequests.sealed,
  },
  { name: "responses", table: responses, id: responses.id, place: responses.id, sealed: responses.sealed },
  {
    name: "addresses_standard",
    table: addresses,
    id: addresses.patientId,
    place: addresses.patientId,
    sealed: addresses.standardSealed,
  },
  {
    name: "media_buy_recipients",
    table: mediaBuyRecipients,
    id: mediaBuyRecipients.reference,
    place: mediaBuyRecipients.reference,
    sealed: mediaBuyRecipients.addressSealed,
  },
  {
    name: "export_parts",
    table: exportParts,
    id: exportParts.id,
    place: exportParts.id,
    sealed: exportParts.sealed,
  },
];
