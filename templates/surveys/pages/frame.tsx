import { html, raw } from "hono/html";
import type { Child } from "hono/jsx";
import { paletteCss } from "../../pages/palette.ts";
import { formWords } from "../words.ts";
import { surveyStyle } from "./style.ts";

/** What a patient page shows of the clinic. */
export type Clinic = {
  name: string;
  /** Short form for the top of the page; the name where there is none. */
  logoText?: string | undefined;
  /** `#rrggbb`; adjusted where it would not read. */
  accent: string;
  /** Whom to call: as dialled and as read. */
  phone?: { dialled: string; shown: string } | undefined;
};

/** What every page needs. `nonce` lets its style through the content security policy; empty where the style's hash does. */
export type Frame = {
  clinic: Clinic;
  locale: string;
  nonce: string;
  /** Other languages, as links that only read. */
  languages?: { locale: string; href: string }[];
};

type FrameProps = Frame & { title: string; extraStyle?: string; help?: string | undefined; children?: Child };

/** One whole HTML document with its style inside it: one response, no script, nothing fetched from anywhere. */
export function frame({ clinic, locale, nonce, languages = [], title, extraStyle = "", help, children }: FrameProps) {
  const css = paletteCss(clinic.accent) + surveyStyle + extraStyle;
  const page = (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="robots" content="noindex,nofollow" />
        <meta name="format-detection" content="telephone=no" />
        <title>{`${title} – ${clinic.name}`}</title>
        <style nonce={nonce}>{raw(css)}</style>
      </head>
      <body>
        <header>
          <p class="brand">
            <i></i>
            {clinic.logoText ?? clinic.name}
          </p>
          {languages.map((other) => (
            <a class="tongue" href={other.href} lang={other.locale} hreflang={other.locale}>
              {formWords(other.locale).language}
            </a>
          ))}
        </header>
        <main>{children}</main>
        <footer>
          {help ? <p class="help">{help}</p> : null}
          {clinic.phone ? (
            <p>
              <a class="call" href={`tel:${clinic.phone.dialled}`}>
                {formWords(locale).call(clinic.phone.shown)}
              </a>
            </p>
          ) : null}
        </footer>
      </body>
    </html>
  );
  return html`<!doctype html>${page}`;
}
