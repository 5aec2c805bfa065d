import { describe, expect, test } from "vitest";
import { classifyText } from "../../edge/responses/texts/classify-text.ts";

const read = (body: string) => {
  const intent = classifyText(body);
  return intent.kind === "stop" ? intent.source : intent.kind;
};

describe("a text is read as the person meant it [BAD-53]", () => {
  test.each([
    ["STOP", "keyword"],
    ["stop", "keyword"],
    ["stop.", "keyword"],
    ["  Stop!! ", "keyword"],
    ["Stopp", "keyword"],
    ["STOOOP", "keyword"],
    ["STOP PLEASE", "keyword"],
    ["please stop, thank you", "keyword"],
    ["unsub me", "keyword"],
    ["UNSUBSCRIBE", "keyword"],
    ["opt-out", "keyword"],
    ["OPTOUT", "keyword"],
    ["CANCEL", "keyword"],
    ["End.", "keyword"],
    ["quit", "keyword"],
    ["revoke", "keyword"],
    ["🛑 STOP 🛑", "keyword"],
    ["ＳＴＯＰ", "keyword"],
    ["Darme de baja por favor", "keyword"],
    ["Avslutt", "keyword"],
  ])("%s is stop by keyword", (body, expected) => expect(read(body)).toBe(expected));

  test.each([
    "please stop texting me",
    "Stop sending me these messages!!",
    "Don't text me again",
    "do not ever contact me",
    "No more texts",
    "Please take me off your list",
    "remove my number",
    "wrong number",
    "Please cancel",
    "Ya no me envien mensajes",
    "Numero equivocado",
    "ikke send meg flere meldinger",
  ])("%s is stop, for staff to look at", (body) => expect(read(body)).toBe("free_text"));

  test.each([
    "I stopped by today, can you text me the address?",
    "I will stop by and send my sister",
    "please don't stop texting me",
    "The bus stop was hard to find",
    "Cancel my appointment on Friday",
    "I need help",
    "yes it was good",
    "The end of my visit was rushed",
    "Thank you!",
    "👍",
    "😀😀",
    "U1RPUA==",
    "",
    "a".repeat(1600),
    "stop ".repeat(300),
  ])("%s is left to a person", (body) => expect(read(body)).toBe("other"));

  test.each(["START", "start.", "Unstop"])("%s is start", (body) => expect(read(body)).toBe("start"));
  test.each(["Y1", "y", "C", "Confirmed!", "I'll be there, thanks", "Sí, por favor", "Confirmo", "Ja takk"])(
    "%s is a yes, and brings no texts back",
    (body) => expect(classifyText(body)).toMatchObject({ kind: "confirm", isStart: false }),
  );
  test("a bare YES is a yes that may bring texts back", () =>
    expect(classifyText("Yes")).toMatchObject({ kind: "confirm", isStart: true }));
  test.each(["HELP", "info", "help please", "Ayuda"])("%s is help", (body) => expect(read(body)).toBe("help"));
});
