import { type DatabaseLimits, rethrowNamed, type SycleDatabase } from "./database.ts";
import { openMysql } from "./open-mysql.ts";
import { openPostgres } from "./open-postgres.ts";

/** Opens `postgres://` or `mysql://`. TLS is demanded and verified unless the address says `?tls=off`. */
export async function openDatabase(address: string, limits: DatabaseLimits): Promise<SycleDatabase> {
  const url = new URL(address);
  const options = {
    host: url.hostname,
    ...(url.port && { port: Number(url.port) }),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ...(url.searchParams.get("tls") !== "off" && { ssl: { rejectUnauthorized: true } }),
  };
  const open = url.protocol === "mysql:" ? openMysql : openPostgres;
  return open(options, limits).catch(rethrowNamed);
}
