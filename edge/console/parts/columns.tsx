/** A table's column headings. `{ number }` is a column of numbers, set to the right; null one that needs no name. */
export function Columns({ names, isSilent = false }: { names: Name[]; isSilent?: boolean }) {
  return (
    <thead {...(isSilent && { class: "vh" })}>
      <tr>
        {names.map((name) =>
          name !== null && typeof name === "object" ? (
            <th scope="col" class="num">
              {name.number}
            </th>
          ) : (
            <th scope="col">{name}</th>
          ),
        )}
      </tr>
    </thead>
  );
}

type Name = string | null | { number: string };
