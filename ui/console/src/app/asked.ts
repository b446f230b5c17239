import { useSearchParams } from "react-router";

export interface Asked<Name extends string> {
  filter: Record<Name, string>;
  put: (change: Partial<Record<Name, string>>) => void;
  clear: () => void;
  /** Whether anything is asked at all. */
  any: boolean;
}

/** A question held in the address, so that its answer can be sent to a colleague. */
export function useAsked<Name extends string>(names: readonly Name[]): Asked<Name> {
  const [params, setParams] = useSearchParams();
  const filter = Object.fromEntries(names.map((name) => [name, params.get(name) ?? ""])) as Record<Name, string>;
  const put = (change: Partial<Record<Name, string>>) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      for (const [name, value] of Object.entries<string | undefined>(change)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      return next;
    }, { replace: true });
  const clear = () => put(Object.fromEntries(names.map((name) => [name, ""])) as Record<Name, string>);
  return { filter, put, clear, any: names.some((name) => filter[name] !== "") };
}
