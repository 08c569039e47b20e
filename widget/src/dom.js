/** Elements without any HTML sink: what Trusted Types and a strict CSP leave us. */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Record<string, string | number | boolean | undefined>} Attributes */

/**
 * Create an element: `p.avis-aide` is a `<p>` of that class. An attribute or a child that is `false`, `undefined` or
 * empty is left out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T | `${T}.${string}`} kind
 * @param {Attributes} [attributes]
 * @param {...(Node | string | false | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function html(kind, attributes, ...children) {
  const [tag, name] = kind.split('.');
  const element = document.createElement(/** @type {T} */ (tag));
  if (name) element.className = name;
  return fill(element, attributes, children);
}

/**
 * @param {string} tag
 * @param {Attributes} attributes
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes, ...children) {
  return fill(/** @type {SVGElement} */ (document.createElementNS(SVG, tag)), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes | undefined} attributes
 * @param {(Node | string | false | undefined)[]} children
 * @returns {E}
 */
function fill(element, attributes, children) {
  for (const name in attributes) {
    const value = attributes[name];
    if (value) element.setAttribute(name, /** @type {string} */ (value));
  }
  for (const child of children) {
    if (child) element.append(child);
  }
  return element;
}
