import { setTimeout as pause } from "node:timers/promises";
import type { Lease } from "../edge/contract/jobs.ts";
import type { EdgeClient } from "./edge-client.ts";
import { EdgeFailure } from "./signed-post.ts";

export type KeptLease = {
  /** Aborted when the edge says that the lease is not ours any more. */
  signal: AbortSignal;
  stop(): Promise<void>;
};

/** The work goes on elsewhere; nothing more may be pushed from here. */
class LeaseLost extends Error {
  override name = "LeaseLost";
  readonly code = "lease_lost";
}

/** Heartbeats three times in the lease's time, so that one that is late or lost does not cost the lease. */
export function keepLease(edge: EdgeClient, lease: Lease): KeptLease {
  const lost = new AbortController();
  const stopped = new AbortController();
  const beating = beat(edge, lease, stopped.signal).catch((error: unknown) => {
    if (!stopped.signal.aborted) lost.abort(error);
  });
  return {
    signal: lost.signal,
    async stop() {
      stopped.abort();
      await beating;
    },
  };
}

async function beat(edge: EdgeClient, lease: Lease, signal: AbortSignal): Promise<never> {
  for (;;) {
    await pause((lease.leaseSeconds * 1000) / 3, undefined, { signal });
    try {
      await edge.heartbeat(lease);
    } catch (error) {
      if (error instanceof EdgeFailure && error.code === "edge_refused") throw new LeaseLost();
      // An edge that is down for a while has not given the lease to anybody else.
      if (!(error instanceof EdgeFailure)) throw error;
    }
  }
}
