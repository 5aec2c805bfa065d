import type { Context } from "../context.ts";
import type { Env } from "../env.ts";
import { HearbackError } from "../errors.ts";
import type { TenantSettings } from "../tenant-settings.ts";
import type { Channel, Provider } from "./channel.ts";
import { infobipChannel } from "./infobip.ts";
import { twilioChannel } from "./twilio.ts";

/** The tenant's ways to send texts, in the order in which they are tried. */
export function smsChannels(ctx: Context): Channel[] {
  return smsProviders(ctx.tenant.settings).flatMap((provider) => channelOf(ctx, provider) ?? []);
}

/** One provider for this tenant, also one that it used before; null when this desk is not set up for it. */
export function channelOf(ctx: Context, provider: string): Channel | null {
  const { env, tenant } = ctx;
  const { messages } = tenant.settings;
  if (provider === "twilio") {
    return twilioChannel(env, tenant.slug, messages.messagingServiceSid ?? env.TWILIO_MESSAGING_SERVICE_SID);
  }
  const infobip = infobipSettings(env);
  if (provider !== "infobip" || !infobip) return null;
  return infobipChannel(infobip, messages.infobipSender ?? infobip.sender);
}

/** Whether the tenant has another provider for what this one cannot take. */
export function hasOther(ctx: Context, provider: string): boolean {
  return smsProviders(ctx.tenant.settings).some((each) => each !== provider && channelOf(ctx, each) !== null);
}

/** Throws BAD_REQUEST when the settings name a provider that this desk has no account with. */
export function refuseMissingProviders(env: Env, settings: TenantSettings): void {
  if (!smsProviders(settings).includes("infobip") || infobipSettings(env)) return;
  throw new HearbackError("BAD_REQUEST", "Infobip is not set up on this desk: the settings INFOBIP_… are missing.");
}

function smsProviders({ messages }: TenantSettings): Provider[] {
  const { smsProvider, secondSmsProvider } = messages;
  return secondSmsProvider && secondSmsProvider !== smsProvider ? [smsProvider, secondSmsProvider] : [smsProvider];
}

function infobipSettings(env: Env) {
  const { INFOBIP_BASE_URL: baseUrl, INFOBIP_API_KEY: apiKey, INFOBIP_SENDER: sender } = env;
  return baseUrl && apiKey && sender ? { baseUrl, apiKey, sender } : null;
}
