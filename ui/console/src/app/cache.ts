import { Problem } from "@switchboard/api";
import { QueryClient } from "@tanstack/react-query";

/** What the server answered, by question. It belongs to one person on one site, and is forgotten when either changes. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && (Problem.is(error, "offline") || Problem.is(error, "unavailable")),
    },
  },
});
