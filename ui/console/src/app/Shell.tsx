import { Rows } from "@switchboard/kit";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useNavigate } from "react-router";
import { DeskLive } from "@/features/desk/DeskLive";
import { openLink } from "@/live/live";
import { ConnectionBanner } from "./ConnectionBanner";
import { useDoors } from "./doors";
import { useHotkeys } from "./hotkeys";
import { Rail } from "./Rail";
import { useMay, useSession } from "./session";
import { StorageBanner } from "./StorageBanner";
import css from "./shell.module.css";

const Notices = lazy(() => import("@/features/events/Notices"));
const Palette = lazy(() => import("./Palette"));
const Shortcuts = lazy(() => import("./Shortcuts"));

/** Rail, banner and the screen; owns the link of the chosen site. */
export default function Shell() {
  const { t } = useTranslation();
  const site = useSession((session) => session.site?.id);
  const answers = useMay("answer_chats");
  const watches = useMay("view_visitors");
  const hears = useMay("view_events");
  const doors = useDoors();
  const navigate = useNavigate();
  const [open, setOpen] = useState<"palette" | "shortcuts" | null>(null);

  useEffect(() => {
    if (site === undefined || !(answers || watches)) return;
    return openLink(site);
  }, [site, answers, watches]);

  useHotkeys([
    { code: "KeyK", mod: true, run: () => setOpen("palette") },
    { key: "?", run: () => setOpen("shortcuts") },
    ...doors.map(({ code, path }) => ({ code, alt: true, run: () => void navigate(path) })),
  ]);

  return (
    <div className={css.shell} key={site}>
      <a className={css.skip} href="#main">{t("app.skip")}</a>
      <Rail onSearch={() => setOpen("palette")} onShortcuts={() => setOpen("shortcuts")} />
      <div className={css.body}>
        <div>
          <ConnectionBanner />
          {answers ? <StorageBanner /> : null}
          {hears ? <Suspense><Notices /></Suspense> : null}
        </div>
        <main id="main" className={css.main} tabIndex={-1}>
          <Suspense fallback={<Rows label={t("app.loading")} />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      {answers ? <DeskLive /> : null}
      <Suspense>
        {open === "palette" ? <Palette onClose={() => setOpen(null)} /> : null}
        {open === "shortcuts" ? <Shortcuts onClose={() => setOpen(null)} /> : null}
      </Suspense>
    </div>
  );
}
