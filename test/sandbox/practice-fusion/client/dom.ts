/** Makes an element with attributes (`onclick` and the like excepted) and children; strings become text. */
export function h(tag: string, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
