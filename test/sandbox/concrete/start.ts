import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { listen } from "soap";
import { inventPractice, type Practice, type Row } from "./practice.ts";

const WSDL = fileURLToPath(new URL("../../../scraper/concrete/concrete.wsdl", import.meta.url));
const KINDS = { ListCustomers: "customers", ListAppointments: "appointments", ListOrders: "orders" } as const;
type Operation = "Login" | "Logout" | keyof typeof KINDS;

/**
 * What happens at an operation's n-th call (from 1; all of them without `call`): the answer is never given, is a SOAP
 * fault (with HTTP 500 as it should be, or with 200), is cut off in the middle, or is this text.
 */
export type Fault = {
  at: Operation;
  call?: number;
  does: "hang" | "fault" | "fault-200" | "truncate" | { status?: number; type?: string; body: string | Buffer };
};

export type Concrete = {
  url: string;
  practice: Practice;
  /** Replaces all faults. */
  fail(...faults: Fault[]): void;
  /** Operations in the order in which they were called. */
  calls: readonly Operation[];
  close(): Promise<void>;
};

type Options = { account: { username: string; password: string }; today: string; practice?: Practice; port?: number };

/** Starts an invented practice behind a real SOAP server, which knows its password and counts its pages. */
export async function startConcrete({
  account,
  today,
  practice = inventPractice(today),
  port,
}: Options): Promise<Concrete> {
  const calls: Operation[] = [];
  let faults: Fault[] = [];
  const server = createServer();
  const services = { Concrete: { Concrete: operations(account, practice) } };
  await new Promise<void>((resolve, reject) => {
    const callback = (error: unknown) => (error ? reject(error) : resolve());
    listen(server, { path: "/soap", services, xml: readFileSync(WSDL, "utf8"), callback });
  });
  const [serve] = server.listeners("request") as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const operation = (request.headers.soapaction ?? "").toString().replaceAll('"', "").split("/").at(-1) as Operation;
    calls.push(operation);
    const nth = calls.filter((each) => each === operation).length;
    const fault = faults.find(({ at, call }) => at === operation && (call ?? nth) === nth);
    if (fault) misbehave(fault.does, request, response, () => serve?.(request, response));
    else serve?.(request, response);
  });
  server.listen(port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the stand-in has no TCP port");
  return {
    url: `http://127.0.0.1:${address.port}/soap`,
    practice,
    calls,
    fail: (...next) => {
      faults = next;
      calls.length = 0;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type PageRequest = { Token?: string; From?: string | Date; To?: string | Date; Cursor?: string; PageSize?: number };

function operations(account: Options["account"], practice: Practice) {
  const tokens = new Set<string>();
  const list = (kind: keyof Practice, element: string, dayOf?: (row: Row) => unknown) => (request: PageRequest) => {
    if (!tokens.has(request.Token ?? "")) throw fault("Client.Session", "The session is not open.");
    const [from, to] = [dayText(request.From) ?? "0000", dayText(request.To) ?? "9999"];
    const isIn = (row: Row) =>
      !dayOf || (String(dayOf(row)).slice(0, 10) >= from && String(dayOf(row)).slice(0, 10) <= to);
    const rows = practice[kind].filter(isIn);
    const start = Number(request.Cursor ?? 0);
    const end = start + Number(request.PageSize ?? 100);
    return {
      Total: rows.length,
      ...(end < rows.length && { NextCursor: String(end) }),
      [element]: rows.slice(start, end),
    };
  };
  return {
    Login({ UserName, Password }: { UserName?: string; Password?: string }) {
      if (UserName !== account.username || Password !== account.password) throw fault("Client.Login", "Unknown user.");
      const token = crypto.randomUUID();
      tokens.add(token);
      return { Token: token };
    },
    Logout({ Token }: { Token?: string }) {
      tokens.delete(Token ?? "");
      return {};
    },
    ListCustomers: list("customers", "Customer"),
    ListAppointments: list("appointments", "Appointment", ({ StartsAt }) => StartsAt),
    ListOrders: list("orders", "Order", ({ OrderedAt }) => OrderedAt),
  };
}

function dayText(day: string | Date | undefined): string | undefined {
  return day instanceof Date ? day.toISOString().slice(0, 10) : day;
}

function fault(code: string, text: string) {
  return Object.assign(new Error(text), { Fault: { faultcode: `soap:${code}`, faultstring: text } });
}

function misbehave(does: Fault["does"], request: IncomingMessage, response: ServerResponse, serve: () => void): void {
  if (does === "hang") return;
  if (does === "truncate") {
    const write = response.write.bind(response);
    response.write = ((chunk: string) => write(chunk.slice(0, chunk.length * 0.6))) as typeof response.write;
    serve();
    return;
  }
  const answer = typeof does === "object" ? does : { status: does === "fault" ? 500 : 200, body: FAULT_BODY };
  request.resume();
  request.once("end", () => {
    response.writeHead(answer.status ?? 200, {
      "content-type": ("type" in answer && answer.type) || "text/xml; charset=utf-8",
    });
    response.end(answer.body);
  });
}

const FAULT_BODY = `<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>
<faultcode>soap:Server</faultcode><faultstring>Row of Nyström is locked</faultstring></soap:Fault></soap:Body></soap:Envelope>`;
