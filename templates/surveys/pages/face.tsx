const mouths = ["M10 23q6-6.5 12 0", "M11 22q5-3.5 10 0", "M11 21h10", "M11 20q5 3.5 10 0", "M10 19q6 6.5 12 0"];

/** Drawn, not an emoji: the same face on every phone. Decoration only; the words beside it carry the meaning. */
export function Face({ place }: { place: number }) {
  return (
    <svg
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <circle cx="16" cy="16" r="13.5" />
      <path d={`M11.5 12v1.5M20.5 12v1.5${mouths[place]}`} />
    </svg>
  );
}
