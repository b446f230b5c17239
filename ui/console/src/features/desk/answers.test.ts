import { expect, test } from "vitest";
import { answersOf, besides } from "./answers";

const nameOf = (key: string) => key.toUpperCase();
const ticked = (yes: boolean) => (yes ? "Yes" : "No");

test("the site's own questions stand below the known ones, under the names they had", () => {
  const told = { form: { name: "Ada", phone: "" }, custom_fields: [{ id: 4, name: "Order", value: "A-17" }, { id: 9, name: "Agreed", value: "true" }] };
  expect(answersOf(told, nameOf, ticked)).toEqual([["NAME", "Ada"], ["Order", "A-17"], ["Agreed", "Yes"]]);
});

test("a transcript does not say twice who it is and what was said first", () => {
  expect(besides({ form: { name: "Ada", company: "Engines", message: "Hi" }, custom_fields: [] }).form).toEqual({ company: "Engines" });
});

test("a chat without a form tells nothing", () => {
  expect(answersOf({ form: {}, custom_fields: [] }, nameOf, ticked)).toEqual([]);
});
