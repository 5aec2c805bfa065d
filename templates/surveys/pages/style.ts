import type { Page, Question } from "../definition.ts";
import { questionsOf, valuesOf } from "../questions.ts";

/**
 * The whole style of the survey pages. Lengths are in rem and the layout asks its container, so the reader's text
 * size decides what fits beside what; a browser too old for a rule gets the plain list, which always works.
 */
export const surveyStyle = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere;hyphens:auto}
a{color:var(--accent);text-underline-offset:.2em}
header,main,footer{max-width:42rem;margin:0 auto;padding:0 min(1rem,4vw)}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;justify-content:space-between;padding-top:.75rem}
.brand{display:flex;align-items:center;gap:.6rem;margin:0;font-weight:650;letter-spacing:.01em}
.brand i{flex:none;width:.8rem;height:.8rem;border-radius:.8rem .8rem .8rem 0;background:var(--accent)}
.tongue,.call{display:inline-flex;align-items:center;min-height:2.75rem}
main{container-type:inline-size}
h1::first-letter{text-transform:uppercase}
h1{margin:1.25rem 0 .25rem;font-size:1.75rem;line-height:1.2;font-weight:700;letter-spacing:-.015em}
.lead{margin:0 0 1.25rem;color:var(--soft);font-size:1.0625rem}
fieldset,.box{min-width:0;margin:0 0 1rem;padding:1.125rem 1rem 1rem;border:1px solid var(--hair);border-radius:1rem;background:var(--card)}
legend,.ask{float:left;width:100%;margin:0 0 .75rem;padding:0;font-size:1.125rem;line-height:1.35;font-weight:650}
legend+*,.ask+*{clear:both}
.ask{display:block}
.mark{font-weight:400;font-size:1rem;color:var(--soft)}
.hint{margin:-.375rem 0 .75rem;color:var(--soft)}
.o{position:relative;display:block;margin-top:.5rem}
.o:first-of-type{margin-top:0}
.o input{position:absolute;left:1rem;top:50%;width:1.375rem;height:1.375rem;margin:-.6875rem 0 0;accent-color:var(--accent)}
.o span{display:flex;align-items:center;gap:.75rem;min-height:3.25rem;padding:.5rem 1rem .5rem 3.125rem;border:1.5px solid var(--line);border-radius:.75rem;cursor:pointer}
.o svg{flex:none;width:2.125rem;height:2.125rem;color:var(--soft)}
.o input:checked+span{border-color:var(--accent);box-shadow:inset 0 0 0 1.5px var(--accent);background:var(--tint);font-weight:650}
.o input:checked+span svg{color:var(--accent)}
@media (hover:hover){.o span:hover{border-color:var(--accent)}}
.scale{display:grid;grid-template-columns:repeat(auto-fit,minmax(2.75rem,1fr));gap:.375rem}
.scale .o{margin:0}
.scale .o input{left:50%;top:.5rem;margin:0 0 0 -.6875rem}
.scale .o span{justify-content:center;align-items:flex-end;min-height:4rem;padding:.25rem}
select,textarea,input[type=text]{display:block;width:100%;min-height:3.25rem;padding:.6875rem .875rem;border:1.5px solid var(--line);border-radius:.75rem;background:var(--card);color:inherit;font:inherit}
textarea{min-height:7.5rem;resize:vertical}
.other{margin-top:1rem}
.other label{display:block;margin-bottom:.375rem;font-weight:650}
button,.button{display:block;width:100%;min-height:3.25rem;padding:.75rem 1.25rem;border:1.5px solid var(--accent);border-radius:.75rem;background:var(--accent);color:var(--onaccent);font:inherit;font-weight:650;text-align:center;text-decoration:none;cursor:pointer}
button.plain{margin-top:.625rem;background:var(--card);color:var(--accent)}
:focus-visible{outline:3px solid var(--ink);outline-offset:3px}
.o input:focus-visible{outline:0}
.o input:focus-visible+span{outline:3px solid var(--ink);outline-offset:3px}
.summary{margin:1rem 0;padding:1rem;border:2px solid var(--error);border-radius:1rem;background:var(--card)}
.summary h2{margin:0 0 .25rem;font-size:1.125rem;color:var(--error)}
.summary p,.summary ul{margin:0}
.summary ul{padding:0;list-style:none}
.summary a{display:block;padding:.625rem 0;color:inherit}
.wrong{border-color:var(--error);border-width:2px}
.error{margin:0 0 .75rem;color:var(--error);font-weight:650}
.box p{margin:0 0 1rem}.box p:last-child,.box form{margin-bottom:0}
.tick{display:block;width:3.5rem;height:3.5rem;margin:2rem 0 0;color:var(--accent)}
pre{margin:0;white-space:pre-wrap;font:inherit}
footer{padding-top:.75rem;padding-bottom:2rem;color:var(--soft);font-size:.9375rem}
footer p{margin:.5rem 0}
.note{color:var(--soft);font-size:.9375rem}
.help{color:var(--ink);font-weight:650}
@container (max-width:14rem){
fieldset,.box{padding:.75rem .5rem}
.o input{left:.5rem;top:.5rem;margin:0}
.o span{padding:2.125rem .5rem .5rem}
.o svg{display:none}
}
@container (min-width:36rem){
fieldset,.box{padding:1.5rem}
.faces{display:grid;grid-template-columns:repeat(5,1fr);gap:.5rem}
.faces .o,.faces .o:first-of-type{margin:0}
.faces .o span{flex-direction:column;height:100%;gap:.375rem;padding:.75rem .25rem 2.5rem;text-align:center;line-height:1.25}
.faces .o svg{width:2.75rem;height:2.75rem}
.faces .o input{left:50%;top:auto;bottom:.75rem;margin:0 0 0 -.6875rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.pair .o,.pair button{margin:0}
}
@media (forced-colors:active){.o input:checked+span{outline:3px solid Highlight}}
@media print{body{background:none}button,.button,.tongue{display:none}fieldset,.box{break-inside:avoid}}
`.replace(/\n/g, "");

/**
 * Rules that show a dependent field only when its condition holds on this screen: no script needed. Browsers that do
 * not know `:has` show the field always; the server decides by the same condition.
 */
export function dependentStyle(page: Page): string {
  const questions = questionsOf(page);
  const rules = questions.flatMap((question) => {
    const master = questions.find((each) => each.id === question.showIf?.question);
    return [
      ...(question.showIf && master ? [hideUnless(master, question.showIf.is, `box-${question.id}`)] : []),
      ...(question.kind === "select" && question.other
        ? [hideUnless(question, [question.other.value], `box-${question.other.id}`)]
        : []),
    ];
  });
  return rules.length === 0 ? "" : `@supports selector(:has(*)){${rules.join("")}}`;
}

function hideUnless(master: Question, values: (string | number)[], id: string): string {
  const places = (valuesOf(master) ?? []).flatMap((value, place) => (values.includes(value) ? [place] : []));
  const chosen = places.map((place) => `#${master.id}-${place}:checked`);
  return `form:not(:has(${chosen.join(",")})) #${id}{display:none}`;
}
