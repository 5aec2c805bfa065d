import type { Metrics, TenantMetrics } from "./read-metrics.ts";

type Family = {
  name: string;
  type: "gauge" | "counter";
  help: string;
  value(tenant: TenantMetrics, now: number): number | null;
};

const seconds = (since: number | null, now: number) => (since === null ? null : Math.max(0, (now - since) / 1000));

const FAMILIES: Family[] = [
  { name: "tenant_up", type: "gauge", help: "1 if the tenant's store answers.", value: ({ up }) => up },
  { name: "touches_due", type: "gauge", help: "Messages whose time has come.", value: ({ due }) => due },
  {
    name: "oldest_due_age_seconds",
    type: "gauge",
    help: "How long the first of them has waited; 0 when none is due.",
    value: ({ up, oldestDueAt }, now) => (up === 1 ? (seconds(oldestDueAt, now) ?? 0) : null),
  },
  { name: "touches_parked", type: "gauge", help: "Messages that wait for staff.", value: ({ parked }) => parked },
  { name: "touches_unknown", type: "gauge", help: "Hand-overs in doubt.", value: ({ unknown }) => unknown },
  {
    name: "data_age_seconds",
    type: "gauge",
    help: "Since the schedule was last read whole.",
    value: ({ dataReadAt }, now) => seconds(dataReadAt, now),
  },
  { name: "alarms_open", type: "gauge", help: "Alarms that nobody has acknowledged.", value: ({ alarms }) => alarms },
  {
    name: "jobs_open",
    type: "gauge",
    help: "Work that waits for or is with the container.",
    value: ({ jobs }) => jobs,
  },
  { name: "attempts_total", type: "counter", help: "Hand-overs to carriers.", value: ({ attempts }) => attempts },
  {
    name: "audit_events_total",
    type: "counter",
    help: "Events in the audit.",
    value: ({ auditEvents }) => auditEvents,
  },
];

/** Prometheus' text format, version 0.0.4. Slugs are the only label and hold nothing that needs escaping. */
export function formatMetrics({ now, spool, clockLagMs, tenants }: Metrics): string {
  const lines = [
    ...family("clock_lag_seconds", "gauge", "How long the tenant that waits longest for the clock has been due.", [
      ["", clockLagMs / 1000],
    ]),
    ...family("spooled_answers", "gauge", "Answers kept while the store was down.", [["", spool]]),
    ...FAMILIES.flatMap(({ name, type, help, value }) =>
      family(
        name,
        type,
        help,
        tenants.map((tenant) => [`{tenant="${tenant.tenant}"}`, value(tenant, now)]),
      ),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function family(name: string, type: Family["type"], help: string, samples: [string, number | null][]): string[] {
  const known = samples.filter(([, value]) => value !== null);
  if (known.length === 0) return [];
  const head = [`# HELP hearback_${name} ${help}`, `# TYPE hearback_${name} ${type}`];
  return [...head, ...known.map(([label, value]) => `hearback_${name}${label} ${value}`)];
}
