import type { Practice as ConcretePractice } from "../concrete/practice.ts";
import { CONSENT_WORDING, type Practice } from "./invent.ts";

/** The practice as Concrete's service shows it. */
export function inConcrete({ people, visits, sales }: Practice): ConcretePractice {
  return {
    customers: people.map((person) => ({
      Id: `C${1000 + person.id}`,
      Kind: person.hasBought ? "Customer" : "Prospect",
      FirstName: person.given,
      LastName: person.family,
      BirthDate: person.birthDate,
      ...(person.phone && { MobilePhone: person.phone }),
      Language: person.language,
      Address1: `${person.house} Birch Ave`,
      City: "Fresno",
      State: "CA",
      Zip: "93721",
      OfficeId: person.office,
      ...(person.doNotContact && { DoNotContact: true }),
      ...(person.consentedOn && {
        TextConsentAt: `${person.consentedOn}T09:00:00`,
        TextConsentSource: "intake form",
        TextConsentWording: CONSENT_WORDING,
      }),
    })),
    appointments: visits.map(({ id, person, name, status, startsAt, provider }) => ({
      Id: `A${5000 + id}`,
      CustomerId: `C${1000 + person.id}`,
      OfficeId: person.office,
      Name: name,
      Status: status,
      StartsAt: startsAt,
      Provider: provider,
    })),
    orders: sales.map(({ id, person, visit, product, soldAt }) => ({
      Id: `O${7000 + id}`,
      CustomerId: `C${1000 + person.id}`,
      OfficeId: person.office,
      AppointmentId: `A${5000 + visit.id}`,
      OrderedAt: soldAt,
      Currency: "USD",
      Line: [LINES[product]],
    })),
  };
}

const LINES = {
  aid: {
    Number: 1,
    ProductId: "P1",
    Sku: "HA-1",
    ProductName: "Hearing aid",
    Category: "devices",
    Quantity: 1,
    Status: "Sold",
    Amount: "1299.95",
  },
  batteries: {
    Number: 1,
    ProductId: "P2",
    Sku: "BT-8",
    ProductName: "Batteries",
    Category: "supplies",
    Quantity: 1,
    Status: "Sold",
    Amount: "12.50",
  },
};
