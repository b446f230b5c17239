import { describe, expect, it } from 'vitest';
import { checkFile, cleanName } from '../src/panel/chat/files';
import { isBlank } from '../src/panel/chat/sending';
import { dayText, sizeText } from '../src/panel/format';
import { linkify } from '../src/panel/linkify';
import { fill, sayer, texts } from '../src/panel/texts';

const links = (text: string) => linkify(text).flatMap((p) => (p.href ? [p.text] : []));

describe('addresses in text', () => {
  it('are found without the punctuation around them', () => {
    expect(links('See https://a.example/x?y=1. (http://b.example/c_(d)) and，https://c.example/路。')).toEqual(['https://a.example/x?y=1', 'http://b.example/c_(d)', 'https://c.example/路']);
  });

  it('are never anything but http and https', () => {
    expect(links('javascript:alert(1) data:text/html,x ftp://a.example //b.example www.c.example')).toEqual([]);
  });

  it('do not hide another host behind a user name', () => {
    expect(links('https://bank.example@evil.example/')).toEqual([]);
  });

  it('lose no character of the text', () => {
    const text = 'a <b>https://x.example</b> \u202e https://y.example! end';
    expect(linkify(text).map((p) => p.text).join('')).toBe(text);
  });
});

describe('messages', () => {
  it('of invisible characters alone are none', () => {
    expect(isBlank(' \n\u200b\u200d\u202e\ufeff\u3164\u2800\u{e0041}')).toBe(true);
    expect(isBlank('\u200bמ')).toBe(false);
  });
});

describe('files', () => {
  const rules = { enabled: true, max_bytes: 1048576, types: ['image/png', 'text/*'] };
  const say = sayer({ language: 'en' });

  it('are refused with a reason before they are sent', () => {
    expect(checkFile({ name: 'a.png', type: 'image/png', size: 10 }, rules, say)).toBeNull();
    expect(checkFile({ name: 'a.txt', type: 'text/plain', size: 10 }, rules, say)).toBeNull();
    expect(checkFile({ name: 'a.png', type: 'image/png', size: 2e6 }, rules, say)).toBe('a.png is larger than 1 MB');
    expect(checkFile({ name: 'a.svg', type: 'image/svg+xml', size: 10 }, rules, say)).toContain('not accepted');
  });

  it('cannot disguise their ending', () => {
    expect(cleanName('photo\u202egnp.exe')).toBe('photognp.exe');
  });

  it('have sizes people read', () => {
    expect([900, 1536, 10485760, 3.2e9].map(sizeText)).toEqual(['900 B', '1.5 KB', '10 MB', '3 GB']);
  });
});

describe('texts', () => {
  it('are complete in both languages and name the same values', () => {
    const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(texts.en)) {
      const other = texts.zh[key as keyof typeof texts.zh];
      expect(other, key).toBeTruthy();
      expect(names(other), key).toEqual(names(text));
    }
  });

  it('give way to those of the site', () => {
    const say = sayer({ language: 'zh', texts: { zh: { title: '问一问' } } });
    expect([say('title'), say('send')]).toEqual(['问一问', '发送']);
  });

  it('leave unknown values as they are', () => {
    expect(fill('{a} {b}', { a: 1 })).toBe('1 {b}');
  });

  it('name days by the calendar', () => {
    const now = new Date(2026, 10, 21, 0, 10).getTime();
    const say = sayer({ language: 'en' });
    expect(dayText(now - 20 * 60000, 'en', say, now)).toBe('Yesterday');
    expect(dayText(now, 'en', say, now)).toBe('Today');
  });
});
