/** Somebody's part in a media buy, with the time (epoch ms, `toAt` excluded) in which what they buy may follow from it. */
export type Membership = {
  mediaBuyId: string;
  patientId: string;
  role: "mailed" | "holdout";
  fromAt: number;
  toAt: number;
};

/** A line of an order. `amountMicros` is negative for a return. */
export type Bought = {
  patientId: string;
  purchasedAt: number;
  amountMicros: number;
  status: "sold" | "returned" | "exchanged" | "void";
};

/** What each person spent by cause of a buy, in micros; who bought nothing is not in it. */
export type Revenue = Record<Membership["role"], Map<string, number>>;

/**
 * What was bought by cause of each buy: everything but void lines, in the buy's time, returns taken off. Of several
 * pieces that a person got, the last one counts. What those left out bought is counted by the same rule, as if their
 * piece had come: also theirs goes to a later piece, if they got one. Pure.
 */
export function attribute(memberships: Membership[], bought: Bought[]): Map<string, Revenue> {
  const byBuy = new Map<string, Revenue>();
  const byPerson = Map.groupBy(memberships, ({ patientId }) => patientId);
  for (const { patientId, purchasedAt, ...line } of bought) {
    const net = netMicros(line);
    if (net === 0) continue;
    const open = (byPerson.get(patientId) ?? []).filter(
      ({ fromAt, toAt }) => fromAt <= purchasedAt && purchasedAt < toAt,
    );
    const last = open.filter(({ role }) => role === "mailed").reduce(later, null);
    for (const each of open) {
      if (each !== last && (each.role === "mailed" || isLater(last, each))) continue;
      const revenue = byBuy.get(each.mediaBuyId) ?? { mailed: new Map(), holdout: new Map() };
      byBuy.set(each.mediaBuyId, revenue);
      const own = revenue[each.role];
      own.set(patientId, (own.get(patientId) ?? 0) + net);
    }
  }
  return byBuy;
}

/** What a line leaves in the till. One that was taken back leaves nothing; its return, where it is a line of its own, less. */
function netMicros({ status, amountMicros }: Pick<Bought, "status" | "amountMicros">): number {
  if (status === "void") return 0;
  return status === "returned" ? Math.min(0, amountMicros) : amountMicros;
}

function later(best: Membership | null, each: Membership): Membership {
  return best === null || isLater(each, best) ? each : best;
}

/** Two that begin at once are told apart by their ids, so that every look says the same. */
function isLater(one: Membership | null, other: Membership): boolean {
  if (one === null) return false;
  return one.fromAt > other.fromAt || (one.fromAt === other.fromAt && one.mediaBuyId > other.mediaBuyId);
}
