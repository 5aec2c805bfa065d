import * as z from "zod";
import { PURCHASE_STATUS } from "../imports/purchase-status.ts";
import type { Batch } from "../imports/source.ts";

/** What is empty or no text counts as not said; what must be there is missed by the edge, row by row. */
const Text = z.string().trim().min(1).optional().catch(undefined);
const Flag = z.boolean().optional().catch(undefined);

const Customer = z.object({
  Id: Text,
  Kind: Text,
  FirstName: Text,
  LastName: Text,
  PreferredName: Text,
  BirthDate: Text,
  MobilePhone: Text,
  HomePhone: Text,
  Email: Text,
  Language: Text,
  Address1: Text,
  Address2: Text,
  City: Text,
  State: Text,
  Zip: Text,
  OfficeId: Text,
  Deceased: Flag,
  DoNotContact: Flag,
  TextConsentAt: Text,
  TextConsentSource: Text,
  TextConsentWording: Text,
  UpdatedAt: Text,
});

/** Customers as patients; one whom the source calls a prospect or lead is one. */
export function mapCustomers(rows: unknown[]): Batch[] {
  return [{ entity: "patient", rows: rows.map((row) => mapCustomer(Customer.parse(row ?? {}))) }];
}

function mapCustomer(customer: z.infer<typeof Customer>): object {
  const { Kind: kind, Address1: line1, TextConsentAt: at } = customer;
  return {
    sourceId: customer.Id,
    ...(kind && { kind: /^(prospect|lead)$/i.test(kind) ? "prospect" : "patient" }),
    givenName: customer.FirstName,
    familyName: customer.LastName,
    preferredName: customer.PreferredName,
    birthDate: customer.BirthDate,
    mobilePhone: customer.MobilePhone,
    homePhone: customer.HomePhone,
    email: customer.Email,
    language: customer.Language,
    ...(line1 && {
      address: {
        line1,
        line2: customer.Address2,
        city: customer.City ?? "",
        state: customer.State ?? "",
        zip: customer.Zip ?? "",
      },
    }),
    officeSourceId: customer.OfficeId,
    isDeceased: customer.Deceased,
    doNotContact: customer.DoNotContact,
    ...(at && {
      smsConsent: { at, source: customer.TextConsentSource ?? "concrete", wording: customer.TextConsentWording ?? "" },
    }),
    updatedAt: customer.UpdatedAt,
  };
}

const Appointment = z.object({
  Id: Text,
  CustomerId: Text,
  OfficeId: Text,
  Name: Text,
  Status: Text,
  StartsAt: Text,
  EndsAt: Text,
  Provider: Text,
  Removed: Flag,
});

/** Appointments with the source's own word for their status; the tenant's settings know what it means. */
export function mapAppointments(rows: unknown[]): Batch[] {
  const mapped = rows.map((row) => {
    const visit = Appointment.parse(row ?? {});
    return {
      sourceId: visit.Id,
      patientSourceId: visit.CustomerId,
      officeSourceId: visit.OfficeId,
      name: visit.Name ?? "",
      status: visit.Status,
      startsAt: visit.StartsAt,
      endsAt: visit.EndsAt,
      provider: visit.Provider,
      isRemoved: visit.Removed,
    };
  });
  return [{ entity: "appointment", rows: mapped }];
}

const Line = z.object({
  Number: Text,
  ProductId: Text,
  Sku: Text,
  ProductName: Text,
  Category: Text,
  Quantity: z.number().optional().catch(undefined),
  Amount: Text,
  Status: Text,
  WarrantyEnd: Text,
});
const Order = z.object({
  Id: Text,
  CustomerId: Text,
  OfficeId: Text,
  AppointmentId: Text,
  OrderedAt: Text,
  Currency: Text,
  Line: z.preprocess((line) => (line == null ? [] : Array.isArray(line) ? line : [line]), z.array(Line)).catch([]),
});
type Order = z.infer<typeof Order>;
type Line = z.infer<typeof Line>;

/** A mapper for all of a reading's orders: each line is a purchase, and each product goes once, before its first. */
export function orderMapper(): (rows: unknown[]) => Batch[] {
  const known = new Set<string>();
  return (rows) => {
    const lines = rows.flatMap((row) => {
      const order = Order.parse(row ?? {});
      return order.Line.map((line) => ({ order, line }));
    });
    return [
      { entity: "product", rows: lines.flatMap(({ line }) => productOf(line, known)) },
      { entity: "purchase", rows: lines.map(purchaseOf) },
    ];
  };
}

function productOf(
  { ProductId: sourceId, Sku: sku, ProductName, Category: category }: Line,
  known: Set<string>,
): object[] {
  if (!sourceId || known.has(sourceId)) return [];
  known.add(sourceId);
  return [{ sourceId, sku, name: ProductName ?? sourceId, category }];
}

function purchaseOf({ order, line }: { order: Order; line: Line }): object {
  return {
    sourceId: order.Id && line.Number && `${order.Id}.${line.Number}`,
    patientSourceId: order.CustomerId,
    officeSourceId: order.OfficeId,
    productSourceId: line.ProductId,
    category: line.Category,
    appointmentSourceId: order.AppointmentId,
    quantity: line.Quantity,
    amount: line.Amount,
    currency: order.Currency,
    purchasedAt: order.OrderedAt,
    status: PURCHASE_STATUS[line.Status?.toLowerCase() ?? ""] ?? line.Status,
    warrantyEndOn: line.WarrantyEnd,
  };
}
