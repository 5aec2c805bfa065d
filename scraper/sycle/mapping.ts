import * as z from "zod";
import { PURCHASE_STATUS } from "../imports/purchase-status.ts";

/** A table's or column's name, `schema.table` at most: names are quoted, never trusted as SQL. */
const Name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/);

/** A table, its primary key, and which column holds what; a field without a column is not said. */
const tableOf = <Need extends string, May extends string>(need: readonly Need[], may: readonly May[]) =>
  z.strictObject({
    table: Name,
    id: Name,
    columns: z.strictObject({
      ...(Object.fromEntries(need.map((field) => [field, Name])) as Record<Need, typeof Name>),
      ...(Object.fromEntries(may.map((field) => [field, Name.optional()])) as Record<May, z.ZodOptional<typeof Name>>),
    }),
  });

const Patients = tableOf(
  [],
  [
    ...(["givenName", "familyName", "preferredName", "birthDate", "mobilePhone", "homePhone", "email"] as const),
    ...([
      "language",
      "line1",
      "line2",
      "city",
      "state",
      "zip",
      "officeSourceId",
      "isDeceased",
      "doNotContact",
    ] as const),
    ...(["isCustomer", "consentAt", "consentSource", "consentWording", "updatedAt"] as const),
  ],
);
const Appointments = tableOf(
  ["patientSourceId", "officeSourceId", "name", "status", "startsAt"],
  ["endsAt", "provider", "isRemoved"],
);
const Products = tableOf(["name"], ["sku", "category", "listPrice"]);
const Purchases = tableOf(
  ["patientSourceId", "amount", "purchasedAt", "status"],
  ["officeSourceId", "productSourceId", "category", "appointmentSourceId", "quantity", "currency", "warrantyEndOn"],
).extend({
  /** What the clinic's words for a purchase's state mean, in lower case. */
  statuses: z.record(z.string(), z.enum(["sold", "returned", "exchanged", "void"])).default(PURCHASE_STATUS),
  /** Where no column says so. */
  currency: z.string().length(3).default("USD"),
});

/**
 * The tables this connector reads where a clinic's settings name no others. Sycle publishes no schema: these names are
 * ours, and a clinic's own go into a file (`SYCLE_MAPPING`), entity by entity.
 */
const PATIENTS: z.input<typeof Patients> = {
  table: "customer",
  id: "customer_id",
  columns: {
    givenName: "first_name",
    familyName: "last_name",
    preferredName: "nickname",
    birthDate: "birth_date",
    mobilePhone: "mobile_phone",
    homePhone: "home_phone",
    email: "email",
    language: "language",
    line1: "address1",
    line2: "address2",
    city: "city",
    state: "state",
    zip: "zip",
    officeSourceId: "clinic_id",
    isDeceased: "deceased",
    doNotContact: "do_not_contact",
    isCustomer: "is_customer",
    consentAt: "text_consent_at",
    consentSource: "text_consent_source",
    consentWording: "text_consent_wording",
    updatedAt: "updated_at",
  },
};
const APPOINTMENTS: z.input<typeof Appointments> = {
  table: "appointment",
  id: "appointment_id",
  columns: {
    patientSourceId: "customer_id",
    officeSourceId: "clinic_id",
    name: "appointment_type",
    status: "status",
    startsAt: "starts_at",
    endsAt: "ends_at",
    provider: "provider_name",
    isRemoved: "deleted",
  },
};
const PRODUCTS: z.input<typeof Products> = {
  table: "product",
  id: "product_id",
  columns: { sku: "sku", name: "name", category: "category", listPrice: "list_price" },
};
const PURCHASES: z.input<typeof Purchases> = {
  table: "purchase",
  id: "purchase_id",
  columns: {
    patientSourceId: "customer_id",
    officeSourceId: "clinic_id",
    productSourceId: "product_id",
    appointmentSourceId: "appointment_id",
    quantity: "quantity",
    amount: "amount",
    purchasedAt: "purchased_at",
    status: "status",
    warrantyEndOn: "warranty_end",
  },
};

/** Where a clinic's Sycle database keeps what we read. */
export const SycleMapping = z.strictObject({
  /** What a time without an offset means: the office's own clock, or UTC. */
  timesAre: z.enum(["local", "utc"]).default("local"),
  patients: Patients.default(Patients.parse(PATIENTS)),
  appointments: Appointments.default(Appointments.parse(APPOINTMENTS)),
  /** `null` where the clinic keeps no list of products. */
  products: Products.nullable().default(Products.parse(PRODUCTS)),
  purchases: Purchases.default(Purchases.parse(PURCHASES)),
});
export type SycleMapping = z.infer<typeof SycleMapping>;
