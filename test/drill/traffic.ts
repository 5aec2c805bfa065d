import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { connectEdge } from "../../scraper/edge-client.ts";
import { pushDay } from "../../scraper/push-day.ts";
import type { Clinic } from "../harness.ts";
import { todayIn } from "../visits.ts";
import type { Person } from "./people.ts";
import type { World } from "./world.ts";

const FORMS_PER_ROUND = 3;

/** What goes on at a clinic whatever is done to it: its container pushes the day again and again, and patients send forms. */
export type Traffic = {
  /** The key that the container signs with from its next push on. */
  container: Clinic["key"];
  /** Links of the forms to come. */
  links: string[];
  /** Resolves when so many rounds more have begun and ended. */
  goOn(rounds: number): Promise<void>;
  /** Ends with the round that is under way. */
  end(): Promise<{ pushes: number; told: Record<string, string>[]; failures: string[] }>;
};

/** Begins. A connection that is refused or cut is tried again, as the container and a patient would; a refusal is a failure. */
export function startTraffic(world: World, begin: Pick<Traffic, "container" | "links">): Traffic {
  const day: Person[] = [];
  const told: Record<string, string>[] = [];
  const failures: string[] = [];
  let rounds = 0;
  let isEnding = false;
  const traffic: Traffic = {
    ...begin,
    async goOn(more) {
      // The one that is under way began before.
      const until = rounds + 1 + more;
      while (rounds < until) await pause(10);
    },
    async end() {
      isEnding = true;
      await all;
      return { pushes: rounds, told, failures };
    },
  };
  const push = async () => {
    const { url } = world.edge();
    const { id: keyId, secret: keySecret } = traffic.container;
    day.push(...world.people(1));
    const edge = connectEdge(
      { url, tenant: world.clinic.slug, keyId, keySecret },
      { retryPausesMs: Array(50).fill(200) },
    );
    const of = { runId: randomUUID(), source: "practice-fusion", on: todayIn() };
    await pushDay(edge, of, { date: of.on, layout: "print", rows: day, errors: [], duplicates: 0, notes: [] });
  };
  const sendForm = async () => {
    const link = traffic.links.pop();
    if (!link) return;
    const answers = {
      SatisfactionWithService: "Satisfied",
      LikelihoodToRecommendBHUC: "Likely",
      ProceedWithMoreQuestions: "No",
    };
    const { status, tries } = await persist(
      link,
      new URLSearchParams({ "form-version": "common-ground@1", ...answers }),
    );
    // Sent again, it may have arrived the first time: then the page says so.
    if (status === 303 || (status === 200 && tries > 1)) told.push(answers);
    else failures.push(`a form was answered ${status}`);
  };
  const goRound = async () => {
    while (!isEnding) {
      const parts = [push(), ...Array.from({ length: FORMS_PER_ROUND }, sendForm)];
      for (const part of await Promise.allSettled(parts))
        if (part.status === "rejected") failures.push(String(part.reason));
      rounds += 1;
    }
  };
  const all = goRound();
  return traffic;
}

/** Posts until there is an answer. */
async function persist(url: string, body: URLSearchParams): Promise<{ status: number; tries: number }> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { status } = await fetch(url, { method: "POST", body, redirect: "manual" });
      return { status, tries };
    } catch (error) {
      if (tries === 50) throw error;
      await pause(200);
    }
  }
}
