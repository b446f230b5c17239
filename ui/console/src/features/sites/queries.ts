import type { NewSite, SiteView } from "@switchboard/api";
import { resource } from "@/app/resource";

export const sites = resource<SiteView, NewSite>("sites", "/v1/sites");
