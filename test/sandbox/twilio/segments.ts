const GSM_BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_EXTENDED = "\f^{}\\[~]|€";

/**
 * How a carrier would cut `body`: 160 GSM-7 characters in one segment or 153 in each of several; 70 and 67 UTF-16
 * units as soon as one character is outside GSM-7 (3GPP TS 23.038, 23.040).
 */
export function segmentsOf(body: string): { encoding: "GSM-7" | "UCS-2"; count: number } {
  let septets = 0;
  for (const character of body) {
    if (GSM_BASIC.includes(character)) septets += 1;
    else if (GSM_EXTENDED.includes(character)) septets += 2;
    else return { encoding: "UCS-2", count: body.length <= 70 ? 1 : Math.ceil(body.length / 67) };
  }
  return { encoding: "GSM-7", count: septets <= 160 ? 1 : Math.ceil(septets / 153) };
}
