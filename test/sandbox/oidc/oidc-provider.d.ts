/** The part of oidc-provider that the stand-in uses; the package brings no types of its own. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export type Interaction = { uid: string; params: Record<string, unknown> };

  export type Grant = {
    addOIDCScope(scope: string): void;
    addOIDCClaims(claims: string[]): void;
    save(): Promise<string>;
  };

  export type KoaContext = {
    path: string;
    type: string;
    body: unknown;
    oidc: {
      provider: Provider;
      client: { clientId: string };
      session: { accountId: string };
    };
  };

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    Client: { find(clientId: string): Promise<unknown> };
    Grant: new (properties: {
      clientId: string;
      accountId: string;
    }) => Grant;
    use(middleware: (ctx: KoaContext, next: () => Promise<void>) => Promise<void>): void;
    callback(): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
    interactionDetails(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Interaction>;
    interactionFinished(
      incoming: IncomingMessage,
      outgoing: ServerResponse,
      result: Record<string, unknown>,
    ): Promise<void>;
  }
}
