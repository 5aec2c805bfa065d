import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { freePort } from "../free-port.ts";
import type { ClinicDatabase } from "./postgres.ts";

const SHARE = "/usr/share/mysql";
const PROGRAM = ["/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd", "/usr/bin/mariadbd"].find(existsSync);
const LIGHT = [
  "--innodb-buffer-pool-size=32M",
  "--innodb-log-file-size=4M",
  "--innodb-flush-log-at-trx-commit=0",
  "--skip-log-bin",
  // Whatever the clock of the machine is: the clinic's is an hour off UTC in winter and summer.
  "--default-time-zone=+01:00",
];

/** Whether this machine has the server; without it what is true of MySQL alone cannot be tried. */
export const hasMariadb = PROGRAM !== undefined;

/** The user that a clinic would give us: it may read this one database. */
const READER = { user: "hearback", password: "reader-5d1e", database: "sycle_3347_ssm" };

/**
 * A real MariaDB in a folder of its own, on a free port, with one database and a user who may only read it. Wants the
 * Debian package mariadb-server-core, which `.ci/system-packages` installs; up in half a second.
 */
export async function startMysql(...statements: string[]): Promise<ClinicDatabase> {
  if (!PROGRAM) throw new Error("no mariadbd here: run .ci/system-packages");
  const folder = mkdtempSync(join(tmpdir(), "hearback-mariadb-"));
  const port = await freePort();
  const place = ["--no-defaults", `--datadir=${folder}`, "--user=root", ...LIGHT];
  makeSystemTables(PROGRAM, place);
  const where = [`--port=${port}`, "--bind-address=127.0.0.1", `--socket=${folder}/s`];
  const server = spawn(PROGRAM, [...place, ...where], { stdio: "ignore" });
  const root = await connectOnceUp({ port, socket: `${folder}/s` });
  const run = async (...more: string[]) => {
    for (const statement of more) await root.query(statement);
  };
  const { user, password, database } = READER;
  await run(
    `CREATE DATABASE ${database} CHARACTER SET utf8mb4`,
    `USE ${database}`,
    `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`,
    `GRANT SELECT ON ${database}.* TO '${user}'@'%'`,
    ...statements,
  );
  return {
    url: `mysql://${user}:${password}@127.0.0.1:${port}/${database}?tls=off`,
    run,
    async close() {
      root.destroy();
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What mariadb-install-db does, without its shell script, which the package leaves out. */
function makeSystemTables(program: string, place: string[]): void {
  const files = ["mysql_system_tables.sql", "mysql_system_tables_data.sql"];
  const sql = files.map((file) => readFileSync(`${SHARE}/${file}`, "utf8")).join("\n");
  const input = `CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n${sql}`;
  const { status } = spawnSync(program, [...place, "--bootstrap"], { input, stdio: ["pipe", "ignore", "ignore"] });
  if (status !== 0) throw new Error(`mariadbd --bootstrap ended with ${status}`);
}

async function connectOnceUp({ port, socket }: { port: number; socket: string }) {
  const until = Date.now() + 20_000;
  for (;;) {
    const connection = await createConnection({ socketPath: socket, user: "root" }).catch(() => null);
    if (connection) return connection;
    if (Date.now() > until) throw new Error(`MariaDB is not up on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
