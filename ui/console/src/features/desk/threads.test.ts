import { afterEach, expect, test, vi } from "vitest";

vi.mock("@/live/live", () => ({ theLink: () => null }));

const post = vi.hoisted(() => vi.fn());
vi.mock("@switchboard/api", async (actual) => {
  const real = await actual<typeof import("@switchboard/api")>();
  return { ...real, api: { ...real.api, post } };
});

const kept = new Map<string, string>();
vi.stubGlobal("sessionStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });

const { resendWaiting, say, threadOf } = await import("./threads");
const { Problem } = await import("@switchboard/api");
const sent = () => post.mock.calls.map(([, body]) => (body as { text: string }).text);

afterEach(() => post.mockReset());

test("a word never overtakes the one before it, however slow that one is", async () => {
  let first = (_: unknown) => {};
  post.mockReturnValueOnce(new Promise((done) => (first = done))).mockResolvedValue({});
  say("slow", "one", null);
  say("slow", "two", null);
  await vi.waitFor(() => expect(sent()).toEqual(["one"]));
  first({});
  await vi.waitFor(() => expect(sent()).toEqual(["one", "two"]));
});

test("what found no line waits as a whole and goes out again in its order", async () => {
  post.mockRejectedValueOnce(Problem.offline("no line")).mockResolvedValue({});
  say("cut", "one", null);
  say("cut", "two", null);
  await vi.waitFor(() => expect(threadOf("cut").unsent.map((one) => one.state)).toEqual(["waiting", "waiting"]));
  await resendWaiting();
  expect(sent()).toEqual(["one", "one", "two"]);
});
