import { MessagePreview, type MessageSample } from "../../edge/contract/operator.ts";
import { askEdge } from "../operator-client.ts";
import { UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  name: "message preview",
  summary: "Shows a message as an invented patient would get it, and what it costs; exit 1 if it could not be sent so",
  takes: "<slug>",
  options: {
    template: { type: "string", placeholder: "NAME", about: "a stored wording, such as survey-invite" },
    text: { type: "string", placeholder: "TEXT", about: "or a text, with tokens such as {{fn|there}}" },
    locale: { type: "string", placeholder: "LANG", about: "only in this language (all of the wording's)" },
    count: { type: "string", placeholder: "N", about: "to how many it would go (1)" },
  },
  async run({ values: { template, text, locale, count }, positionals }) {
    const [tenant, ...more] = positionals;
    if (!tenant || more.length > 0) throw new UsageError("name one clinic");
    if ((template === undefined) === (text === undefined)) throw new UsageError("give either --template or --text");
    if (count !== undefined && !/^[1-9]\d{0,7}$/.test(String(count)))
      throw new UsageError("--count wants a number from 1 to 99999999");
    if (locale !== undefined && !/^[a-z]{2}$/.test(String(locale)))
      throw new UsageError("--locale wants a language, such as en");
    const query = { tenant, template, text, locale, ...(count !== undefined && { count: Number(count) }) };
    const preview = await askEdge("/messages/preview", query, MessagePreview);
    const isGood = preview.samples.every(({ problems }) => problems.length === 0);
    return { ok: isGood, document: preview, text: preview.samples.map((each) => describe(each, preview)).join("\n\n") };
  },
};

function describe(sample: MessageSample, { count, currency }: MessagePreview): string {
  const { locale, channel, version, subject, body, problems, sms } = sample;
  const lines = [`[${locale}] ${channel}${version === null ? "" : `, version ${version}`}`, subject, body];
  if (sms) {
    const parts = `${sms.segments} segment${sms.segments === 1 ? "" : "s"}, ${sms.encoding}`;
    lines.push(`${parts}: ${sms.price} ${currency} a text, ${sms.priceOfAll} ${currency} for ${count}`);
    const letters = sms.culprits.map(({ letter, codePoint }) => `${letter} (${codePoint})`);
    if (letters.length > 0) lines.push(`UCS-2 because of ${letters.join(", ")}`);
  }
  const wrong = problems.map(({ field, code, found, advice }) => `${field}: ${code} ${found} ${advice}`);
  return [...lines.filter((line) => line !== null), ...wrong].join("\n");
}
