import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Who has a database here. The directory knows tenants, keys and staff, and nothing of any patient. */
export const tenants = sqliteTable(
  "tenants",
  {
    id: text().primaryKey(),
    /** Goes into link tokens (two bytes), so that a survey link finds its database. */
    number: integer().notNull().unique(),
    slug: text().notNull().unique(),
    name: text().notNull(),
    database: text().notNull(),
    /** JSON of `TenantSettings`. */
    settings: text().notNull(),
    status: text({ enum: ["active", "suspended"] })
      .notNull()
      .default("active"),
    nextDueAt: integer("next_due_at").notNull().default(0),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("tenants_due").on(table.status, table.nextDueAt)],
);

/** A tenant's data keys, wrapped by the key-encryption key. Dropping them erases the tenant everywhere. */
export const tenantKeys = sqliteTable(
  "tenant_keys",
  {
    tenantId: text("tenant_id").notNull(),
    keyId: text("key_id").notNull(),
    /** `seal` keys rotate; the one `index` key stays, or every blind index would have to be made anew. */
    purpose: text({ enum: ["seal", "index"] }).notNull(),
    wrapped: text().notNull(),
    isCurrent: integer("is_current").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.keyId] })],
);

/** Keys of machines. The secret signs requests (Standard Webhooks), so it is sealed, not hashed. */
export const apiKeys = sqliteTable("api_keys", {
  id: text().primaryKey(),
  tenantId: text("tenant_id").notNull(),
  name: text().notNull(),
  /** JSON array of verbs such as `appointments:write`. */
  verbs: text().notNull(),
  sealedSecret: text("sealed_secret").notNull(),
  expiresAt: integer("expires_at"),
  revokedAt: integer("revoked_at"),
  createdAt: integer("created_at").notNull(),
});

export const memberships = sqliteTable(
  "memberships",
  {
    tenantId: text("tenant_id").notNull(),
    /** The identity provider's e-mail claim, lower case. */
    email: text().notNull(),
    role: text({ enum: ["admin", "clinic_lead", "front_desk", "analyst", "auditor"] }).notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.email] }), index("memberships_email").on(table.email)],
);

/** Staff sessions, by SHA-256 of the cookie. */
export const sessions = sqliteTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    subject: text().notNull(),
    email: text().notNull(),
    name: text().notNull(),
    createdAt: integer("created_at").notNull(),
    lastSeenAt: integer("last_seen_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("sessions_expiry").on(table.expiresAt)],
);

/** A sign-in under way: nonce and PKCE verifier, used once. */
export const signIns = sqliteTable("sign_ins", {
  stateHash: text("state_hash").primaryKey(),
  nonce: text().notNull(),
  verifier: text().notNull(),
  returnTo: text("return_to").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

/** Where each tenant's audit chain ended when last looked at: a second place, so that a cut-off end shows. */
export const auditHeads = sqliteTable("audit_heads", {
  tenantId: text("tenant_id").primaryKey(),
  seq: integer().notNull(),
  hash: text().notNull(),
  at: integer().notNull(),
});

/** One row, written again and again: whether the store takes writes. */
export const writeProbe = sqliteTable("write_probe", {
  id: integer().primaryKey(),
  at: integer().notNull(),
});
