import type { PurchaseRow } from "../../edge/contract/imports.ts";

/** What sources call the states of a purchase, in lower case; a clinic's own words are settings of its source. */
export const PURCHASE_STATUS: Record<string, PurchaseRow["status"]> = {
  sold: "sold",
  return: "returned",
  returned: "returned",
  exchange: "exchanged",
  exchanged: "exchanged",
  void: "void",
  voided: "void",
};
