export * from "./types";
export { Problem } from "./problem";
export { address, api, currentSite, siteHeaders, upload, speakForSite, speakLanguage, whenSignedOut, type Query } from "./client";
