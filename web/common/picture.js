import {el} from './dom.js';
import {withoutExif} from './exif.js';

const LONGEST_SIDE = 2_000; // pixels, of a picture that is sent
const QUALITY = 0.85;
const STAYS = new Set(['image/gif', 'image/svg+xml']); // a GIF may move, and an SVG is a page
const PHOTOGRAPH = /\.hei[cf]$/i; // some systems know no type for it

/**
 * Readies a picture for others: smaller if it is large, upright, without the place where
 * it was taken, and of a kind that others can look at, as far as this browser can read
 * it. Whatever is no picture stays as it is.
 *
 * @param {File} file
 * @returns {Promise<File>}
 */
export async function readied(file) {
  if (STAYS.has(file.type) || !(file.type.startsWith('image/') || PHOTOGRAPH.test(file.name))) return file;
  const picture = withoutExif(new Uint8Array(await file.arrayBuffer()));
  if (!picture) return (await redrawn(file, 'image/jpeg', true)) ?? file;
  const {type, pieces, orientation, moves} = picture;
  return (!moves && (await redrawn(file, type, orientation > 1))) || new File(pieces, file.name, {type: file.type});
}

/** @returns {Promise<File|null>} null for what need not be drawn, or cannot be */
async function redrawn(file, type, always) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null; // no picture, or none that this browser reads
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const blob = always || scale < 1 ? await draw(bitmap, scale, type) : null;
  bitmap.close();
  if (blob?.type !== type) return null;
  const same = type !== 'image/jpeg' || /\.jpe?g$/i.test(file.name) || file.type === type;
  return new File([blob], same ? file.name : `${file.name.replace(/\.[^.]*$/, '')}.jpg`, {type});
}

function draw(bitmap, scale, type) {
  const canvas = el('canvas', {width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale)});
  const paper = canvas.getContext('2d', {alpha: type !== 'image/jpeg'});
  if (type === 'image/jpeg') { // it has no holes
    paper.fillStyle = '#fff';
    paper.fillRect(0, 0, canvas.width, canvas.height);
  }
  paper.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, type, QUALITY));
}
