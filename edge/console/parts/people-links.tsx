import { displayName, type Named } from "../people.ts";

/** The patients behind one number, each a link to their own page. */
export function PeopleLinks(props: { patientIds: string[]; people: Map<string, Named>; base: string }) {
  return props.patientIds.map((patientId, place) => {
    const person = props.people.get(patientId);
    return (
      <>
        {place > 0 ? ", " : null}
        <a href={`${props.base}/why/${patientId}`}>{person ? displayName(person) : "Unknown"}</a>
      </>
    );
  });
}
