import type { ApiKeyCreated, ApiKeyView, Permission } from "@switchboard/api";
import { resource } from "@/app/resource";

export interface NewApiKey {
  name: string;
  permissions: Permission[];
  expires_at?: string;
}

export const apiKeys = resource<ApiKeyView, NewApiKey, ApiKeyCreated>("api-keys", "/v1/api-keys");
