/** What a survey is: versioned data, so that a form, its stored answers and its exports come from one place. */
import * as z from "zod";
import { findInconsistencies } from "./consistency.ts";

/** A language tag such as `en` or `es`. */
const Locale = z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, "expected a language tag such as en or pt-BR");

/** One text in each of the survey's languages. */
export const Words = z.record(Locale, z.string().trim().min(1).max(2000));
export type Words = z.infer<typeof Words>;

/**
 * The name under which an answer is stored and posted. It begins with a letter and holds no hyphen: the form's own
 * fields do (`form-version`), so a question can never shadow one.
 */
const QuestionId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, "expected a letter, then letters, digits or _")
  .refine((id) => !(id in Object.prototype), "is a name that every JavaScript object has");

/** True when the named earlier question was answered with one of the values. */
const Condition = z.strictObject({
  question: QuestionId,
  is: z.array(z.union([z.string(), z.number()])).min(1),
});
export type Condition = z.infer<typeof Condition>;

/** `value` is what is stored, for ever and in every language; `label` is what the patient reads. */
const Option = z.strictObject({ value: z.string().trim().min(1).max(200), label: Words });
const Options = z.array(Option).min(2).max(40);

/** The text asked for when `value` is chosen; stored under its own name, and empty with any other choice. */
const Other = z.strictObject({ value: z.string(), id: QuestionId, ask: Words, maxLength: z.int().min(1).max(4000) });

const common = {
  id: QuestionId,
  ask: Words,
  hint: Words.optional(),
  required: z.boolean().default(false),
  showIf: Condition.optional(),
};

const YesNo = z.strictObject({ ...common, kind: z.literal("yesNo") });

export const Question = z.discriminatedUnion("kind", [
  YesNo,
  z.strictObject({ ...common, kind: z.literal("choice"), options: Options }),
  /** Five options from worst to best, each shown as a face beside its words. */
  z.strictObject({ ...common, kind: z.literal("faces"), options: Options.length(5) }),
  /** Whole numbers, such as 0 to 10 for "would you recommend us". */
  z.strictObject({ ...common, kind: z.literal("scale"), min: z.int(), max: z.int(), low: Words, high: Words }),
  z.strictObject({ ...common, kind: z.literal("select"), options: Options, other: Other.optional() }),
  z.strictObject({ ...common, kind: z.literal("multi"), options: Options, atMost: z.int().min(1).optional() }),
  /** `maxLength` in UTF-16 units, as the browser's own `maxlength` counts. */
  z.strictObject({ ...common, kind: z.literal("text"), long: z.boolean(), maxLength: z.int().min(1).max(4000) }),
]);
export type Question = z.infer<typeof Question>;

/** One screen. A `gate` is a yes-no question put as the page's two send buttons: "a few more?" costs no extra tap. */
const Page = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  title: Words,
  intro: Words.optional(),
  questions: z.array(Question).min(1).max(30),
  gate: YesNo.extend({ yes: Words, no: Words }).optional(),
  /** The page is left out unless this holds. */
  showIf: Condition.optional(),
});
export type Page = z.infer<typeof Page>;

/** A named number from several answers. There is no score unless every item has its answer and its value. */
const Score = z.strictObject({
  id: QuestionId,
  how: z.enum(["sum", "mean"]),
  items: z
    .array(z.strictObject({ question: QuestionId, values: z.record(z.string(), z.number()).optional() }))
    .min(1)
    .max(60),
});

/** An answer that must not wait for a report: `say` is shown to the patient at once. */
const Alert = z.strictObject({ id: QuestionId, when: Condition, say: Words });

export const SurveyDefinition = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
    /** Raised with every change: open links and old answers keep theirs, and `published.ts` holds it fast. */
    version: z.int().min(1),
    /** True: nothing stored may lead from an answer to the person asked. */
    anonymous: z.boolean(),
    /** The first is the one used when the patient's own is not offered. */
    locales: z.array(Locale).min(1),
    title: Words,
    intro: Words,
    /** What is kept and who sees it, in words that are true. */
    privacy: Words,
    thanks: z.strictObject({ title: Words, text: Words }),
    /** Where to turn at once, on every page; for a clinic whose patients may be in crisis. */
    help: Words.optional(),
    /** The first is stored as soon as it is sent; the second, if there is one, is added to it. */
    pages: z.array(Page).min(1).max(2),
    scores: z.array(Score).default([]),
    alerts: z.array(Alert).default([]),
  })
  .superRefine((survey, context) => {
    for (const message of findInconsistencies(survey)) context.addIssue({ code: "custom", message });
  });
export type SurveyDefinition = z.infer<typeof SurveyDefinition>;
export type SurveyInput = z.input<typeof SurveyDefinition>;

/**
 * The survey, checked.
 * @throws ZodError that lists every unknown reference, repeated name and missing translation, not just the first.
 */
export function defineSurvey(survey: SurveyInput): SurveyDefinition {
  return SurveyDefinition.parse(survey);
}
