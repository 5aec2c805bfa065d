import type { Child } from "hono/jsx";
import { type Frame, frame } from "./frame.tsx";

/** A page that says one thing, read out when it comes; below it what can be done about it, if anything. */
export function noticePage(props: Frame, { title, text }: { title: string; text: string }, further: Child = null) {
  return frame({
    ...props,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead" role="status">
          {text}
        </p>
        {further}
      </>
    ),
  });
}
