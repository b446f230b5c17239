import { FileOutlined } from "@ant-design/icons";
import type { UploadView } from "@switchboard/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./thread.module.css";

const PICTURES = /^image\/(png|jpeg|gif|webp|avif)$/;

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** A picture in line, at its own proportions before it arrives; anything else as a file to fetch. */
export function Attachment({ upload }: { upload: UploadView }) {
  const { t } = useTranslation();
  const [broken, setBroken] = useState(false);
  if (PICTURES.test(upload.type) && !broken) {
    const ratio = upload.width && upload.height ? `${upload.width} / ${upload.height}` : "4 / 3";
    return (
      <a href={upload.url} target="_blank" rel="noopener noreferrer" className={css.picture} aria-label={t("desk.openPicture", { name: upload.name })}>
        <img src={upload.url} alt={upload.name} loading="lazy" style={{ aspectRatio: ratio }} onError={() => setBroken(true)} />
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
