import { App } from "antd";
import { useTranslation } from "react-i18next";
import { explain } from "./errors";

interface Question {
  title: string;
  hint?: string;
  verb: string;
  run: () => Promise<unknown>;
  done?: string;
}

/** Asks before something that cannot be undone, then says how it went. */
export function useAsk(): (question: Question) => void {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  return ({ title, hint, verb, run, done }) =>
    void modal.confirm({
      title,
      content: hint,
      okText: verb,
      okButtonProps: { danger: true },
      cancelText: t("act.cancel"),
      onOk: () =>
        run().then(
          () => done && void message.success(done),
          (error: unknown) => void message.error(explain(error)),
        ),
    });
}

/** Does it, and says so or says why not. */
export function useTry(): (work: Promise<unknown>, done?: string) => void {
  const { message } = App.useApp();
  return (work, done) =>
    void work.then(
      () => done && void message.success(done),
      (error: unknown) => void message.error(explain(error)),
    );
}
