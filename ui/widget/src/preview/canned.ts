/** What the preview shows instead of a real chat. */
import { languageOf } from '../shared/config';
import type { ChatState, ConfigPatch, Department, Entry } from '../shared/wire';
import { emptyTimeline, type Timeline } from '../panel/chat/timeline';

const words = {
  en: {
    agent: 'Lena',
    departments: ['Sales', 'Support'],
    lines: ['Hello! Do you ship to Norway?', 'Hi, yes we do. It usually takes three to five days.', 'Here is the overview: https://shop.example/shipping', 'Perfect, thank you!'],
  },
  zh: {
    agent: '林晓',
    departments: ['售前咨询', '售后服务'],
    lines: ['你好，可以寄到挪威吗？', '您好，可以的，一般三到五天送达。', '这里有详细说明：https://shop.example/shipping', '太好了，谢谢！'],
  },
};

export function cannedDepartments(config: ConfigPatch): Department[] {
  return words[languageOf(config)].departments.map((name, i) => ({ id: i + 1, name, online: i === 0 }));
}

export function cannedChat(config: ConfigPatch, status: ChatState['status']): ChatState {
  const waiting = status === 'waiting';
  return { id: 'preview', status, agent: waiting ? null : { name: words[languageOf(config)].agent }, position: 2, estimated_wait_s: 90, seq: 5, can_rate: true, can_mail: true };
}

export function cannedTimeline(config: ConfigPatch, status: ChatState['status'], now = Date.now()): Timeline {
  const { agent, lines } = words[languageOf(config)];
  const entry = (seq: number, kind: Entry['kind'], own: boolean, text: string | null): Entry => ({
    seq,
    id: String(seq),
    kind,
    from: own ? { kind: 'visitor' } : { kind: 'agent', name: agent },
    text,
    upload: null,
    client_id: null,
    at: new Date(now - (300 - seq * 40) * 1000).toISOString(),
  });
  const [ask, answer, more, thanks] = lines as [string, string, string, string];
  const entries = [entry(1, 'message', true, ask)];
  if (status !== 'waiting') entries.push(entry(2, 'joined', false, null), entry(3, 'message', false, answer), entry(4, 'message', false, more), entry(5, 'message', true, thanks));
  if (status === 'ended') entries.push(entry(6, 'ended', false, null));
  return { ...emptyTimeline, entries, upto: entries.length, marks: { agent: { delivered: 5, read: 5 } } };
}
