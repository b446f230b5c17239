import type { UploadView } from "@switchboard/api";
import { useState } from "react";
import { explain } from "@/app/errors";
import { uploadFile } from "./queries";

export interface TicketFile {
  key: string;
  name: string;
  part: number;
  done: UploadView | null;
  error: string | null;
  stop: AbortController;
}

/** Files that go with the next reply: sent up at once, named when it is sent. */
export function useTicketFiles() {
  const [files, setFiles] = useState<TicketFile[]>([]);
  const edit = (key: string, change: Partial<TicketFile>) => setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const drop = (file: TicketFile) => {
    file.stop.abort();
    setFiles((all) => all.filter((one) => one.key !== file.key));
  };
  const add = (chosen: Iterable<File>) => {
    for (const file of chosen) {
      const one: TicketFile = { key: crypto.randomUUID(), name: file.name, part: 0, done: null, error: null, stop: new AbortController() };
      setFiles((all) => [...all, one]);
      uploadFile(file, (part) => edit(one.key, { part }), one.stop.signal).then(
        (done) => edit(one.key, { done, part: 1 }),
        (error: unknown) => one.stop.signal.aborted || edit(one.key, { error: explain(error) }),
      );
    }
  };
  return { files, add, drop, clear: () => setFiles([]), busy: files.some((one) => !one.done && !one.error), ids: files.flatMap((one) => (one.done ? [one.done.id] : [])) };
}
