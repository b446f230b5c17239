import { ArrowDownOutlined, ArrowUpOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

/** Up and down in a list. */
export function Movers({ name, at, count, disabled, move }: { name: string; at: number; count: number; disabled: boolean; move: (by: number) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Button size="small" type="text" icon={<ArrowUpOutlined aria-hidden="true" />} disabled={at === 0 || disabled} aria-label={t("widgets.fields.up", { name })} onClick={() => move(-1)} />
      <Button size="small" type="text" icon={<ArrowDownOutlined aria-hidden="true" />} disabled={at === count - 1 || disabled} aria-label={t("widgets.fields.down", { name })} onClick={() => move(1)} />
    </>
  );
}
