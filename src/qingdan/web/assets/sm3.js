// SM3 after GB/T 32905-2016.
const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

const turned = (x, n) => (x << n) | (x >>> (32 - n)); // JavaScript takes shift counts modulo 32
const p0 = (x) => x ^ turned(x, 9) ^ turned(x, 17);
const p1 = (x) => x ^ turned(x, 15) ^ turned(x, 23);

/** The message with a one bit, zeros and its length in bits (5.2), as a DataView. */
function padded(message) {
  const blocks = Math.ceil((message.length + 9) / 64);
  const bytes = new Uint8Array(64 * blocks);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(bytes.length - 4, message.length << 3);
  return view;
}

/** One block mixed into the state (5.3). */
function compress(state, view, offset) {
  const w = new Int32Array(68);
  for (let j = 0; j < 16; j += 1) w[j] = view.getInt32(offset + 4 * j);
  for (let j = 16; j < 68; j += 1) {
    w[j] = p1(w[j - 16] ^ w[j - 9] ^ turned(w[j - 3], 15)) ^ turned(w[j - 13], 7) ^ w[j - 6];
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let j = 0; j < 64; j += 1) {
    const early = j < 16;
    const ss1 = turned((turned(a, 12) + e + turned(early ? 0x79cc4519 : 0x7a879d8a, j)) | 0, 7);
    const ff = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = early ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + (ss1 ^ turned(a, 12)) + (w[j] ^ w[j + 4])) | 0;
    const tt2 = (gg + h + ss1 + w[j]) | 0;
    [d, c, b, a] = [c, turned(b, 9), a, tt1];
    [h, g, f, e] = [g, turned(f, 19), e, p0(tt2)];
  }
  [a, b, c, d, e, f, g, h].forEach((each, i) => {
    state[i] ^= each;
  });
}

/** The 32 bytes of SM3 over bytes. */
export function sm3(message) {
  const state = Int32Array.from(START);
  const view = padded(message);
  for (let offset = 0; offset < view.byteLength; offset += 64) compress(state, view, offset);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((each, i) => out.setInt32(4 * i, each));
  return new Uint8Array(out.buffer);
}
