import { readdir, readFile } from "node:fs/promises";

/** The process id of the workerd that listens on this port (Linux). Throws when there is none. */
export async function workerdPid(port: number): Promise<number> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (words[0]?.endsWith("workerd") && words.some((word) => word.endsWith(`:${port}`))) return Number(pid);
  }
  throw new Error(`no workerd on port ${port}`);
}

/** The most memory the process has held at once, in MB. */
export async function peakMemoryMB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024);
}

/** Processor time that all threads of the process have had, in ms. */
export async function processorMs(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const spent = tasks.map(async (task) => {
    const text = await readFile(`/proc/${pid}/task/${task}/schedstat`, "utf8").catch(() => "0");
    return Number(text.split(" ")[0]) / 1_000_000;
  });
  return (await Promise.all(spent)).reduce((sum, each) => sum + each, 0);
}
