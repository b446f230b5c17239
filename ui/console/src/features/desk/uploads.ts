import { upload, type UploadView } from "@switchboard/api";
import { useState } from "react";
import { explain } from "@/app/errors";
import { say } from "./threads";

export interface Sending {
  id: string;
  file: File;
  part: number;
  error: string | null;
  stop: AbortController;
}

/** Files on their way up; each is said as a message of its own once it has arrived. */
export function useUploads(chat: string) {
  const [sending, setSending] = useState<Sending[]>([]);
  const edit = (id: string, change: Partial<Sending>) => setSending((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one)));
  const drop = (id: string) => setSending((all) => all.filter((one) => one.id !== id));

  const run = async (one: Sending) => {
    try {
      const done = await upload<UploadView>(`/v1/chats/${chat}/uploads`, one.file, (part) => edit(one.id, { part }), one.stop.signal);
      drop(one.id);
      say(chat, null, done);
    } catch (error) {
      if (one.stop.signal.aborted) drop(one.id);
      else edit(one.id, { error: explain(error) });
    }
  };
  const add = (files: Iterable<File>) => {
    const fresh = [...files].map((file): Sending => ({ id: crypto.randomUUID(), file, part: 0, error: null, stop: new AbortController() }));
    setSending((all) => [...all, ...fresh]);
    for (const one of fresh) void run(one);
  };
  const again = (one: Sending) => {
    edit(one.id, { error: null, part: 0 });
    void run(one);
  };
  const cancel = (one: Sending) => {
    one.stop.abort();
    drop(one.id);
  };
  return { sending, add, again, cancel };
}
