/**
 * What a text takes as SMS, and so what it costs: carriers charge by the part. It counts as
 * connectors/sms/segment.go does, by which messages go out.
 */

/**
 * How many units one part has, alone and as one of several. Source:
 * https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html
 */
const ROOM = {'GSM-7': {alone: 160, among: 153}, 'UCS-2': {alone: 70, among: 67}};

/** The default alphabet of 3GPP TS 23.038, 6.2.1, and its extension table, 6.2.1.1: an escape and one more. */
const BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const EXTENDED = new Set('\f^{}\\[~]|€');

/** What word processors and phones put in the place of plain characters, by these. */
const LOOK_ALIKES = {
  '"': '“”„‟«»″', "'": '‘’‚‛′´`', '<': '‹', '>': '›', '-': '‐\u2011‒–—―−•', '...': '…', '/': '⁄∕', ',': '、', '.': '。',
  ' ': '\t\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000', '': '\u200b\u00ad\u2060\ufeff',
};
const PLAIN = new Map(Object.entries(LOOK_ALIKES).flatMap(([plain, all]) => [...all].map((one) => [one, plain])));

/** Marks and digits that are as wide as a Chinese character: each has its plain one so far below. */
const WIDE = /[\uff01-\uff20\uff3b-\uff3f\uff5b-\uff5e]/;
const WIDER_BY = 0xfee0;

/**
 * @typedef {Object} Size
 * @property {'GSM-7'|'UCS-2'} encoding
 * @property {number} units  of the encoding, in all parts together
 * @property {number} parts  messages on the air; 0 for an empty text
 * @property {number} used   units of the last part
 * @property {number} room   units that a part has, of as many
 */

/** @returns {Size} */
export function count(text) {
  const encoding = isGSM(text) ? 'GSM-7' : 'UCS-2';
  const {alone, among} = ROOM[encoding];
  let room = alone;
  let parts = split(text, encoding, room);
  if (parts.length > 1) parts = split(text, encoding, (room = among));
  return {encoding, units: parts.reduce((sum, n) => sum + n, 0), parts: parts.length, used: parts.at(-1) ?? 0, room};
}

/** How much one call of AWS's carries, in units and parts: connectors/sms/aws.go. */
const CALL = {'GSM-7': 1_530, 'UCS-2': 630};
const CALL_PARTS = 10;

/** Whether a text goes out in one call. A longer one goes in several, each with its label, in an encoding of its own. */
export function goesAtOnce({encoding, units, parts}) {
  return units <= CALL[encoding] && parts <= CALL_PARTS;
}

/** Look-alikes made plain where all is of GSM's alphabet then; else the text as it is. */
export function plain(text) {
  if (isGSM(text)) return text;
  const changed = [...text].map(plainOf).join('');
  return isGSM(changed) ? changed : text;
}

function plainOf(character) {
  return PLAIN.get(character) ?? (WIDE.test(character) ? String.fromCharCode(character.charCodeAt(0) - WIDER_BY) : character);
}

/** The units of each part. No character is cut in two. */
function split(text, encoding, most) {
  const parts = [];
  for (const character of text) {
    const units = unitsOf(character, encoding);
    if (!parts.length || parts.at(-1) + units > most) parts.push(0);
    parts[parts.length - 1] += units;
  }
  return parts;
}

function unitsOf(character, encoding) {
  return encoding === 'UCS-2' ? character.length : EXTENDED.has(character) ? 2 : 1;
}

function isGSM(text) {
  return [...text].every((character) => BASIC.has(character) || EXTENDED.has(character));
}
