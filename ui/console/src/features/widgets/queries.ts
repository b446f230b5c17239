import type { WidgetConfig, WidgetView } from "@switchboard/api";
import { resource } from "@/app/resource";

export interface NewWidget {
  name: string;
  enabled?: boolean;
  config?: WidgetConfig;
}

export const widgets = resource<WidgetView, NewWidget>("widgets", "/v1/widgets");
