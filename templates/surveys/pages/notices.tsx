import type { SurveyDefinition } from "../definition.ts";
import { formWords } from "../words.ts";
import { type Frame, frame } from "./frame.tsx";
import { noticePage } from "./notice.tsx";

/**
 * After the answers are safe. `advice` is said at once to a patient whose answers ask for it. Without a survey, while
 * the store is down, in the form's own words.
 */
export function donePage(props: Frame & { survey: SurveyDefinition | undefined; advice?: string[] }) {
  const { survey, locale, advice = [] } = props;
  const words = formWords(locale).done;
  const title = survey?.thanks.title[locale] ?? words.title;
  return frame({
    ...props,
    title,
    help: survey?.help?.[locale],
    children: (
      <>
        <Tick />
        <h1>{title}</h1>
        {advice.map((say) => (
          <div class="box" role="alert">
            <p>
              <strong>{say}</strong>
            </p>
          </div>
        ))}
        <p class="lead" role="status">
          {survey?.thanks.text[locale] ?? words.text}
        </p>
      </>
    ),
  });
}

/** For answers that come a second time. `moreHref` is there while the later page is still open to this patient. */
export function alreadyReceivedPage(props: Frame & { moreHref?: string | undefined; help?: string | undefined }) {
  const { received } = formWords(props.locale);
  return frame({
    ...props,
    title: received.title,
    children: (
      <>
        <Tick />
        <h1>{received.title}</h1>
        <p class="lead" role="status">
          {received.text}
        </p>
        {props.moreHref ? (
          <a class="button" href={props.moreHref}>
            {received.more}
          </a>
        ) : null}
      </>
    ),
  });
}

/**
 * The one page for a link that is unknown, expired or used: it must not tell which. Opening it does nothing; only the
 * button asks for a fresh link. `kept` gives back what a patient had typed when the link ran out.
 */
export function notOpenPage(props: Frame & { freshAction: string; kept?: string[] }) {
  const { notOpen } = formWords(props.locale);
  const { kept = [] } = props;
  return frame({
    ...props,
    title: notOpen.title,
    children: (
      <>
        <h1>{notOpen.title}</h1>
        <p class="lead">{notOpen.text}</p>
        <div class="box">
          <p>{notOpen.offer}</p>
          <form method="post" action={props.freshAction}>
            <button type="submit">{notOpen.button}</button>
          </form>
        </div>
        {kept.length > 0 ? (
          <div class="box">
            <p>{notOpen.kept}</p>
            {kept.map((text) => (
              <pre dir="auto">{text}</pre>
            ))}
          </div>
        ) : null}
      </>
    ),
  });
}

/** The answer to the button, whether or not there was a link to renew. */
export function freshSentPage(props: Frame) {
  return noticePage(props, formWords(props.locale).freshSent);
}

/** The form cannot be opened, for a reason on our side. */
export function laterPage(props: Frame) {
  return noticePage(props, formWords(props.locale).later);
}

function Tick() {
  return (
    <svg class="tick" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.25" aria-hidden="true">
      <circle cx="16" cy="16" r="13.5" />
      <path d="M10 16.5l4.25 4.25L22.5 12" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
