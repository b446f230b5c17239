import { expect, test } from "vitest";
import en from "@/texts/en";
import { FORMS, fieldsOf, isMoved, isShown, pathOf, settingsOf, valuesOf } from "./fields";
import { KINDS } from "./types";

test("a secret is never shown, and is sent only when it was typed anew or taken away", () => {
  const saved = { url: "https://acme.zendesk.com", auth: "token", email: "a@acme.example", api_token: { set: true } };
  const values = valuesOf("zendesk", saved);
  expect(values["api_token"]).toBeUndefined();
  expect("api_token" in settingsOf("zendesk", values, new Set())).toBe(false);
  expect(settingsOf("zendesk", values, new Set(["api_token"]))["api_token"]).toBeNull();
  expect(settingsOf("zendesk", { ...values, api_token: "new" }, new Set())["api_token"]).toBe("new");
});

test("a secret that was saved for another destination does not come along unseen", () => {
  const saved = { login_url: "https://a.example", flow: "jwt_bearer", private_key: { set: true }, client_secret: { set: true } };
  const values = valuesOf("salesforce", saved);
  expect(isMoved("salesforce", saved, values)).toBe(false);
  const moved = { ...values, login_url: "https://b.example" };
  expect(isMoved("salesforce", saved, moved)).toBe(true);
  const sent = settingsOf("salesforce", moved, new Set(), true);
  expect(sent["client_secret"]).toBeNull();
  expect("private_key" in sent).toBe(false);
  const mail = { server: { host: "a.example", port: 587, security: "tls", user: "a" }, password: { set: true } };
  expect(isMoved("email", mail, { ...valuesOf("email", mail), server: { host: "a.example", port: 465, security: "tls", user: "a" } })).toBe(true);
  expect(isMoved("email", mail, { ...valuesOf("email", mail), own_server: false })).toBe(false);
});

test("what is not saved yet begins with its default", () => {
  expect(valuesOf("salesforce", {})).toMatchObject({ login_url: "https://login.salesforce.com", flow: "jwt_bearer", purpose: 0, cases: [], match_before_chat: true });
});

test("a field stands only beside the choice it belongs to", () => {
  const shown = (flow: string) => fieldsOf("salesforce").filter((field) => isShown(field, { flow })).map(({ name }) => name);
  expect(shown("jwt_bearer")).toContain("private_key");
  expect(shown("client_credentials")).not.toContain("private_key");
  expect(shown("client_credentials")).toContain("client_secret");
});

test("without a server of its own a site sends none", () => {
  const values = valuesOf("email", {});
  expect(settingsOf("email", values, new Set())["server"]).toBeNull();
  const own = valuesOf("email", { server: { host: "smtp.shop.example", port: 465, security: "tls", user: "shop" } });
  expect(own["own_server"]).toBe(true);
  expect(settingsOf("email", own, new Set())["server"]).toEqual({ host: "smtp.shop.example", port: 465, security: "tls", user: "shop" });
});

test("a refusal's field is found in the form", () => {
  expect(pathOf("settings.cases[0].name")).toEqual(["cases", 0, "name"]);
  expect(pathOf("settings.server.host")).toEqual(["server", "host"]);
});

test("every field, choice and group has its words", () => {
  const words = en.integrations;
  const missing = KINDS.flatMap((kind) => FORMS[kind].flatMap((group) => [
    ...(group.name in words.group ? [] : [group.name]),
    ...group.fields.flatMap(({ name }) => (name.replace(".", "_") in words.field ? [] : [name])),
  ]));
  expect(missing).toEqual([]);
});
