/* Shows the OpenAPI document that this server describes itself with. No library, nothing from elsewhere. */
'use strict';

const WORDS = {
  en: {
    skip: 'Skip to the content', filter: 'Filter', loading: 'Loading …', failed: 'The document could not be loaded: ', other: 'Other', contents: 'Contents',
    parameters: 'Parameters', body: 'Body', answers: 'Answers', name: 'name', where: 'in', type: 'type', about: 'about', required: 'required', field: 'field',
    nothing: 'no body', example: 'Example', schema: 'Fields', none: 'Nothing matches.', switch: '中文',
    access: { anyone: 'Open to anyone', visitor: 'For visitors (token of the widget)', staff: 'For users and API keys', user: 'For signed-in users', superadmin: 'For administrators of the installation' },
    permission: 'Needs the permission ',
  },
  zh: {
    skip: '跳到正文', filter: '筛选', loading: '正在载入…', failed: '文档载入失败：', other: '其他', contents: '目录',
    parameters: '参数', body: '请求体', answers: '响应', name: '名称', where: '位置', type: '类型', about: '说明', required: '必填', field: '字段',
    nothing: '无内容', example: '示例', schema: '字段', none: '没有匹配项。', switch: 'English',
    access: { anyone: '对所有人开放', visitor: '访客可用（挂件令牌）', staff: '用户和 API 密钥可用', user: '登录用户可用', superadmin: '系统管理员可用' },
    permission: '需要权限 ',
  },
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
let language = (navigator.language || 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';
let api = null;
const t = (key) => WORDS[language][key];

/** An element; texts are always set as text, never as markup. */
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

/** Backticks become code, blank lines paragraphs; nothing else of Markdown is used in the document. */
function prose(text) {
  return (text || '').split(/\n\s*\n/).filter(Boolean).map((part) => {
    const pieces = part.split('`').map((piece, n) => (n % 2 ? el('code', {}, piece) : piece));
    return el('p', {}, ...pieces);
  });
}

function resolve(thing) {
  for (let n = 0; thing && thing.$ref && n < 20; n++) thing = thing.$ref.slice(2).split('/').reduce((at, key) => at && at[key], api);
  return thing || {};
}

const nameOf = (schema) => (schema && schema.$ref ? schema.$ref.split('/').pop() : '');

function typeOf(schema, depth = 0) {
  if (!schema) return '';
  if (schema.$ref) return nameOf(schema);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const several = schema.oneOf || schema.anyOf;
  if (several) return several.map((one) => typeOf(one, depth + 1)).join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => typeOf(one, depth + 1)).join(' & ');
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : schema.type || 'any';
  if (type.includes('array') && schema.items) return `[${typeOf(schema.items, depth + 1)}]`;
  return schema.format ? `${type} (${schema.format})` : type;
}

/** A value that shows the form. */
function sample(schema, depth = 0) {
  schema = resolve(schema);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples && schema.examples.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (depth > 6) return null;
  const several = schema.oneOf || schema.anyOf;
  if (several) return sample(several.find((one) => one.type !== 'null') || several[0], depth + 1);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => sample(one, depth + 1)));
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  if (type === 'array') return schema.items ? [sample(schema.items, depth + 1)] : [];
  if (type === 'object' || schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties || {}).map(([key, value]) => [key, sample(value, depth + 1)]));
  }
  const formats = { uuid: '019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718', 'date-time': '2026-11-21T18:11:54.123Z', binary: '(file)' };
  if (type === 'string') return formats[schema.format] || 'text';
  if (type === 'integer' || type === 'number') return schema.minimum || 0;
  return type === 'boolean' ? false : null;
}

function fieldsOf(schema) {
  schema = resolve(schema);
  const parts = schema.allOf ? schema.allOf.map(resolve) : [schema];
  const rows = parts.flatMap((part) => Object.entries(part.properties || {}).map(([key, value]) => [key, value, (part.required || []).includes(key)]));
  if (!rows.length) return null;
  const table = el('table', {}, el('thead', {}, el('tr', {}, ...['field', 'type', 'about'].map((key) => el('th', { scope: 'col' }, t(key))))));
  const body = el('tbody', {});
  for (const [key, value, required] of rows) {
    const about = value.description || resolve(value).description;
    body.append(el('tr', {}, el('td', {}, el('code', {}, key)), el('td', {}, typeOf(value) + (required ? ` · ${t('required')}` : '')), el('td', {}, ...prose(about))));
  }
  table.append(body);
  return el('div', { class: 'table', tabindex: '0' }, table);
}

function content(media) {
  const out = [];
  for (const [type, { schema, example }] of Object.entries(media || {})) {
    if (!schema) continue;
    const item = resolve(schema);
    const inner = item.type === 'array' ? item.items : item.properties && item.properties.items && item.properties.items.items;
    const box = el('details', {}, el('summary', {}, `${type} · ${typeOf(schema)}`));
    const value = example !== undefined ? example : sample(schema);
    const fields = [fieldsOf(schema), inner ? fieldsOf(inner) : null].filter(Boolean);
    if (fields.length) box.append(el('h4', {}, t('schema')), ...fields);
    box.append(el('h4', {}, t('example')), el('pre', { tabindex: '0' }, JSON.stringify(value, null, 2)));
    out.push(box);
  }
  return out;
}

function parameters(list) {
  if (!list.length) return null;
  const table = el('table', {}, el('thead', {}, el('tr', {}, ...['name', 'where', 'type', 'about'].map((key) => el('th', { scope: 'col' }, t(key))))));
  const body = el('tbody', {});
  for (const one of list) {
    body.append(el('tr', {}, el('td', {}, el('code', {}, one.name)), el('td', {}, one.in), el('td', {}, typeOf(one.schema) + (one.required ? ` · ${t('required')}` : '')), el('td', {}, ...prose(one.description))));
  }
  table.append(body);
  return el('div', { class: 'table', tabindex: '0' }, table);
}

function accessOf(operation) {
  const access = operation['x-access'];
  if (!access) return '';
  return t('access')[access] || t('permission') + access;
}

function article(path, method, operation, shared) {
  const id = `${method}${path.replace(/[^a-z0-9]+/gi, '-')}`;
  const box = el('article', { id, 'data-words': `${method} ${path} ${operation.summary || ''} ${operation['x-access'] || ''}`.toLowerCase() });
  box.append(el('h3', {}, el('span', { class: `method ${method}` }, method), ' ', el('code', {}, path)));
  box.append(el('p', { class: 'access' }, accessOf(operation)));
  if (operation.summary) box.append(el('p', {}, operation.summary));
  box.append(...prose(operation.description));
  const list = [...(shared || []), ...(operation.parameters || [])].map(resolve);
  if (list.length) box.append(el('h4', {}, t('parameters')), parameters(list));
  const body = operation.requestBody && resolve(operation.requestBody);
  if (body) box.append(el('h4', {}, t('body')), ...content(body.content));
  box.append(el('h4', {}, t('answers')));
  for (const [status, given] of Object.entries(operation.responses || {})) {
    const response = resolve(given);
    box.append(el('div', {}, el('code', {}, status), ' ', response.description || ''), ...content(response.content));
  }
  return [id, box];
}

function show() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = t(node.dataset.text);
  document.getElementById('language').textContent = t('switch');
  if (!api) return;
  document.getElementById('version').textContent = `${api.info.title} ${api.info.version} · OpenAPI ${api.openapi}`;
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const tag = (item[method].tags || [])[0] || t('other');
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(article(path, method, item[method], item.parameters).concat([path, method]));
    }
  }
  const main = el('main', { id: 'content', tabindex: '-1' });
  const nav = el('nav', { id: 'contents', 'aria-label': t('contents') });
  for (const [tag, list] of groups) {
    const section = el('section', {}, el('h2', {}, tag));
    const links = el('ul', {});
    for (const [id, box, path, method] of list) {
      section.append(box);
      links.append(el('li', { 'data-for': id }, el('a', { href: `#${id}` }, el('span', { class: `method ${method}` }, method), ` ${path}`)));
    }
    main.append(section);
    nav.append(el('div', {}, el('h2', {}, tag), links));
  }
  main.append(el('p', { id: 'none', hidden: '' }, t('none')));
  document.getElementById('content').replaceWith(main);
  document.getElementById('contents').replaceWith(nav);
  filter();
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function filter() {
  const words = document.getElementById('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const box of document.querySelectorAll('article')) {
    const fits = words.every((word) => box.dataset.words.includes(word));
    box.hidden = !fits;
    left += fits;
    const link = document.querySelector(`[data-for="${box.id}"]`);
    if (link) link.hidden = !fits;
  }
  for (const group of document.querySelectorAll('main section')) group.hidden = !group.querySelector('article:not([hidden])');
  for (const group of document.querySelectorAll('nav > div')) group.hidden = !group.querySelector('li:not([hidden])');
  const none = document.getElementById('none');
  if (none) none.hidden = left > 0;
}

document.getElementById('filter').addEventListener('input', filter);
document.getElementById('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  show();
});
show();
fetch('/v1/openapi.json')
  .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
  .then((document_) => {
    api = document_;
    show();
  })
  .catch((err) => {
    document.getElementById('content').textContent = t('failed') + err.message;
  });
