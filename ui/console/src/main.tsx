import "./app/nonce";
import { whenSignedOut } from "@switchboard/api";
import "@switchboard/kit/base.css";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { Providers } from "./app/Providers";
import { router } from "./app/router";
import { askWhoAmI, leave } from "./app/session";
import "./app/app.css";

const root = document.getElementById("root");
if (root) {
  whenSignedOut(leave);
  if (location.pathname !== "/link") void askWhoAmI();
  createRoot(root).render(
    <Providers>
      <RouterProvider router={router} />
    </Providers>,
  );
}
