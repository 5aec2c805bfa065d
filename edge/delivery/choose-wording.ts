/**
 * Of one version's wordings the one in the person's language, else in the first of the clinic's own that it has, else in
 * English; null where it has none of these.
 */
export function chooseWording<Version extends { locale: string }>(
  versions: Version[],
  language: string | null | undefined,
  clinicLocales: string[],
): Version | null {
  const wanted = [language, ...clinicLocales, "en"];
  return wanted.flatMap((locale) => versions.find((each) => each.locale === locale) ?? [])[0] ?? null;
}
