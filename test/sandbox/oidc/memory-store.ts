type Payload = Record<string, unknown> & { grantId?: string; uid?: string; userCode?: string; consumed?: number };
type Entry = { payload: Payload; expiresAt: number };

/**
 * What the provider remembers, kept outside of it so that sessions outlive a key rotation and tests can forget a kind
 * of it ("RefreshToken", "Session"). Follows oidc-provider's adapter contract.
 */
export function createMemoryStore(now: () => number = Date.now) {
  const models = new Map<string, Map<string, Entry>>();
  const modelOf = (name: string) => {
    const model = models.get(name) ?? new Map<string, Entry>();
    models.set(name, model);
    return model;
  };
  const live = (entry: Entry | undefined) => (entry && entry.expiresAt > now() ? entry.payload : undefined);

  return {
    forget: (name: string) => modelOf(name).clear(),
    adapterFor(name: string) {
      const model = modelOf(name);
      const findBy = (key: "uid" | "userCode", value: string) =>
        live([...model.values()].find((entry) => entry.payload[key] === value));
      return {
        upsert: async (id: string, payload: Payload, seconds?: number) =>
          void model.set(id, { payload, expiresAt: seconds ? now() + seconds * 1000 : Number.POSITIVE_INFINITY }),
        find: async (id: string) => live(model.get(id)),
        findByUid: async (uid: string) => findBy("uid", uid),
        findByUserCode: async (code: string) => findBy("userCode", code),
        destroy: async (id: string) => void model.delete(id),
        async consume(id: string) {
          const entry = model.get(id);
          if (entry) entry.payload.consumed = Math.floor(now() / 1000);
        },
        async revokeByGrantId(grantId: string) {
          for (const [id, entry] of model) if (entry.payload.grantId === grantId) model.delete(id);
        },
      };
    },
  };
}

export type MemoryStore = ReturnType<typeof createMemoryStore>;
