import type { Child } from "hono/jsx";
import type { Values } from "./values.ts";

/** What is in the form, and what is wrong with it by field. */
export type Form = { values: Values; problems: Map<string, string> };

type FieldProps = {
  form: Form;
  name: string;
  label: Child;
  hint?: Child;
  type?: string;
  step?: string;
  grow?: boolean | undefined;
};

/** One line to fill in, with its problem beside it. */
export function Field({ form, name, label, hint, type = "text", step, grow }: FieldProps) {
  return (
    <Labelled form={form} name={name} label={label} hint={hint} grow={grow}>
      <input
        id={name}
        name={name}
        type={type}
        value={form.values[name] ?? ""}
        {...(step && { step })}
        {...(type === "number" && { inputmode: "decimal" })}
        {...troubled(form, name)}
      />
    </Labelled>
  );
}

/** Several lines, one thing a line. */
export function Lines({ form, name, label, hint }: FieldProps) {
  return (
    <Labelled form={form} name={name} label={label} hint={hint}>
      <textarea id={name} name={name} rows={2} {...troubled(form, name)}>
        {form.values[name] ?? ""}
      </textarea>
    </Labelled>
  );
}

type Choices = { options: [value: string, words: string][] };

/** One of a few. */
export function Choice({ form, name, label, hint, options, grow }: FieldProps & Choices) {
  return (
    <Labelled form={form} name={name} label={label} hint={hint} grow={grow}>
      <select id={name} name={name} class={name.split(".").at(-1)} {...troubled(form, name)}>
        {options.map(([value, words]) => (
          <option value={value} selected={value === (form.values[name] ?? "")}>
            {words}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** Any of a few; each is a field `name.value` of its own. */
export function Boxes({ form, name, label, options }: FieldProps & Choices) {
  return (
    <fieldset id={name}>
      <legend>{label}</legend>
      <div class="boxes">
        {options.map(([value, words]) => (
          <Box form={form} name={`${name}.${value}`} label={words} />
        ))}
      </div>
      <Problem form={form} name={name} />
    </fieldset>
  );
}

/** One thing that is so or not. */
export function Box({ form, name, label }: FieldProps) {
  return (
    <label class="choice">
      <input type="checkbox" name={name} checked={form.values[name] === "on"} /> {label}
    </label>
  );
}

function Labelled({ form, name, label, hint, grow, children }: FieldProps & { children: Child }) {
  return (
    <div class={grow ? "field grow" : "field"}>
      <label for={name}>
        {label}
        {hint ? <span class="hint">{hint}</span> : null}
      </label>
      {children}
      <Problem form={form} name={name} />
    </div>
  );
}

function Problem({ form, name }: Pick<FieldProps, "form" | "name">) {
  const problem = form.problems.get(name);
  return problem ? (
    <p class="wrong" id={`${name}-problem`}>
      {problem}
    </p>
  ) : null;
}

function troubled({ problems }: Form, name: string) {
  return problems.has(name) ? { "aria-invalid": "true" as const, "aria-describedby": `${name}-problem` } : {};
}
