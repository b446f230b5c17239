import { expect, test } from "vitest";
import en from "./en";
import zh from "./zh";

type Book = { [key: string]: string | Book };

function flat(book: Book, before = ""): [string, string][] {
  return Object.entries(book).flatMap(([key, value]) => (typeof value === "string" ? [[before + key, value] as [string, string]] : flat(value, `${before}${key}.`)));
}
// Plural forms are a matter of each language: one key for all of them.
const key = (name: string) => name.replace(/_(zero|one|two|few|many|other)$/, "");
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((hit) => hit[1]).sort().join();

test("both languages say the same things", () => {
  const keys = (book: Book) => [...new Set(flat(book).map(([name]) => key(name)))].sort();
  expect(keys(en as Book)).toEqual(keys(zh as unknown as Book));
});

test("both languages fill the same holes", () => {
  const said = new Map(flat(zh as unknown as Book).map(([name, text]) => [key(name), holes(text)]));
  const differing = flat(en as Book).filter(([name, text]) => said.get(key(name)) !== holes(text)).map(([name]) => name);
  expect(differing).toEqual([]);
});

const files = import.meta.glob<string>("../**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const sources = Object.entries(files).filter(([name]) => !name.startsWith("./") && !name.includes("/texts/") && !/\.test\.tsx?$/.test(name));

test("no source outside the books holds Chinese", () => {
  const bad = sources.filter(([, text]) => /[\u4e00-\u9fff]/.test(text)).map(([name]) => name);
  expect(bad).toEqual([]);
});

test("no English stands in JSX or in what is heard", () => {
  const literal = />\s*[A-Z][a-z]+(?: [a-z]+)*[.!?]?\s*<\//g;
  const spoken = /\b(?:title|placeholder|aria-label|alt|label|hint)="(?!https:)[A-Za-z][a-z]+[^"]*"/g;
  const bad = sources.filter(([name]) => name.endsWith(".tsx")).flatMap(([name, text]) => [...text.matchAll(literal), ...text.matchAll(spoken)].map((hit) => `${name}: ${hit[0]}`));
  expect(bad).toEqual([]);
});
