import type { Delays, Switches, Visit } from "../world.ts";

export type Boot = { today: string; signedIn: boolean; delays: Delays; switches: Switches };

/** A request to the EHR's server, with the token that belongs to the cookie. */
export function request(path: string, body?: unknown): Promise<Response> {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const headers = {
    "x-zone": zone,
    "x-token": localStorage.getItem("token") ?? "",
    "content-type": "application/json",
  };
  return fetch(
    `/api/${path}`,
    body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) },
  );
}

export async function boot(): Promise<Boot> {
  return (await request("boot")).json();
}

/** The rows of a day, or the status of the refusal. `change` tells the server that a person moved to another day. */
export async function schedule(on: string, all: boolean, change: boolean): Promise<Visit[] | number> {
  const response = await request(`schedule?on=${on}&all=${all}${change ? "&change=1" : ""}`);
  return response.ok ? response.json() : response.status;
}

/** Tells the server which control was clicked, so that tests can see what was touched. */
export function report(element: string, event: Event): void {
  void request("click", { element, trusted: event.isTrusted });
}
