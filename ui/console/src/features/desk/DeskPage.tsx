import { CommentOutlined } from "@ant-design/icons";
import { Empty, Failure, useTitle } from "@switchboard/kit";
import { App, Drawer } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { explain } from "@/app/errors";
import { Allowed } from "@/app/guards";
import { type Hotkey, useHotkeys } from "@/app/hotkeys";
import { visitorName } from "@/app/people";
import { useNarrow, usePhone, usePrefs } from "@/app/prefs";
import { ChatList, type Tab } from "./ChatList";
import css from "./desk.module.css";
import { useAccept, useChat, useDesk, useEnd, useEndedToday } from "./queries";
import { ThreadView } from "./ThreadView";
import { TransferDialog } from "./TransferDialog";
import { VisitorPanel } from "./VisitorPanel";

export default function DeskPage() {
  return (
    <Allowed need="answer_chats">
      <Desk />
    </Allowed>
  );
}

function Desk() {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const navigate = useNavigate();
  const { chat } = useParams();
  const [params, setParams] = useSearchParams();
  const phone = usePhone();
  const narrow = useNarrow();
  const panelWanted = usePrefs((prefs) => prefs.panel);
  const setPrefs = usePrefs((prefs) => prefs.set);
  const [tab, setTab] = useState<Tab>("mine");
  const [transferring, setTransferring] = useState(false);
  const composer = useRef<HTMLTextAreaElement>(null);

  const desk = useDesk();
  const ended = useEndedToday(tab === "ended");
  const { card, error, refetch } = useChat(chat);
  useTitle(card ? visitorName(card.visitor) : null, t("nav.desk"));
  const accept = useAccept();
  const end = useEnd();

  const lists = { mine: desk.data?.chats ?? [], queue: desk.data?.queue ?? [], ended: ended.data?.items ?? [] };
  const shown = lists[tab];
  const pick = (id: string | undefined) => id && void navigate(`/desk/${id}`);
  const step = (by: number) => {
    const at = shown.findIndex((one) => one.id === chat);
    pick(shown[at < 0 ? 0 : (at + by + shown.length) % shown.length]?.id);
  };
  const open = card?.status === "chatting";

  const doAccept = (id: string | undefined) => {
    if (!id) return;
    accept.mutate(id, { onSuccess: () => (setTab("mine"), pick(id), setTimeout(() => composer.current?.focus(), 100)) });
  };
  const doEnd = () => {
    if (!card || !open) return;
    void modal.confirm({
      title: t("desk.end.title", { name: visitorName(card.visitor) }),
      content: t("desk.end.hint"),
      okText: t("desk.end.do"),
      okButtonProps: { danger: true },
      cancelText: t("act.cancel"),
      onOk: () => end.mutateAsync(card.id).catch(() => {}),
    });
  };
  const panelOpen = narrow ? params.has("info") : panelWanted;
  const togglePanel = () => {
    if (!narrow) setPrefs({ panel: !panelWanted });
    else setParams(panelOpen ? {} : { info: "1" }, { replace: panelOpen });
  };

  useHotkeys([
    { code: "KeyJ", alt: true, run: () => step(1) },
    { code: "KeyK", alt: true, run: () => step(-1) },
    { code: "KeyE", alt: true, run: doEnd },
    { code: "KeyA", alt: true, run: () => doAccept(card?.status === "waiting" ? card.id : lists.queue[0]?.id) },
    { code: "KeyT", alt: true, run: () => open && setTransferring(true) },
    { code: "KeyO", alt: true, run: togglePanel },
    { code: "KeyL", alt: true, run: () => composer.current?.focus() },
    ...Array.from({ length: 9 }, (_, at): Hotkey => ({ code: `Digit${at + 1}`, run: () => pick(shown[at]?.id) })),
  ]);

  const list = <ChatList tab={tab} onTab={setTab} desk={desk} ended={ended} chosen={chat} onAccept={doAccept} accepting={accept.isPending ? accept.variables : undefined} />;
  const thread = card ? (
    <ThreadView
      key={card.id}
      card={card}
      composer={composer}
      accepting={accept.isPending}
      onAccept={() => doAccept(card.id)}
      onEnd={doEnd}
      onTransfer={() => setTransferring(true)}
      panelOpen={panelOpen}
      onPanel={togglePanel}
      {...(phone ? { onBack: () => void navigate("/desk") } : {})}
    />
  ) : chat && error ? (
    <Failure title={t("desk.notFound")} detail={explain(error)} retryLabel={t("act.retry")} onRetry={() => void refetch()} />
  ) : (
    <Empty icon={<CommentOutlined aria-hidden="true" />} title={t(chat ? "app.loading" : "desk.pick.title")} hint={chat ? undefined : t("desk.pick.hint")} />
  );
  const panel = card ? <VisitorPanel card={card} /> : null;

  return (
    <div className={css.desk} data-panel={(!narrow && panelOpen && panel !== null) || undefined}>
      <h1 className="sb-only-heard">{t("nav.desk")}</h1>
      {phone && chat ? null : list}
      {phone && !chat ? null : <section className={css.thread} aria-label={t("desk.thread")}>{thread}</section>}
      {panel && panelOpen && !narrow ? panel : null}
      {narrow ? (
        <Drawer open={panelOpen && panel !== null} onClose={togglePanel} title={t("desk.panel")} size={phone ? "100%" : 340} styles={{ body: { padding: 0 } }}>
          {panel}
        </Drawer>
      ) : null}
      {card && transferring ? <TransferDialog card={card} onClose={() => setTransferring(false)} /> : null}
    </div>
  );
}
