import type { Row } from "./database.ts";
import type { SycleMapping } from "./mapping.ts";
import { count, day, flag, text, time } from "./read-values.ts";

type Times = SycleMapping["timesAre"];

/** One who bought something that was not voided, or whom the source calls a customer, is a patient; else a prospect. */
export function mapPatient(row: Row, times: Times): object {
  const line1 = text(row.line1);
  const consentAt = time(row.consentAt, times);
  return {
    sourceId: text(row.sourceId),
    kind: flag(row.hasBought) || flag(row.isCustomer) ? "patient" : "prospect",
    givenName: text(row.givenName),
    familyName: text(row.familyName),
    preferredName: text(row.preferredName),
    birthDate: day(row.birthDate),
    mobilePhone: text(row.mobilePhone),
    homePhone: text(row.homePhone),
    email: text(row.email),
    language: text(row.language),
    ...(line1 && { address: addressOf(line1, row) }),
    officeSourceId: text(row.officeSourceId),
    isDeceased: flag(row.isDeceased),
    doNotContact: flag(row.doNotContact),
    ...(consentAt && {
      smsConsent: {
        at: consentAt,
        source: text(row.consentSource) ?? "sycle",
        wording: text(row.consentWording) ?? "",
      },
    }),
    updatedAt: time(row.updatedAt, times),
  };
}

function addressOf(line1: string, row: Row): object {
  const [city = "", state = "", zip = ""] = [text(row.city), text(row.state), text(row.zip)];
  return { line1, line2: text(row.line2), city, state, zip };
}

/** The status stays the source's own word; the tenant's settings know what it means. */
export function mapAppointment(row: Row, times: Times): object {
  return {
    sourceId: text(row.sourceId),
    patientSourceId: text(row.patientSourceId),
    officeSourceId: text(row.officeSourceId),
    name: text(row.name) ?? "",
    status: text(row.status),
    startsAt: time(row.startsAt, times),
    endsAt: time(row.endsAt, times),
    provider: text(row.provider),
    isRemoved: flag(row.isRemoved),
  };
}

export function mapProduct(row: Row): object {
  return {
    sourceId: text(row.sourceId),
    sku: text(row.sku),
    name: text(row.name),
    category: text(row.category),
    listPrice: text(row.listPrice),
  };
}

/** A state whose word the settings do not know goes on as it is, and the edge turns the row away. */
export function mapPurchase(row: Row, times: Times, { statuses, currency }: SycleMapping["purchases"]): object {
  const status = text(row.status)?.toLowerCase();
  return {
    sourceId: text(row.sourceId),
    patientSourceId: text(row.patientSourceId),
    officeSourceId: text(row.officeSourceId),
    productSourceId: text(row.productSourceId),
    category: text(row.category),
    appointmentSourceId: text(row.appointmentSourceId),
    quantity: count(row.quantity) ?? 1,
    amount: text(row.amount),
    currency: text(row.currency) ?? currency,
    purchasedAt: time(row.purchasedAt, times),
    status: status && (statuses[status] ?? status),
    warrantyEndOn: day(row.warrantyEndOn),
  };
}
