import { defineConfig } from "drizzle-kit";

/** Two kinds of database: `KIND=directory` or (default) `KIND=tenant`, as in `KIND=directory npm run migrations`. */
const kind = process.env.KIND === "directory" ? "directory" : "tenant";

export default defineConfig({
  dialect: "sqlite",
  schema: `./db/schema/${kind}.ts`,
  out: `./db/migrations/${kind}`,
});
