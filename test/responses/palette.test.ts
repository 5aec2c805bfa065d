import fc from "fast-check";
import { expect, test } from "vitest";
import { contrast, readableOn } from "../../templates/pages/contrast.ts";
import { paletteCss } from "../../templates/pages/palette.ts";

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);

test("contrast is that of WCAG", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

test("whatever accent a clinic has, it reads as text and under a button's words, in light and dark", () => {
  fc.assert(
    fc.property(colour, (accent) => {
      for (const block of paletteCss(accent).split("@media")) {
        const of = (name: string) => new RegExp(`--${name}:(#[0-9a-f]{6})`).exec(block)?.[1] ?? "";
        for (const background of ["paper", "card", "onaccent"]) {
          expect(contrast(of("accent"), of(background)), `${accent} on ${background}`).toBeGreaterThanOrEqual(4.5);
        }
        expect(contrast(of("line"), of("card"))).toBeGreaterThanOrEqual(3);
        for (const text of ["ink", "soft", "error"]) expect(contrast(of(text), of("card"))).toBeGreaterThanOrEqual(4.5);
        expect(contrast(of("ink"), of("tint"))).toBeGreaterThanOrEqual(4.5);
      }
    }),
  );
});

test("an accent that reads is left as it is", () => {
  expect(readableOn(["#ffffff"], "#1f7a6d", "#000000")).toBe("#1f7a6d");
});
