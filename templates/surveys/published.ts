/**
 * Every published version, by the SHA-256 of its definition as JSON. Links that are out show their version and are
 * answered by it, so a version stays as it is: whoever changes a survey gives it a new version and adds its line here.
 * A line is replaced only for a correction that open links must show, such as the number to call in need.
 */
export const PUBLISHED: Readonly<Record<string, string>> = {
  "common-ground@1": "477aa2b1243dc656cd159104900ecc4b672ac74702da3bfcd2c2be7831613cb0",
  "visit-follow-up@1": "ff9fdf7f5a7d6ed1e63c472fe9477c01057781e8599f099e2b01ce3ca9535c20",
};
