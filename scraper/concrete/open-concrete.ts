import { createClientAsync } from "soap";
import * as z from "zod";
import { ImportFailure } from "../imports/failure.ts";
import { type CallLimits, callLine } from "./call-line.ts";
import { type PinnedWsdl, readWsdl } from "./read-wsdl.ts";

export type ConcreteSettings = {
  url: string;
  username: string;
  password: string;
  wsdl: PinnedWsdl;
  limits: CallLimits & { pageSize: number };
};

/** What can be listed, with the operation's name and the element that one row stands in. */
export const KINDS = {
  customers: { operation: "ListCustomers", element: "Customer" },
  appointments: { operation: "ListAppointments", element: "Appointment" },
  orders: { operation: "ListOrders", element: "Order" },
} as const;
export type Kind = keyof typeof KINDS;

/** `total` counts the rows of all pages, as the source has them at this moment. */
export type Page = { rows: unknown[]; total: number; nextCursor?: string };

/** The service behind a port, so that another edition of it is another file. Throws `ImportFailure`. */
export type Concrete = {
  login(): Promise<void>;
  /** Local days, both inclusive; a page without `nextCursor` is the last. */
  page(kind: Kind, days: { from?: string; to?: string }, cursor?: string): Promise<Page>;
  logout(): Promise<void>;
};

const LoginAnswer = z.object({ Token: z.string().min(1) });
const PageAnswer = z.looseObject({ Total: z.int().min(0), NextCursor: z.string().min(1).optional().catch(undefined) });

/** Kept as the source wrote them: a Date would lose the missing zone, a float the cents. */
const AS_WRITTEN = Object.fromEntries(["date", "dateTime", "decimal"].map((type) => [type, (text: string) => text]));

/** Opens the service by its pinned description. Nothing is asked until `login`. */
export async function openConcrete(settings: ConcreteSettings, signal: AbortSignal): Promise<Concrete> {
  const { url, username, password, limits } = settings;
  const client = await createClientAsync(await readWsdl(settings.wsdl), {
    endpoint: url,
    httpClient: callLine(limits, signal),
    customDeserializer: AS_WRITTEN,
    disableCache: true,
    // Without it a message that the description does not know is a TypeError inside the library.
    returnFault: true,
  });
  let token = "";
  const call = async (operation: string, content: object): Promise<unknown> => {
    const method: unknown = client[`${operation}Async`];
    if (typeof method !== "function") throw new ImportFailure("wsdl_changed");
    try {
      const [result] = await method(content);
      return result;
    } catch (error) {
      throw named(error);
    }
  };
  return {
    async login() {
      const answer = await call("Login", { UserName: username, Password: password }).catch(refusedAtTheDoor);
      const parsed = LoginAnswer.safeParse(answer);
      if (!parsed.success) throw new ImportFailure("login");
      token = parsed.data.Token;
    },
    async page(kind, { from, to }, cursor) {
      const { operation, element } = KINDS[kind];
      // The order of the keys is the order of the elements, which the schema fixes.
      const answer = await call(operation, {
        Token: token,
        ...(from && { From: from }),
        ...(to && { To: to }),
        ...(cursor && { Cursor: cursor }),
        PageSize: limits.pageSize,
      });
      const parsed = PageAnswer.safeParse(answer);
      if (!parsed.success) throw new ImportFailure("answer_broken");
      const { Total: total, NextCursor: nextCursor, [element]: rows } = parsed.data;
      return { rows: asArray(rows), total, ...(nextCursor && { nextCursor }) };
    },
    async logout() {
      await call("Logout", { Token: token });
    },
  };
}

function asArray(rows: unknown): unknown[] {
  if (rows === undefined || rows === null) return [];
  return Array.isArray(rows) ? rows : [rows];
}

/** A fault in answer to the password is a refusal of the password. */
function refusedAtTheDoor(error: unknown): never {
  if (error instanceof ImportFailure && error.code === "fault") throw new ImportFailure("login");
  throw error;
}

/** The library's own errors quote the answer, and the answer names patients: only what kind it is goes on. */
function named(error: unknown): Error {
  if (error instanceof ImportFailure) return error;
  if (error instanceof DOMException) return error;
  const isFault = z.object({ root: z.object({ Envelope: z.unknown() }) }).safeParse(error).success;
  return new ImportFailure(isFault ? "fault" : "answer_broken");
}
