/** A small painted picture (mountains at dusk) as PNG, made here so that no binary lies in the tree. */
import { deflateSync } from "node:zlib";

const WIDTH = 320;
const HEIGHT = 200;

function pixel(x, y) {
  const ridge = (base, height, wave) => y > base - height * Math.abs(Math.sin(x / wave));
  if (ridge(190, 60, 37)) return [24, 44, 66];
  if (ridge(165, 80, 61)) return [48, 84, 112];
  const sky = y / HEIGHT;
  return [250 - 70 * sky, 190 + 20 * sky, 150 + 80 * sky].map(Math.round);
}

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = (bytes) => (bytes.reduce((sum, byte) => table[(sum ^ byte) & 255] ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

const header = Buffer.alloc(13);
header.writeUInt32BE(WIDTH, 0);
header.writeUInt32BE(HEIGHT, 4);
header.set([8, 2, 0, 0, 0], 8);
const rows = Buffer.concat(Array.from({ length: HEIGHT }, (_, y) => Buffer.from([0, ...Array.from({ length: WIDTH }, (__, x) => pixel(x, y)).flat()])));
export const picture = Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
