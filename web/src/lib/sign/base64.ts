/** Base64 of bytes and back; line breaks, as plug-ins and mail programs add them, are ignored. */

const PIECE = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE)
    text += String.fromCharCode(...bytes.subarray(start, start + PIECE));
  return btoa(text);
}

/** Throws TypeError for what is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bare = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(bare) || bare.length % 4 === 1) throw new TypeError('not base64');
  return Uint8Array.from(atob(bare), (letter) => letter.charCodeAt(0));
}
