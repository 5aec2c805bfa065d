import type { Role } from "./auth/session.ts";

/** Who works with single patients. */
export const DESK: readonly Role[] = ["admin", "clinic_lead", "front_desk"];
/** Who answers for the clinic's messages: may stop, change and release them. */
export const LEADS: readonly Role[] = ["admin", "clinic_lead"];
/** Who may see why a patient was, or was not, written to. */
export const EXPLAINERS: readonly Role[] = ["admin", "clinic_lead", "front_desk", "auditor"];
export const AUDITORS: readonly Role[] = ["admin", "auditor"];
export const EVERYONE: readonly Role[] = ["admin", "clinic_lead", "front_desk", "analyst", "auditor"];
/** Who may see what messages cost and bring, in numbers. */
export const MONEY: readonly Role[] = ["admin", "clinic_lead", "analyst"];
/** Who may see what patients answered, in numbers. */
export const ANALYSTS: readonly Role[] = ["admin", "clinic_lead", "front_desk", "analyst"];
