/** Languages, and the few things that read differently in them. */

/** @returns {'zh-CN'|'en'} the one of ours nearest to what was asked for */
export function pickLanguage(...wishes) {
  for (const wish of [...wishes, ...(navigator.languages ?? [navigator.language])]) {
    if (/^zh\b/i.test(wish ?? '')) return 'zh-CN';
    if (/^en\b/i.test(wish ?? '')) return 'en';
  }
  return 'en';
}

/** A translator over one page's texts: t('key', {n: 3}) fills in "{n}". */
export function translator(texts, language) {
  const table = texts[language] ?? texts.en;
  const t = (key, values = {}) =>
    (table[key] ?? texts.en[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  t.language = language;
  return t;
}

export function timeOfDay(at, language) {
  return new Intl.DateTimeFormat(language, {hour: '2-digit', minute: '2-digit', hour12: false}).format(at);
}

export function day(at, language) {
  return new Intl.DateTimeFormat(language, {weekday: 'short', month: 'long', day: 'numeric'}).format(at);
}

export function sameDay(a, b) {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** An amount; of one below 1 two digits say enough: a part of a text message costs less than a cent. */
export function money(amount, currency, language) {
  const digits = amount < 1 ? {minimumSignificantDigits: 2, maximumSignificantDigits: 2} : {};
  return new Intl.NumberFormat(language, {style: 'currency', currency, ...digits}).format(amount);
}

/** A span as a clock: 0:07, 12:40, 1:05:00. */
export function clockSpan(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** A measured span, as precise as it deserves: 12 ms, 3.4 s, 2:05. */
export function measured(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return clockSpan(ms);
}
