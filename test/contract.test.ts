import { expect, test } from "vitest";
import { nextDigest } from "../edge/contract/appointments.ts";
import {
  AppointmentImportRow,
  ImportChunk,
  ImportReply,
  PatientRow,
  ProductRow,
  PurchaseRow,
} from "../edge/contract/imports.ts";

test("the same rows in the same order give the same digest, another order another", async () => {
  const one = await nextDigest("", [{ a: 1 }, { a: 2 }]);
  expect(await nextDigest("", [{ a: 1 }, { a: 2 }])).toBe(one);
  expect(await nextDigest("", [{ a: 2 }, { a: 1 }])).not.toBe(one);
});

const chunk = {
  runId: "0199a000-0000-7000-8000-000000000001",
  source: "concrete",
  snapshotAt: "2027-02-10T16:00:00Z",
  scope: { entities: ["patient"] },
  sequence: 0,
  entity: "patient",
  rows: [],
};

test("an import's chunk ends or fails, and holds rows of what its scope names", () => {
  const end = { counts: { patient: 0 }, digest: "0".repeat(64) };
  const failed = { code: "login_refused" };
  expect(ImportChunk.safeParse({ ...chunk, end }).success).toBe(true);
  expect(ImportChunk.safeParse({ ...chunk, failed }).success).toBe(true);
  expect(ImportChunk.safeParse({ ...chunk, end, failed }).success).toBe(false);
  expect(ImportChunk.safeParse({ ...chunk, entity: "purchase", rows: [{}] }).success).toBe(false);
  expect(ImportReply.safeParse({ staged: 1, unchanged: 0, rejected: [], import: "applied" }).success).toBe(true);
});

test("an import's rows take times with and without an offset, and amounts as text only", () => {
  const visit = { sourceId: "7", patientSourceId: "1", officeSourceId: "b", name: "Checkup", status: "Confirmed" };
  for (const startsAt of ["2027-03-14T02:30", "2027-03-14 02:30:00", "2027-03-14T02:30:00-07:00", "2027-03-14"]) {
    expect(AppointmentImportRow.safeParse({ ...visit, startsAt }).success, startsAt).toBe(true);
  }
  expect(AppointmentImportRow.safeParse({ ...visit, startsAt: "3/14/2027 2:30" }).success).toBe(false);
  expect(ProductRow.safeParse({ sourceId: "1", name: "Battery", listPrice: "4.95" }).success).toBe(true);
  expect(PatientRow.safeParse({ sourceId: "1" }).success).toBe(true);
  const sale = { sourceId: "1", patientSourceId: "1", quantity: 1, currency: "USD", purchasedAt: "2027-02-01" };
  expect(PurchaseRow.safeParse({ ...sale, amount: "-20.50", status: "returned" }).success).toBe(true);
  expect(PurchaseRow.safeParse({ ...sale, amount: 20.5, status: "sold" }).success).toBe(false);
});
