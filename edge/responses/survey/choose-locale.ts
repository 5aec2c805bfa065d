/**
 * The language to answer in: what the reader chose, else the patient's own, else the browser's, else the first offered.
 * @param offered never empty
 */
export function chooseLocale(
  offered: readonly string[],
  wishes: { chosen: string | undefined; own: string | null; browser: string | undefined },
): string {
  const browser = (wishes.browser ?? "").split(",").map((range) => range.split(";")[0]?.split("-")[0]?.trim() ?? "");
  const wanted = [wishes.chosen, wishes.own ?? undefined, ...browser];
  return wanted.find((locale) => locale !== undefined && offered.includes(locale)) ?? offered[0] ?? "en";
}
