import { DurableObject } from "cloudflare:workers";

/** Everything the container may know: settings and secrets of this Worker that are text. */
const settingsOf = (env) => Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === "string"));

/** Starts the container for one reading; while one is running, does nothing. */
export class Scraper extends DurableObject {
  async read() {
    const { container } = this.ctx;
    if (container.running) return;
    container.start({
      entrypoint: ["tini", "-g", "--", "node", "scraper/index.ts"],
      env: { ...settingsOf(this.env), SESSION_STATE_DIR: "/session" },
      enableInternet: true,
    });
    await container.monitor();
  }
}

// biome-ignore lint/style/noDefaultExport: a Worker's entry point is its default export
export default {
  async scheduled(_event, env) {
    await env.SCRAPER.getByName("only").read();
  },
};
