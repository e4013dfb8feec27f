/**
 * What cameras and programs write into pictures beside the picture: where it was taken,
 * when, with what and by whom. Formats as in JPEG (T.81, Exif 2.32), PNG (third edition)
 * and the WebP container.
 */

const EXIF = 'Exif\0\0';
const SCAN = 0xda;
const END = 0xd9;

/**
 * @param {Uint8Array} bytes a whole file
 * @returns {{type: string, pieces: Uint8Array[], orientation: number, moves: boolean}|null} the picture without what
 *   is beside it, but for colours and for how it is turned (Exif's 1 to 8), and whether it is an animation;
 *   null for what is none of the three
 */
export function withoutExif(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpeg(bytes);
  if (text(bytes, 1, 3) === 'PNG') return png(bytes);
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 4) === 'WEBP') return webp(bytes);
  return null;
}

function jpeg(bytes) {
  const view = viewOf(bytes);
  const picture = {type: 'image/jpeg', pieces: [bytes.subarray(0, 2)], orientation: 1, moves: false};
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 4 <= bytes.length;) {
    const marker = bytes[at + 1];
    if (marker === END) break; // behind it others keep a film, or a second picture
    const segment = marker > 0x01 && marker < 0xff && !isRestart(marker);
    const end = segment ? Math.min(at + 2 + view.getUint16(at + 2), bytes.length) : at + 1;
    const next = marker === SCAN ? endOfScan(bytes, end) : end;
    if (marker === 0xe1 && text(bytes, at + 4, 6) === EXIF) turn(picture, bytes.subarray(at + 10, end), jpegSegment);
    else if (segment && belongs(marker, bytes, at)) picture.pieces.push(bytes.subarray(at, next));
    at = bytes.indexOf(0xff, next);
  }
  picture.pieces.push(Uint8Array.of(0xff, END));
  return picture;
}

/** Of what applications add, JFIF's and Adobe's headers and the colour profile say how to draw it. */
function belongs(marker, bytes, at) {
  if (marker === 0xe2) return text(bytes, at + 4, 11) === 'ICC_PROFILE';
  return marker === 0xe0 || marker === 0xee || !(marker >= 0xe0 && marker <= 0xef || marker === 0xfe);
}

function endOfScan(bytes, at) {
  for (at = bytes.indexOf(0xff, at); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    if (marker !== 0 && marker !== 0xff && !isRestart(marker)) return at;
  }
  return bytes.length;
}

function isRestart(marker) {
  return marker >= 0xd0 && marker <= 0xd7;
}

function jpegSegment(tiff) {
  return Uint8Array.of(0xff, 0xe1, 0, 8 + tiff.length, ...letters(EXIF), ...tiff);
}

const BESIDE_PNG = new Set(['tEXt', 'zTXt', 'iTXt', 'tIME']);

function png(bytes) {
  const view = viewOf(bytes);
  const picture = {type: 'image/png', pieces: [bytes.subarray(0, 8)], orientation: 1, moves: false};
  for (let at = 8, end; at + 12 <= bytes.length; at = end) {
    const name = text(bytes, at + 4, 4);
    end = at + 12 + view.getUint32(at);
    if (name === 'eXIf') turn(picture, bytes.subarray(at + 8, end - 4), pngChunk);
    else if (!BESIDE_PNG.has(name)) picture.pieces.push(bytes.subarray(at, end));
    if (name === 'acTL') picture.moves = true;
    if (name === 'IEND') break;
  }
  return picture;
}

function pngChunk(tiff) {
  const named = Uint8Array.of(...letters('eXIf'), ...tiff);
  return Uint8Array.of(...four(tiff.length), ...named, ...four(checksum(named)));
}

/** PNG's CRC-32. */
function checksum(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}

function webp(bytes) {
  const view = viewOf(bytes);
  const head = bytes.slice(0, 12);
  const picture = {type: 'image/webp', pieces: [head], orientation: 1, moves: false};
  let flags = null; // of the extended header
  for (let at = 12, end; at + 8 <= bytes.length; at = end) {
    const name = text(bytes, at, 4);
    const size = view.getUint32(at + 4, true);
    end = at + 8 + size + (size & 1);
    let chunk = bytes.subarray(at, end);
    if (name === 'VP8X') {
      chunk = flags = chunk.slice();
      picture.moves = Boolean(chunk[8] & 0x02);
    }
    if (name === 'EXIF') turn(picture, bytes.subarray(at + (text(bytes, at + 8, 6) === EXIF ? 14 : 8), at + 8 + size), webpChunk);
    else if (name !== 'XMP ') picture.pieces.push(chunk);
  }
  if (flags) flags[8] = (flags[8] & ~0x0c) | (picture.orientation > 1 ? 0x08 : 0);
  viewOf(head).setUint32(4, picture.pieces.reduce((sum, piece) => sum + piece.length, -8), true);
  return picture;
}

function webpChunk(tiff) {
  return Uint8Array.of(...letters('EXIF'), tiff.length, 0, 0, 0, ...tiff);
}

/** Keeps of Exif's block how the picture is turned, and nothing else. */
function turn(picture, tiff, wrap) {
  const orientation = orientationOf(tiff);
  if (orientation < 2 || orientation > 8) return;
  picture.orientation = orientation;
  picture.pieces.push(wrap([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]));
}

function orientationOf(tiff) {
  const view = viewOf(tiff);
  try {
    const little = view.getUint16(0) === 0x4949;
    const first = view.getUint32(4, little);
    for (let i = 0; i < view.getUint16(first, little); i++) {
      const entry = first + 2 + 12 * i;
      if (view.getUint16(entry, little) === 0x0112) return view.getUint16(entry + 8, little);
    }
  } catch {
    // It ends too early to say.
  }
  return 1;
}

function viewOf({buffer, byteOffset, byteLength}) {
  return new DataView(buffer, byteOffset, byteLength);
}

function text(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function letters(name) {
  return [...name].map((letter) => letter.charCodeAt(0));
}

function four(number) {
  return [number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff];
}
