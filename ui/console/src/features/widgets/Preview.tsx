import type { Language, WidgetConfig } from "@switchboard/api";
import { Empty } from "@switchboard/kit";
import { Segmented } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./widgets.module.css";

const SCREENS = ["form", "waiting", "chatting", "ended", "offline"] as const;
type Screen = (typeof SCREENS)[number];

const PATIENCE = 5_000;

/** The real widget in a frame of our own origin, dressed with what is being edited. */
export function Preview({ config, language }: { config: WidgetConfig; language: Language }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<"asking" | "ready" | "silent">("asking");
  const [screen, setScreen] = useState<Screen>("form");

  useEffect(() => {
    const hear = (event: MessageEvent) => {
      if (event.origin !== location.origin || event.source !== frame.current?.contentWindow) return;
      if ((event.data as { switchboardPreviewReady?: boolean } | null)?.switchboardPreviewReady) setState("ready");
    };
    addEventListener("message", hear);
    const timer = setTimeout(() => setState((now) => (now === "asking" ? "silent" : now)), PATIENCE);
    return () => {
      removeEventListener("message", hear);
      clearTimeout(timer);
    };
  }, []);
  useEffect(() => {
    if (state !== "ready") return;
    const timer = setTimeout(() => {
      // The preview speaks the language whose texts are being edited.
      frame.current?.contentWindow?.postMessage({ switchboardPreview: { ...config, language }, screen, open: true }, location.origin);
    }, 120);
    return () => clearTimeout(timer);
  }, [config, language, screen, state]);

  return (
    <section className={css.preview} aria-label={t("widgets.preview.title")}>
      <header>
        <h2>{t("widgets.preview.title")}</h2>
        <Segmented<Screen> size="small" aria-label={t("widgets.preview.screen")} value={screen} onChange={setScreen} options={SCREENS.map((value) => ({ value, label: t(`widgets.preview.${value}`) }))} />
      </header>
      <div className={css.stage}>
        <div className={css.page} aria-hidden="true"><i /><i /><i /><i /></div>
        {state === "silent" ? <Empty compact title={t("widgets.preview.silent")} hint={t("widgets.preview.silentHint")} /> : <iframe ref={frame} title={t("widgets.preview.title")} src="/panel/preview.html" data-ready={state === "ready" || undefined} />}
      </div>
    </section>
  );
}
