import type { ApiKey, NewApiKey, NewApiKeyView } from "@switchboard/api";
import { resource } from "@/app/resource";

export const apiKeys = resource<ApiKey, NewApiKey, NewApiKeyView>("api-keys", "/v1/api-keys");
