import { api, type DeadLetterView } from "@switchboard/api";
import { useMutation } from "@tanstack/react-query";
import { queries } from "@/app/cache";
import { resource } from "@/app/resource";

export const deadLetters = resource<DeadLetterView, never>("dead-letters", "/v1/dead-letters");

export const useReplay = () =>
  useMutation({ mutationFn: (id: number) => api.post<void>(`/v1/dead-letters/${id}/replay`), onSuccess: () => queries.invalidateQueries({ queryKey: ["dead-letters"] }) });
