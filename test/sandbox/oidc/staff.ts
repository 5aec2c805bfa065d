export type StaffRole = "admin" | "clinic_lead" | "front_desk" | "analyst" | "auditor";
export type StaffMember = { id: string; name: string; email: string; role: StaffRole; does: string };

/** The invented staff of the demo clinic, one for each role; their addresses are those of its starter kit. */
export const STAFF: readonly StaffMember[] = [
  member("ada-quill", "Ada Quill", "admin", "admin", "Sets Hearback up and sees everything"),
  member("carl-lindt", "Carl Lindt", "clinic_lead", "lead", "Reads answers and looks after the clinic’s messages"),
  member("fay-doyle", "Fay Doyle", "front_desk", "desk", "Helps patients at the desk, sees no free text"),
  member("nina-alba", "Nina Alba", "analyst", "analyst", "Works with totals, never with single patients"),
  member("otis-udall", "Otis Udall", "auditor", "auditor", "Reads the audit trail"),
];

/** How a role is called on the sign-in page. */
export const ROLE_NAMES: Record<StaffRole, string> = {
  admin: "Admin",
  clinic_lead: "Clinic lead",
  front_desk: "Front desk",
  analyst: "Analyst",
  auditor: "Auditor",
};

function member(id: string, name: string, role: StaffRole, mailbox: string, does: string): StaffMember {
  return { id, name, email: `${mailbox}@commonground.example`, role, does };
}
