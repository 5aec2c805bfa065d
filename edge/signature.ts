import { Webhook } from "standardwebhooks";

/** Whether the body bears the Standard Webhooks signature of one of these secrets (`whsec_…`), made within five minutes. */
export function isSignedBy(secrets: readonly string[], body: string, headers: Record<string, string>): boolean {
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  });
}
