/** One message, ours or theirs, acknowledged or not. Text is always shown as text. */
import { useState } from 'preact/hooks';
import type { Upload } from '../../shared/wire';
import { cleanName } from '../chat/files';
import { deliveryOf } from '../chat/timeline';
import { sizeText, timeText } from '../format';
import { linkify } from '../linkify';
import { Avatar } from './header';
import { useChat } from './context';
import { Icon } from './icons';
import type { Item } from './items';

const LONG = 4000;

export function Message({ item }: { item: Extract<Item, { type: 'message' }> }) {
  const { state, say, language } = useChat();
  const { entry, outgoing } = item;
  const name = item.own ? say('you') : entry?.from.name || say('agent');
  const text = entry ? entry.text : outgoing?.text;
  const upload = entry ? entry.upload : outgoing?.upload;
  return (
    <div class={`msg ${item.own ? 'own' : 'their'}${item.first ? ' first' : ''}${item.last ? ' last' : ''}`}>
      {!item.own && (item.last ? <Avatar name={name} picture={state.chat?.agent?.name === name ? state.chat.agent.avatar : null} /> : <span class="gap" />)}
      <div class="body">
        <span class={item.first && !item.own ? 'name' : 'sr'} dir="auto">
          {name}
          <span class="sr">: </span>
        </span>
        {text ? <Text text={text} /> : null}
        {upload ? <File upload={upload} preview={outgoing?.file?.preview} /> : outgoing?.file ? <Uploading item={item} /> : null}
        {(item.last || outgoing) && (
          <span class="meta">
            <time dateTime={new Date(item.at).toISOString()}>{timeText(item.at, language)}</time>
            {item.own && <Delivery item={item} />}
          </span>
        )}
      </div>
    </div>
  );
}

function Text({ text }: { text: string }) {
  const { say } = useChat();
  const [all, setAll] = useState(false);
  const cut = !all && text.length > LONG;
  return (
    <p class="bubble" dir="auto">
      {linkify(cut ? text.slice(0, LONG) + '…' : text).map((part, i) =>
        part.href ? (
          <a key={i} href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
      {cut && (
        <button type="button" class="inline" onClick={() => setAll(true)}>
          {say('show_all')}
        </button>
      )}
    </p>
  );
}

function File({ upload, preview }: { upload: Upload; preview?: string }) {
  const { actions, say } = useChat();
  // The page's own policy may not allow pictures from here; then it is a file like any other.
  const [refused, setRefused] = useState(false);
  const url = actions.fileUrl(upload.url);
  const name = cleanName(upload.name);
  const isPicture = /^image\/(png|jpe?g|gif|webp)$/.test(upload.type);
  if (isPicture && !refused) {
    const size = upload.width && upload.height ? { width: upload.width, height: upload.height } : {};
    return (
      <a class="picture" href={url} target="_blank" rel="noopener noreferrer" aria-label={say('open_picture', { file: name })}>
        <img src={preview ?? url} alt="" {...size} onError={() => setRefused(true)} />
      </a>
    );
  }
  return (
    <a class="bubble file" href={url} target="_blank" rel="noopener noreferrer">
      <Icon name="file" />
      <span class="fileName">
        <span class="sr">{say('download')} </span>
        <bdi>{name}</bdi>
        <span class="fileSize">{sizeText(upload.size)}</span>
      </span>
    </a>
  );
}

function Uploading({ item }: { item: Extract<Item, { type: 'message' }> }) {
  const { say } = useChat();
  const file = item.outgoing?.file;
  if (!file) return null;
  const percent = Math.round(file.share * 100);
  return (
    <div class="bubble file">
      {file.preview ? <img class="thumb" src={file.preview} alt="" onError={(e) => (e.currentTarget.hidden = true)} /> : <Icon name="file" />}
      <span class="fileName">
        <bdi>{file.name}</bdi>
        <span class="fileSize">{sizeText(file.size)}</span>
        {item.outgoing?.state === 'uploading' && <progress max={100} value={percent} aria-label={say('uploading', { percent })} />}
      </span>
    </div>
  );
}

function Delivery({ item }: { item: Extract<Item, { type: 'message' }> }) {
  const { state, actions, say } = useChat();
  const { entry, outgoing } = item;
  if (entry) {
    const step = deliveryOf(entry.seq, state.timeline.marks);
    return (
      <span class={'tick ' + step}>
        <Icon name={step === 'sent' ? 'check' : 'checks'} />
        {say(step)}
      </span>
    );
  }
  if (!outgoing) return null;
  if (outgoing.state !== 'failed') {
    return (
      <span class="tick">
        <Icon name="clock" />
        {outgoing.state === 'uploading' ? say('uploading', { percent: Math.round((outgoing.file?.share ?? 0) * 100) }) : say('sending')}
      </span>
    );
  }
  return (
    <span class="tick bad">
      <span role="alert">
        {say('failed')}
        {outgoing.reason ? ` · ${outgoing.reason}` : ''}
      </span>
      <button type="button" class="inline" onClick={() => actions.retry(outgoing.client_id)}>
        {say('retry')}
      </button>
      <button type="button" class="inline" onClick={() => actions.discard(outgoing.client_id)}>
        {say('discard')}
      </button>
    </span>
  );
}
