// Adds to package-lock.json the optional platform packages that the registry in use did not have when the lock was made.
// `npm ci` refuses a lock that lacks them, although it would never install them here. Run after changing dependencies.
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = [
  "arm64",
  "arm",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "ppc64le",
  "riscv64",
  "s390x",
  "x64",
  "wasm32",
];
let added = 0;
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (!/^\d/.test(version)) continue;
    // As npm does: at the root where the place is free, else beside the parent that wants another version.
    const folder = path.slice(0, path.lastIndexOf("node_modules/"));
    const places = [`node_modules/${name}`, `${folder}node_modules/${name}`, `${path}/node_modules/${name}`];
    if (places.some((place) => lock.packages[place]?.version === version)) continue;
    const place = places.find((each) => !lock.packages[each]);
    const words = name.split("/").pop().split(/[-_]/);
    const os = systems.filter((s) => words.includes(s));
    const cpu = processors.filter((p) => words.includes(p));
    if (words.includes("windows")) os.push("win32");
    const entry = {
      version,
      ...(cpu.length && { cpu }),
      optional: true,
      ...(parent.dev && { dev: true }),
      ...(os.length && { os }),
    };
    if (words.some((w) => w.startsWith("musl"))) entry.libc = ["musl"];
    lock.packages[place] = entry;
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} platform packages added`);
