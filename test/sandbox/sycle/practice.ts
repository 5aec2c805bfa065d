/** An invented clinic's tables as SQL that PostgreSQL and MySQL both take. */

export const TABLES = [
  `CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, first_name VARCHAR(60), last_name VARCHAR(60), nickname VARCHAR(60),
    birth_date DATE, mobile_phone VARCHAR(30), home_phone VARCHAR(30), email VARCHAR(120), language VARCHAR(8),
    address1 VARCHAR(80), address2 VARCHAR(80), city VARCHAR(60), state VARCHAR(20), zip VARCHAR(12), clinic_id VARCHAR(20),
    deceased BOOLEAN, do_not_contact BOOLEAN, is_customer BOOLEAN, text_consent_at TIMESTAMP NULL,
    text_consent_source VARCHAR(60), text_consent_wording VARCHAR(200), updated_at TIMESTAMP NULL)`,
  `CREATE TABLE appointment (appointment_id INTEGER PRIMARY KEY, customer_id INTEGER, clinic_id VARCHAR(20),
    appointment_type VARCHAR(80), status VARCHAR(40), starts_at TIMESTAMP NULL, ends_at TIMESTAMP NULL,
    provider_name VARCHAR(60), deleted BOOLEAN)`,
  `CREATE TABLE product (product_id INTEGER PRIMARY KEY, sku VARCHAR(30), name VARCHAR(80), category VARCHAR(40), list_price DECIMAL(10, 2))`,
  `CREATE TABLE purchase (purchase_id INTEGER PRIMARY KEY, customer_id INTEGER, clinic_id VARCHAR(20), product_id INTEGER,
    appointment_id INTEGER, quantity INTEGER, amount DECIMAL(10, 2), purchased_at TIMESTAMP NULL, status VARCHAR(20), warranty_end DATE)`,
  "CREATE INDEX purchase_customer ON purchase (customer_id)",
];

const NAMES = ["Ada Nyström", "Bo O'Neil", "Cleo Van Dyke", "Dara Okafor", "Eli Marsh"];

/** One row as a statement; text is quoted as SQL wants it. */
export function insert(table: string, row: Record<string, string | number | boolean | null>): string {
  const literal = (value: string | number | boolean | null) =>
    typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
  return `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).map(literal).join(", ")})`;
}

/**
 * A clinic on 2027-02-10: customers 1 to `people`, each with one appointment; the first four tell apart who counts as
 * a patient: 1 bought, 2 bought but it was voided, 3 has the flag and bought nothing, 4 neither.
 */
export function practiceRows(people = 4): string[] {
  const customers = Array.from({ length: people }, (_, index) => customer(index + 1));
  const visits = Array.from({ length: people }, (_, index) => visit(index + 1));
  return [
    ...customers,
    ...visits,
    insert("product", { product_id: 1, sku: "HA-1", name: "Hearing aid", category: "devices", list_price: 1299.95 }),
    purchase(1, 1, "2027-02-01 15:00:00", "Sold"),
    purchase(2, 2, "2027-02-02 15:00:00", "Void"),
    purchase(3, 1, "2026-03-01 15:00:00", "Returned"),
  ];
}

function customer(id: number): string {
  const [first = "", ...last] = (NAMES[(id - 1) % NAMES.length] ?? "").split(" ");
  return insert("customer", {
    customer_id: id,
    first_name: first,
    last_name: last.join(" "),
    birth_date: "1951-04-09",
    mobile_phone: `(202) 555-01${String(id % 100).padStart(2, "0")}`,
    address1: "12 Alder St",
    city: "Tempe",
    state: "AZ",
    zip: "85281",
    clinic_id: 1,
    deceased: false,
    do_not_contact: false,
    is_customer: id === 3,
    updated_at: "2027-01-05 09:30:00",
  });
}

/** Inside the window for the first ones; customer 4's is one day too old, 3's one day too far. */
function visit(id: number): string {
  const starts_at = { 3: "2027-08-10 09:00:00", 4: "2027-02-02 23:30:00" }[id] ?? "2027-02-11 09:30:00";
  return insert("appointment", {
    appointment_id: 100 + id,
    customer_id: id,
    clinic_id: 1,
    appointment_type: "Hearing Test",
    status: "Not Confirmed",
    starts_at,
    provider_name: "Dr. Reed",
    deleted: false,
  });
}

function purchase(id: number, customerId: number, purchased_at: string, status: string): string {
  return insert("purchase", {
    purchase_id: id,
    customer_id: customerId,
    clinic_id: 1,
    product_id: 1,
    quantity: 1,
    amount: 1299.95,
    purchased_at,
    status,
    warranty_end: "2029-06-30",
  });
}
