import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const MAX_SKEW_MS = 5 * 60_000;

export type Credentials = { accessKeyId: string; secretAccessKey: string };
export type SignedRequest = { method: string; url: string; headers: Headers; body: string };

/**
 * Why AWS would refuse this request's Signature Version 4, as its error type; null when it is right. Recomputes the
 * signature over method, path, query, signed headers and body.
 */
export function signatureFault(
  request: SignedRequest,
  expected: Credentials & { service: string },
  now: number,
): string | null {
  const header = request.headers.get("authorization");
  if (!header) return "MissingAuthenticationTokenException";
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  const amzDate = request.headers.get("x-amz-date") ?? "";
  if (!match || !/^\d{8}T\d{6}Z$/.test(amzDate)) return "IncompleteSignatureException";
  const [, keyId = "", day = "", region = "", service = "", signedHeaders = "", signature = ""] = match;
  if (keyId !== expected.accessKeyId) return "UnrecognizedClientException";
  const names = signedHeaders.split(";");
  const complete = names.includes("host") && names.includes("x-amz-date") && amzDate.startsWith(day);
  if (!complete || service !== expected.service) return "InvalidSignatureException";
  if (Math.abs(instantOf(amzDate) - now) > MAX_SKEW_MS) return "InvalidSignatureException";
  const right = sign(request, { names, amzDate, day, region, service }, expected.secretAccessKey);
  return timingSafeEqual(Buffer.from(right), Buffer.from(signature)) ? null : "InvalidSignatureException";
}

type Scope = { names: string[]; amzDate: string; day: string; region: string; service: string };

function sign(request: SignedRequest, { names, amzDate, day, region, service }: Scope, secret: string): string {
  const url = new URL(request.url);
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join("&");
  const headers = names.map((name) => `${name}:${(request.headers.get(name) ?? "").trim().replace(/ +/g, " ")}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(""), names.join(";"), sha256(request.body)];
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", amzDate, scope, sha256(canonical.join("\n"))].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<Buffer | string>(hmac, `AWS4${secret}`);
  return hmac(key, toSign).toString("hex");
}

function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function instantOf(amzDate: string): number {
  return Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
