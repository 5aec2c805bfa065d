import { mix, readableOn } from "./contrast.ts";

const light = { paper: "#f5f3ee", card: "#ffffff", ink: "#20242a", soft: "#565c65", line: "#80868f", hair: "#e3dfd6" };
const dark = { paper: "#131619", card: "#1c2024", ink: "#edebe6", soft: "#abb0b7", line: "#878e97", hair: "#30353b" };

/**
 * The colours of a patient page as CSS, light and dark, made from the clinic's own accent. An accent that would not
 * read (4.5:1 as text and under a button's words) is darkened or lightened until it does, so a pale logo never costs legibility.
 */
export function paletteCss(accent: string): string {
  const lightAccent = readableOn([light.paper, light.card, mix(light.card, accent, 0.08)], accent, "#000000");
  const darkAccent = readableOn([dark.paper, dark.card, mix(dark.card, accent, 0.16)], accent, "#ffffff");
  const lightError = readableOn([light.card], "#b3261e", "#000000");
  return [
    `:root{color-scheme:light dark;${variables({ ...light, accent: lightAccent, tint: mix(light.card, accent, 0.08), onaccent: "#ffffff", error: lightError })}}`,
    `@media screen and (prefers-color-scheme:dark){:root{${variables({ ...dark, accent: darkAccent, tint: mix(dark.card, accent, 0.16), onaccent: dark.paper, error: "#ffb4a9" })}}}`,
  ].join("");
}

function variables(colours: Record<string, string>): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");
}
