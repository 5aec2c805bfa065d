import { randomUUID } from "node:crypto";
import { createLater } from "../later.ts";
import { serveApp } from "../serve.ts";
import {
  type AccountOptions,
  createAccount,
  DEFAULT_TUNING,
  type LedgerEntry,
  type Message,
  type Subscription,
  type Tuning,
} from "./account.ts";
import { forwardText } from "./report.ts";
import { infobipRest } from "./rest.ts";
import { STEPS, type StepName } from "./steps.ts";

export type Infobip = {
  /** Stands for https://{account}.api.infobip.com. */
  url: string;
  apiKey: string;
  /** Where reports on this sender's texts go (`*`: on everybody else's). */
  subscribe(sender: string, subscription: Subscription): void;
  /** What happens to the next texts to `number` ("*": to any number without a script); the last step stays. */
  script(number: string, ...steps: StepName[]): void;
  tune(changes: Partial<Tuning>): void;
  /** A patient texts a sender; resolves with the HTTP status of whoever it is forwarded to. The same id is the same text. */
  text(text: { from: string; to: string; body: string }, messageId?: string): Promise<number>;
  /** Every text that was taken, oldest first, or those to a phone. */
  messages(phone?: string): Message[];
  ledger: readonly LedgerEntry[];
  /** Resolves once every report was posted. */
  settled(): Promise<void>;
  /** Forgets messages, scripts and tuning; ledger and subscriptions stay. */
  reset(): void;
  close(): Promise<void>;
};

/** Starts a stand-in for Infobip's SMS API v3: it takes each message id once, keeps logs and posts reports. */
export async function startInfobip(options: AccountOptions & { port?: number }): Promise<Infobip> {
  const account = createAccount(options);
  const later = createLater();
  const served = await serveApp(infobipRest(account, later), options);
  return {
    url: served.url,
    apiKey: account.apiKey,
    subscribe: (sender, subscription) => void account.subscriptions.set(sender, subscription),
    script: (number, ...steps) =>
      void account.scripts.set(
        number,
        steps.map((name) => STEPS[name]),
      ),
    tune: (changes) => void Object.assign(account.tuning, changes),
    text: (text, messageId = randomUUID()) => forwardText(account, text, messageId),
    messages: (phone) => [...account.messages.values()].filter(({ to }) => !phone || `+${to}` === phone),
    ledger: account.ledger,
    settled: () => later.settled(),
    reset() {
      for (const memory of [account.messages, account.scripts, account.waiting]) memory.clear();
      Object.assign(account.tuning, DEFAULT_TUNING);
    },
    async close() {
      later.stop();
      await served.close();
    },
  };
}
