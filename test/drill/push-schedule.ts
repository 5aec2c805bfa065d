import { text } from "node:stream/consumers";
import { connectEdge, type EdgeSettings } from "../../scraper/edge-client.ts";
import { pushDay } from "../../scraper/push-day.ts";

/** The container's pushing as a process of its own, so that it can be killed: its work comes on stdin. */
const work = JSON.parse(await text(process.stdin)) as {
  edge: EdgeSettings;
  of: Parameters<typeof pushDay>[1];
  schedule: Parameters<typeof pushDay>[2];
};
console.log(JSON.stringify(await pushDay(connectEdge(work.edge), work.of, work.schedule)));
