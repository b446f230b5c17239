import { antdTheme, applyPalette, ModeContext, sayTitle } from "@switchboard/kit";
import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import i18next from "i18next";
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { queries } from "./cache";
import { speak } from "./i18n";
import { nonce } from "./nonce";
import { useCalm, usePrefs, useResolvedMode } from "./prefs";

export function Providers({ children }: { children: ReactNode }) {
  const mode = useResolvedMode();
  const calm = useCalm();
  const language = usePrefs((prefs) => prefs.language);
  const [spoken, setSpoken] = useState<string | null>(null);
  const theme = useMemo(() => antdTheme(mode, calm), [mode, calm]);

  useLayoutEffect(() => applyPalette(mode), [mode]);
  useEffect(() => {
    let current = true;
    speak(language).then(() => {
      if (!current) return;
      sayTitle({ house: i18next.t("app.name") });
      setSpoken(language);
    });
    return () => {
      current = false;
    };
  }, [language]);

  if (spoken === null) return null;
  return (
    <ModeContext value={mode}>
      <ConfigProvider theme={theme} locale={spoken === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }} {...(nonce ? { csp: { nonce } } : {})}>
        <AntApp className="sb-app" message={{ maxCount: 3 }}>
          <QueryClientProvider client={queries}>{children}</QueryClientProvider>
        </AntApp>
      </ConfigProvider>
    </ModeContext>
  );
}
