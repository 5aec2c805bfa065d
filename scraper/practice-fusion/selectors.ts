/** The one list of handles on the EHR's pages. Several in one entry are layouts seen over time, newest first. */
export const SELECTORS = {
  username: "#inputUsername",
  password: "#inputPswd",
  loginButton: "#loginButton",
  sendCode: "#sendCallButton",
  code: "#code",
  confirmCode: "#sendCodeButton",
  /** What a refused login or code says, wherever it says so. */
  alert: '[role="alert"], [class*="error"], [class*="alert"]',
  markers: 'div[data-element="user-menu"], nav[data-element="main-nav"], .user-profile, .main-navigation',
  scheduleLink: 'a[href*="#/PF/schedule/scheduler"]',
  busy: '[role="progressbar"], [aria-busy="true"], [class*="spinner"]',
  dayHeader: "h3",
  datePicker: "#date-picker-button",
  previousDay: "button.rotate-180, .decrement-date",
  nextDay: 'button[aria-label="Next day"], .increment-date',
  allUsers: '[data-element="chk-all-users"]',
  mainTable: 'div[data-element="appointments-table"], .agenda-container',
  printButton: 'button[data-element="btn-schedule-print"]',
  printTable: 'table[data-element="table-agenda-print"]',
} as const;

export const ROUTES = {
  login: "#/login",
  securityCheck: "#/login/securitycheck",
  home: "#/PF/home/main",
  agenda: "#/PF/schedule/scheduler/agenda",
} as const;
