import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

export type ClinicDatabase = {
  /** As the connector is given it. */
  url: string;
  run(...statements: string[]): Promise<void>;
  close(): Promise<void>;
};

/** A real PostgreSQL (compiled to WebAssembly) behind its wire protocol on a free port. It keeps nothing. */
export async function startPostgres(...statements: string[]): Promise<ClinicDatabase> {
  const db = await PGlite.create();
  const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port: 0, maxConnections: 20 });
  await server.start();
  const run = async (...more: string[]) => {
    for (const statement of more) await db.exec(statement);
  };
  await run(...statements);
  return {
    url: `postgres://postgres@${server.getServerConn()}/postgres?tls=off`,
    run,
    async close() {
      await server.stop();
      await db.close();
    },
  };
}
