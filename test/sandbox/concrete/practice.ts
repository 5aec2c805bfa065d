import { Temporal } from "temporal-polyfill";

/** A row as the service shows it: element names to values; what is undefined is left out. */
export type Row = { Id: string; [element: string]: unknown };
export type Practice = { customers: Row[]; appointments: Row[]; orders: Row[] };

const NAMES: [given: string, family: string][] = [
  ["Ada", "Nyström"],
  ["Bo", "O'Neil"],
  ["Cleo", "Van Dyke"],
  ["Dara", "Okafor"],
  ["Eli", "Marsh & Son"],
];
const STREETS = ["12 Alder St", "40 Birch Ave Apt 3", "7 Cedar Ln"];

/** An invented hearing-aid practice in Fresno around `today`: every person has one visit, every second one an order. */
export function inventPractice(today: string, people = 12): Practice {
  const day = Temporal.PlainDate.from(today);
  const customers = Array.from({ length: people }, (_, index) => customer(index));
  const appointments = customers.map(({ Id }, index) => appointment(Id, index, day.add({ days: (index % 9) - 2 })));
  const orders = customers
    .filter((_, index) => index % 2 === 0)
    .map(({ Id }, index) => order(Id, index, day.subtract({ days: 1 + index })));
  return { customers, appointments, orders };
}

function customer(index: number): Row {
  const [given = "", family = ""] = NAMES[index % NAMES.length] ?? [];
  const number = String(100 + (index % 100)).slice(-2);
  return {
    Id: `C${1000 + index}`,
    Kind: index % 2 === 0 ? "Customer" : "Prospect",
    FirstName: given,
    LastName: family,
    BirthDate: `19${50 + (index % 40)}-0${1 + (index % 9)}-1${index % 10}`,
    MobilePhone: `(202) 555-01${number}`,
    Email: `person${index}@example.com`,
    Language: "en",
    Address1: STREETS[index % STREETS.length],
    City: "Fresno",
    State: "CA",
    Zip: "93721",
    OfficeId: "F1",
    UpdatedAt: "2027-01-05T09:30:00",
  };
}

function appointment(customerId: string, index: number, on: Temporal.PlainDate): Row {
  return {
    Id: `A${5000 + index}`,
    CustomerId: customerId,
    OfficeId: "F1",
    Name: index % 3 === 0 ? "Hearing Test" : "Follow Up",
    Status: ["Not Confirmed", "Confirmed", "Completed"][index % 3],
    StartsAt: `${on}T${String(9 + (index % 8)).padStart(2, "0")}:30:00`,
    Provider: "Dr. Reed",
  };
}

function order(customerId: string, index: number, on: Temporal.PlainDate): Row {
  const line = { Quantity: 1, Status: "Sold", WarrantyEnd: "2029-06-30" };
  return {
    Id: `O${7000 + index}`,
    CustomerId: customerId,
    OfficeId: "F1",
    OrderedAt: `${on}T15:00:00`,
    Currency: "USD",
    Line: [
      {
        Number: 1,
        ProductId: "P1",
        Sku: "HA-1",
        ProductName: "Hearing aid",
        Category: "devices",
        ...line,
        Amount: "1299.95",
      },
      {
        Number: 2,
        ProductId: "P2",
        Sku: "BT-8",
        ProductName: "Batteries",
        Category: "supplies",
        ...line,
        Amount: "12.50",
      },
    ],
  };
}
