import { insert } from "../sycle/practice.ts";
import { CONSENT_WORDING, type Practice } from "./invent.ts";

const PRODUCTS = [
  { product_id: 1, sku: "HA-1", name: "Hearing aid", category: "devices", list_price: 1299.95 },
  { product_id: 2, sku: "BT-8", name: "Batteries", category: "supplies", list_price: 12.5 },
];

/** The practice as rows of Sycle's tables. */
export function inSycle({ people, visits, sales }: Practice): string[] {
  return [
    ...PRODUCTS.map((product) => insert("product", product)),
    ...people.map((person) =>
      insert("customer", {
        customer_id: person.id,
        first_name: person.given,
        last_name: person.family,
        birth_date: person.birthDate,
        mobile_phone: person.phone,
        language: person.language,
        address1: `${person.house} Alder St`,
        city: "Springfield",
        state: "CO",
        zip: "81073",
        clinic_id: person.office,
        deceased: false,
        do_not_contact: person.doNotContact,
        is_customer: person.hasBought,
        ...(person.consentedOn && {
          text_consent_at: `${person.consentedOn} 09:00:00`,
          text_consent_source: "intake form",
          text_consent_wording: CONSENT_WORDING,
        }),
      }),
    ),
    ...visits.map(({ id, person, name, status, startsAt, provider }) =>
      insert("appointment", {
        appointment_id: id,
        customer_id: person.id,
        clinic_id: person.office,
        appointment_type: name,
        status,
        starts_at: startsAt,
        provider_name: provider,
        deleted: false,
      }),
    ),
    ...sales.map(({ id, person, visit, product, soldAt }) =>
      insert("purchase", {
        purchase_id: id,
        customer_id: person.id,
        clinic_id: person.office,
        product_id: product === "aid" ? 1 : 2,
        appointment_id: visit.id,
        quantity: 1,
        amount: product === "aid" ? 1299.95 : 12.5,
        purchased_at: soldAt,
        status: "Sold",
      }),
    ),
  ];
}
