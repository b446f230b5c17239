import type { Language, SiteView } from "@switchboard/api";
import { resource } from "@/app/resource";

export interface NewSite {
  name: string;
  time_zone: string;
  languages: Language[];
}

export const sites = resource<SiteView, NewSite>("sites", "/v1/sites");
