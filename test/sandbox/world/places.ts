import { TOTP } from "otpauth";
import type { EhrAccounts, Parts } from "../world.ts";
import type { Place } from "./index-page.ts";

/** Everything outside that a person may look into, as the index page shows it. */
export function placesOf(parts: Parts, ehr: EhrAccounts): Place[] {
  const { twilio, mailbox, practiceFusion, callHarbor, oidc } = parts;
  const codeNow = () => new TOTP({ secret: ehr.portal.totpSecret }).generate();
  return [
    {
      name: "The patients’ phones",
      url: `${twilio.url}/phone`,
      about: "Read every text of both carriers, open its link, answer it.",
    },
    { name: "The mailbox", url: `${mailbox.url}/mailbox`, about: "E-mails, and the alarms that go to the clinic." },
    {
      name: "Practice Fusion",
      url: practiceFusion.url,
      about: "The health record whose schedule is read. Its sign-in code goes to the clinic’s phone.",
      facts: () => login(ehr.account),
    },
    {
      name: "CallHarbor",
      url: callHarbor.url,
      about: "The clinic’s phone, where codes arrive.",
      facts: () => [...login(ehr.portal), ["Code now", codeNow()]],
    },
    {
      name: "The identity provider",
      url: `${oidc.issuer}/.well-known/openid-configuration`,
      about: "Lets invented staff sign in to the console, without passwords.",
    },
    ...practicePlaces(parts),
  ];
}

function practicePlaces({ practices }: Parts): Place[] {
  if (!practices) return [];
  const { concrete, sycle, sqs, cassify, printer, sourceSettings } = practices;
  return [
    {
      name: "Concrete",
      url: `${concrete.url}?wsdl`,
      about: "The SOAP service of Bay Clear Hearing (bcb): customers, visits, orders.",
      facts: () => [
        ["User", sourceSettings.bcb.CONCRETE_USERNAME ?? ""],
        ["Password", sourceSettings.bcb.CONCRETE_PASSWORD ?? ""],
        ["Customers", String(concrete.practice.customers.length)],
      ],
    },
    {
      name: "Sycle’s database",
      about:
        "A real PostgreSQL with the tables of Mountain Hearing (mhc) and South Suburban Sound (ssm). Change a visit there, and run the import again.",
      facts: () => [["psql", sycle.url.replace("?tls=off", "")], ...Object.entries(practices.schemas)],
    },
    {
      name: "Amazon SQS",
      url: sqs.url,
      about: "The queues over which a clinic’s own side is asked to read its database.",
    },
    {
      name: "The address service",
      url: cassify.url,
      about: "A certified (CASS) service: it gets addresses and never a name.",
    },
    {
      name: "The printer’s box",
      url: printer.pageUrl,
      about: "The folder to which the letters of Bay Clear Hearing (bcb) are brought by SFTP.",
    },
  ];
}

function login({ username, password }: { username: string; password: string }): [string, string][] {
  return [
    ["User", username],
    ["Password", password],
  ];
}
