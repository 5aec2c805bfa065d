import {
  AppointmentImportRow,
  type Entity,
  ImportChunk,
  PatientRow,
  ProductRow,
  PurchaseRow,
} from "../../edge/contract/imports.ts";
import type { FinishJob, Lease } from "../../edge/contract/jobs.ts";
import type { EdgeClient } from "../../scraper/edge-client.ts";

const ROW = { patient: PatientRow, appointment: AppointmentImportRow, product: ProductRow, purchase: PurchaseRow };

/** An edge that keeps what it is told as it would have come over the wire, and holds each row to the contract. */
export function recordingImports() {
  const chunks: ImportChunk[] = [];
  const finished: Omit<FinishJob, "leaseToken">[] = [];
  const notAsked = () => Promise.reject(new Error("not asked for"));
  const edge: EdgeClient = {
    createJob: notAsked,
    createImport: notAsked,
    lease: notAsked,
    push: notAsked,
    addressPage: notAsked,
    filePart: notAsked,
    deliveryStep: notAsked,
    pushStandardised: notAsked,
    heartbeat: () => Promise.resolve(),
    finish: async (_, report) => void finished.push(report),
    async pushImport(sent) {
      const chunk = ImportChunk.parse(JSON.parse(JSON.stringify(sent)));
      chunks.push(chunk);
      const rejected = chunk.rows.flatMap((row, index) =>
        ROW[chunk.entity].safeParse(row).success ? [] : [{ row: index, code: "invalid" }],
      );
      const status = chunk.end ? "applied" : chunk.failed ? "failed" : "staging";
      return { staged: chunk.rows.length - rejected.length, unchanged: 0, rejected, import: status };
    },
  };
  const rowsOf = (entity: Entity) =>
    chunks.filter((chunk) => chunk.entity === entity).flatMap(({ rows }) => rows as Record<string, unknown>[]);
  return { edge, chunks, finished, rowsOf };
}

/** A leased import of `source`, as the edge would hand it over. */
export function importLease(source: string, asked: object = {}): Lease {
  const runId = crypto.randomUUID();
  return { jobId: "job_1", runId, kind: "import", arguments: { source, ...asked }, leaseToken: "t", leaseSeconds: 120 };
}
