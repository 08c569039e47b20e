/** UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then chance. */

/**
 * @param {number} milliseconds since 1970, from the collector's clock
 * @param {(bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>} [random] fills the bytes it is given
 * @returns {string} lower case, with hyphens
 */
export function uuid7(milliseconds, random = (bytes) => crypto.getRandomValues(bytes)) {
  const time = Math.floor(milliseconds).toString(16).padStart(12, '0');
  const chance = Array.from(random(new Uint8Array(9)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  // 7 is the version; the variant, 8 to b, is always 8 here: 72 bits of chance for each millisecond are plenty.
  return `${time}7${chance.slice(0, 3)}8${chance.slice(3)}`.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
