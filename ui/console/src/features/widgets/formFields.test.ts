import type { FormField, PreChatField } from "@switchboard/api";
import { expect, test } from "vitest";
import { everyField, faultsOf, moved, newField, ofKind, tidyChoices } from "./formFields";

const field = (key: PreChatField["key"], visible = true): PreChatField => ({ key, visible, required: false });
const own = (id: number, change: Partial<FormField> = {}): FormField => ({ ...newField([]), id, name: `f${id}`, ...change });

test("a form kept before there were companies and products offers them, hidden and above the message", () => {
  const keys = everyField([field("email"), field("message")]).map(({ key, visible }) => `${key}${visible ? "" : "-"}`);
  expect(keys).toEqual(["email", "name-", "phone-", "company-", "department-", "product_service-", "message"]);
});

test("a new field has a number that none had", () => {
  expect(newField([]).id).toBe(1);
  expect(newField([own(3), own(1)]).id).toBe(4);
});

test("only a choice has choices", () => {
  const choice = ofKind(own(1), "choice");
  expect(choice.choices).toEqual([]);
  expect("choices" in ofKind({ ...choice, choices: ["A"] }, "text")).toBe(false);
});

test("choices are tidied, and each stands once", () => {
  expect(tidyChoices([" Gold", "Gold ", "", "x".repeat(101)])).toEqual(["Gold", "x".repeat(100)]);
  expect(tidyChoices(Array.from({ length: 60 }, (_, at) => String(at)))).toHaveLength(50);
});

test("what the server would refuse is told at its field", () => {
  const custom_fields = [own(1, { name: " " }), own(2, { name: "A" }), own(3, { name: "A " }), own(4, { kind: "choice" }), own(5)];
  expect([...faultsOf({ enabled: true, fields: [], custom_fields })]).toEqual([[1, "name"], [2, "twice"], [3, "twice"], [4, "choices"]]);
});

test("fields change places", () => {
  expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
});
