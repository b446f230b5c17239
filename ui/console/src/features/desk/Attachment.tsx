import { FileOutlined } from "@ant-design/icons";
import type { UploadView } from "@switchboard/api";
import { type CSSProperties, useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./thread.module.css";

const WIDEST = 300;
const HIGHEST = 320;
const PICTURES = /^image\/(png|jpeg|gif|webp|avif)$/;

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** How large a picture is drawn: its own size, made smaller until it fits. Nothing when its size is not known before it arrives. */
export function shownSize({ width, height }: Pick<UploadView, "width" | "height">): CSSProperties | undefined {
  if (!width || !height) return undefined;
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  return { width: Math.round(width * scale) || 1, aspectRatio: `${width} / ${height}` };
}

/** A picture in line, at its own proportions before it arrives; anything else as a file to fetch. */
export function Attachment({ upload }: { upload: UploadView }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  if (PICTURES.test(upload.type) && !broken) {
    return (
      <a href={upload.url} target="_blank" rel="noopener noreferrer" className={css.picture} aria-label={t("desk.openPicture", { name: upload.name })}>
        <img src={upload.url} alt={upload.name} loading="lazy" style={shownSize(upload)} onError={() => setBroken(true)} />
      </a>
    );
  }
  return (
    <a href={upload.url} target="_blank" rel="noopener noreferrer" download={upload.name} className={css.file}>
      <FileOutlined aria-hidden="true" />
      <span className="sb-cut">{upload.name}</span>
      <small className="sb-num">{sizeText(upload.size)}</small>
    </a>
  );
}
