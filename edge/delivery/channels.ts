import type { Context } from "../context.ts";
import { type Env, sesAccount } from "../env.ts";
import { HearbackError } from "../errors.ts";
import type { TenantSettings } from "../tenant-settings.ts";
import type { Channel, Medium, Provider } from "./channel.ts";
import { infobipChannel } from "./infobip.ts";
import { sesChannel } from "./ses.ts";
import { twilioChannel } from "./twilio.ts";

/** The tenant's ways to send messages of a medium, in the order in which they are tried. */
export function channelsFor(ctx: Context, medium: Medium): Channel[] {
  return providersOf(ctx.tenant.settings, medium).flatMap((provider) => channelOf(ctx, provider) ?? []);
}

/** One provider for this tenant, also one that it used before; null when this desk is not set up for it. */
export function channelOf(ctx: Context, provider: string): Channel | null {
  const { env, tenant } = ctx;
  const { messages } = tenant.settings;
  switch (provider) {
    case "twilio":
      return twilioChannel(env, tenant.slug, messages.messagingServiceSid ?? env.TWILIO_MESSAGING_SERVICE_SID);
    case "infobip": {
      const infobip = infobipAccount(env);
      return infobip && infobipChannel(infobip, messages.infobipSender ?? infobip.sender);
    }
    case "ses": {
      const ses = sesAccount(env);
      const { SES_CONFIGURATION_SET: configurationSet } = env;
      const { mailFrom: from, mailReplyTo: replyTo, senderName: name } = messages;
      if (!ses || !configurationSet || !from) return null;
      return sesChannel({ ...ses, configurationSet }, { tenant: tenant.slug, from, name, replyTo });
    }
    default:
      return null;
  }
}

/** What this provider carries. */
export function mediumOf(provider: string): "sms" | "mail" {
  return provider === "ses" ? "mail" : "sms";
}

/** Whether the tenant has nobody else for its texts: then what is wrong with this provider holds everything. */
export function isOnly(ctx: Context, provider: string): boolean {
  if (mediumOf(provider) !== "sms") return false;
  return !channelsFor(ctx, "sms").some((channel) => channel.provider !== provider);
}

/** Throws BAD_REQUEST when the settings name a provider that this desk has no account with. */
export function refuseMissingProviders(env: Env, settings: TenantSettings): void {
  if (providersOf(settings, "sms").includes("infobip") && !infobipAccount(env)) {
    throw new HearbackError("BAD_REQUEST", "Infobip is not set up on this desk: the settings INFOBIP_… are missing.");
  }
  if (settings.messages.mailFrom && !env.SES_CONFIGURATION_SET) {
    throw new HearbackError("BAD_REQUEST", "Mail to patients is not set up on this desk: settings SES_… are missing.");
  }
}

function providersOf({ messages }: TenantSettings, medium: Medium): Provider[] {
  if (medium === "mail") return ["ses"];
  if (medium === "print") return [];
  const { smsProvider, secondSmsProvider } = messages;
  return secondSmsProvider && secondSmsProvider !== smsProvider ? [smsProvider, secondSmsProvider] : [smsProvider];
}

function infobipAccount(env: Env) {
  const { INFOBIP_BASE_URL: baseUrl, INFOBIP_API_KEY: apiKey, INFOBIP_SENDER: sender } = env;
  return baseUrl && apiKey && sender ? { baseUrl, apiKey, sender } : null;
}
