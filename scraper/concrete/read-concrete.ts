import { ImportFailure } from "../imports/failure.ts";
import type { Batch, ReadSource } from "../imports/source.ts";
import type { Log } from "../log.ts";
import { mapAppointments, mapCustomers, orderMapper } from "./map-rows.ts";
import { type Concrete, type ConcreteSettings, type Kind, openConcrete } from "./open-concrete.ts";

/**
 * Concrete, read page by page: customers, appointments, orders. Throws `login` before anything is read, `incomplete`
 * when a kind has fewer different rows than the source counts.
 */
export function readConcrete(settings: ConcreteSettings): ReadSource {
  return async function* ({ appointmentsFrom, appointmentsTo, purchasesFrom }, { log, signal }) {
    const concrete = await openConcrete(settings, signal);
    await concrete.login();
    try {
      yield* readKind(concrete, "customers", {}, mapCustomers);
      const days = { from: appointmentsFrom, to: appointmentsTo };
      yield* readKind(concrete, "appointments", days, mapAppointments);
      yield* readKind(concrete, "orders", purchasesFrom ? { from: purchasesFrom } : {}, orderMapper());
    } catch (error) {
      // A service that does not answer would be waited for once more.
      if (error instanceof ImportFailure && error.code !== "timeout") await leave(concrete, log);
      throw error;
    }
    await leave(concrete, log);
  };
}

/** All is read by then: a session that does not close runs out by itself. */
async function leave(concrete: Concrete, log: Log): Promise<void> {
  await concrete.logout().catch(() => log.warn("session left open", { source: "concrete" }));
}

async function* readKind(
  concrete: Concrete,
  kind: Kind,
  days: { from?: string; to?: string },
  map: (rows: unknown[]) => Batch[],
): AsyncGenerator<Batch> {
  const seen = new Set<unknown>();
  let cursor: string | undefined;
  for (;;) {
    const page = await concrete.page(kind, days, cursor);
    const before = seen.size;
    for (const row of page.rows) seen.add(idOf(row));
    yield* map(page.rows);
    if (!page.nextCursor) {
      if (seen.size !== page.total) throw new ImportFailure("incomplete");
      return;
    }
    // A page that brings nothing new would be turned for ever.
    if (seen.size === before || page.nextCursor === cursor) throw new ImportFailure("incomplete");
    cursor = page.nextCursor;
  }
}

function idOf(row: unknown): unknown {
  return typeof row === "object" && row !== null && "Id" in row ? row.Id : row;
}
