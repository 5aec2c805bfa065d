import { readConcrete } from "../concrete/read-concrete.ts";
import { RECORDED_WSDL } from "../concrete/read-wsdl.ts";
import { ConcreteEnv, isSetUp, readSettings, SycleEnv } from "../settings.ts";
import { readMapping } from "../sycle/read-mapping.ts";
import { readSycle } from "../sycle/read-sycle.ts";
import type { Sources } from "./source.ts";

/** A call to Concrete may compute for a while; a page of this size stays far below what an answer may weigh. */
const CONCRETE_LIMITS = { callMs: 120_000, pageSize: 500 };
/** For dialling, for one statement, and how many rows it brings. */
export const SYCLE_LIMITS = { connectMs: 30_000, queryMs: 120_000, pageRows: 2_000 };

/** The sources whose settings are in the environment. Throws a `SettingsError` for one that is set up in part. */
export function sourcesFrom(env: Record<string, string | undefined>): Sources {
  return {
    ...(isSetUp(ConcreteEnv, env) && { concrete: concreteFrom(env) }),
    ...(isSetUp(SycleEnv, env) && { sycle: sycleFrom(env) }),
  };
}

function concreteFrom(env: Record<string, string | undefined>): Sources[string] {
  const settings = readSettings(ConcreteEnv, env);
  const { CONCRETE_WSDL: file = RECORDED_WSDL.file, CONCRETE_WSDL_SHA256: sha256 = RECORDED_WSDL.sha256 } = settings;
  return readConcrete({
    url: settings.CONCRETE_URL,
    username: settings.CONCRETE_USERNAME,
    password: settings.CONCRETE_PASSWORD,
    wsdl: { file, sha256 },
    limits: CONCRETE_LIMITS,
  });
}

function sycleFrom(env: Record<string, string | undefined>): Sources[string] {
  const { SYCLE_DATABASE_URL: address, SYCLE_MAPPING: file } = readSettings(SycleEnv, env);
  return readSycle({ address, mapping: readMapping("SYCLE_MAPPING", file), limits: SYCLE_LIMITS });
}
