import * as z from "zod";
import { AddressPage, StandardisedReply, type StandardisedRow } from "../edge/contract/addresses.ts";
import { ChunkReply, type SnapshotChunk } from "../edge/contract/appointments.ts";
import { DeliveryReply, type DeliveryStep, PartReply } from "../edge/contract/exports.ts";
import { type ImportChunk, ImportReply } from "../edge/contract/imports.ts";
import { type FinishJob, type Lease, LeaseReply } from "../edge/contract/jobs.ts";
import { type PostOptions, postSigned, understand } from "./signed-post.ts";

export type EdgeSettings = {
  /** Origin of the Worker, such as `https://hearback.example`. */
  url: string;
  tenant: string;
  keyId: string;
  /** Standard Webhooks secret, `whsec_…`. */
  keySecret: string;
};

/** The edge, as the container speaks to it. Every verb may be said twice: the edge answers the same and changes nothing. */
export type EdgeClient = {
  /** Asks for a reading of these days; without days, of today and the days before it that the tenant's settings say. */
  createJob(days?: string[]): Promise<{ jobId: string; runId: string }>;
  /** Asks for an import of this source; one that is open already will do. */
  createImport(source: string): Promise<{ jobId: string; runId: string }>;
  /** A job of one of these kinds; of imports only those from these sources. */
  lease(kinds: string[], worker: string, sources?: string[]): Promise<z.infer<typeof LeaseReply>>;
  heartbeat(lease: Lease): Promise<void>;
  finish(lease: Lease, report: Omit<FinishJob, "leaseToken">): Promise<void>;
  push(chunk: SnapshotChunk): Promise<ChunkReply>;
  pushImport(chunk: ImportChunk): Promise<ImportReply>;
  /** Addresses to be validated, page by page, for the holder of a job \`cassify\`. */
  addressPage(lease: Lease, after?: string): Promise<z.infer<typeof AddressPage>>;
  /** One part of the file that the holder of a job `deliver` brings somewhere. */
  filePart(lease: Lease, part: number): Promise<string>;
  /** How far that has come; answers how the delivery stands. */
  deliveryStep(
    lease: Lease,
    step: DeliveryStep["step"],
    seen?: DeliveryStep["seen"],
  ): Promise<z.infer<typeof DeliveryReply>>;
  pushStandardised(lease: Lease, rows: StandardisedRow[]): Promise<z.infer<typeof StandardisedReply>>;
};

const Created = z.object({ jobId: z.string(), runId: z.string() });

/** A client for one tenant of one edge, with signed requests. Throws `EdgeFailure`, or the signal's reason. */
export function connectEdge(settings: EdgeSettings, options: PostOptions = {}): EdgeClient {
  const { url, tenant, keyId, keySecret } = settings;
  const line = { base: `${url.replace(/\/+$/, "")}/t/${tenant}/api/v1`, keyId, keySecret, options };
  const post = (path: string, content: unknown) => postSigned(line, path, content);
  const jobPath = ({ jobId }: Lease, verb: string) => `/jobs/${encodeURIComponent(jobId)}/${verb}`;
  return {
    createJob: async (days) => understand(Created, "/jobs", await post("/jobs", { kind: "scrape", days })),
    createImport: async (source) => understand(Created, "/jobs", await post("/jobs", { kind: "import", source })),
    async lease(kinds, worker, sources) {
      return understand(LeaseReply, "/jobs/lease", await post("/jobs/lease", { kinds, worker, sources }));
    },
    async heartbeat(lease) {
      await post(jobPath(lease, "heartbeat"), { leaseToken: lease.leaseToken });
    },
    async finish(lease, report) {
      await post(jobPath(lease, "finish"), { ...report, leaseToken: lease.leaseToken });
    },
    push: async (chunk) => understand(ChunkReply, "/appointments", await post("/appointments", chunk)),
    async addressPage({ jobId, leaseToken }, after) {
      return understand(AddressPage, "/addresses/page", await post("/addresses/page", { jobId, leaseToken, after }));
    },
    async pushStandardised({ jobId, leaseToken }, rows) {
      const path = "/addresses/standardised";
      return understand(StandardisedReply, path, await post(path, { jobId, leaseToken, rows }));
    },
    async filePart({ jobId, leaseToken }, part) {
      const path = "/exports/part";
      return understand(PartReply, path, await post(path, { jobId, leaseToken, part })).text;
    },
    async deliveryStep({ jobId, leaseToken }, step, seen) {
      const path = "/exports/step";
      return understand(DeliveryReply, path, await post(path, { jobId, leaseToken, step, seen }));
    },
    pushImport: async (chunk) => understand(ImportReply, "/imports", await post("/imports", chunk)),
  };
}
