import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { pack } from "./scripts/pack.ts";

const server = process.env.SWITCHBOARD_SERVER ?? "http://127.0.0.1:8080";
const through = { target: server, changeOrigin: false };

export default defineConfig({
  base: "/",
  plugins: [react(), pack()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { target: "es2022", manifest: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 1200 },
  server: {
    port: Number(process.env.PORT ?? 5173),
    proxy: { "/v1": through, "/f": through, "/panel": through, "/docs/api": through, "/ws": { ...through, ws: true } },
  },
});
