/**
 * The demo data: the same rows at every start, made by SQL from range() and hash(). Invented people
 * only: names from short lists, `example.*` addresses, 555-01xx numbers, test card numbers that pass the
 * Luhn check, social security numbers with a valid area.
 */

export const DEMO_SCHEMAS: readonly string[] = ["ANALYTICS", "REPORTING", "RAW", "PUBLIC"];

const FIRST =
  "['Ada','Ben','Cleo','Dario','Edith','Farid','Greta','Hugo','Ines','Jonas','Kira','Leo','Mira','Nils','Olga','Paul','Rosa','Sven','Tara','Uwe']";
const LAST =
  "['Adler','Berg','Costa','Dumas','Eriksen','Fischer','Garcia','Haas','Ito','Jensen','Keller','Lang','Meyer','Novak','Okafor','Price','Rossi','Smith','Tanaka','Vogel']";

/** A number below `n` that depends on the row and on `salt` only. */
const below = (n: number, salt: number) => `(hash(i * 1000 + ${salt}) % ${n})::INTEGER`;
const pick = (list: string, count: number, salt: number) => `${list}[1 + ${below(count, salt)}]`;

const LUHN_SUM =
  "list_sum(list_transform(range(1, 16), lambda k: CASE WHEN k % 2 = 1 THEN (substr(card, k::BIGINT, 1)::INTEGER * 2) // 10 + (substr(card, k::BIGINT, 1)::INTEGER * 2) % 10 ELSE substr(card, k::BIGINT, 1)::INTEGER END))";

const CUSTOMERS = `CREATE TABLE PROD.ANALYTICS.CUSTOMERS AS
WITH drawn AS (
  SELECT i, ${pick(FIRST, 20, 1)} AS first_name, ${pick(LAST, 20, 2)} AS last_name,
    '+1-' || (201 + ${below(700, 3)}) || '-555-01' || lpad((${below(100, 4)})::VARCHAR, 2, '0') AS phone,
    lpad((1 + ${below(665, 5)})::VARCHAR, 3, '0') || '-' || lpad((1 + ${below(99, 6)})::VARCHAR, 2, '0') || '-' || lpad((1 + ${below(9999, 7)})::VARCHAR, 4, '0') AS ssn,
    '4242' || lpad((hash(i * 1000 + 8) % 100000000000)::VARCHAR, 11, '0') AS card
  FROM range(1, 1001) r(i)
), people AS (
  SELECT *, lower(first_name || '.' || last_name) || i || '@example.' || ${pick("['com','org','net']", 3, 9)} AS email,
    card || ((10 - ${LUHN_SUM} % 10) % 10)::BIGINT AS card_number
  FROM drawn
)
SELECT i::DECIMAL(38, 0) AS ID, first_name || ' ' || last_name AS NAME, email AS EMAIL, phone AS PHONE, ssn AS SSN, card_number AS CARD_NUMBER,
  ${pick("['US','DE','FR','GB','CH','JP']", 6, 10)} AS COUNTRY,
  TIMESTAMP '2024-01-01 08:00:00' + to_seconds(i * 40000 + ${below(3600, 11)}) AS CREATED_AT,
  CASE WHEN i % 7 = 0 THEN 'Prefers a call at ' || phone || ', otherwise write to ' || email || '.'
    WHEN i % 11 = 0 THEN 'Refund to card ' || card_number || ' was promised on the phone.'
    WHEN i % 13 = 0 THEN 'Identity checked against SSN ' || ssn || ' by the back office.'
    WHEN i % 5 = 0 THEN NULL
    ELSE ${pick("['Renewed for a year.','Asked about invoices.','Happy with support.','Wants a demo of the new plan.']", 4, 12)} END AS NOTES,
  ('{"email":"' || email || '","plan":"' || ${pick("['free','team','business']", 3, 13)} || '","seats":' || (1 + ${below(200, 14)}) || ',"tags":["' || ${pick("['beta','vip','trial']", 3, 15)} || '"]}')::JSON AS PROFILE
FROM people ORDER BY i`;

const ORDERS = `CREATE TABLE PROD.ANALYTICS.ORDERS AS
SELECT i::DECIMAL(38, 0) AS ID, (1 + ${below(1000, 21)})::DECIMAL(38, 0) AS CUSTOMER_ID,
  ((500 + ${below(99500, 22)})::DECIMAL(12, 2) / 100)::DECIMAL(12, 2) AS AMOUNT,
  ${pick("['paid','paid','paid','shipped','open','cancelled']", 6, 23)} AS STATUS,
  TIMESTAMP '2026-01-01 00:00:00' + to_seconds(i * 777) AS CREATED_AT
FROM range(1, 10001) r(i) ORDER BY i`;

const EVENTS = `CREATE TABLE PROD.ANALYTICS.EVENTS AS
SELECT i::DECIMAL(38, 0) AS ID, (1 + (hash(i) % 1000))::DECIMAL(38, 0) AS CUSTOMER_ID,
  ['login','view','search','purchase','logout'][1 + (hash(i + 7) % 5)::INTEGER] AS KIND,
  TIMESTAMP '2026-01-01 00:00:00' + to_seconds(i * 25) AS AT,
  ('{"ip":"10.' || (i % 200) || '.' || (i % 251) || '.7","ms":' || (i % 1999) || '}')::JSON AS PAYLOAD
FROM range(1, 1000001) r(i)`;

const CONTACTS_TEXT = `create or replace view CUSTOMER_CONTACTS as
select id, name, email as contact, phone from customers`;

const TYPES_SAMPLE = [
  `CREATE TABLE PROD.ANALYTICS.TYPES_SAMPLE (ID DECIMAL(38, 0) NOT NULL, N_INT DECIMAL(38, 0), N_SMALL DECIMAL(4, 0), N_DEC DECIMAL(12, 2), N_WIDE DECIMAL(38, 10),
  F DOUBLE, T VARCHAR, B BLOB, BO BOOLEAN, D DATE, TI TIME_NS, TS_NTZ TIMESTAMP_NS, TS_LTZ TIMESTAMPTZ, TS_TZ SLUICE_TZ, V JSON, O MAP(VARCHAR, JSON), A JSON[])`,
  `INSERT INTO PROD.ANALYTICS.TYPES_SAMPLE VALUES
  (1, 42, 7, 12.34, 1234567890.0123456789, 1.5, 'plain', 'AB'::BLOB, true, '2024-02-29', '12:34:56.123456789', '2023-11-14 22:13:20.123456789', '2023-11-14 22:13:20.123456+00',
    {'$utc': TIMESTAMP_NS '2023-11-14 22:13:20.123456789', '$offset': 60}, '{"a":1,"b":[true,null]}'::JSON, MAP {'k': '"v"'::JSON, 'n': '2'::JSON}, ['1'::JSON, '"two"'::JSON]),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, -99999999999999999999999999999999999999, -9999, -0.05, -9999999999999999999999999999.9999999999, -1e300, '', ''::BLOB, false, '1582-10-15', '00:00:00', '1969-12-31 23:59:59.5', '1969-12-31 23:59:59.5+00',
    {'$utc': TIMESTAMP_NS '1969-12-31 23:59:59.5', '$offset': -480}, '"text"'::JSON, MAP {}, []),
  (4, 99999999999999999999999999999999999999, 9999, 9999999999.99, 0, 0, 'quote '' " \\ newline ' || chr(10) || ' snow ☃ 😀', '\\x00\\xFF\\x7F'::BLOB, true, '9999-12-31', '23:59:59.999999999', '2262-01-01 00:00:00', '2199-12-31 23:59:59.999999+00',
    {'$utc': TIMESTAMP_NS '2024-06-30 12:00:00', '$offset': 330}, '12345678901234567890.123'::JSON, MAP {'deep': '{"x":{"y":[1,2,{"z":null}]}}'::JSON}, ['null'::JSON, '{"k":"v"}'::JSON]),
  (5, 0, 0, 0, 0.0000000001, 'nan'::DOUBLE, 'tab' || chr(9), 'hello'::BLOB, NULL, '1970-01-01', '06:00:00.5', '1970-01-01 00:00:00', '1970-01-01 00:00:00+00',
    {'$utc': TIMESTAMP_NS '1970-01-01 00:00:00', '$offset': 0}, 'null'::JSON, NULL, NULL),
  (6, 128, -1, 1, 1, 'inf'::DOUBLE, 'x', 'z'::BLOB, false, '0001-01-01', '01:02:03', '1677-09-22 00:00:00', '1900-01-01 00:00:00+00',
    {'$utc': TIMESTAMP_NS '2024-06-30 12:00:00.000000001', '$offset': -570}, 'true'::JSON, MAP {'': '0'::JSON}, ['[]'::JSON])`,
];

const REST: readonly string[] = [
  `CREATE VIEW PROD.ANALYTICS.CUSTOMER_CONTACTS AS SELECT ID, NAME, EMAIL AS CONTACT, PHONE FROM PROD.ANALYTICS.CUSTOMERS`,
  `COMMENT ON VIEW PROD.ANALYTICS.CUSTOMER_CONTACTS IS '${CONTACTS_TEXT}'`,
  `CREATE TABLE PROD.REPORTING.DAILY_REVENUE AS SELECT CREATED_AT::DATE AS DAY, sum(AMOUNT)::DECIMAL(14, 2) AS REVENUE FROM PROD.ANALYTICS.ORDERS WHERE STATUS <> 'cancelled' GROUP BY 1 ORDER BY 1`,
  `CREATE TABLE PROD.RAW.CUSTOMERS_IMPORT AS SELECT ID || ';' || NAME || ';' || EMAIL || ';' || SSN AS LINE FROM PROD.ANALYTICS.CUSTOMERS ORDER BY ID LIMIT 200`,
];

/** The statements that make the demo tables in empty schemas. */
export function demoTables(): readonly string[] {
  return [CUSTOMERS, ORDERS, EVENTS, ...TYPES_SAMPLE, ...REST];
}
