import type * as z from "zod";
import { launchBrowser } from "./browser.ts";
import { CallHarborSettings, callHarborCodes } from "./mfa/callharbor.ts";
import { type Limits, PracticeFusionSettings } from "./practice-fusion/settings.ts";
import { withPracticeFusion } from "./practice-fusion/with-practice-fusion.ts";
import type { WithEhr } from "./run-scrape.ts";
import { sessionFiles } from "./session-state.ts";
import type { EhrEnv } from "./settings.ts";
import { snapshotFolder } from "./snapshots.ts";
import type { StepRecord, Steps } from "./steps.ts";

/** Practice Fusion with its codes from CallHarbor, out of the environment's settings: one browser for each run. */
export function ehrFrom(env: z.infer<typeof EhrEnv>, limits: Partial<Limits> = {}): WithEhr {
  const portal = CallHarborSettings.parse({
    portalUrl: env.CALLHARBOR_URL,
    username: env.CALLHARBOR_USERNAME,
    password: env.CALLHARBOR_PASSWORD,
    totpSecret: env.CALLHARBOR_MFA_SECRET,
  });
  const states = sessionFiles({ folder: env.SESSION_STATE_DIR, key: env.SESSION_STATE_KEY });
  return async ({ providers, timeZone, log, signal, runMs }, work) => {
    const settings = PracticeFusionSettings.parse({
      baseUrl: env.PRACTICEFUSION_URL,
      username: env.PRACTICEFUSION_USERNAME,
      password: env.PRACTICEFUSION_PASSWORD,
      hosts: env.PRACTICEFUSION_HOSTS,
      timeZone,
      providers,
      limits: { ...limits, runMs },
    });
    const onStep = ({ ms, ...facts }: StepRecord) => log.info("step", { ...facts, duration_ms: ms });
    const browser = await launchBrowser(env.CHROMIUM_PATH === undefined ? {} : { chromiumPath: env.CHROMIUM_PATH });
    const codes = (steps: Steps) => callHarborCodes(portal, { browser, states, steps });
    const snapshots = env.SCRAPE_SNAPSHOT_DIR && { snapshots: snapshotFolder(env.SCRAPE_SNAPSHOT_DIR) };
    try {
      return await withPracticeFusion(settings, { browser, states, codes, log: onStep, signal, ...snapshots }, work);
    } finally {
      await browser.close();
    }
  };
}
