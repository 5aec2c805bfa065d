type Props<Key extends string> = {
  /** What can be shown, in this order, each by its words. */
  tabs: readonly (readonly [key: Key, words: string])[];
  shown: Key;
  to: (key: Key) => string;
};

/** The lists that a page can show, as tabs that are links. */
export function FilterTabs<Key extends string>({ tabs, shown, to }: Props<Key>) {
  return (
    <nav aria-label="Filter">
      <ul class="tabs">
        {tabs.map(([key, words]) => (
          <li>
            <a href={to(key)} aria-current={key === shown ? "true" : undefined}>
              {words}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
