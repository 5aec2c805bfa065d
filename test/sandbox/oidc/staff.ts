export type StaffRole = "admin" | "clinic_lead" | "front_desk" | "analyst" | "auditor";
export type StaffMember = { id: string; name: string; email: string; role: StaffRole; does: string };

/** The invented staff of the demo clinic, one for each role. */
export const STAFF: readonly StaffMember[] = [
  member("ada-quill", "Ada Quill", "admin", "Sets Hearback up and sees everything"),
  member("carl-lindt", "Carl Lindt", "clinic_lead", "Reads answers and looks after the clinic's messages"),
  member("fay-doyle", "Fay Doyle", "front_desk", "Helps patients at the desk, sees no free text"),
  member("nina-alba", "Nina Alba", "analyst", "Works with totals, never with single patients"),
  member("otis-udall", "Otis Udall", "auditor", "Reads the audit trail"),
];

/** How a role is called on the sign-in page. */
export const ROLE_NAMES: Record<StaffRole, string> = {
  admin: "Admin",
  clinic_lead: "Clinic lead",
  front_desk: "Front desk",
  analyst: "Analyst",
  auditor: "Auditor",
};

function member(id: string, name: string, role: StaffRole, does: string): StaffMember {
  return { id, name, email: `${id.replace("-", ".")}@commonground.example`, role, does };
}
