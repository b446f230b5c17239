import type { NewWidget, WidgetView } from "@switchboard/api";
import { resource } from "@/app/resource";

export const widgets = resource<WidgetView, NewWidget>("widgets", "/v1/widgets");
