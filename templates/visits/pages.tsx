import { type Frame, frame } from "../surveys/pages/frame.tsx";
import { noticePage } from "../surveys/pages/notice.tsx";
import { VERSION_FIELD } from "../surveys/pages/survey-page.tsx";
import { visitWords } from "./words.ts";

const STYLE =
  ".when{margin:0 0 1rem;font-size:1.375rem;line-height:1.3;font-weight:650}a.plain{margin-top:.625rem;background:var(--card);color:var(--accent)}";

export type VisitPageProps = Frame & {
  says: "ask" | "moved" | "confirmed" | "asked";
  /** Day and time of the visit, in the page's language. */
  when: string;
  /** Which time the page speaks of: only that one can be confirmed with it. */
  version: string;
  hrefs: { confirm: string; otherTime: string; calendar: string };
};

/** A visit that stands, and what can be done about it. Says when, and nothing of what for or whose. */
export function visitPage(props: VisitPageProps) {
  const words = visitWords(props.locale);
  const { title, text } = words[props.says];
  return frame({
    ...props,
    title,
    extraStyle: STYLE,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead" role={props.says === "confirmed" || props.says === "asked" ? "status" : undefined}>
          {text}
        </p>
        <div class="box">
          <p class="when">{props.when}</p>
          {props.says === "confirmed" ? null : (
            <form method="post" action={props.hrefs.confirm}>
              <input type="hidden" name={VERSION_FIELD} value={props.version} />
              <button type="submit">{words.confirm}</button>
            </form>
          )}
          <a class="button plain" href={props.hrefs.otherTime}>
            {words.otherTime}
          </a>
          <a class="button plain" href={props.hrefs.calendar}>
            {words.calendar}
          </a>
        </div>
      </>
    ),
  });
}

/**
 * A visit about which nothing can be done here, with whom to call below it. `freshAction` offers a fresh link: opening
 * the page does nothing, only the button asks for one. `kept` gives back what was typed.
 */
export function visitNotice(
  props: Frame & {
    says: "cancelled" | "unsure" | "notOpen" | "freshSent" | "enough";
    freshAction?: string | undefined;
    kept?: string | undefined;
  },
) {
  const words = visitWords(props.locale);
  const further = (
    <>
      {props.freshAction ? (
        <div class="box">
          <p>{words.fresh.offer}</p>
          <form method="post" action={props.freshAction}>
            <button type="submit">{words.fresh.button}</button>
          </form>
        </div>
      ) : null}
      {props.kept ? (
        <div class="box">
          <p>{words.kept}</p>
          <pre dir="auto">{props.kept}</pre>
        </div>
      ) : null}
    </>
  );
  return noticePage(props, words[props.says], further);
}
