import { describe, expect, it } from 'vitest';
import { fieldsBefore, fieldsOffline, isKept } from '../src/panel/chat/fields';
import { fullConfig } from '../src/shared/config';
import type { CustomField, FormField } from '../src/shared/wire';

const own: CustomField[] = [
  { id: 4, name: 'Order', label: { zh: '订单号', en: '' }, required: true },
  { id: 2, name: 'Plan', kind: 'choice', choices: ['Gold', 'Silver'] },
];
const config = (keys: string[], custom_fields = own, enabled = true) => fullConfig({ pre_chat: { enabled, fields: keys.map((key): FormField => ({ key, visible: true })), custom_fields } });
const keysOf = (fields: FormField[]) => fields.map((f) => f.key);

describe('the form before a chat', () => {
  it("asks the site's own questions below the others, but above a message that comes last", () => {
    expect(keysOf(fieldsBefore(config(['company', 'message']), 0, 'en'))).toEqual(['company', 'custom_4', 'custom_2', 'message']);
    expect(keysOf(fieldsBefore(config(['message', 'name']), 0, 'en'))).toEqual(['message', 'name', 'custom_4', 'custom_2']);
    expect(keysOf(fieldsBefore(config([]), 0, 'en'))).toEqual(['custom_4', 'custom_2']);
  });

  it('calls a field by its label in the language spoken, and by its name where there is none', () => {
    const labels = (language: 'zh' | 'en') => fieldsBefore(config([]), 0, language).map((f) => f.label);
    expect(labels('zh')).toEqual(['订单号', 'Plan']);
    expect(labels('en')).toEqual(['Order', 'Plan']);
  });

  it('asks nothing when it is turned off', () => {
    expect(fieldsBefore(config(['name'], own, false), 0, 'en')).toEqual([]);
  });

  it('asks nothing more of a server that knows no fields of its own', () => {
    expect(keysOf(fieldsBefore(fullConfig({ pre_chat: { enabled: true, fields: [{ key: 'name' }] } }), 0, 'en'))).toEqual(['name']);
  });
});

describe('the form when nobody is there', () => {
  it('asks the same, with an address and a message in any case', () => {
    expect(keysOf(fieldsOffline(config(['name', 'product_service', 'department', 'message']), 'en'))).toEqual(['name', 'product_service', 'email', 'custom_4', 'custom_2', 'message']);
    expect(keysOf(fieldsOffline(config(['name'], own, false), 'en'))).toEqual(['email', 'message']);
  });
});

describe('a second form', () => {
  it('knows who somebody is, and forgets what they asked for and agreed to', () => {
    expect(['name', 'company', 'custom_4', 'product_service'].filter(isKept)).toEqual(['name', 'company']);
  });
});
