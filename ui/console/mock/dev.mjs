/** `npm run dev:mock`: the mock server and Vite before it, signed in. */
import { spawn } from "node:child_process";

const port = process.env.MOCK_PORT ?? "8099";
const run = (command, args, env) => spawn(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
const mock = run(process.execPath, [new URL("server.mjs", import.meta.url).pathname], { PORT: port });
const vite = run("npx", ["vite"], { SWITCHBOARD_SERVER: `http://127.0.0.1:${port}` });
const stop = () => (mock.kill(), vite.kill());
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
vite.on("exit", stop);
