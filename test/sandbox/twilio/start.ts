import { Hono } from "hono";
import { createLater } from "../later.ts";
import { phonePages } from "../phone/routes.ts";
import { type NodeEnv, serveApp } from "../serve.ts";
import {
  type Account,
  type AccountOptions,
  addMessage,
  createAccount,
  DEFAULT_TUNING,
  type LedgerEntry,
  type Message,
  type Sender,
  type Tuning,
} from "./account.ts";
import { twilioControl } from "./control.ts";
import { releaseScheduled } from "./create-message.ts";
import { type InboundResult, type InboundText, receiveText } from "./inbound.ts";
import { twilioRest } from "./rest.ts";
import { StepInput } from "./steps.ts";

export type TwilioControls = {
  /** What happens to the next texts to `number` ("*": to any number without a script); the last step stays. */
  script(number: string, ...steps: StepInput[]): void;
  tune(changes: Partial<Tuning>): void;
  /** Adds a sender or replaces the one with this number. */
  addSender(sender: Sender): void;
  /** A patient texts a sender; resolves when the product's webhook answered. */
  text(text: InboundText): Promise<InboundResult>;
  /** A text of another carrier arrives on the same phone. */
  showText(text: { from: string; to: string; body: string }): void;
  /** Runs after a text is in the ledger and before the caller is answered: drills kill the caller here. */
  onAccept(listener: (message: Message) => void | Promise<void>): () => void;
  /** Sends scheduled messages whose time has come, or all of them. */
  releaseScheduled(options?: { all: boolean }): void;
  /** Every message, oldest first, or those a phone took part in. */
  messages(phone?: string): readonly Message[];
  /** All that happened, in order. */
  ledger: readonly LedgerEntry[];
  /** Resolves once every status was reached and every callback posted. */
  settled(): Promise<void>;
  /** Forgets messages, scripts, blocks and tuning; the ledger and the senders stay. */
  reset(): void;
};

export type Twilio = TwilioControls & {
  /** Stands for https://api.twilio.com; the phones are at `/phone`. */
  url: string;
  accountSid: string;
  authToken: string;
  close(): Promise<void>;
};

/** Starts a stand-in for Twilio's messaging API, its carriers and the patients' phones. */
export async function startTwilio(options: AccountOptions & { port?: number }): Promise<Twilio> {
  const account = createAccount(options);
  const later = createLater();
  const ending = new AbortController();
  const controls = controlsOf(account, later, ending.signal);
  const app = new Hono<NodeEnv>();
  app.route("/", twilioRest(account, later));
  app.route("/", twilioControl(controls));
  app.route("/", phonePages(account, controls));
  const served = await serveApp(app, options);
  return {
    ...controls,
    url: served.url,
    accountSid: account.accountSid,
    authToken: account.authToken,
    async close() {
      ending.abort();
      later.stop();
      await served.close();
    },
  };
}

function controlsOf(account: Account, later: ReturnType<typeof createLater>, signal: AbortSignal): TwilioControls {
  return {
    script: (number, ...steps) =>
      void account.scripts.set(
        number,
        steps.map((step) => StepInput.parse(step)),
      ),
    tune: (changes) => void Object.assign(account.tuning, changes),
    addSender(sender) {
      account.senders.splice(0, account.senders.length, ...account.senders.filter((s) => s.number !== sender.number));
      account.senders.push(sender);
    },
    text: (text) => receiveText(account, later, text, signal),
    showText(text) {
      const fresh = { ...text, direction: "outbound-api", serviceSid: null, status: "delivered" } as const;
      addMessage(account, fresh);
    },
    onAccept(listener) {
      account.acceptListeners.add(listener);
      return () => void account.acceptListeners.delete(listener);
    },
    releaseScheduled: (options = { all: false }) => releaseScheduled(account, later, options),
    messages: (phone) => (phone ? (account.byPhone.get(phone) ?? []) : [...account.messages.values()]),
    ledger: account.ledger,
    settled: () => later.settled(),
    reset() {
      for (const memory of [account.messages, account.byPhone, account.scripts, account.blocks]) memory.clear();
      Object.assign(account.tuning, DEFAULT_TUNING);
    },
  };
}
