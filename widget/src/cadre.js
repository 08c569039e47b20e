/**
 * Inside the frame: tells the page around how high the form is, that it is touched or sent, and that Escape or « Fermer »
 * was pressed. Without this script, in a frame pasted by hand, the form works all the same.
 *
 * Messages go to the origins of the bouton only; nobody else hears them. They never carry an answer.
 */

const { origines = '', envoye } = document.body.dataset;
const { ancestorOrigins } = location;
// Where the browser names who is around us (not in Firefox), the others are not called in vain.
const listeners = origines.split(' ').filter((origin) => !ancestorOrigins || ancestorOrigins.contains(origin));

/**
 * @param {string} type
 * @param {number} [hauteur] in CSS pixels
 */
function say(type, hauteur) {
  for (const origin of listeners) parent.postMessage({ avis: 1, type, hauteur, titre: document.title }, origin);
}

const close = document.querySelector('.avis-fermer');
close?.addEventListener('click', () => say('fermer'));
document.addEventListener('keydown', ({ key, isComposing }) => {
  if (key === 'Escape' && !isComposing) say('fermer');
});
document.addEventListener('input', () => say('touche'), { once: true });
new ResizeObserver(() => say('hauteur', document.documentElement.offsetHeight)).observe(document.documentElement);
if (envoye !== undefined) say('envoye');
// What a page of ours brings the focus to as it opens, the browser refuses to in a frame; not to a person who is there.
/** @type {HTMLElement | null} */
const start = document.querySelector('[autofocus]');
if (document.hasFocus()) start?.focus();

// A module, for the type checker.
export {};
