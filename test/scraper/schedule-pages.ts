/** Schedule pages of the three layouts, as the EHR writes them, around invented visits. */

export type ShownVisit = {
  status: string;
  /** The lines of the patient cell: name, birth date, phones. */
  patient: string[];
  time: string;
  provider: string;
  type: string;
};

export const RIVER: ShownVisit = {
  status: "Seen",
  patient: ["RIVER TESTERLY", "03/09/1984", "M. (202) 555-0101"],
  time: "9:05 AM",
  provider: "BHUC COMMON GROUND",
  type: "CLINICIAN",
};

/** What RIVER must be read as, on 20 November 2025. */
export const RIVER_READ = {
  patientName: "RIVER TESTERLY",
  birthDate: "1984-03-09",
  phone: "+12025550101",
  startsAt: "2025-11-20T09:05",
  status: "Seen",
  provider: "BHUC COMMON GROUND",
  type: "CLINICIAN",
};

export const PRINT_HEADING = "Schedule Standard view - Thursday, November, 20, 2025";
export const MAIN_HEADING = "Thu, Nov 20, 2025";

export function printRow(visit: Partial<Omit<ShownVisit, "patient">> & { patient?: string[] | string }): string {
  const { status, patient, time, provider, type } = { ...RIVER, ...visit };
  const cell = typeof patient === "string" ? patient : patient.map((line) => `\n<div>${line}</div>\n`).join("");
  return `<tr><td data-element="td-intake-status">${status}</td><td data-element="td-patient-name">${cell}</td><td data-element="td-start-at">${time}</td><td data-element="td-provider-name">${provider}</td><td data-element="td-appointment-type">${type}</td></tr>`;
}

export function printPage(rows: string[], heading = PRINT_HEADING): string {
  return `<h3>${heading}</h3><table data-element="table-agenda-print"><tr><th>Status</th><th>Patient</th><th>Time</th><th>Provider</th><th>Type</th></tr>${rows.join("")}</table>`;
}

export function mainRow(visit: ShownVisit, index: number): string {
  const [name, birthDate, ...phones] = visit.patient;
  const phone = phones.map((each) => `<span data-element="cell-phone">${each}</span>`).join("");
  return `<tr data-element="data-table-row-${index}"><td><div data-element="intake-status-select-${index}"><div title="${visit.status}"></div></div></td><td data-element="cell-patient-${index}"><a href="#">${name}</a><span data-element="cell-dob">${birthDate}</span>${phone}</td><td data-element="cell-time-${index}"><div>${visit.time}</div><div>30 min</div></td><td>${visit.provider}</td><td>${visit.type}</td></tr>`;
}

export function mainPage(rows: string[], heading = MAIN_HEADING): string {
  return `<h3 class="h3 box-margin-Bn">${heading}</h3><div data-element="appointments-table"><table>${rows.join("")}</table></div>`;
}

export function legacyPage(visits: ShownVisit[], heading = PRINT_HEADING.replace("November,", "November")): string {
  const rows = visits.map(
    (visit) =>
      `<tr><td class="status-column">${visit.status}</td><td class="patient-column"><div>${visit.patient[0]}</div><div>Female</div><div>MRN 100200</div><div>${visit.patient[1]}</div><div class="contact-details">${visit.patient.slice(2).join("<br>")}</div></td><td class="time-column">${visit.time}</td><td class="provider-column">${visit.provider}</td><td class="type-column">${visit.type}</td></tr>`,
  );
  return `<h3>${heading}</h3><div class="agenda-container"><table><thead><tr><th>Status</th><th>Patient</th><th>Time</th><th>Provider</th><th>Type</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}
